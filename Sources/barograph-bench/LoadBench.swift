internal import Codec
internal import Glibc
internal import Intake
internal import LinuxIO

/// Loads a real collector over loopback and says what an event costs it.
enum LoadBench {
  /// One way of sending.
  struct Mode {
    let name: String
    let perRequest: Int
    let connections: Int
    let events: Int
    var isGzip = false
    /// Requests a second, or 0 for as many as it takes.
    var rate = 0.0
    var body = Body.events
    var key = Key.none
  }

  /// What a request brings to be let in.
  enum Key {
    case none
    /// The same header each time, by which a connection knows the key again.
    case known
    /// A header that changes, so that the key is hashed and sought each time.
    case sought
  }

  /// What a request holds.
  enum Body {
    case events, otlpProtobuf, otlpJSON
    /// Calls with answers of some 800 bytes.
    case answers
  }

  static func run(smoke: Bool) throws(Errno) {
    let scale = smoke ? 50 : 1
    print("way                       events/CPU-s  events/s   p50 ms  p99 ms  RSS MiB  bytes/event")
    let modes = [
      Mode(name: "HTTP bulk (2000)", perRequest: 2_000, connections: 4, events: 1_000_000 / scale),
      Mode(
        name: "HTTP bulk gzip (2000)", perRequest: 2_000, connections: 4, events: 400_000 / scale,
        isGzip: true),
      Mode(name: "HTTP 10 a request", perRequest: 10, connections: 64, events: 500_000 / scale),
      Mode(name: "HTTP 1 a request", perRequest: 1, connections: 64, events: 200_000 / scale),
    ]
    var port: UInt16 = 24_318
    for mode in modes {
      let rate = try measure(mode, port)
      port += 1
      guard mode.perRequest == 1 else { continue }
      var half = mode
      half = Mode(
        name: "HTTP 1, half load", perRequest: 1, connections: 64, events: mode.events / 2,
        rate: rate / 2)
      _ = try measure(half, port)
      port += 1
    }
    try DatagramLoad.run(port: port, smoke: smoke)
  }

  /// Sends a mode's events and prints its row; gives the requests a second.
  static func measure(
    _ mode: Mode, _ port: UInt16, environment: [String] = [], atEnd: () -> Void = {}
  ) throws(Errno) -> Double {
    let collector = try CollectorProcess(
      port: port, hasKeys: mode.key != .none, environment: environment)
    let before = collector.cpuSeconds()
    let start = Clock.monotonic
    let load = try HTTPLoad(mode, try collector.address())
    try load.run()
    let wall = Double(Clock.monotonic - start) / 1e9
    let cpu = collector.cpuSeconds() - before
    let sent = Double(load.sent)
    let rss = collector.residentMiB()
    let bytes = Double(collector.storeBytes()) / sent
    atEnd()
    collector.stop()
    print(
      row(
        mode.name,
        [sent / cpu, sent / wall, load.percentile(0.5), load.percentile(0.99), rss, bytes]))
    if load.refused > 0 { print("  \(load.refused) requests were refused") }
    return sent / Double(mode.perRequest) / wall
  }

  static func row(_ name: String, _ figures: [Double]) -> String {
    let cells = figures.map { figure in
      let text =
        figure >= 1_000 ? String(Int(figure)) : String((figure * 100).rounded() / 100)
      return String(repeating: " ", count: max(1, 10 - text.count)) + text
    }
    return name + String(repeating: " ", count: max(1, 24 - name.count)) + cells.joined()
  }
}

/// Requests on many kept connections, one outstanding on each.
final class HTTPLoad {
  private let mode: LoadBench.Mode
  private let epoll: Epoll
  private var sockets: [LoadSocket] = []
  private var latencies: [Double] = []
  private var next = 0
  private(set) var sent = 0
  private(set) var refused = 0
  private let startedAt = Clock.monotonic

  init(_ mode: LoadBench.Mode, _ address: SocketAddress) throws(Errno) {
    self.mode = mode
    epoll = try Epoll()
    for index in 0..<mode.connections {
      let socket = LoadSocket(try FileDescriptor.connected(to: address, milliseconds: 1_000))
      try epoll.add(socket.descriptor.raw, .read, token: UInt64(index))
      sockets.append(socket)
    }
  }

