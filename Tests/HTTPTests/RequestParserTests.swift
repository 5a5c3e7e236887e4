import Codec
import HTTP
import Testing

struct RequestParserTests {
  /// A conversation and what is to be understood of it.
  struct Talk: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let input: String
    let meaning: String
  }

  static let talks = [
    Talk(
      testDescription: "smallest", input: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      meaning: "GET / 1.1 host=a keeps \"\"\n"),
    Talk(
      testDescription: "every known header",
      input: """
        POST /v1/events?src=a&seq=1 HTTP/1.1\r
        Host: localhost:4318\r
        CONTENT-TYPE:application/json\r
        content-encoding: \t gzip \t\r
        Accept: */*\r
        Accept-Encoding: gzip, br\r
        Authorization: Bearer abc\r
        X-Request-ID: r-1\r
        Origin: http://b\r
        Traceparent: 00-1-2-01\r
        Idempotency-Key: k\r
        User-Agent: curl/8\r
        X-Prometheus-Scrape-Timeout-Seconds: 9.5\r
        X-Extra: \r
        X-EXTRA-LONG: no\r
        Expect: 100-Continue\r
        Content-Length: 2\r
        \r
        {}
        """,
      meaning: "POST /v1/events query=src=a&seq=1 1.1 host=localhost:4318 type=application/json "
        + "coding=gzip accept=*/* accept-encoding=gzip, br authorization=Bearer abc id=r-1 "
        + "origin=http://b traceparent=00-1-2-01 key=k agent=curl/8 scrape=9.5 x-extra= length=2 "
        + "expects keeps \"{}\"\n"),
    Talk(
      testDescription: "pipelined pair behind an empty line",
      input: "\r\nPUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        + "\r\nGET /b? HTTP/1.1\r\nhost:b\r\nConnection: x, Close\r\n\r\n",
      meaning: "PUT /a 1.1 host=a length=3 keeps \"abc\"\nGET /b query= 1.1 host=b closes \"\"\n"),
    Talk(
      testDescription: "chunked with extension and trailers, then another",
      input: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5;x=\"y;z\"\r\nhello\r\n0A\r\n 12345678\r\r\n000\r\nX-T: v\r\nY:\r\n\r\n"
        + "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
      meaning: "POST / 1.1 host=a chunked keeps \"hello 12345678\r\"\n"
        + "BREW / 1.1 host=a keeps \"\"\n"),
    Talk(
      testDescription: "absolute targets",
      input: "GET http://A:1/p?q HTTP/1.1\r\nHost: a:1\r\n\r\n"
        + "GET HTTPS://a HTTP/1.1\r\nHost: a\r\n\r\nGET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n",
      meaning: "GET /p query=q 1.1 host=a:1 keeps \"\"\nGET / 1.1 host=a keeps \"\"\n"
        + "GET / query=q 1.1 host=a keeps \"\"\n"),
    Talk(
      testDescription: "asterisk target", input: "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
      meaning: "OPTIONS * 1.1 host= keeps \"\"\n"),
    Talk(
      testDescription: "old version with and without keep-alive",
      input: "HEAD http://a/ HTTP/1.0\r\nConnection: Keep-Alive\r\nExpect: 100-continue\r\n"
        + "Content-Length: 0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
      meaning: "HEAD / 1.0 host=a keeps \"\"\nGET / 1.0 closes \"\"\n"),
    Talk(
      testDescription: "repeated headers",
      input: "GET / HTTP/1.1\r\nHost: a\r\nAccept: a/b\r\nAccept: c/d\r\nTraceparent: 1\r\n"
        + "Traceparent: 2\r\nTraceparent: 3\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
      meaning: "GET / 1.1 host=a accept=a/b closes \"\"\n"),
    Talk(
      testDescription: "bytes above ASCII in a value",
      input: "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: ü\t€\r\n\r\n",
      meaning: "GET / 1.1 host=a agent=ü\t€ keeps \"\"\n"),
  ]

  @Test(arguments: talks)
  func `a conversation means the same however it is split in two`(talk: Talk) {
    let input = bytes(talk.input)
    for cut in 0...input.count {
      #expect(transcript(input, cutAt: [cut]) == talk.meaning, "cut at \(cut)")
    }
  }

  @Test(arguments: talks)
  func `a conversation means the same when each byte comes alone`(talk: Talk) {
    #expect(transcriptByteByByte(bytes(talk.input)) == talk.meaning)
  }

  @Test(arguments: talks)
  func `a conversation means the same in three pieces`(talk: Talk) {
    let input = bytes(talk.input)
    for first in stride(from: 0, through: input.count, by: 3) {
      for second in stride(from: first, through: input.count, by: 5) {
        #expect(transcript(input, cutAt: [first, second]) == talk.meaning)
      }
    }
  }

  @Test(arguments: talks)
  func `what is cut off is waited for and never misread`(talk: Talk) {
    let input = bytes(talk.input)
    for end in 0..<input.count {
      let read = transcript(Array(input[..<end]))
      #expect(talk.meaning.utf8.starts(with: read.utf8), "cut off at \(end)")
      #expect(read.utf8.count < talk.meaning.utf8.count, "cut off at \(end)")
    }
  }

  @Test func `a head that comes byte by byte is searched once`() {
    let limits = HTTPLimits(headerBytes: 1 << 22, headerCount: 1 << 20)
    let head = bytes("GET / HTTP/1.1\r\nHost: a\r\nX: ") + [UInt8](repeating: 0x61, count: 1 << 20)
    let slab = ByteSlab(capacity: head.count)
    var parser = RequestParser(limits: limits)
    // A search from the start each time would look at 2^39 bytes and never end.
    for byte in head {
      slab.append(byte)
      guard parser.parse(unsafe ByteView(slab)) == .needMore else {
        Issue.record("an incomplete head needs more")
        return
      }
    }
    slab.append(bytes("\r\n\r\n"))
    guard case .head(let read) = parser.parse(unsafe ByteView(slab)) else {
      Issue.record("the head is complete")
      return
    }
    #expect(read.end == slab.count)
  }

  @Test func `bytes behind the view are not looked at`() {
    let all = bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    for end in 0..<all.count {
      let slab = ByteSlab(capacity: all.count)
      slab.append(all)
      slab.truncate(to: end)
      var parser = RequestParser()
      #expect(parser.parse(unsafe ByteView(slab)) == .needMore, "cut off at \(end)")
    }
  }

  @Test func `an idle connection is told from one inside a request`() {
    let slab = ByteSlab(capacity: 64)
    var parser = RequestParser()
    #expect(parser.parse(unsafe ByteView(slab)) == .needMore)
    #expect(!parser.hasBegun)
    slab.append(bytes("G"))
    #expect(parser.parse(unsafe ByteView(slab)) == .needMore)
    #expect(parser.hasBegun)
    parser.begin(at: 1)
    #expect(!parser.hasBegun)
  }

  @Test func `the known methods are told apart and others keep their text`() {
    for method in HTTPMethod.allCases {
      let name = method == .other ? "Get" : method.name.description
      guard case .head(let head) = answer(bytes("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n")) else {
        Issue.record("\(name) is read")
        continue
      }
      #expect(head.method == method)
      #expect(head.methodText == ByteRange(0, name.utf8.count))
    }
  }

  @Test func `a length of zero is no body, and expects nothing`() {
    let request = bytes(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 000\r\nExpect: 100-continue\r\n\r\n")
    guard case .head(let head) = answer(request) else {
      Issue.record("the head is complete")
      return
    }
    #expect(head.contentLength == 0)
    #expect(head.body == .none)
    #expect(!head.expectsContinue)
  }
}
