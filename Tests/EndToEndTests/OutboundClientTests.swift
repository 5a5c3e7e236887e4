import HTTP
import LinuxIO
import Outbound
import Testing

/// The client's two ways to a server: our own for numeric addresses, libcurl for all else, which
/// `127.1` is to us.
@Suite struct OutboundClientTests {
  private typealias Step = FakePeer.Step
  private static let hosts = OutboundClient.hasLibrary ? ["127.0.0.1", "127.1"] : ["127.0.0.1"]
  private static let okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  private static func request(
    _ host: String, _ peer: FakePeer, _ path: String = "/", patience: Int64 = 5_000
  ) -> OutboundRequest {
    OutboundRequest(
      url: peer.url.replacing("127.0.0.1", with: host) + path,
      headers: [OutboundRequest.Header("Content-Type", "application/json")],
      body: Array("{\"a\":\"ü\"}".utf8), timeoutMilliseconds: patience)
  }

  private static func outcome(_ result: Result<Response, ClientError>) -> String {
    let outcome =
      switch result {
      case .success(let response):
        DeliveryOutcome(answer: response, by: .status, now: 784_111_770)
      case .failure(let error): DeliveryOutcome(error)
      }
    switch outcome {
    case .done: return "done"
    case .retry(let after, _): return after.map { "retry after \($0)" } ?? "retry"
    case .permanent: return "permanent"
    }
  }

  @Test(arguments: hosts)
  func `a request arrives whole and its answer comes back`(host: String) throws {
    try FakePeer.play([[.read, .send(Self.okay)]]) { peer in
      let result = OutboundClient().send(Self.request(host, peer, "/a/b?c=d"))
      let response = try result.get()
      #expect(response.status == 200)
      #expect(response.body == Array("ok".utf8))
      #expect(response.header("content-length") == "2")
      let request = try #require(peer.requests.first)
      // libcurl writes an address in full.
      let port = try #require(peer.url.split(separator: ":").last)
      #expect(request.hasPrefix("POST /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"))
      #expect(request.contains("\r\nContent-Type: application/json\r\n"))
      #expect(request.contains("\r\nContent-Length: 10\r\n"))
      #expect(request.hasSuffix("\r\n\r\n{\"a\":\"ü\"}"))
      #expect(!request.contains("Expect"))
    }
  }

  @Test(arguments: hosts)
  func `connections are kept`(host: String) throws {
    try FakePeer.play([[.read, .send(Self.okay), .read, .send(Self.okay)]]) { peer in
      let client = OutboundClient()
      #expect(Self.outcome(client.send(Self.request(host, peer))) == "done")
      #expect(Self.outcome(client.send(Self.request(host, peer))) == "done")
      #expect(peer.requests.count == 2)
    }
  }

  @Test(arguments: hosts)
  func `a kept connection that was closed is no failure`(host: String) throws {
    try FakePeer.play([[.read, .send(Self.okay)], [.read, .send(Self.okay)]]) { peer in
      let client = OutboundClient()
      #expect(Self.outcome(client.send(Self.request(host, peer))) == "done")
      #expect(Self.outcome(client.send(Self.request(host, peer))) == "done")
    }
  }

