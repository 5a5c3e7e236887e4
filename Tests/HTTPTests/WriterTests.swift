import Codec
import HTTP
import Testing

struct ResponseWriterTests {
  static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
  static let json = HTTPField("Content-Type", "application/json")

  /// A writer for the request `line` with `headers`.
  func writer(_ line: String, _ headers: String = "", keepsAlive: Bool = true) throws
    -> ResponseWriter
  {
    let request = bytes("\(line)\r\nHost: a\r\n\(headers)\r\n")
    guard case .head(let head) = answer(request) else { throw HTTPFailure(0, "", "no head") }
    return ResponseWriter(
      to: head, keepsAlive: keepsAlive, date: bytes(Self.date), requestID: bytes("r-1"))
  }

  func written(_ body: (inout [UInt8]) -> Void) -> String {
    var output: [UInt8] = []
    body(&output)
    return text(output)
  }

  @Test func `an answer has its date, id, headers, length and body`() throws {
    let writer = try writer("POST / HTTP/1.1")
    let output = written { writer.append(200, [Self.json], body: bytes("{}"), to: &$0) }
    #expect(
      output == """
        HTTP/1.1 200 OK\r
        Date: \(Self.date)\r
        X-Request-ID: r-1\r
        Content-Type: application/json\r
        Content-Length: 2\r
        \r
        {}
        """)
    #expect(writer.keepsAlive)
  }

  @Test func `an answer to HEAD has the length and no body`() throws {
    let writer = try writer("HEAD / HTTP/1.1")
    let output = written { writer.append(404, body: bytes("gone"), to: &$0) }
    #expect(
      output == """
        HTTP/1.1 404 Not Found\r
        Date: \(Self.date)\r
        X-Request-ID: r-1\r
        Content-Length: 4\r
        \r

        """)
  }

  @Test(arguments: [(204, "No Content"), (304, "Not Modified")])
  func `an answer that cannot have a body has no length`(status: Int, reason: String) throws {
    let writer = try writer("GET / HTTP/1.1")
    #expect(
      written { writer.append(status, to: &$0) }
        == "HTTP/1.1 \(status) \(reason)\r\nDate: \(Self.date)\r\nX-Request-ID: r-1\r\n\r\n")
  }

  @Test(arguments: [
    ("GET / HTTP/1.1", "", true, "", true),
    ("GET / HTTP/1.1", "Connection: close\r\n", true, "Connection: close\r\n", false),
    ("GET / HTTP/1.1", "", false, "Connection: close\r\n", false),
    ("GET / HTTP/1.0", "", true, "Connection: close\r\n", false),
    (
      "GET / HTTP/1.0", "Connection: keep-alive\r\n", true, "Connection: keep-alive\r\n", true
    ),
  ])
  func `the connection is kept or closed as both sides want`(
    line: String, header: String, wish: Bool, said: String, keeps: Bool
  ) throws {
    let writer = try writer(line, header, keepsAlive: wish)
    #expect(writer.keepsAlive == keeps)
    #expect(
      written { writer.append(200, to: &$0) }
        == "HTTP/1.1 200 OK\r\nDate: \(Self.date)\r\nX-Request-ID: r-1\r\n\(said)"
        + "Content-Length: 0\r\n\r\n")
  }

  @Test func `an answer to what could not be read closes the connection`() {
    let writer = ResponseWriter(date: bytes(Self.date), requestID: [])
    #expect(
      written { writer.append(431, to: &$0) }
        == "HTTP/1.1 431 Request Header Fields Too Large\r\nDate: \(Self.date)\r\n"
        + "Connection: close\r\nContent-Length: 0\r\n\r\n")
  }

  @Test func `a stream comes in chunks and its empty pieces are no end`() throws {
    let writer = try writer("GET / HTTP/1.1")
    let output = written {
      let stream = writer.begin(200, [Self.json], to: &$0)
      stream.append(bytes("0123456789abcdefg"), to: &$0)
      stream.append([], to: &$0)
      stream.append(bytes("x"), to: &$0)
      stream.end(to: &$0)
      #expect(stream.keepsAlive)
    }
    #expect(
      output == "HTTP/1.1 200 OK\r\nDate: \(Self.date)\r\nX-Request-ID: r-1\r\n"
        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "11\r\n0123456789abcdefg\r\n1\r\nx\r\n0\r\n\r\n")
  }

  @Test func `a stream for an old client ends with the connection`() throws {
    let writer = try writer("GET / HTTP/1.0", "Connection: keep-alive\r\n")
    let output = written {
      let stream = writer.begin(200, to: &$0)
      stream.append(bytes("abc"), to: &$0)
      stream.end(to: &$0)
      #expect(!stream.keepsAlive)
    }
    #expect(
      output == "HTTP/1.1 200 OK\r\nDate: \(Self.date)\r\nX-Request-ID: r-1\r\n"
        + "Connection: close\r\n\r\nabc")
  }

  @Test func `a stream for HEAD is its head`() throws {
    let writer = try writer("HEAD / HTTP/1.1")
    let output = written {
      let stream = writer.begin(200, to: &$0)
      stream.append(bytes("abc"), to: &$0)
      stream.end(to: &$0)
    }
    #expect(
      output == "HTTP/1.1 200 OK\r\nDate: \(Self.date)\r\nX-Request-ID: r-1\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n")
  }

  @Test func `what is written is read back`() throws {
    var output: [UInt8] = []
    let writer = try writer("GET / HTTP/1.1")
    ResponseWriter.append(continueTo: &output)
    writer.append(503, [HTTPField("X-Extra", "1")], body: bytes("busy"), to: &output)
    let stream = writer.begin(200, to: &output)
    stream.append(bytes("ab"), to: &output)
    stream.append(bytes("cd"), to: &output)
    stream.end(to: &output)
    #expect(
      transcript(output, of: .responses(.get)) == "100 1.1 keeps \"\"\n"
        + "503 1.1 x-extra=1 length=4 keeps \"busy\"\n200 1.1 chunked keeps \"abcd\"\n")
  }

  @Test func `a header with a line end is a bug of ours`() async {
    await #expect(processExitsWith: .failure) {
      _ = HTTPField(name: Array("X".utf8), value: Array("a\r\nSet-Cookie: b".utf8))
    }
    await #expect(processExitsWith: .failure) {
      _ = HTTPField(name: Array("X: 1\r\nY".utf8), value: [])
    }
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, date),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
  ])
  func `dates are written as headers have them`(seconds: Int, expected: String) {
    #expect(text(HTTPDate.text(Int64(seconds))) == expected)
  }
}

