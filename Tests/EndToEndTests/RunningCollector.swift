import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// The real program, serving on free ports and a directory of its own. Belongs to one test.
final class RunningCollector {
  private static let patience: Int32 = 30_000

  /// A directory for this test alone; the data is in `data`.
  let directory: String
  var data: String { "\(directory)/data" }
  /// All that the program has written to standard error, over all its lives.
  private(set) var log: [UInt8] = []
  private(set) var url = ""
  private(set) var datagrams = SocketAddress.ipv4([127, 0, 0, 1], port: 0)
  private let arguments: [String]
  private let keys: TestKeys?
  private let environment: [String: String]
  private var client: HTTPClient?
  private var process: ChildProcess?
  private var output: FileDescriptor?

  /// Runs `body` with a collector that has started; whatever happens, nothing of it stays. The
  /// books must balance at the end.
  static func use(
    _ arguments: [String] = [], configuration: String? = nil, keys: TestKeys? = nil,
    environment: [String: String] = [:],
    _ body: (RunningCollector) throws -> Void
  ) throws {
    let collector = try RunningCollector(arguments, configuration, keys, environment)
    defer { collector.clean() }
    try collector.start()
    try body(collector)
    if collector.process != nil { try collector.expectBalance() }
  }

  private init(
    _ arguments: [String], _ configuration: String?, _ keys: TestKeys?,
    _ environment: [String: String]
  ) throws {
    directory = "/tmp/barograph-e2e-\(ProcessFacts.id)-\(Random.word())"
    self.keys = keys
    self.environment = environment
    try FileSystem.createDirectory(directory)
    var configuration = configuration
    if let keys {
      try FileSystem.writeAtomically(keys.file, to: "\(directory)/keys.json")
      configuration = "keys_file: \(directory)/keys.json\n" + (configuration ?? "")
    }
    guard let configuration else {
      self.arguments = arguments
      return
    }
    let path = "\(directory)/barograph.yaml"
    try FileSystem.writeAtomically(Array(configuration.utf8), to: path)
    self.arguments = arguments + ["--config", path]
  }

  /// The program beside the test bundle.
  static var program: String {
    ChildProcess.ownPath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/barograph"
  }

  /// Starts the program and waits until it says where it listens.
  func start() throws {
    let process = try ChildProcess(
      "/usr/bin/env",
      environment.map { "\($0.key)=\($0.value)" } + [
        Self.program, "serve", "--data", data, "--listen", "127.0.0.1:0", "--udp", "127.0.0.1:0",
      ] + arguments)
    self.process = process
    output = FileDescriptor(owning: process.standardError)
    let before = log.count
    while !String(decoding: log[before...], as: UTF8.self).contains("try: curl") {
      guard try readLog() else {
        throw ChildProcess.Failure.ended(String(decoding: log[before...], as: UTF8.self))
      }
    }
    let said = String(decoding: log[before...], as: UTF8.self)
    let addresses = said.matches(of: /127\.0\.0\.1:[0-9]+/).map { String($0.output) }
    let (tcp, udp) = (try #require(addresses.first), try #require(addresses.dropFirst().first))
    url = "http://\(tcp)"
    datagrams = try SocketAddress(udp)
    client = try HTTPClient(url: url, key: keys.map { Secret($0["owner"]) })
    let ready = try get("/readyz")
    #expect(ready.status == 200)
  }

  /// Ends the program with `signal` and takes all it still says.
  @discardableResult
  func stop(_ signal: Int32 = ChildProcess.terminate) throws -> ChildProcess.End {
    let process = try #require(process)
    process.send(signal: signal)
    return try end()
  }

  /// Waits for the end of a program that was told to stop.
  func end() throws -> ChildProcess.End {
    let process = try #require(process)
    while try readLog() {}
    self.process = nil
    client = nil
    output = nil
    return process.wait()
  }

  func send(signal: Int32) { process?.send(signal: signal) }

  /// Waits until the log holds `text`.
  func waitForLog(_ text: String) throws {
    while !String(decoding: log, as: UTF8.self).contains(text) {
      try #require(try readLog(), "the program ended before it wrote \(text)")
    }
  }

  private func readLog() throws -> Bool {
    while true {
      guard output != nil else { return false }
      switch try output?.read(upTo: 65_536, into: &log) {
      case .bytes: return true
      case .end, nil: return false
      case .wouldBlock:
        guard try output?.wait(for: .read, milliseconds: Self.patience) == true else {
          throw Errno.timedOut
        }
      }
    }
  }

  private func clean() {
    process?.send(signal: ChildProcess.killNow)
    _ = process?.wait()
    Self.removeAll(directory)
  }

  /// Every file below `path`.
  static func files(below path: String) -> [String] {
    do {
      return try FileSystem.names(in: path).flatMap { name in
        let inner = files(below: "\(path)/\(name)")
        return inner.isEmpty ? ["\(path)/\(name)"] : inner
      }
    } catch {
      return []
    }
  }

  private static func removeAll(_ path: String) {
    Directories.removeAll(path)
  }
}

extension ChildProcess.Failure {
  static func ended(_ said: String) -> Errno {
    Issue.record("the program ended instead of serving: \(said)")
    return .connectionReset
  }
}

extension RunningCollector {
  func request(
    _ method: HTTPMethod, _ path: String, headers: [HTTPField] = [], body: [UInt8]? = nil
  ) throws -> Response {
    try #require(client).request(method, path, headers: headers, body: body)
  }

