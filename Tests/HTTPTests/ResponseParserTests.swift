import Codec
import HTTP
import Testing

struct ResponseParserTests {
  struct Talk: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var method = HTTPMethod.get
    let input: String
    let meaning: String
  }

  static let talks = [
    Talk(
      testDescription: "a length", input: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      meaning: "200 1.1 length=2 keeps \"ok\"\n"),
    Talk(
      testDescription: "an interim answer, then chunks, then nothing",
      input: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n"
        + "Content-Type: a/b\r\nX-Extra: e\r\n\r\n2\r\nno\r\n0\r\nX: y\r\n\r\n"
        + "HTTP/1.1 204\r\nConnection: close\r\n\r\n",
      meaning: "100 1.1 keeps \"\"\n404 1.1 type=a/b x-extra=e chunked keeps \"no\"\n"
        + "204 1.1 closes \"\"\n"),
    Talk(
      testDescription: "until the connection closes",
      input: "HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\nabc",
      meaning: "200 1.0 coding=gzip until-close closes \"abc\"\n"),
    Talk(
      testDescription: "to HEAD", method: .head,
      input: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        + "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
      meaning: "200 1.1 keeps \"\"\n304 1.1 keeps \"\"\n"),
    Talk(
      testDescription: "old version kept alive",
      input: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
      meaning: "200 1.0 keeps \"\"\n"),
  ]

  @Test(arguments: talks)
  func `answers mean the same however they are split`(talk: Talk) {
    let input = bytes(talk.input)
    let side = Transcript.Side.responses(talk.method)
    for cut in 0...input.count {
      #expect(transcript(input, of: side, cutAt: [cut], closes: true) == talk.meaning)
    }
    #expect(transcriptByteByByte(input, of: side, closes: true) == talk.meaning)
  }

  @Test(arguments: [
    "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 200 O\u{0}K\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n\r\n", "ICY 200 OK\r\n\r\n", "\r\n", "HTTP/1.1 200 OK\n\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  ])
  func `an answer that cannot be read is a bad gateway`(input: String) {
    let read = transcript(bytes(input), of: .responses(.get))
    #expect(read.hasPrefix("!502 "), "\(read)")
    #expect(transcriptByteByByte(bytes(input), of: .responses(.get)) == read)
  }

  @Test func `a line feed behind a body that ends in CR is no empty line`() {
    let input = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    #expect(
      transcript(bytes(input), of: .responses(.get))
        == "200 1.1 length=1 keeps \"\r\"\n!502 bad_line_end\n")
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n",
  ])
  func `a body that ends too early is told from a whole one`(input: String) {
    let read = transcript(bytes(input), of: .responses(.get), closes: true)
    #expect(read.hasSuffix("\"abcd!400 truncated_body\n"))
  }
}

struct BodyDecoderTests {
  @Test func `consumed bytes may be dropped between calls`() throws {
    let pieces = ["5", ";x=y\r\nhe", "llo\r", "\n3\r\nabc\r\n0", "\r\n\r\nrest"]
    var decoder = try BodyDecoder(.chunked, bodyBytes: 8)
    var body: [UInt8] = []
    var rest = ""
    for piece in pieces {
      let slab = ByteSlab(capacity: 16)
      slab.append(bytes(piece))
      let view = unsafe ByteView(slab)
      var position = 0
      while case .data(let range) = decoder.next(view, &position) { body += view.copy(range) }
      rest = text(view.copy(position, view.count))
    }
    #expect(text(body) == "hello" + "abc")
    #expect(rest == "rest")
    #expect(decoder.end() == .finished)
  }

  @Test func `a length above the limit is refused before a byte is read`() {
    #expect(throws: HTTPFailure.self) { try BodyDecoder(.length(9), bodyBytes: 8) }
  }

  @Test func `a body until the close is refused beyond the limit`() throws {
    let slab = ByteSlab(capacity: 16)
    slab.append(bytes("123456789"))
    var decoder = try BodyDecoder(.untilClose, bodyBytes: 8)
    var position = 0
    guard case .failure(let failure) = decoder.next(unsafe ByteView(slab), &position) else {
      Issue.record("nine bytes are more than eight")
      return
    }
    #expect(failure.status == 413)
  }
}
