import HTTP
import LinuxIO
import Outbound
import Synchronization
import Testing

struct HTTPClientTests {
  private typealias Step = FakePeer.Step
  private static let okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

  /// The error of a request to `peer`, whose address it names.
  private func failure(_ client: HTTPClient) -> ClientError? {
    do {
      _ = try client.request(.get, "/")
      return nil
    } catch {
      return error
    }
  }

  @Test func `a request is written and its answer read`() throws {
    let answer =
      "HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nX-A:  b c \r\n"
      + "Content-Length: 3\r\n\r\nabc"
    try FakePeer.play([[.read, .send(answer)]]) { peer in
      let client = try HTTPClient(url: peer.url + "/base/")
      let response = try client.request(
        .post, "/v1/events?a=1", headers: [HTTPField("X-Test", "yes")], body: Array("{}".utf8))
      #expect(response.status == 202)
      #expect(
        response.headers.map { [$0.name, $0.value] }
          == [["content-type", "text/plain"], ["x-a", "b c"], ["content-length", "3"]])
      #expect(response.body == Array("abc".utf8))
      #expect(response.isSuccess)
      let host = peer.url.dropFirst(7)
      #expect(
        peer.requests == [
          "POST /base/v1/events?a=1 HTTP/1.1\r\nHost: \(host)\r\nX-Test: yes\r\n"
            + "Content-Length: 2\r\n\r\n{}"
        ])
    }
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
    ("HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"),
    ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "x"),
    (
      "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny",
      "y"
    ),
    ("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
  ])
  func `every framing of a body is read`(_ answer: String, _ expected: String) throws {
    try FakePeer.play([[.read, .send(answer)]]) { peer in
      let response = try HTTPClient(url: peer.url).request(.get, "/")
      #expect(String(decoding: response.body, as: UTF8.self) == expected)
    }
  }

  @Test func `an answer in two pieces, split anywhere, on one connection`() throws {
    let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    let steps = text.indices.flatMap {
      [Step.read, .send(String(text[..<$0])), .send(String(text[$0...]))]
    }
    try FakePeer.play([steps]) { peer in
      let client = try HTTPClient(url: peer.url)
      for _ in text.indices {
        #expect(try client.request(.get, "/").body == Array("abc".utf8))
      }
    }
  }

  @Test func `an answer cut off anywhere is a reset and not asked for again`() throws {
    let cuts = Self.okay.indices
    let connections = cuts.map { [Step.read, .send(String(Self.okay[..<$0]))] }
    try FakePeer.play(connections) { peer in
      let address = try Endpoint(peer.url).address
      for _ in cuts {
        #expect(failure(try HTTPClient(url: peer.url)) == .reset(address))
      }
      #expect(peer.requests.count == cuts.count)
    }
  }

  @Test func `a head request has no body to wait for`() throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    try FakePeer.play([[.read, .send(head), .read, .send(Self.okay)]]) { peer in
      let client = try HTTPClient(url: peer.url)
      #expect(try client.request(.head, "/").body == [])
      #expect(try client.request(.get, "/").body == Array("hi".utf8))
    }
  }

  @Test(arguments: [false, true])
  func `a kept connection that the server closed is replaced once`(_ isReset: Bool) throws {
    let end = isReset ? [Step.reset] : []
    try FakePeer.play([
      [.read, .send(Self.okay), .hold] + end, [.read, .send(Self.okay)],
    ]) { peer in
      let client = try HTTPClient(url: peer.url)
      for path in ["/1", "/2"] {
        #expect(try client.request(.post, path, body: [1]).body == Array("hi".utf8))
        peer.release()
      }
      #expect(peer.requests.map { $0.prefix(7) } == ["POST /1", "POST /2"])
    }
  }

  @Test func `a kept connection that ends within an answer is an error`() throws {
    try FakePeer.play([[.read, .send(Self.okay), .read, .send("HTTP/1.1 200")]]) { peer in
      let client = try HTTPClient(url: peer.url)
      _ = try client.request(.get, "/")
      #expect(failure(client) == .reset(client.endpoint.address))
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more",
  ])
  func `a connection that cannot go on is not used again`(_ first: String) throws {
    try FakePeer.play([
      [.read, .send(first), .drain], [.read, .send(Self.okay)],
    ]) { peer in
      let client = try HTTPClient(url: peer.url)
      for _ in 0..<2 { #expect(try client.request(.get, "/").body == Array("hi".utf8)) }
    }
  }

  @Test func `a dropped connection is a reset`() throws {
    try FakePeer.play([[.read, .reset]]) { peer in
      let client = try HTTPClient(url: peer.url)
      #expect(failure(client) == .reset(client.endpoint.address))
    }
  }

  @Test func `an early answer is read though the request was not taken`() throws {
    let refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    try FakePeer.play([[.send(refusal), .hold, .drain]]) { peer in
      let client = try HTTPClient(url: peer.url)
      let body = [UInt8](repeating: 1, count: 64 << 20)
      #expect(try client.request(.post, "/", body: body).status == 413)
      peer.release()
    }
  }

  @Test func `silence ends with a time-out`() throws {
    try FakePeer.play([[.read, .send("HTTP/1.1 200"), .drain]]) { peer in
      let client = try HTTPClient(url: peer.url, limits: .init(idleMilliseconds: 30))
      #expect(failure(client) == .timeout(client.endpoint.address))
    }
  }

  @Test func `nobody listening is a refusal`() throws {
    let address: SocketAddress
    // A host of this machine that no other test uses, so that its port stays free.
    do { address = try Listener(.ipv4([127, 78, 0, 1], port: 0)).address }
    let client = try HTTPClient(url: "http://\(address)")
    #expect(failure(client) == .refused(address))
    let absent = try HTTPClient(url: "unix:/does/not/exist")
    #expect(failure(absent) == .refused(.unix("/does/not/exist")))
  }

  @Test(arguments: ["SSH-2.0-server\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"])
  func `what is no answer or too long is a bad response`(_ answer: String) throws {
    try FakePeer.play([[.read, .send(answer), .drain]]) { peer in
      let client = try HTTPClient(url: peer.url, limits: .init(bodyBytes: 98))
      guard case .badResponse = failure(client) else {
        Issue.record("the answer passed")
        return
      }
    }
  }

  @Test(arguments: [(16, true), (17, false)])
  func `interim answers are passed over, but not for ever`(
    _ count: Int, _ isAnswered: Bool
  ) throws {
    let interim = String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: count)
    try FakePeer.play([[.read, .send(interim + Self.okay), .drain]]) { peer in
      let error = failure(try HTTPClient(url: peer.url))
      if isAnswered {
        #expect(error == nil)
      } else {
        #expect(
          error.map { "\($0)" } == "cannot read the answer: too many interim ones come before it")
      }
    }
  }

  @Test func `a unix socket is asked like any other`() throws {
    let path = "/tmp/barograph-\(Random.word()).sock"
    try FakePeer.play([[.read, .send(Self.okay)]], at: .unix(path)) { peer in
      let client = try HTTPClient(url: "unix:\(path)")
      #expect(try client.request(.get, "/a").body == Array("hi".utf8))
      #expect(peer.requests == ["GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"])
    }
  }

  @Test func `a stream hands over pieces as they come and ends when told`() throws {
    let head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    let event = "9\r\ndata: 1\n\n\r\n"
    try FakePeer.play([
      [.read, .send(head + event), .hold, .send(event), .drain], [.read, .send(Self.okay)],
    ]) { peer in
      let client = try HTTPClient(url: peer.url)
      var pieces: [String] = []
      let response = try client.stream("/v1/events/stream") { head, bytes in
        #expect(head.header("content-type") == "text/event-stream")
        pieces.append(String(decoding: bytes, as: UTF8.self))
        peer.release()
        return pieces.count < 2
      }
      #expect(response.status == 200)
      #expect(pieces == ["data: 1\n\n", "data: 1\n\n"])
      #expect(try client.request(.get, "/").status == 200)
    }
  }

  @Test func `a path that cannot stand in a request is refused`() throws {
    let client = try HTTPClient(url: "http://127.0.0.1:1")
    for path in ["", "a", "/a b", "/a\r\nb", "/ä"] {
      #expect(
        throws: ClientError.badURL(
          "cannot ask for \"\(path)\": expected /PATH?QUERY of visible characters")
      ) {
        try client.request(.get, path)
      }
    }
  }
}
