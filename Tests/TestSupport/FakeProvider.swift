internal import LinuxIO
internal import Synchronization

/// A provider of models on loopback: strict about what it is asked, counting all of it, and as
/// troublesome as it is told to be.
package final class FakeProvider: Sendable {
  /// Whose interface it has.
  package enum Dialect: String, CaseIterable, Sendable {
    case openai, anthropic, ollama
  }

  /// What it does with one request.
  package enum Manner: Equatable, Sendable {
    /// Judges: this score, and usage as it was.
    case judges(score: String)
    /// Writes this in place of a judgement.
    case says(String)
    /// A status that is no success, more header lines (each with its end), and a body.
    case refuses(Int, headers: String = "", body: String = #"{"error":{"message":"no"}}"#)
    /// Reads the request and says nothing more.
    case hangs
    /// A byte of the answer now and then, for longer than anybody waits.
    case drips
    /// Half of the answer, then the end of the connection.
    case cuts
    /// A success whose body is this.
    case babbles(String)
    /// Judges, with this in place of the object of usage; nil leaves it out.
    case misreports(usage: String?)
    case resets
  }

  /// What is allowed, and in which window (ns); nil for all.
  package struct Allowance: Sendable {
    package var requests: Int?
    package var tokens: Int?
    package var window: Int64

    /// These bounds.
    package init(requests: Int? = nil, tokens: Int? = nil, window: Int64 = 60_000_000_000) {
      (self.requests, self.tokens, self.window) = (requests, tokens, window)
    }
  }

  /// A request that was read.
  package struct Record: Sendable {
    /// On the monotonic clock.
    package let time: Int64
    package let model: String
    /// Tokens that it used by this provider's count, and picodollars that it is billed.
    package fileprivate(set) var tokens: Int
    package fileprivate(set) var bill: Int64
    package let manner: Manner
    package let prompt: String
  }

  struct State: Sendable {
    var usual: Manner
    var script: [Manner]
    var records: [Record] = []
    var faults: [String] = []
    var underWay = 0
    var mostUnderWay = 0
    var connections = 0
    var delay: Int32 = 0
    var isEnding = false
  }

  /// Whose interface it has.
  package let dialect: Dialect
  let key: String?
  private let allowance: Allowance
  private let listener: Listener
  private let ending: EventNotifier
  let state: Mutex<State>
  private let threads = Mutex<[Thread]>([])

  /// Picodollars a token of the prompt, and of the answer.
  package static let inputPrice: Int64 = 150_000
  package static let outputPrice: Int64 = 600_000
  private static let patience: Int32 = 60_000

  private init(
    _ dialect: Dialect, key: String?, _ allowance: Allowance, _ usual: Manner, _ script: [Manner]
  ) throws {
    (self.dialect, self.key, self.allowance) = (dialect, key, allowance)
    listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
    ending = try EventNotifier()
    state = Mutex(State(usual: usual, script: script))
  }

  /// Runs `body` while the provider is there. It treats the first requests as `script` says, in the
  /// order in which they come, and the others in the `usual` way.
  package static func use<Value>(
    _ dialect: Dialect = .openai, key: String? = "sk-fake-0123456789abcdef",
    allowing allowance: Allowance = Allowance(), usual: Manner = .judges(score: "4"),
    script: [Manner] = [], _ body: (FakeProvider) throws -> Value
  ) throws -> Value {
    let provider = try FakeProvider(dialect, key: key, allowance, usual, script)
    let thread = try Thread(name: "provider") { provider.run() }
    defer {
      provider.state.withLock { $0.isEnding = true }
      provider.ending.signal()
      thread.join()
      for thread in provider.threads.withLock({ $0 }) { thread.join() }
    }
    return try body(provider)
  }

  /// What stands before the provider's paths.
  package var url: String {
    dialect == .ollama ? "http://\(listener.address)" : "http://\(listener.address)/v1"
  }

  /// The requests so far.
  package var records: [Record] { state.withLock { $0.records } }

  /// What was wrong with requests, and bounds that were passed.
  package var faults: [String] {
    let (records, faults) = state.withLock { ($0.records, $0.faults) }
    return faults + excesses(in: records)
  }

  /// The most requests that were under way at a time.
  package var mostUnderWay: Int { state.withLock { $0.mostUnderWay } }
  /// Requests under way now.
  package var underWay: Int { state.withLock { $0.underWay } }
  /// Connections that were taken.
  package var connections: Int { state.withLock { $0.connections } }
  /// What all requests are billed together, in picodollars.
  package var bill: Int64 { records.reduce(0) { $0 + $1.bill } }

  /// How it treats requests that the script says nothing of.
  package var usual: Manner {
    get { state.withLock { $0.usual } }
    set { state.withLock { $0.usual = newValue } }
  }

  /// Milliseconds it thinks about each answer.
  package var delay: Int32 {
    get { state.withLock { $0.delay } }
    set { state.withLock { $0.delay = newValue } }
  }

  /// Each window that begins with a request and holds more than is allowed.
  private func excesses(in records: [Record]) -> [String] {
    var faults: [String] = []
    let sorted = records.sorted { $0.time < $1.time }
    for (index, record) in sorted.enumerated() {
      let window = sorted[index...].prefix { $0.time < record.time + allowance.window }
      if let most = allowance.requests, window.count > most {
        faults.append("\(window.count) requests in a window, \(most) are allowed")
      }
      let tokens = window.reduce(0) { $0 + $1.tokens }
      if let most = allowance.tokens, tokens > most {
        faults.append("\(tokens) tokens in a window, \(most) are allowed")
      }
    }
    return faults
  }
}

// MARK: Serving
extension FakeProvider {
  private final class Client: Sendable {
    let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  }

  private func run() {
    do throws(Errno) {
      while !state.withLock({ $0.isEnding }) {
        guard try listener.waitForConnection(milliseconds: 20),
          let connection = try listener.accept()
        else { continue }
        let client = Client(connection.take())
        state.withLock { $0.connections += 1 }
        let thread = try Thread(name: "conversation") { self.converse(client) }
        threads.withLock { $0.append(thread) }
      }
    } catch {
      note("the provider cannot go on: \(error)")
    }
  }

  func note(_ fault: String) { state.withLock { $0.faults.append(fault) } }

  /// Answers requests until one side closes.
  private func converse(_ client: Client) {
    var unread: [UInt8] = []
    do throws(Errno) {
      while let request = try read(from: client, &unread) {
        let arrival = Clock.monotonic
        let (manner, delay) = state.withLock { state in
          state.underWay += 1
          state.mostUnderWay = max(state.mostUnderWay, state.underWay)
          return (state.script.isEmpty ? state.usual : state.script.removeFirst(), state.delay)
        }
        defer { state.withLock { $0.underWay -= 1 } }
        let question = FakeQuestion(request, dialect, key: key)
        for fault in question.faults { note(fault) }
        let answer = FakeAnswer(manner, to: question, dialect)
        state.withLock {
          $0.records.append(
            Record(
              time: arrival, model: question.model, tokens: answer.tokens, bill: answer.bill,
              manner: manner, prompt: question.prompt))
        }
        if delay > 0 { try pause(milliseconds: delay) }
        guard try play(manner, answer, to: client) else { return }
      }
    } catch {
      // The client is gone, as it may be.
    }
  }

  /// Sends an answer in its manner; whether the conversation goes on.
  private func play(
    _ manner: Manner, _ answer: FakeAnswer, to client: Client
  ) throws(Errno) -> Bool {
    let bytes = answer.bytes
    switch manner {
    case .hangs:
      try waitForEnd(of: client)
      return false
    case .resets:
      try client.descriptor.resetOnClose()
      return false
    case .cuts:
      try send(Array(bytes.prefix(bytes.count - answer.bodyLength / 2 - 1)), to: client)
      return false
    case .drips:
      for byte in bytes {
        try send([byte], to: client)
        guard try !client.descriptor.wait(for: .read, milliseconds: 40), !isEnding else {
          return false
        }
      }
      return true
    default:
      try send(bytes, to: client)
      return true
    }
  }

  private var isEnding: Bool { state.withLock { $0.isEnding } }

  private func waitForEnd(of client: Client) throws(Errno) {
    while !isEnding, try !client.descriptor.wait(for: .read, milliseconds: 20) {}
  }

  private func pause(milliseconds: Int32) throws(Errno) {
    let epoll = try Epoll()
    try epoll.add(ending.raw, .read, token: 0)
    try epoll.wait(into: EpollEvents(capacity: 1), milliseconds: milliseconds)
  }

  private func send(_ bytes: [UInt8], to client: Client) throws(Errno) {
    var sent = 0
    while sent < bytes.count {
      if case .bytes(let count) = try client.descriptor.write(bytes, from: sent) {
        sent += count
      } else {
        _ = try client.descriptor.wait(for: .write, milliseconds: Self.patience)
      }
    }
  }

  /// The next request, head and body; nil at the end.
  private func read(
    from client: Client, _ unread: inout [UInt8]
  ) throws(Errno) -> FakeRequest? {
    while true {
      if let request = FakeRequest(takingFrom: &unread) { return request }
      guard try client.descriptor.wait(for: .read, milliseconds: 20) else {
        if isEnding { return nil }
        continue
      }
      guard try client.descriptor.read(upTo: 65_536, into: &unread) != .end else { return nil }
    }
  }
}
