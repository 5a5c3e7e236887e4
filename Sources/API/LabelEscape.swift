internal import HTTP

/// Names of labels as they travel where only letters, digits and `_` may stand: `U__` before, `__`
/// for an underscore, `_2e_` for what else is not allowed.
enum LabelEscape {
  private static let digits = 6

  /// The name that `text` stands for; `text` itself where it is not so written.
  static func decoded(_ text: String) -> String {
    guard text.hasPrefix("U__") else { return text }
    var name = String.UnicodeScalarView()
    var rest = text.unicodeScalars.dropFirst(3)
    while let scalar = rest.popFirst() {
      guard scalar == "_" else {
        name.append(scalar)
        continue
      }
      guard let end = rest.firstIndex(of: "_") else { return text }
      let code = rest[..<end]
      rest = rest[end...].dropFirst()
      if code.isEmpty {
        name.append("_")
      } else if code.count <= digits, let number = UInt32(String(code), radix: 16),
        let scalar = UnicodeScalar(number)
      {
        name.append(scalar)
      } else {
        return text
      }
    }
    return String(name)
  }
}