  func get(_ path: String) throws -> Response { try request(.get, path) }

  /// The body of the answer to `GET path`.
  func text(_ path: String) throws -> String {
    String(decoding: try get(path).body, as: UTF8.self)
  }

  /// Posts lines as NDJSON.
  @discardableResult
  func post(_ lines: String, _ headers: [HTTPField] = []) throws -> Response {
    try request(.post, "/v1/events", headers: headers, body: Array(lines.utf8))
  }

  /// Posts lines and compares the counts in the answer.
  func post(
    _ lines: String, _ headers: [HTTPField] = [], accepted: Int = 0, duplicates: Int = 0,
    rejected: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let answer = String(decoding: try post(lines, headers).body, as: UTF8.self)
    let counts =
      #"{"accepted":\#(accepted),"duplicates":\#(duplicates),"rejected":\#(rejected),"#
    #expect(answer.hasPrefix(counts), "\(answer)", sourceLocation: sourceLocation)
  }

  /// The single value that a statement gives.
  func value(_ query: String) throws -> String {
    let answer = try request(.post, "/v1/sql", body: Array(query.utf8))
    return String(decoding: answer.body, as: UTF8.self)
  }

  func send(datagram bytes: [UInt8]) throws {
    let socket = try DatagramSocket(sendingTo: datagrams)
    #expect(try socket.send(bytes, to: datagrams))
  }

  /// The samples of `/metrics` by name and labels.
  func metrics() throws -> [String: Double] {
    var samples: [String: Double] = [:]
    for line in try text("/metrics").split(separator: "\n") where !line.hasPrefix("#") {
      guard let space = line.lastIndex(of: " ") else { continue }
      samples[String(line[..<space])] = Double(line[line.index(after: space)...])
    }
    return samples
  }

  /// The sum of a family's samples of one intake.
  func count(_ family: String, _ intake: String, in samples: [String: Double]) -> Double {
    samples.reduce(0) { sum, sample in
      sample.key.hasPrefix("barograph_events_\(family){intake=\"\(intake)\"")
        ? sum + sample.value : sum
    }
  }

  /// Waits until so many records came by datagrams and none waits.
  func waitForDatagramRecords(_ expected: Int) throws {
    let deadline = Clock.monotonic + Int64(Self.patience) * 1_000_000
    while Clock.monotonic < deadline {
      let samples = try metrics()
      if count("received_total", "udp", in: samples) >= Double(expected),
        count("queued", "udp", in: samples) == 0
      {
        return
      }
    }
    Issue.record("fewer than \(expected) records came by datagrams")
  }

  /// What came in is stored, known, refused, shed or waits; nothing else.
  func expectBalance(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let samples = try metrics()
    for intake in ["http", "udp", "otlp"] {
      let parts = [
        "stored_total", "duplicate_total", "amended_total", "rejected_total", "shed_total",
        "queued",
      ].map { count($0, intake, in: samples) }
      let received = count("received_total", intake, in: samples)
      #expect(
        received == parts.reduce(0, +), "\(intake): \(parts)", sourceLocation: sourceLocation)
    }
  }
}

extension Response {
  var text: String { String(decoding: body, as: UTF8.self) }
}
