import HTTP
import Testing

/// Every byte at each place of the grammar where a byte is judged.
struct GrammarTests {
  static let tokens = Set(
    bytes(
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))

  struct Place: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: String
    let after: String
    let isGood: @Sendable (UInt8) -> Bool

    func accepts(_ byte: UInt8) -> Bool {
      !transcript(bytes(before) + [byte] + bytes(after)).contains("!4")
    }
  }

  private static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

  static let places = [
    Place(
      testDescription: "first byte of a method", before: "",
      after: "ET / HTTP/1.1\r\nHost: a\r\n\r\n",
      isGood: { tokens.contains($0) }),
    Place(
      testDescription: "inside a method", before: "G", after: "T / HTTP/1.1\r\nHost: a\r\n\r\n",
      isGood: { tokens.contains($0) }),
    Place(
      testDescription: "behind a method", before: "GET", after: "/ HTTP/1.1\r\nHost: a\r\n\r\n",
      isGood: { $0 == 0x20 }),
    Place(
      testDescription: "inside a path", before: "GET /a", after: "b HTTP/1.1\r\nHost: a\r\n\r\n",
      isGood: { $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }),
    Place(
      testDescription: "inside a query", before: "GET /?", after: "b HTTP/1.1\r\nHost: a\r\n\r\n",
      isGood: { $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }),
    Place(
      testDescription: "behind a target", before: "GET /", after: "HTTP/1.1\r\nHost: a\r\n\r\n",
      isGood: { $0 == 0x20 }),
    Place(
      testDescription: "behind a version", before: "GET / HTTP/1.1",
      after: "\nHost: a\r\n\r\n", isGood: { $0 == 0x0D }),
    Place(
      testDescription: "end of the request line", before: "GET / HTTP/1.1\r",
      after: "Host: a\r\n\r\n", isGood: { $0 == 0x0A }),
    Place(
      testDescription: "inside a header's name", before: "GET / HTTP/1.1\r\nHost: a\r\nX",
      after: "Y: 1\r\n\r\n", isGood: { tokens.contains($0) || $0 == 0x3A }),
    Place(
      testDescription: "first byte of a header", before: "GET / HTTP/1.1\r\nHost: a\r\n",
      after: "Y: 1\r\n\r\n", isGood: { tokens.contains($0) }),
    Place(
      testDescription: "inside a header's value", before: "GET / HTTP/1.1\r\nHost: a\r\nX: 1",
      after: "2\r\n\r\n", isGood: { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
    Place(
      testDescription: "behind eight bytes of value",
      before: "GET / HTTP/1.1\r\nHost: a\r\nX:12345678", after: "2\r\n\r\n",
      isGood: { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
    Place(
      testDescription: "inside a Host", before: "GET / HTTP/1.1\r\nHost: a", after: "b\r\n\r\n",
      isGood: {
        bytes("-._~%:[]0123456789").contains($0)
          || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 32
            && $0 > 0x40
      }),
    Place(
      testDescription: "digit of a length",
      before: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1",
      after: "0\r\n\r\n", isGood: { 0x30...0x39 ~= $0 }),
    Place(
      testDescription: "digit of a chunk size", before: chunked,
      after: "1\r\n", isGood: { bytes("0123456789abcdefABCDEF").contains($0) }),
    Place(
      testDescription: "behind a chunk size", before: chunked + "1",
      after: "\n", isGood: { $0 == 0x0D }),
    Place(
      testDescription: "behind a chunk", before: chunked + "1\r\na",
      after: "\n", isGood: { $0 == 0x0D }),
    Place(
      testDescription: "inside a trailer's name", before: chunked + "0\r\nX",
      after: ":", isGood: { tokens.contains($0) || $0 == 0x3A }),
    Place(
      testDescription: "inside a trailer's value", before: chunked + "0\r\nX: ",
      after: "\n", isGood: { $0 == 0x0D }),
  ]

  @Test(arguments: places)
  func `takes exactly the bytes that belong there`(place: Place) {
    for byte in UInt8.min...UInt8.max {
      #expect(place.accepts(byte) == place.isGood(byte), "byte \(byte)")
    }
  }
}
