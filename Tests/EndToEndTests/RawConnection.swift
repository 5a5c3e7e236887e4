import LinuxIO
import Testing

/// A connection on which a test says every byte itself.
final class RawConnection {
  private static let patience: Int32 = 30_000
  private let descriptor: FileDescriptor
  private var unread: [UInt8] = []

  init(_ url: String) throws {
    let address = try SocketAddress(String(url.dropFirst("http://".count)))
    descriptor = try .connected(to: address, milliseconds: Self.patience)
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      if case .bytes(let count) = try descriptor.write(bytes, from: sent) {
        sent += count
      } else if try descriptor.wait(for: .write, milliseconds: Self.patience) == false {
        throw Errno.timedOut
      }
    }
  }

  /// The next head, through its empty line.
  func readHead() throws -> String {
    while true {
      if let end = unread.firstRange(of: Array("\r\n\r\n".utf8)) {
        defer { unread.removeSubrange(..<end.upperBound) }
        return String(decoding: unread[..<end.upperBound], as: UTF8.self)
      }
      guard try readMore() else { throw Errno.connectionReset }
    }
  }

  /// The next answer that says its length.
  func readAnswer() throws -> (head: String, body: String) {
    let head = try readHead()
    let length = try #require(head.firstMatch(of: /Content-Length: ([0-9]+)/))
    let size = try #require(Int(length.output.1))
    while unread.count < size {
      guard try readMore() else { throw Errno.connectionReset }
    }
    defer { unread.removeFirst(size) }
    return (head, String(decoding: unread[..<size], as: UTF8.self))
  }

  /// Reads until `text` has come.
  func read(until text: String) throws -> String {
    while true {
      let all = String(decoding: unread, as: UTF8.self)
      if all.contains(text) { return all }
      guard try readMore() else { throw Errno.connectionReset }
    }
  }

  /// All until the other side closes.
  func readToEnd() throws -> [UInt8] {
    while try readMore() {}
    return unread
  }

  /// Whether the other side has closed, with nothing more said.
  func isClosed() throws -> Bool { try readMore() == false }

  private func readMore() throws -> Bool {
    while true {
      switch try descriptor.read(upTo: 65_536, into: &unread) {
      case .bytes: return true
      case .end: return false
      case .wouldBlock:
        guard try descriptor.wait(for: .read, milliseconds: Self.patience) else {
          throw Errno.timedOut
        }
      }
    }
  }
}
