import LinuxIO
import Synchronization
import Testing

/// A webhook service on loopback that keeps every request and behaves as the test wants it just
/// then.
final class FakeReceiver: Sendable {
  /// How it treats who comes.
  enum Manner: Equatable, Sendable {
    case takes
    /// Reads a request and says nothing until the manner changes or the client goes.
    case hangs
    /// Nobody listens.
    case refuses
    case answers(Int)
  }

  /// A request, and whether it was answered well.
  struct Message: Equatable, Sendable {
    let head: String
    let body: String
    var isTaken = false

    /// What names the message, the same for every try.
    var key: String {
      head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("x-webhook-id: ") }
        .map { String($0.dropFirst(14)) } ?? ""
    }
  }

  private struct State: Sendable {
    var manner: Manner
    var messages: [Message] = []
    var isEnding = false
  }

  private static let patience: Int32 = 20_000
  /// Milliseconds between two looks at the manner.
  private static let pace: Int32 = 10

  private let address: SocketAddress
  private let state: Mutex<State>

  private init(_ manner: Manner) throws {
    // The port is known from here on; each time it listens there again.
    address = try Listener(.ipv4([127, 0, 0, 1], port: 0)).address
    state = Mutex(State(manner: manner))
  }

  var url: String { "http://\(address)/in" }
  /// Every request so far, answered or not.
  var requests: [Message] { state.withLock { $0.messages } }
  /// What was answered well, in order.
  var taken: [Message] { requests.filter(\.isTaken) }

  var manner: Manner {
    get { state.withLock { $0.manner } }
    set { state.withLock { $0.manner = newValue } }
  }

  /// Runs `body` while the service is there.
  static func use(_ manner: Manner = .takes, _ body: (FakeReceiver) throws -> Void) throws {
    let receiver = try FakeReceiver(manner)
    let thread = try Thread(name: "receiver") {
      do {
        try receiver.run()
      } catch {
        Issue.record("the receiver cannot go on: \(error)")
      }
    }
    defer {
      receiver.state.withLock { $0.isEnding = true }
      thread.join()
    }
    try body(receiver)
  }

  private var isEnding: Bool { state.withLock { $0.isEnding } }

  private func run() throws {
    while !isEnding {
      guard manner != .refuses else {
        try Eventually.pause(milliseconds: Self.pace)
        continue
      }
      let listener = try Listener(address)
      while !isEnding, manner != .refuses {
        guard try listener.waitForConnection(milliseconds: Self.pace),
          let connection = try listener.accept()
        else { continue }
        try serve(connection.take())
      }
    }
  }

  private func serve(_ client: consuming FileDescriptor) throws {
    guard let message = try readRequest(from: client) else { return }
    let place = state.withLock { state in
      state.messages.append(message)
      return state.messages.count - 1
    }
    while manner == .hangs, !isEnding {
      var more: [UInt8] = []
      if try client.wait(for: .read, milliseconds: Self.pace),
        try Self.read(from: client, into: &more) == false
      {
        return
      }
    }
    var status = 200
    if case .answers(let other) = manner { status = other }
    let answer = "HTTP/1.1 \(status) X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    // Kept before it is said: whoever hears the answer finds it here.
    if status == 200 { state.withLock { $0.messages[place].isTaken = true } }
    do throws(Errno) {
      _ = try client.write(Array(answer.utf8))
    } catch {
      // The client is gone: it was not taken.
      state.withLock { $0.messages[place].isTaken = false }
    }
  }

  private func readRequest(from client: borrowing FileDescriptor) throws -> Message? {
    var bytes: [UInt8] = []
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if let end = text.firstRange(of: "\r\n\r\n") {
        let head = String(text[..<end.lowerBound])
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let body = bytes[text[..<end.upperBound].utf8.count...]
        if body.count >= length.flatMap({ Int($0.dropFirst(16)) }) ?? 0 {
          return Message(head: head, body: String(decoding: body, as: UTF8.self))
        }
      }
      guard try client.wait(for: .read, milliseconds: Self.patience) else { throw Errno.timedOut }
      guard try Self.read(from: client, into: &bytes) else { return nil }
    }
  }

  /// Whether more came; false at the end, however it came.
  private static func read(
    from client: borrowing FileDescriptor, into bytes: inout [UInt8]
  ) throws -> Bool {
    do throws(Errno) {
      return try client.read(upTo: 65_536, into: &bytes) != .end
    } catch {
      guard error == .connectionReset else { throw error }
      return false
    }
  }
}

/// Waiting for what comes about by itself.
enum Eventually {
  static func pause(milliseconds: Int32) throws {
    try Epoll().wait(into: EpollEvents(capacity: 1), milliseconds: milliseconds)
  }

  /// Looks again and again until `condition` holds; whether it did within `seconds`.
  static func holds(
    within seconds: Int64 = 20, _ condition: () throws -> Bool
  ) throws -> Bool {
    let deadline = Clock.monotonic + seconds * 1_000_000_000
    while Clock.monotonic < deadline {
      if try condition() { return true }
      try pause(milliseconds: 10)
    }
    return try condition()
  }
}
