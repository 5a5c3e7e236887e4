import Codec
import Testing

@Suite struct Base64Tests {
  @Test(
    "bytes become the text of RFC 4648 and come back",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func publishedTexts(plain: String, text: String) {
    var encoded: [UInt8] = []
    Base64.encode(Array(plain.utf8), into: &encoded)
    #expect(encoded == Array(text.utf8))
    #expect(Base64.decode(encoded) == Array(plain.utf8))
    let unpadded = encoded.filter { $0 != UInt8(ascii: "=") }
    #expect(Base64.decode(unpadded) == Array(plain.utf8))
  }

  @Test func `the URL-safe alphabet has no plus and slash`() {
    let bytes: [UInt8] = [0xfb, 0xef, 0xff, 0xfe]
    var standard: [UInt8] = []
    var urlSafe: [UInt8] = []
    Base64.encode(bytes, into: &standard)
    Base64.encode(bytes, alphabet: .urlSafe, isPadded: false, into: &urlSafe)
    #expect(standard == Array("++///g==".utf8))
    #expect(urlSafe == Array("--___g".utf8))
    #expect(Base64.decode(urlSafe) == bytes)
  }

  @Test func `all byte values at every place come back`() {
    for length in 0...6 {
      for value in UInt8.min...UInt8.max {
        let bytes = (0..<length).map { value &+ UInt8($0) }
        var text: [UInt8] = []
        Base64.encode(bytes, into: &text)
        #expect(Base64.decode(text) == bytes)
      }
    }
  }

  @Test(
    "what is not base64 gives nil",
    arguments: [
      "A", "AAAAA", "Zg=", "Zg===", "Zm9v=", "Zg==Zg==", "=", "==", "====", "Z=g=", "Zh==", "Zm9=",
      "Zm 9v", "Zm9v\n", "Zm9ü", "Zm9*",
    ])
  func refused(text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }

  @Test func `only the characters of both alphabets are read`() {
    let allowed = Set(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_".utf8)
    for byte in UInt8.min...UInt8.max {
      #expect((Base64.decode([byte, 65, 65, 65]) != nil) == allowed.contains(byte))
    }
  }
}
