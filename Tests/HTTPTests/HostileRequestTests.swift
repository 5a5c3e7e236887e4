import Codec
import HTTP
import Testing

/// Requests that someone could smuggle another one with, or that are no HTTP at all.
struct HostileRequestTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let status: Int
    let input: String

    init(_ status: Int, _ name: String, _ input: String) {
      testDescription = name
      self.status = status
      self.input = input
    }

    /// A request with these lines behind its first one.
    init(_ status: Int, _ name: String, lines: String) {
      self.init(status, name, "POST / HTTP/1.1\r\n\(lines)\r\n\r\n")
    }

    /// A request with this body in chunks.
    init(_ status: Int, _ name: String, chunks: String) {
      self.init(
        status, name,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    }
  }

  static let requestLines = [
    Shape(400, "nothing but an end of line twice", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a leading line feed", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a leading bare carriage return", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a TLS greeting", "\u{16}\u{03}\u{01}\u{02}\u{00}"),
    Shape(400, "no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "an empty target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "no version, as HTTP/0.9", "GET /\r\n\r\n"),
    Shape(400, "two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    Shape(400, "a tab as separator", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a target with a space", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a target with a NUL", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a target with a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a target above ASCII", "GET /ü HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a target without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "an asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "an asterisk and more", "OPTIONS */ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a scheme without host", "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "no host at all", "GET http:/// HTTP/1.1\r\nHost:\r\n\r\n"),
    Shape(400, "a scheme alone", "GET http: HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a user in the target", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a target for another host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(501, "CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
    Shape(501, "an endless method", String(repeating: "A", count: 33) + " / HTTP/1.1\r\n"),
    Shape(400, "a method with a colon", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n"),
    Shape(400, "a version without a dot", "GET / HTTP/11\r\nHost: a\r\n\r\n"),
    Shape(400, "a version of two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
    Shape(505, "version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    Shape(505, "version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    Shape(505, "version 0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
    Shape(505, "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Shape(400, "a request line ended by LF", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    Shape(400, "CR inside the request line", "GET / HTTP/1.1\r\rHost: a\r\n\r\n"),
    Shape(414, "an endless target", "GET /" + String(repeating: "a", count: 9 << 10)),
    Shape(
      414, "a target of 8193 bytes",
      "GET /" + String(repeating: "a", count: 8 << 10) + " HTTP/1.1\r\nHost: a\r\n\r\n"),
  ]

  static let headerLines = [
    Shape(400, "no Host", lines: "Accept: */*"),
    Shape(400, "two Hosts", lines: "Host: a\r\nHost: b"),
    Shape(400, "the same Host twice", lines: "Host: a\r\nhost: a"),
    Shape(400, "a list of hosts", lines: "Host: a, b"),
    Shape(400, "a list of hosts without a space", lines: "Host: a,b"),
    Shape(400, "a Host with a path", lines: "Host: a/b"),
    Shape(400, "a Host with a user", lines: "Host: u@a"),
    Shape(400, "a space before the colon", lines: "Host : a"),
    Shape(400, "a tab before the colon", lines: "Host: a\r\nContent-Length\t: 5"),
    Shape(400, "no colon", lines: "Host: a\r\nContent-Length 5"),
    Shape(400, "no name", lines: "Host: a\r\n: 5"),
    Shape(400, "a space in a name", lines: "Host: a\r\nContent Length: 5"),
    Shape(400, "a NUL in a name", lines: "Host: a\r\nX\u{0}: 5"),
    Shape(400, "a vertical tab before a name", lines: "Host: a\r\n\u{0B}Content-Length: 5"),
    Shape(400, "a letter above ASCII in a name", lines: "Host: a\r\nXü: 5"),
    Shape(400, "a folded value", lines: "Host: a\r\nX: 1\r\n 2"),
    Shape(400, "a folded length", lines: "Host: a\r\nContent-Length:\r\n\t5"),
    Shape(400, "white space before the first header", lines: " Host: a"),
    Shape(400, "a NUL in a value", lines: "Host: a\r\nX: a\u{0}b"),
    Shape(400, "a bare CR in a value", lines: "Host: a\r\nX: a\rContent-Length: 5"),
    Shape(400, "a bare LF in a value", lines: "Host: a\r\nX: a\nContent-Length: 5"),
    Shape(400, "a bare LF as the end", "GET / HTTP/1.1\r\nHost: a\r\n\nGET /b"),
    Shape(400, "two CR before the LF", lines: "Host: a\r\nX: a\r"),
    Shape(400, "an escape in a value", lines: "Host: a\r\nX: \u{1B}[2J"),
    Shape(400, "a DEL in a value", lines: "Host: a\r\nX: abcdefgh\u{7F}"),
    Shape(417, "an unknown expectation", lines: "Host: a\r\nExpect: 200-ok"),
    Shape(400, "two Authorizations", lines: "Host: a\r\nAuthorization: a\r\nAuthorization: b"),
    Shape(400, "two Content-Types", lines: "Host: a\r\nContent-Type: a/b\r\nContent-Type: c/d"),
    Shape(
      400, "two Content-Encodings",
      lines: "Host: a\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip"),
    Shape(400, "two Origins", lines: "Host: a\r\nOrigin: http://a\r\nOrigin: http://b"),
    Shape(
      400, "two Idempotency-Keys",
      lines: "Host: a\r\nIdempotency-Key: a\r\nIdempotency-Key: b"),
    Shape(431, "101 headers", lines: "Host: a" + String(repeating: "\r\nX: 1", count: 100)),
    Shape(431, "an endless header", "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 32768)),
    Shape(
      431, "headers of more than 32 KiB",
      lines: "Host: a\r\n"
        + Array(repeating: "X: " + String(repeating: "a", count: 700), count: 50)
        .joined(separator: "\r\n")),
  ]

  static let lengths = [
    Shape(400, "both lengths", lines: "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"),
    Shape(
      400, "both lengths, chunked first",
      lines: "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5"),
    Shape(400, "two lengths", lines: "Host: a\r\nContent-Length: 5\r\nContent-Length: 6"),
    Shape(400, "one length twice", lines: "Host: a\r\nContent-Length: 5\r\ncontent-length: 5"),
    Shape(400, "a list of lengths", lines: "Host: a\r\nContent-Length: 5, 5"),
    Shape(400, "an empty length", lines: "Host: a\r\nContent-Length:"),
    Shape(400, "a signed length", lines: "Host: a\r\nContent-Length: +5"),
    Shape(400, "a negative length", lines: "Host: a\r\nContent-Length: -5"),
    Shape(400, "a hexadecimal length", lines: "Host: a\r\nContent-Length: 0x5"),
    Shape(400, "a length with a fraction", lines: "Host: a\r\nContent-Length: 5.0"),
    Shape(400, "a length of two words", lines: "Host: a\r\nContent-Length: 5 5"),
    Shape(400, "a length with a letter", lines: "Host: a\r\nContent-Length: 5a"),
    Shape(400, "a length above 2^63", lines: "Host: a\r\nContent-Length: 9223372036854775808"),
    Shape(400, "a length above 2^64", lines: "Host: a\r\nContent-Length: 18446744073709551621"),
    Shape(400, "a length of fullwidth digits", lines: "Host: a\r\nContent-Length: ５"),
    Shape(413, "a length above the limit", lines: "Host: a\r\nContent-Length: 1048577"),
    Shape(501, "an unknown coding", lines: "Host: a\r\nTransfer-Encoding: xchunked"),
    Shape(501, "identity", lines: "Host: a\r\nTransfer-Encoding: identity"),
    Shape(501, "an empty coding", lines: "Host: a\r\nTransfer-Encoding:"),
    Shape(501, "gzip and chunked", lines: "Host: a\r\nTransfer-Encoding: gzip, chunked"),
    Shape(501, "chunked and identity", lines: "Host: a\r\nTransfer-Encoding: chunked, identity"),
    Shape(501, "chunked twice", lines: "Host: a\r\nTransfer-Encoding: chunked, chunked"),
    Shape(
      501, "chunked in two headers",
      lines: "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    Shape(501, "a quoted coding", lines: "Host: a\r\nTransfer-Encoding: \"chunked\""),
    Shape(501, "chunked with a parameter", lines: "Host: a\r\nTransfer-Encoding: chunked;q=1"),
    Shape(
      501, "two codings in two headers",
      lines: "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    Shape(
      400, "a vertical tab before chunked",
      lines: "Host: a\r\nTransfer-Encoding: \u{0B}chunked"),
    Shape(400, "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ]

  static let chunks = [
    Shape(400, "an empty chunk size", chunks: "\r\n"),
    Shape(400, "a chunk size with a prefix", chunks: "0x5\r\nhello\r\n0\r\n\r\n"),
    Shape(400, "a negative chunk size", chunks: "-5\r\nhello\r\n"),
    Shape(400, "a space before a chunk size", chunks: " 5\r\nhello\r\n"),
    Shape(400, "a space behind a chunk size", chunks: "5 \r\nhello\r\n0\r\n\r\n"),
    Shape(400, "a chunk size of 17 digits", chunks: "00000000000000005\r\nhello\r\n0\r\n\r\n"),
    Shape(413, "a chunk size above 2^63", chunks: "FFFFFFFFFFFFFFFF\r\n"),
    Shape(413, "a chunk above the limit", chunks: "100001\r\n"),
    Shape(413, "chunks above the limit", chunks: "1\r\na\r\n100000\r\n"),
    Shape(400, "a chunk size ended by LF", chunks: "5\nhello\r\n"),
    Shape(400, "a chunk size ended by CR", chunks: "5\rhello\r\n"),
    Shape(400, "a chunk longer than its size", chunks: "4\r\nhello\r\n"),
    Shape(400, "a chunk ended by LF", chunks: "5\r\nhello\n0\r\n\r\n"),
    Shape(400, "a chunk ended by CR", chunks: "5\r\nhello\r0\r\n\r\n"),
    Shape(400, "a bare LF in an extension", chunks: "5;a\nhello\r\n0\r\n\r\n"),
    Shape(400, "a NUL in an extension", chunks: "5;\u{0}\r\nhello\r\n0\r\n\r\n"),
    Shape(400, "an endless extension", chunks: "5;" + String(repeating: "a", count: 17 << 10)),
    Shape(
      400, "many long extensions",
      chunks: String(
        repeating: "1;" + String(repeating: "a", count: 1000) + "\r\nx\r\n", count: 20)),
    Shape(400, "a trailer without colon", chunks: "0\r\nX\r\n\r\n"),
    Shape(400, "a folded trailer", chunks: "0\r\nX: a\r\n b\r\n\r\n"),
    Shape(400, "a trailer with a space before the colon", chunks: "0\r\nX : a\r\n\r\n"),
    Shape(400, "a trailer with a control character", chunks: "0\r\nX: \u{1}\r\n\r\n"),
    Shape(400, "a trailer ended by LF", chunks: "0\r\nX: a\n\r\n"),
    Shape(400, "a trailer ended by CR", chunks: "0\r\nX: a\rY: b\r\n\r\n"),
    Shape(400, "a last line ended by CR", chunks: "0\r\n\rX"),
    Shape(400, "a trailer without a name", chunks: "0\r\n: a\r\n\r\n"),
    Shape(
      431, "101 trailers",
      chunks: "0\r\n" + String(repeating: "X: 1\r\n", count: 101) + "\r\n"),
    Shape(431, "an endless trailer", chunks: "0\r\nX:" + String(repeating: "a", count: 32768)),
  ]

  @Test(arguments: requestLines + headerLines + lengths + chunks)
  func `is refused with its status, at once and byte by byte`(shape: Shape) {
    let input = bytes(shape.input)
    let atOnce = transcript(input)
    #expect(atOnce.contains("!\(shape.status) "), "\(atOnce)")
    #expect(transcriptByteByByte(input) == atOnce)
  }

  @Test(arguments: requestLines + headerLines)
  func `closes the connection`(shape: Shape) throws {
    let failure = try #require(refusal(bytes(shape.input)))
    #expect(failure.closes)
    #expect(failure.isHTTP2Preface == shape.input.hasPrefix("PRI * HTTP/2.0\r\n"))
  }

  @Test(arguments: requestLines + headerLines + lengths + chunks)
  func `is waited for or refused when it is cut off`(shape: Shape) {
    let input = bytes(shape.input)
    for end in stride(from: 0, to: input.count, by: max(1, input.count / 200)) {
      let read = transcript(Array(input[..<end]))
      let isRefusedAlike = read == transcript(input)
      #expect(isRefusedAlike || !read.contains("!"), "cut off at \(end)")
    }
  }

  @Test func `a refused message says nothing that the peer sent`() throws {
    let failure = try #require(refusal(bytes("GET / HTTP/1.1\r\nsecret\r\n\r\n")))
    #expect(failure.code.description == "bad_header")
    #expect(
      failure.message.description
        == "cannot read a header: expected NAME: VALUE, no space before the colon")
  }

  @Test func `limits are exact`() {
    let limits = HTTPLimits(headerBytes: 17, headerCount: 2, targetBytes: 3)
    #expect(refusal(bytes("GET /ab HTTP/1.1\r\nHost: a\r\nX: 123\r\n\r\n"), limits: limits) == nil)
    #expect(
      refusal(bytes("GET /ab HTTP/1.1\r\nHost: a\r\nX: 1234\r\n\r\n"), limits: limits)?.status
        == 431)
    #expect(
      refusal(bytes("GET /ab HTTP/1.1\r\nHost: a\r\nX:\r\nY:\r\n\r\n"), limits: limits)?.status
        == 431)
    #expect(refusal(bytes("GET /abc HTTP/1.1\r\nHost: a\r\n\r\n"), limits: limits)?.status == 414)
  }
}
