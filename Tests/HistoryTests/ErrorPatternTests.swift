import Testing

@testable import History

@Suite struct ErrorPatternTests {
  @Test(arguments: [
    ("", ""),
    ("Rate limit reached: 500 requests", "Rate limit reached: <n> requests"),
    ("timed out after 30s, 1.5 s, -2", "timed out after <n>s, <n> s, <n>"),
    ("No such file: /var/lib/app/data_7.db.", "No such file: <path>."),
    ("see https://example.org/a/b?x=1 for help", "see <url> for help"),
    ("key 'abc' not in \"map\" `x`", "key <text> not in <text> <text>"),
    ("can't open it, don't ask", "can't open it, don't ask"),
    ("request req_8f3kd92jf failed", "request <id> failed"),
    ("id 123e4567-e89b-12d3-a456-426614174000 gone", "id <id> gone"),
    ("trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace <id>"),
    ("model gpt-4o not found", "model gpt-4o not found"),
    ("a   b\n\tc  ", "a b c"),
    ("at src/app/main.py:12 in run", "at <path> in run"),
    ("either and/or both", "either and/or both"),
    ("2026-11-21T10:00:00.123Z lost", "<id>:<n>:<n>Z lost"),
    ("naïve Zürich 5", "naïve Zürich <n>"),
  ])
  func `what differs from one error to the next is masked`(text: String, masked: String) {
    #expect(ErrorPattern(type: "other", message: text).message == masked)
  }

  @Test func `a long message is cut and the fingerprint never changes`() {
    let long = ErrorPattern(type: "timeout", message: String(repeating: "ab ", count: 500))
    #expect(long.message.utf8.count == 300)
    let one = ErrorPattern(type: "rate_limit", message: "limit of 500")
    let two = ErrorPattern(type: "rate_limit", message: "limit of 20")
    #expect(one.fingerprint == two.fingerprint)
    #expect(one.fingerprint == "fe8060adf42faf67")
    #expect(ErrorPattern(type: "timeout", message: "limit of 500").fingerprint != one.fingerprint)
  }

  @Test(arguments: 0...255)
  func `any byte in any place is read`(byte: Int) {
    let character = String(decoding: [UInt8(byte)], as: UTF8.self)
    for text in [
      "\(character)", "a\(character)", "\(character)1", "'\(character)", "/\(character)",
    ] {
      _ = ErrorPattern(type: "x", message: text).fingerprint
    }
  }
}
