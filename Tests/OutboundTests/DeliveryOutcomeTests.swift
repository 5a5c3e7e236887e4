import Outbound
import Testing

@Suite struct DeliveryOutcomeTests {
  private static func answer(
    _ status: Int, _ body: String = "", retryAfter: String? = nil
  ) -> Response {
    Response(
      status: status,
      headers: retryAfter.map { [Response.Header(name: "retry-after", value: $0)] } ?? [],
      body: Array(body.utf8))
  }

  /// The word of an outcome, with the seconds to wait.
  private static func word(_ outcome: DeliveryOutcome) -> String {
    switch outcome {
    case .done: "done"
    case .retry(let after, _): after.map { "retry after \($0)" } ?? "retry"
    case .permanent: "permanent"
    }
  }

  @Test(arguments: 100...599)
  func `statuses have the classes of the table`(status: Int) {
    let expected =
      switch status {
      case 200..<300: "done"
      case 408, 425, 429, 500...: "retry"
      default: "permanent"
      }
    for rule in [DeliveryOutcome.AnswerRule.status, .slack, .teams] {
      #expect(
        Self.word(DeliveryOutcome(answer: Self.answer(status), by: rule, now: 0)) == expected)
    }
  }

  @Test(arguments: [
    (429, "30", "retry after 30"), (429, "Sun, 06 Nov 1994 08:49:37 GMT", "retry after 7"),
    (503, "0", "retry after 0"), (500, "soon", "retry"), (429, "-5", "retry"),
    (404, "30", "permanent"), (200, "30", "done"),
  ])
  func `what a server asks to wait is heeded`(status: Int, header: String, expected: String) {
    let outcome = DeliveryOutcome(
      answer: Self.answer(status, retryAfter: header), by: .status, now: 784_111_770)
    #expect(Self.word(outcome) == expected)
  }

  @Test(arguments: [
    ("ok", "done"), ("{\"ok\":true}", "done"),
    ("{\"ok\":false,\"error\":\"invalid_auth\"}", "permanent"),
    ("{ \"ok\" : false, \"error\" : \"ratelimited\" }", "retry"),
    ("{\"error\":\"internal_error\",\"ok\":false}", "retry"), ("", "done"),
  ])
  func `slack fails inside success`(body: String, expected: String) {
    let outcome = DeliveryOutcome(answer: Self.answer(200, body), by: .slack, now: 0)
    #expect(Self.word(outcome) == expected)
    #expect(DeliveryOutcome(answer: Self.answer(200, body), by: .status, now: 0) == .done)
  }

  @Test(arguments: [
    ("1", "done"), ("", "done"),
    (
      "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error "
        + "429 with ContextId tcid=0", "retry"
    ),
    ("Webhook message delivery failed with error: HTTP error 404", "permanent"),
    ("Request throttled", "retry"),
  ])
  func `teams fails inside success`(body: String, expected: String) {
    let outcome = DeliveryOutcome(answer: Self.answer(200, body), by: .teams, now: 0)
    #expect(Self.word(outcome) == expected)
  }

  @Test func `a cause is one short line of what was said`() {
    let body = "invalid_payload\r\n\tat line 1\u{1b}[31m " + String(repeating: "x", count: 1_000)
    let outcome = DeliveryOutcome(answer: Self.answer(400, body), by: .status, now: 0)
    guard case .permanent(let cause) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(cause.hasPrefix("answered 400: invalid_payload at line 1 [31m xxx"))
    #expect(cause.utf8.count < 230)
  }

  @Test(arguments: [
    (250, "done"), (421, "retry"), (451, "retry"), (550, "permanent"), (0, "retry"),
  ])
  func `mail servers' replies`(code: Int, expected: String) {
    #expect(Self.word(DeliveryOutcome(mailReply: Self.answer(code, "\(code) x"))) == expected)
  }

  @Test(arguments: [
    (TransportFault.unresolved, "retry"), (.refused, "retry"), (.timeout, "retry"),
    (.reset, "retry"), (.handshake, "retry"), (.certificate, "retry"), (.other, "retry"),
    (.authority, "permanent"), (.login, "permanent"), (.unencrypted, "permanent"),
    (.tooLong, "permanent"),
  ])
  func `what goes wrong on the way`(fault: TransportFault, expected: String) {
    let error = ClientError.transport(fault, host: "example.org", detail: "it did not work")
    #expect(Self.word(DeliveryOutcome(error)) == expected)
    #expect(error.description == "cannot reach example.org: it did not work")
  }

  @Test func `what never was sent is not tried again`() {
    #expect(Self.word(DeliveryOutcome(.badURL("no"))) == "permanent")
    #expect(Self.word(DeliveryOutcome(.badHeader("X"))) == "permanent")
    #expect(
      DeliveryOutcome(.missingLibrary("HTTPS"))
        == .permanent(
          cause: "cannot speak HTTPS: libcurl.so.4 is not installed (on Debian: apt install "
            + "libcurl4)"))
  }
}

@Suite struct OutboundURLTests {
  @Test(arguments: [
    ("http://127.0.0.1:9/a?b=c", "127.0.0.1", 9, "/a?b=c", "http://127.0.0.1:9"),
    ("HTTPS://Hooks.Example.org", "Hooks.Example.org", 443, "/", "https://hooks.example.org"),
    ("https://[::1]:8443/x", "::1", 8_443, "/x", "https://[::1]:8443"),
    ("http://a?b", "a", 80, "/?b", "http://a"),
  ])
  func `a URL is taken apart`(
    text: String, host: String, port: Int, target: String, origin: String
  ) throws {
    let url = try #require(OutboundURL(text))
    #expect(url.host == host)
    #expect(Int(url.port) == port)
    #expect(url.target == target)
    #expect(url.origin == origin)
  }

  @Test(arguments: [
    "", "http://", "ftp://a/", "a.example.org/x", "http://user:word@example.org/", "http://a/#b",
    "http://a b/", "http://a:b/", "http://a:70000/", "http://a/\r\nX: y", "http://ä/", "unix:/a",
    "http://:80/", "http://[::1", "file:///etc/passwd", "http://a\\b/",
  ])
  func `other texts are refused`(text: String) {
    #expect(OutboundURL(text) == nil)
  }

  @Test func `a request is printed without its keys`() {
    let request = OutboundRequest(
      url: "https://hooks.example.org/services/secret?key=secret",
      headers: [OutboundRequest.Header("Authorization", "secret")], body: Array("secret".utf8))
    #expect("\(request)" == "POST https://hooks.example.org")
  }
}