  @Test(
    arguments: hosts,
    [
      ("HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n", "retry after 30"),
      (
        "HTTP/1.1 429 Slow\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          + "Content-Length: 0\r\n\r\n", "retry after 7"
      ),
      ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "retry"),
      ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "retry"),
      ("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n", "permanent"),
      (
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "permanent"
      ),
      ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "retry"),
      ("HTTP/1.1 200 OK\r\nConte", "retry"),
      ("", "retry"),
    ])
  func `answers have their class`(host: String, case: (String, String)) throws {
    try FakePeer.play([[.read, .send(`case`.0)]]) { peer in
      #expect(Self.outcome(OutboundClient().send(Self.request(host, peer))) == `case`.1)
      #expect(peer.requests.count == 1)
    }
  }

  @Test(arguments: hosts)
  func `a reset is tried again`(host: String) throws {
    try FakePeer.play([[.read, .reset]]) { peer in
      #expect(Self.outcome(OutboundClient().send(Self.request(host, peer))) == "retry")
    }
  }

  @Test(arguments: hosts)
  func `a server that says nothing is left when the time is over`(host: String) throws {
    try FakePeer.play([[.read, .hold]]) { peer in
      let start = Clock.monotonic
      let result = OutboundClient().send(Self.request(host, peer, patience: 200))
      #expect(Self.outcome(result) == "retry")
      #expect(Clock.monotonic - start < 3_000_000_000)
      peer.release()
    }
  }

  @Test(arguments: hosts)
  func `a request that nobody wants any more ends`(host: String) throws {
    try FakePeer.play([[.read, .hold]]) { peer in
      let start = Clock.monotonic
      var request = Self.request(host, peer, patience: 30_000)
      request.isAbandoned = { !peer.requests.isEmpty }
      guard case .failure(let error) = OutboundClient().send(request) else {
        Issue.record("it was answered")
        return
      }
      #expect(error.isTemporary)
      // libcurl asks once a second.
      #expect(Clock.monotonic - start < 4_000_000_000)
      peer.release()
    }
  }

  @Test func `what must not be sent twice is not, and looks first whether the server is there`()
    throws
  {
    let first: [Step] = [.read, .send(Self.okay)]
    try FakePeer.play([first, first, [.read, .send(Self.okay), .read, .reset]]) { peer in
      let client = OutboundClient()
      var request = Self.request("127.0.0.1", peer)
      request.isSentOnce = true
      #expect(Self.outcome(client.send(request)) == "done")
      // The kept connection was closed meanwhile.
      while peer.closedCount < 1 {}
      #expect(Self.outcome(client.send(request)) == "done")
      while peer.closedCount < 2 {}
      #expect(Self.outcome(client.send(request)) == "done")
      // This time the server takes the request and resets.
      #expect(Self.outcome(client.send(request)) == "retry")
      #expect(peer.requests.count == 4)
    }
  }

  @Test(arguments: hosts)
  func `nobody listens`(host: String) throws {
    var url = ""
    try FakePeer.play([]) { url = $0.url }
    let request = OutboundRequest(
      url: url.replacing("127.0.0.1", with: host), body: [], timeoutMilliseconds: 2_000)
    #expect(Self.outcome(OutboundClient().send(request)) == "retry")
  }

  @Test(arguments: hosts)
  func `a body beyond the limit is refused`(host: String) throws {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789"
    try FakePeer.play([[.read, .send(answer)]]) { peer in
      var request = Self.request(host, peer)
      request.bodyLimit = 8
      if case .success = OutboundClient().send(request) { Issue.record("it passed") }
    }
  }

  @Test(arguments: hosts)
  func `an empty body is one too, and requests may have none`(host: String) throws {
    try FakePeer.play([[.read, .send(Self.okay), .read, .send(Self.okay)]]) { peer in
      let client = OutboundClient()
      var request = Self.request(host, peer)
      request.body = []
      _ = try client.send(request).get()
      request.method = .get
      request.body = nil
      _ = try client.send(request).get()
      #expect(peer.requests.first?.contains("Content-Length: 0\r\n") == true)
      #expect(peer.requests.last?.hasPrefix("GET / HTTP/1.1\r\n") == true)
      #expect(peer.requests.last?.contains("Content-Length") == false)
    }
  }

  @Test func `what cannot be sent safely is not sent`() {
    let client = OutboundClient()
    var request = OutboundRequest(url: "http://127.0.0.1:1/", body: [])
    request.headers = [OutboundRequest.Header("X-A", "b\r\nX-C: d")]
    #expect(client.send(request) == .failure(.badHeader("X-A")))
    request.headers = [OutboundRequest.Header("X A", "b")]
    #expect(client.send(request) == .failure(.badHeader("X A")))
    for url in ["file:///etc/passwd", "http://a@b/", "smtp://127.0.0.1/"] {
      guard case .failure(.badURL) = client.send(OutboundRequest(url: url, body: [])) else {
        Issue.record("\(url)")
        continue
      }
    }
  }

  // The thread sanitizer does not see the order that a contended `Mutex` makes, as its slow path is
  // in a library that is not instrumented: a dictionary under one is enough to make it complain.
  @Test(.disabled(if: Environment.current()["TSAN_OPTIONS"] != nil))
  func `many threads share a client`() throws {
    let connections: [[Step]] = (0..<8).map { _ in [.read, .send(Self.okay)] }
    // One peer serves one connection at a time, so each thread has its own.
    let client = OutboundClient()
    let threads = try connections.map { steps in
      try Thread(name: "sender") {
        do {
          try FakePeer.play([steps]) { peer in
            #expect(Self.outcome(client.send(Self.request("127.0.0.1", peer))) == "done")
          }
        } catch {
          Issue.record("\(error)")
        }
      }
    }
    for thread in threads { thread.join() }
  }
}
