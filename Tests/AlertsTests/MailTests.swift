import Alerts
import Codec
import PromQL
import Testing

@Suite struct MailTests {
  private static func lines(_ notification: Notification) throws -> MailLines {
    let settings = try #require(MessageScene.receivers.first { $0.kind.name == "email" })
    let message = try MessageScene.rendering(settings).message(notification, at: notification.time)
    guard case .mail(let mail)? = message else {
      Issue.record("no mail")
      return MailLines([])
    }
    return MailLines(mail.bytes)
  }

  private static func header(_ name: String, _ lines: MailLines) -> String? {
    lines.head.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
  }

  @Test func `an end is threaded with its beginning`() throws {
    let first = try Self.lines(MessageScene.notification(key: "a"))
    let last = try Self.lines(
      MessageScene.notification([MessageScene.alert(to: MessageScene.start + 9)], key: "b"))
    let thread = try #require(Self.header("References", first))
    #expect(Self.header("References", last) == thread)
    #expect(Self.header("In-Reply-To", last) == thread)
    #expect(Self.header("Message-ID", first) != Self.header("Message-ID", last))
    #expect(
      Self.header("Message-ID", first)
        == Self.header("Message-ID", try Self.lines(MessageScene.notification(key: "a"))))
  }

  @Test func `a subject beyond ASCII is in encoded words of whole characters`() throws {
    let name = String(repeating: "Größe 📈 ", count: 12)
    let alert = NotifiedAlert(
      labels: Labels([Label("alertname", name)]), annotations: [], startsAt: 0, endsAt: nil,
      value: "1", cause: nil, generatorURL: "")
    let lines = try Self.lines(MessageScene.notification([alert]))
    let start = try #require(lines.head.firstIndex { $0.hasPrefix("Subject:") })
    let words = lines.head[start...].prefix { $0.hasPrefix("Subject:") || $0.hasPrefix(" ") }
      .flatMap { $0.split(separator: " ").filter { $0.hasPrefix("=?") } }
    #expect(words.count > 1)
    var text = ""
    for word in words {
      #expect(word.utf8.count <= 75)
      #expect(word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="))
      let bytes = try #require(Base64.decode(Array(word.dropFirst(10).dropLast(2).utf8)))
      text += try #require(String(validating: bytes, as: UTF8.self))
    }
    #expect(text.hasPrefix("[FIRING:1] Größe 📈 Größe 📈"))
  }

  @Test(arguments: [
    "ops@example.org", "Ops <ops@example.org>", "\"Ops, all\" <a.b+c@x-y.example>", "o@[127.0.0.1]",
  ])
  func `addresses`(text: String) {
    #expect(MailAddress(text) != nil)
  }

  @Test(arguments: [
    "", "ops", "@", "a@", "@b", "a b@example.org", "a@b c", "a@example.org\r\nBcc: x@y", "a@b\n",
    "Ops <a@b", "<a@b> x", "a@b,c@d", "ä@example.org", "a..b@example.org", "a@.b", "a@b>",
    "Ops\u{0} <a@b>", "a@b@c d", "<a@b><c@d>x",
  ])
  func `what is no address, or more than one, is refused`(text: String) {
    #expect(MailAddress(text) == nil)
  }
}
