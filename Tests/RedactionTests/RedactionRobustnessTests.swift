import Redaction
import Testing

struct RedactionRobustnessTests {
  @Test(arguments: [UInt64.random(in: 0...UInt64.max), 3])
  func `arbitrary bytes never trap and redaction is final`(_ seed: UInt64) {
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let parts =
      Sample.all.map(\.value) + [
        "password", "secret", "=", ":", "\"", "\\", "\\\"", "@", "-----BEGIN PRIVATE KEY-----",
        "Bearer ",
        "token", " ", "\n", "://", "/", ".", "[redacted:secret]", "{", "}", "[", "]", "\\u0040",
        "\\u00", "4111 ",
        "é", "\u{FF}", "10.0.0.1", "::", "+49 170 ", "0123456789", "abc", ",", "GB29 ",
      ]
    for _ in 0..<1_000 {
      var input: [UInt8] = []
      for _ in 0..<next(9) {
        var part = Array(parts[next(parts.count)].utf8)
        if next(3) == 0 { part = Array(part.prefix(next(part.count + 1))) }
        if next(8) == 0 { part.append(UInt8(next(256))) }
        input += part
      }
      let text = String(decoding: input, as: UTF8.self)
      let once = Redacting.text(text, RedactionPolicy(detectors: .all))
      let twice = Redacting.text(once, RedactionPolicy(detectors: .all))
      #expect(once == twice, "\(text) \(seed)")
      unsafe input.withUnsafeBytes { unsafe RedactionFuzz.run($0) }
    }
  }

  @Test(arguments: [
    "token=", "password=", "@", "a@b.", "1 ", "4111 1111 ", "-", "-----BEGIN PRIVATE KEY-----",
    "\\", "\"", "eyJ", "%40", "a%40b.", "\\\\u0040", "a\\u0040b.",
    "x://u:", "sk-", "GB29 ", "{\"password\":[", "secret:", "Bearer a", "::", "+1 ", "\\u", "A",
    " ",
  ])
  func `long repetitions take linear time`(_ unit: String) {
    func time(_ length: Int) -> Duration {
      let text = Array(String(repeating: unit, count: length / unit.utf8.count).utf8)
      return ContinuousClock().measure {
        var redactor = Redactor(RedactionPolicy(detectors: .all))
        var output: [UInt8] = []
        unsafe text.withUnsafeBytes { bytes in
          _ = unsafe redactor.redact(text: bytes, into: &output)
          _ = unsafe redactor.redact(rejected: bytes, into: &output)
        }
      }
    }
    // A quadratic pass over this much would take minutes even on a fast machine.
    #expect(time(100_000) < .seconds(20))
  }
}
