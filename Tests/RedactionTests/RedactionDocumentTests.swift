import Redaction
import Testing

struct RedactionDocumentTests {
  @Test(arguments: [
    (#"{"a":"bob@example.com"}"#, #"{"a":"[redacted:email]"}"#),
    (#"{"a":"bob\u0040example.com"}"#, #"{"a":"[redacted:email]"}"#),
    (#"{"a":"x \"bob\u0040example.com\" y\n"}"#, #"{"a":"x \"[redacted:email]\" y\n"}"#),
    (#""a\nsk-abcdef0123456789abcd\tb""#, #""a\n[redacted:secret]\tb""#),
    (#""\u0073k-abcdef0123456789abc\u0064""#, #""[redacted:secret]""#),
    (#""https:\/\/u:p@h\/""#, #""https:\/\/[redacted:secret]@h\/""#),
    (#"{"bob@example.com":1}"#, #"{"[redacted:email]":1}"#),
    (
      #"{"n":4111111111111111,"m":-4111111111111111}"#,
      #"{"n":"[redacted:card]","m":"[redacted:card]"}"#
    ),
    (#"[4111111111111111,1700000000000000000]"#, #"["[redacted:card]",1700000000000000000]"#),
    (
      #"{"n":0.4111111111111111,"m":4111111111111111.5,"o":4111111111111111e1}"#,
      #"{"n":0.4111111111111111,"m":4111111111111111.5,"o":4111111111111111e1}"#
    ),
    (#"{"password":"x","b":2}"#, #"{"password":"[redacted:secret]","b":2}"#),
    (#"{"pass\u0077ord":"x"}"#, #"{"pass\u0077ord":"[redacted:secret]"}"#),
    (
      #"{"password":123,"api_key":null,"secret":true}"#,
      #"{"password":"[redacted:secret]","api_key":null,"secret":true}"#
    ),
    (
      #"{"authorization":"Bearer abc","Client-Secret" : "d"}"#,
      #"{"authorization":"[redacted:secret]","Client-Secret" : "[redacted:secret]"}"#
    ),
    (
      #"{"Authorization":["Bearer abc","x"],"z":["y"]}"#,
      #"{"Authorization":["[redacted:secret]","[redacted:secret]"],"z":["y"]}"#
    ),
    (
      #"{"credentials":{"user":"a","n":[1,{"x":"y"}]},"b":"c"}"#,
      #"{"credentials":{"user":"[redacted:secret]","n":["[redacted:secret]","#
        + #"{"x":"[redacted:secret]"}]},"b":"c"}"#
    ),
    (
      #"{"access_token":"t","private_key":"k","x-api-key":"q"}"#,
      #"{"access_token":"[redacted:secret]","private_key":"[redacted:secret]","#
        + #""x-api-key":"[redacted:secret]"}"#
    ),
    (#"{"token":"Hello","logprob":-0.1}"#, #"{"token":"Hello","logprob":-0.1}"#),
    (#"{"token":"abc123def456"}"#, #"{"token":"[redacted:secret]"}"#),
    (#"{"pwd":"/srv/x","PWD":"hunter2"}"#, #"{"pwd":"/srv/x","PWD":"[redacted:secret]"}"#),
    (#""k":"v","e":"bob@example.com""#, #""k":"v","e":"[redacted:email]""#),
    (
      #""body":"{\"password\":\"hunter2\",\"a\":1}""#,
      #""body":"{\"password\":\"[redacted:secret]\",\"a\":1}""#
    ),
    (#""body":"password: \"a\\\"b\" c""#, #""body":"password: \"[redacted:secret]\" c""#),
    (
      #"{"pem":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n","b":"c"}"#,
      #"{"pem":"[redacted:secret]\n","b":"c"}"#
    ),
    (
      #"{"pem":"-----BEGIN PRIVATE KEY-----\nMIIE","b":"c"}"#,
      #"{"pem":"[redacted:secret]","b":"c"}"#
    ),
    (#"{"password":""}"#, #"{"password":""}"#),
    (#"{"secret":"[redacted:secret]"}"#, #"{"secret":"[redacted:secret]"}"#),
    (
      #"{"a":"secret: word","b":"DE89 3704 0044 0532 0130 00"}"#,
      #"{"a":"secret: word","b":"[redacted:iban]"}"#
    ),
    (
      #"{"emoji":"\ud83d\ude00bob@example.com\ud83d"}"#,
      #"{"emoji":"\ud83d\ude00[redacted:email]\ud83d"}"#
    ),
  ])
  func `documents keep their shape`(_ json: String, _ expected: String) {
    #expect(Redacting.json(json) == expected)
    #expect(Redacting.json(expected) == expected)
  }

  @Test(arguments: Sample.all.map(\.value))
  func `every detector sees through escapes at any character`(_ value: String) throws {
    let name = try #require(Sample.all.first { $0.value == value }?.name)
    let scalars = Array(value.unicodeScalars)
    for index in scalars.indices {
      let text = scalars.enumerated().map { position, scalar in
        guard position == index, scalar.value < 0x80 else { return String(scalar) }
        return "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      }.joined()
      #expect(Redacting.json("{\"a\":\"x \(text)\"}") == "{\"a\":\"x [redacted:\(name)]\"}")
      #expect(Redacting.rejected("{\"a\":\"x \(text)\"") == "{\"a\":\"x [redacted:\(name)]\"")
    }
  }

  @Test(arguments: [
    (#"{"a":"bob@example.com""#, #"{"a":"[redacted:email]""#),
    (#"{"a":"bob\u0040example.com"#, #"{"a":"[redacted:email]"#),
    (#"{"password":"hunter2"#, #"{"password":"[redacted:secret]"#),
    (#"{"password":"hunter2","b":"#, #"{"password":"[redacted:secret]","b":"#),
    (#"{"password":{"a":"b"},"c":1"#, #"{"password":[redacted:secret],"c":1"#),
    (#"{"n":4111111111111111"#, #"{"n":[redacted:card]"#),
    ("plain bob@example.com\\", "plain [redacted:email]\\"),
    (#"{"k":"-----BEGIN PRIVATE KEY-----\nMII"#, #"{"k":"[redacted:secret]"#),
    ("\u{0}\u{1}bob@example.com\u{0}", "\u{0}\u{1}[redacted:email]\u{0}"),
    (#"{"ok":tru"#, #"{"ok":tru"#),
  ])
  func `rejected lines are redacted however they are broken`(_ line: String, _ expected: String) {
    #expect(Redacting.rejected(line) == expected)
  }

  @Test(arguments: Sample.all.map(\.value), 1...4)
  func `a hit behind the escapes of documents in documents is found`(
    _ value: String, _ depth: Int
  ) {
    var text = value.unicodeScalars.map { scalar in
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
    for _ in 1..<depth { text = text.replacing("\\", with: "\\\\") }
    let redacted = Redacting.json("{\"a\":[\"\(text)\"]}")
    #expect(!redacted.contains("\\u"), "\(redacted)")
  }

  @Test(arguments: Sample.all.map(\.value))
  func `a text is cut before a hit that lies across the end, and nowhere else`(_ value: String) {
    let before = "words before "
    let text = Array((before + value + " and words behind").utf8)
    var redactor = Redactor(RedactionPolicy())
    for length in 0..<text.count {
      let isAcross = length > before.utf8.count && length < before.utf8.count + value.utf8.count
      let cut = unsafe text.withUnsafeBytes { unsafe redactor.cut($0, at: length) }
      #expect(cut == (isAcross ? before.utf8.count : length))
    }
  }

  @Test func `a rejected line cut anywhere shows no whole secret`() {
    let line =
      #"{"a":"x","e":"bob\u0040example.com","c":4111111111111111,"#
      + #""password":"hunter2","k":"sk-abcdef0123456789abcd"}"#
    let bytes = Array(line.utf8)
    for end in 0...bytes.count {
      let cut = String(decoding: bytes[..<end], as: UTF8.self)
      let output = Redacting.rejected(cut)
      for secret in [
        "example.com", "4111111111111111", "hunter2", "hunter", "sk-abcdef0123456789ab",
      ] {
        #expect(!output.contains(secret))
      }
    }
  }

  @Test func `identifiers that hit become a keyed code`() {
    func identifier(_ id: String) -> String? {
      var redactor = Redactor(RedactionPolicy())
      var output: [UInt8] = []
      let isHit = unsafe Array(id.utf8).withUnsafeBytes { bytes in
        unsafe redactor.redact(
          identifier: bytes, key: [7],
          authenticate: { message, key in
            [key[0], UInt8(message.count)] + [UInt8](repeating: 0xAB, count: 30)
          }, into: &output)
      }
      return isHit ? String(decoding: output, as: UTF8.self) : nil
    }
    #expect(identifier("bob@example.com") == "hmac:070fabababababababababababababab")
    #expect(identifier("user-1829182") == nil)
    #expect(identifier("550e8400-e29b-41d4-a716-446655440000") == nil)
  }
}
