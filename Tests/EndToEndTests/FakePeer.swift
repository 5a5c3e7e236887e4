import LinuxIO
import Synchronization
import Testing

/// A server on loopback that does exactly what a test wrote down, connection by connection.
final class FakePeer: Sendable {
  enum Step: Sendable {
    /// Reads one request and keeps it.
    case read
    case send(String)
    /// Waits until the test calls `release`.
    case hold
    /// Reads until the client closes.
    case drain
    /// Drops the connection instead of closing it in order.
    case reset
  }

  private let listener: Listener
  private let gate: EventNotifier
  private let seen = Mutex<[String]>([])
  private let ended = Atomic(0)
  private static let patience: Int32 = 10_000

  private init(_ address: SocketAddress) throws {
    listener = try Listener(address)
    gate = try EventNotifier()
  }

  /// The requests so far, head and body.
  var requests: [String] { seen.withLock { $0 } }

  /// How many connections were played to their ends and closed.
  var closedCount: Int { ended.load(ordering: .acquiring) }

  var url: String {
    listener.address.port == nil ? "\(listener.address)" : "http://\(listener.address)"
  }

  func release() { gate.signal() }

  /// Runs `body` against a peer that plays `connections` one after the other; each closes after its
  /// last step.
  static func play(
    _ connections: [[Step]], at address: SocketAddress = .ipv4([127, 0, 0, 1], port: 0),
    _ body: (FakePeer) throws -> Void
  ) throws {
    let peer = try FakePeer(address)
    let thread = try Thread(name: "peer") {
      do {
        for steps in connections {
          try peer.serve(steps)
          peer.ended.add(1, ordering: .releasing)
        }
      } catch {
        Issue.record("the peer cannot go on: \(error)")
      }
    }
    defer { thread.join() }
    try body(peer)
  }

  private func serve(_ steps: [Step]) throws {
    guard try listener.waitForConnection(milliseconds: Self.patience),
      let connection = try listener.accept()
    else { throw Errno.timedOut }
    let client = connection.take()
    var unread: [UInt8] = []
    for step in steps {
      switch step {
      case .read: try keepRequest(from: client, &unread)
      case .send(let text): try Self.send(Array(text.utf8), to: client)
      case .hold: try waitForRelease()
      case .drain: while try Self.readMore(from: client, &unread) {}
      case .reset: try client.resetOnClose()
      }
    }
  }

  private func keepRequest(from client: borrowing FileDescriptor, _ unread: inout [UInt8]) throws {
    while true {
      let text = String(decoding: unread, as: UTF8.self)
      if let head = text.firstRange(of: "\r\n\r\n") {
        let length = text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let end =
          text[..<head.upperBound].utf8.count + (length.flatMap { Int($0.dropFirst(16)) } ?? 0)
        if unread.count >= end {
          seen.withLock { $0.append(String(decoding: unread[..<end], as: UTF8.self)) }
          unread.removeFirst(end)
          return
        }
      }
      guard try Self.readMore(from: client, &unread) else { throw Errno.connectionReset }
    }
  }

  private func waitForRelease() throws {
    let epoll = try Epoll()
    let events = EpollEvents(capacity: 1)
    try epoll.add(gate.raw, .read, token: 0)
    try epoll.wait(into: events, milliseconds: Self.patience)
    guard gate.drain() else { throw Errno.timedOut }
  }

  private static func send(_ bytes: [UInt8], to client: borrowing FileDescriptor) throws {
    var sent = 0
    while sent < bytes.count {
      if case .bytes(let count) = try client.write(bytes, from: sent) {
        sent += count
      } else if try client.wait(for: .write, milliseconds: patience) == false {
        throw Errno.timedOut
      }
    }
  }

  private static func readMore(
    from client: borrowing FileDescriptor, _ bytes: inout [UInt8]
  ) throws -> Bool {
    while true {
      do throws(Errno) {
        switch try client.read(upTo: 65_536, into: &bytes) {
        case .bytes: return true
        case .end: return false
        case .wouldBlock:
          guard try client.wait(for: .read, milliseconds: patience) else { throw .timedOut }
        }
      } catch {
        // A client that closes with bytes unread resets; for the script that is an end too.
        guard error == .connectionReset else { throw error }
        return false
      }
    }
  }
}
