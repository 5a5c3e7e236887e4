/// The fuzzer's way into redaction.
package enum RedactionFuzz {
  // unsafe because arrays lend their bytes for the length of a call.
  /// Redacts `input` in each of the ways and checks what must hold for any bytes.
  package static func run(_ input: UnsafeRawBufferPointer) {
    var redactor = Redactor(RedactionPolicy(detectors: .all))
    var text: [UInt8] = []
    if unsafe redactor.redact(text: input, into: &text) {
      precondition(redactor.counts.total > 0, "a redaction is counted")
      var again: [UInt8] = []
      let isHit = unsafe text.withUnsafeBytes { unsafe redactor.redact(text: $0, into: &again) }
      precondition(!isHit, "redacted text holds no further hit")
    } else {
      precondition(text.isEmpty, "clean text appends nothing")
    }
    var rejected: [UInt8] = []
    let isRejectedHit = unsafe redactor.redact(rejected: input, into: &rejected)
    precondition(isRejectedHit == !rejected.isEmpty, "only hits append")
    unsafe checkString(input, &redactor)
  }

  /// A string of arbitrary content stays one string.
  private static func checkString(_ input: UnsafeRawBufferPointer, _ redactor: inout Redactor) {
    let hexadecimal = Array("0123456789abcdef".utf8)
    var json = Array("\"".utf8)
    for byte in unsafe [UInt8](input) {
      if byte >= 0x20, byte != 0x22, byte != 0x5C, byte % 5 != 0 {
        json.append(byte)
      } else {
        json += Array("\\u00".utf8) + [hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
      }
    }
    json.append(UInt8(ascii: "\""))
    var redacted: [UInt8] = []
    let isHit = unsafe json.withUnsafeBytes { unsafe redactor.redact(json: $0, into: &redacted) }
    precondition(isHit == !redacted.isEmpty, "only hits append")
    guard isHit else { return }
    precondition(isOneString(redacted), "a redacted string is one string")
    var again: [UInt8] = []
    let isHitAgain = unsafe redacted.withUnsafeBytes {
      unsafe redactor.redact(json: $0, into: &again)
    }
    precondition(!isHitAgain, "a redacted string holds no further hit")
  }

  private static func isOneString(_ json: [UInt8]) -> Bool {
    guard json.first == UInt8(ascii: "\"") else { return false }
    var index = 1
    while index < json.count, json[index] != UInt8(ascii: "\"") {
      index += json[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return index == json.count - 1
  }
}