struct RequestWriterTests {
  @Test func `what is written is read back`() {
    var output: [UInt8] = []
    RequestWriter.append(
      .post, target: bytes("/v1/events?a=b"), host: bytes("[::1]:4318"),
      [HTTPField("Content-Type", "a/b")], body: bytes("{}"), to: &output)
    RequestWriter.append(.put, target: bytes("/"), host: bytes("a"), body: [], to: &output)
    RequestWriter.append(
      .get, target: bytes("/"), host: bytes("a"), keepsAlive: false, to: &output)
    #expect(
      text(output) == "POST /v1/events?a=b HTTP/1.1\r\nHost: [::1]:4318\r\nContent-Type: a/b\r\n"
        + "Content-Length: 2\r\n\r\n{}PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
        + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(
      transcript(output) == "POST /v1/events query=a=b 1.1 host=[::1]:4318 type=a/b length=2 "
        + "keeps \"{}\"\nPUT / 1.1 host=a keeps \"\"\nGET / 1.1 host=a closes \"\"\n")
  }

  @Test func `targets and hosts that would break the line are recognised`() {
    #expect(RequestWriter.isTarget(bytes("/a?b=%20")))
    for target in ["", "a", "/a b", "/a\r\n", "/#a", "/ü"] {
      #expect(!RequestWriter.isTarget(bytes(target)), "\(target)")
    }
    #expect(RequestWriter.isHost(bytes("example.org:80")))
    for host in ["", "a b", "a\r\n", "a/b", "u@a", "a,b"] {
      #expect(!RequestWriter.isHost(bytes(host)), "\(host)")
    }
  }
}
