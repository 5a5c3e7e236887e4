import LinuxIO
import Synchronization
import Testing

/// A mail server on loopback that answers as a test says and keeps what it is told.
final class MailPeer: Sendable {
  /// What it answers to, besides the usual.
  struct Manner: Sendable {
    var greeting = "220 sink ESMTP"
    /// Lines of the answer to EHLO after the first.
    var abilities = ["8BITMIME", "SIZE 10485760", "AUTH PLAIN LOGIN"]
    /// The answer to a line that begins so; the end of the message is `.`.
    var answers: [(start: String, answer: String)] = []
    /// Hangs up in place of an answer to a line that begins so.
    var hangsUpAt = ""
    /// Never answers a line that begins so.
    var hangsAt = ""
  }

  private let listener: Listener
  private let manner: Manner
  private let seen = Mutex<[String]>([])
  private static let patience: Int32 = 10_000

  private init(_ manner: Manner) throws {
    listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
    self.manner = manner
  }

  /// What was said, `C: ` before the client's lines and `S: ` before ours, as in transcripts.
  var transcript: [String] { seen.withLock { $0 } }

  var port: UInt16 { listener.address.port ?? 0 }

  /// Runs `body` against a server that takes so many connections.
  static func play(
    _ manner: Manner = Manner(), connections: Int = 1, _ body: (MailPeer) throws -> Void
  ) throws {
    let peer = try MailPeer(manner)
    let thread = try Thread(name: "mail peer") {
      do {
        for _ in 0..<connections { try peer.serve() }
      } catch {
        Issue.record("the mail peer cannot go on: \(error)")
      }
    }
    defer { thread.join() }
    try body(peer)
  }

  private func serve() throws {
    guard try listener.waitForConnection(milliseconds: Self.patience),
      let connection = try listener.accept()
    else { throw Errno.timedOut }
    let client = connection.take()
    var unread: [UInt8] = []
    var isMessage = false
    try say(manner.greeting, to: client)
    while let line = try readLine(from: client, &unread) {
      seen.withLock { $0.append("C: " + line) }
      if isMessage, line != "." { continue }
      if !manner.hangsUpAt.isEmpty, line.hasPrefix(manner.hangsUpAt) { return }
      if !manner.hangsAt.isEmpty, line.hasPrefix(manner.hangsAt) { continue }
      let said = manner.answers.first { line.hasPrefix($0.start) }?.answer ?? usual(line)
      isMessage = said.hasPrefix("354")
      try say(said, to: client)
      if line == "QUIT" { return }
    }
  }

  private func usual(_ line: String) -> String {
    if line.hasPrefix("EHLO") {
      let lines = ["sink"] + manner.abilities
      return lines.enumerated().map { $0 + 1 < lines.count ? "250-\($1)" : "250 \($1)" }
        .joined(separator: "\r\n")
    }
    switch line {
    case "DATA": return "354 go"
    case ".": return "250 queued"
    case "QUIT": return "221 bye"
    case "AUTH PLAIN": return "334 "
    // "\0user…" in base64
    default: return line.hasPrefix("AHVzZX") ? "235 welcome" : "250 ok"
    }
  }

  private func say(_ text: String, to client: borrowing FileDescriptor) throws {
    seen.withLock { $0 += text.split(separator: "\r\n").map { "S: " + $0 } }
    let bytes = Array((text + "\r\n").utf8)
    var sent = 0
    while sent < bytes.count {
      guard case .bytes(let count) = try client.write(bytes, from: sent) else {
        throw Errno.timedOut
      }
      sent += count
    }
  }

  private func readLine(
    from client: borrowing FileDescriptor, _ unread: inout [UInt8]
  ) throws -> String? {
    while true {
      if let end = unread.firstIndex(of: 0x0A) {
        // The line's end must be both characters.
        let isWhole = end > 0 && unread[end - 1] == 0x0D
        let line = String(decoding: unread[..<(isWhole ? end - 1 : end)], as: UTF8.self)
        unread.removeFirst(end + 1)
        return isWhole ? line : line + "<LF>"
      }
      do throws(Errno) {
        switch try client.read(upTo: 65_536, into: &unread) {
        case .bytes: continue
        case .end: return nil
        case .wouldBlock:
          guard try client.wait(for: .read, milliseconds: Self.patience) else { throw .timedOut }
        }
      } catch {
        guard error == .connectionReset else { throw error }
        return nil
      }
    }
  }
}
