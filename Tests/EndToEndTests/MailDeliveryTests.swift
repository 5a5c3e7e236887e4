import LinuxIO
import Outbound
import Testing

/// Mails through libcurl to a server that follows a script.
@Suite(.enabled(if: OutboundClient.hasLibrary, "libcurl is not installed"))
struct MailDeliveryTests {
  private static func mail(_ peer: MailPeer, to: [String] = ["ops@example.test"]) -> OutboundMail {
    OutboundMail(
      host: "127.0.0.1", port: peer.port, encryption: .none, hello: "localhost",
      from: "alerts@example.test", to: to,
      message: Array("Subject: x\r\n\r\n.dot\r\n..two\r\n.\r\nend\r\n".utf8),
      timeoutMilliseconds: 5_000)
  }

  private static func outcome(_ result: Result<Response, ClientError>) -> String {
    let outcome =
      switch result {
      case .success(let reply): DeliveryOutcome(mailReply: reply)
      case .failure(let error): DeliveryOutcome(error)
      }
    switch outcome {
    case .done: return "done"
    case .retry(_, let cause): return "retry: \(cause)"
    case .permanent(let cause): return "permanent: \(cause)"
    }
  }

  @Test func `the conversation is that of the captured one, dots doubled`() throws {
    try MailPeer.play { peer in
      #expect(Self.outcome(OutboundClient().send(Self.mail(peer))) == "done")
      // libcurl tells the size, where the captured sender tells the kind of body.
      #expect(
        peer.transcript.prefix(20) == [
          "S: 220 sink ESMTP", "C: EHLO localhost", "S: 250-sink", "S: 250-8BITMIME",
          "S: 250-SIZE 10485760", "S: 250 AUTH PLAIN LOGIN",
          "C: MAIL FROM:<alerts@example.test> SIZE=35", "S: 250 ok",
          "C: RCPT TO:<ops@example.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: Subject: x",
          "C: ", "C: ..dot", "C: ...two", "C: ..", "C: end", "C: .", "S: 250 queued",
        ])
    }
  }

  @Test func `a name and password are given to this machine`() throws {
    try MailPeer.play { peer in
      var mail = Self.mail(peer)
      mail.username = "user"
      mail.password = "word"
      #expect(Self.outcome(OutboundClient().send(mail)) == "done")
      // "\0user\0word"
      #expect(peer.transcript.contains { $0.hasSuffix("AHVzZXIAd29yZA==") })
    }
  }

  @Test func `a password is not given to another machine in the clear`() {
    var mail = OutboundMail(
      host: "192.0.2.1", port: 25, encryption: .none, from: "a@b", to: ["c@d"], message: [])
    mail.username = "user"
    #expect(
      Self.outcome(OutboundClient().send(mail))
        == "permanent: cannot reach 192.0.2.1: a password is not sent over a connection without "
        + "encryption")
  }

  @Test(arguments: [
    ("MAIL", "451 later", "retry: answered 451 later"),
    ("RCPT", "550 no such user", "permanent: answered 550 no such user"),
    ("RCPT", "450 greylisted", "retry: answered 450 greylisted"),
    ("DATA", "554 no", "permanent: answered 554 no"),
    (".", "552 too much", "permanent: answered 552 too much"),
    (".", "451 try again", "retry: answered 451 try again"),
    ("EHLO", "421 busy", "retry: answered 421 busy"),
  ])
  func `refusals have their class`(line: String, answer: String, expected: String) throws {
    var manner = MailPeer.Manner()
    manner.answers = [(line, answer), ("HELO", answer)]
    try MailPeer.play(manner) { peer in
      #expect(Self.outcome(OutboundClient().send(Self.mail(peer))) == expected)
    }
  }

  @Test func `a greeting that sends away is heeded`() throws {
    var manner = MailPeer.Manner()
    manner.greeting = "554 go away"
    try MailPeer.play(manner) { peer in
      #expect(
        Self.outcome(OutboundClient().send(Self.mail(peer)))
          == "permanent: answered 554 go away")
    }
  }

  @Test func `without STARTTLS there is no mail where it is wanted`() throws {
    try MailPeer.play { peer in
      var mail = Self.mail(peer)
      mail.encryption = .starttls
      let outcome = Self.outcome(OutboundClient().send(mail))
      #expect(outcome.hasPrefix("permanent: cannot reach 127.0.0.1: "), "\(outcome)")
      #expect(!peer.transcript.contains { $0.hasPrefix("C: MAIL") })
    }
  }

  @Test(arguments: ["MAIL", "DATA", "."])
  func `a server that hangs up is tried again`(line: String) throws {
    var manner = MailPeer.Manner()
    manner.hangsUpAt = line
    try MailPeer.play(manner) { peer in
      #expect(Self.outcome(OutboundClient().send(Self.mail(peer))).hasPrefix("retry: "))
    }
  }

  @Test(arguments: ["EHLO", "."])
  func `a server that says no more is left when the time is over`(line: String) throws {
    var manner = MailPeer.Manner()
    manner.hangsAt = line
    try MailPeer.play(manner) { peer in
      var mail = Self.mail(peer)
      mail.timeoutMilliseconds = 300
      #expect(Self.outcome(OutboundClient().send(mail)).hasPrefix("retry: "))
    }
  }

  @Test(arguments: ["a@b\r\nRCPT TO:<x@y>", "a b@c", "ä@b", "a@b>"])
  func `addresses that could be commands are refused`(address: String) {
    let mail = OutboundMail(
      host: "127.0.0.1", port: 1, encryption: .none, from: "a@b", to: [address], message: [])
    let outcome = Self.outcome(OutboundClient().send(mail))
    #expect(outcome.hasPrefix("permanent: cannot send header"), "\(outcome)")
  }
}
