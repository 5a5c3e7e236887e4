internal import Codec
package import Redaction

/// Under which names a person, a session or a tenant may be stored: as it came, or where a detector
/// hits it as a code that only the data directory's secret makes.
package struct Pseudonyms: Sendable {
  private let key: [UInt8]
  private let policy: RedactionPolicy

  /// Names as an intake with these rules stores them.
  package init(_ settings: IntakeSettings) {
    key = settings.pseudonymKey
    policy = settings.redaction
  }

  /// Names by a secret of 32 bytes and a policy.
  package init(key: [UInt8], policy: RedactionPolicy) {
    self.key = key
    self.policy = policy
  }

  /// `hmac:` and 32 hexadecimal digits: always the same for one name and one data directory.
  package func code(of name: String) -> String {
    let code = HMACSHA256.code(for: Array(name.utf8), key: key)
    return "hmac:" + String(decoding: Hex.encode(Array(code.prefix(16))), as: UTF8.self)
  }

  /// `person:` and 32 hexadecimal digits: what the audit calls whoever has this name, or the code
  /// of it. It stands nowhere else, so that what was erased is in no file though the audit names
  /// it.
  package func mark(of name: String) -> String {
    let code = name.hasPrefix("hmac:") ? name : code(of: name)
    let mark = HMACSHA256.code(for: Array("audit \(code)".utf8), key: key)
    return "person:" + String(decoding: Hex.encode(Array(mark.prefix(16))), as: UTF8.self)
  }

  /// Both names under which it may be stored, whatever the policy was when it came.
  package func names(of name: String) -> [String] { [name, code(of: name)] }

  /// A text that somebody wrote, redacted by the policy.
  package func cleaned(_ text: String) -> String {
    var redactor = Redactor(policy)
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    // unsafe because the redactor reads the array within the call.
    let isHit = unsafe bytes.withUnsafeBytes { unsafe redactor.redact(text: $0, into: &output) }
    return isHit ? String(decoding: output, as: UTF8.self) : text
  }

  /// The name under which it is stored by the policy.
  package func stored(_ name: String) -> String {
    var redactor = Redactor(policy)
    let bytes = Array(name.utf8)
    // unsafe because the redactor reads the array within the call.
    let hits = unsafe bytes.withUnsafeBytes { unsafe redactor.hits(in: $0) }
    return hits.total > 0 ? code(of: name) : name
  }
}