  func run() throws(Errno) {
    let events = EpollEvents()
    var idle = Array(sockets.indices)
    while sent < mode.events {
      while next < mode.events, let index = idle.last, isDue {
        idle.removeLast()
        try send(on: sockets[index])
      }
      try epoll.wait(into: events, milliseconds: idle.isEmpty || next >= mode.events ? 1_000 : 0)
      for event in 0..<events.count {
        let index = Int(events[event].token)
        guard try sockets[index].isAnswered() else { continue }
        latencies.append(Double(Clock.monotonic - sockets[index].sentAt) / 1e6)
        if !sockets[index].isSuccess { refused += 1 }
        sent += mode.perRequest
        idle.append(index)
      }
    }
  }

  private var isDue: Bool {
    mode.rate == 0
      || Double(next / mode.perRequest) <= Double(Clock.monotonic - startedAt) / 1e9 * mode.rate
  }

  private func send(on socket: LoadSocket) throws(Errno) {
    let numbers = next..<next + mode.perRequest
    next += mode.perRequest
    var (body, target) = Self.body(mode.body, numbers)
    var head = "POST \(target)\r\n"
    if mode.key != .none {
      let scheme = mode.key == .sought && numbers.lowerBound % 2 == 0 ? "bearer" : "Bearer"
      head += "Authorization: \(scheme) \(BenchKeys.text)\r\n"
    }
    if mode.isGzip {
      var deflater = Deflater()
      var packed: [UInt8] = []
      deflater.deflate(body, appendingTo: &packed)
      deflater.finish(appendingTo: &packed)
      body = packed
      head += "Content-Encoding: gzip\r\n"
    }
    head += "Content-Length: \(body.count)\r\n\r\n"
    try socket.send(Array(head.utf8) + body)
  }

  /// The body of a request with the records of these numbers, and how its head starts.
  private static func body(_ kind: LoadBench.Body, _ numbers: Range<Int>) -> ([UInt8], String) {
    switch kind {
    case .events:
      var body: [UInt8] = []
      for index in numbers {
        SampleEvent.append(index, to: &body)
        body.append(0x0A)
      }
      return (body, head("/v1/events", "application/x-ndjson"))
    case .answers:
      var body: [UInt8] = []
      for index in numbers { EvaluatorLoad.append(index, to: &body) }
      return (body, head("/v1/events", "application/x-ndjson"))
    case .otlpProtobuf:
      return (
        SampleSpans.request(numbers, .protobuf), head("/v1/traces", "application/x-protobuf")
      )
    case .otlpJSON:
      return (SampleSpans.request(numbers, .json), head("/v1/traces", "application/json"))
    }
  }

  private static func head(_ path: String, _ type: String) -> String {
    "\(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)"
  }

  func percentile(_ share: Double) -> Double {
    let sorted = latencies.sorted()
    return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }
}

/// One connection of the load.
final class LoadSocket {
  let descriptor: FileDescriptor
  var sentAt: Int64 = 0
  private var answer: [UInt8] = []
  private(set) var isSuccess = false

  init(_ descriptor: consuming FileDescriptor) {
    self.descriptor = descriptor
  }

  func send(_ bytes: [UInt8]) throws(Errno) {
    answer.removeAll(keepingCapacity: true)
    sentAt = Clock.monotonic
    var offset = 0
    while offset < bytes.count {
      switch try descriptor.write(bytes, from: offset) {
      case .bytes(let count): offset += count
      case .wouldBlock: _ = try descriptor.wait(for: .write, milliseconds: 1_000)
      case .end: throw .connectionReset
      }
    }
  }

  /// Whether the answer is whole: ours end in a line feed behind the last brace, those of OTLP in
  /// an empty body or object.
  func isAnswered() throws(Errno) -> Bool {
    guard case .bytes = try descriptor.read(upTo: 64 << 10, into: &answer) else {
      throw .connectionReset
    }
    isSuccess = answer.starts(with: Array("HTTP/1.1 200".utf8))
    let ends: [[UInt8]] = [[0x7D, 0x0A], [0x0D, 0x0A, 0x0D, 0x0A], [0x7B, 0x7D]]
    return ends.contains { answer.suffix($0.count) == $0[...] }
  }
}
