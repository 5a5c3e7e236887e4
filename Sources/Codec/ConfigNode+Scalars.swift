extension ConfigNode {
  /// What a scalar means by the core schema of YAML 1.2.
  package enum Scalar: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
  }

  /// What this scalar means, or nil for a sequence or mapping.
  ///
  /// Only plain text becomes anything but a string; a whole number beyond `Int` becomes a `double`.
  package var scalar: Scalar? {
    switch value {
    case .null: .null
    case .scalar(let text, .plain): Self.resolve(text)
    case .scalar(let text, _): .string(text)
    case .sequence, .mapping: nil
    }
  }

  /// The text of a scalar as written, whatever it means; nil for null, a sequence or a mapping.
  package var text: String? {
    if case .scalar(let text, _) = value { text } else { nil }
  }

  /// The value under `key`, or nil when this is no mapping or has no such key.
  package subscript(key: String) -> ConfigNode? {
    guard case .mapping(let pairs) = value else { return nil }
    return pairs.first { $0.key.text == key }?.value
  }

  private static func resolve(_ text: String) -> Scalar {
    switch text {
    case "", "~", "null", "Null", "NULL": .null
    case "true", "True", "TRUE": .bool(true)
    case "false", "False", "FALSE": .bool(false)
    case ".nan", ".NaN", ".NAN": .double(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .double(.infinity)
    case "-.inf", "-.Inf", "-.INF": .double(-.infinity)
    default: number(text) ?? .string(text)
    }
  }

  private static func number(_ text: String) -> Scalar? {
    if text.hasPrefix("0x") { return radix(text.dropFirst(2), 16) }
    if text.hasPrefix("0o") { return radix(text.dropFirst(2), 8) }
    guard isDecimal(text.utf8) else { return nil }
    if let whole = Int(text) { return .int(whole) }
    return Double(text).map { .double($0) }
  }

  private static func radix(_ digits: Substring, _ radix: Int) -> Scalar? {
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-")
    else { return nil }
    return Int(digits, radix: radix).map { .int($0) }
  }

  /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, as the core schema says.
  private static func isDecimal(_ text: String.UTF8View) -> Bool {
    var rest = text[...]
    skipSign(&rest)
    let whole = skipDigits(&rest)
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = skipDigits(&rest)
    }
    guard whole + fraction > 0 else { return false }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      skipSign(&rest)
      guard skipDigits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
  }

  private static func skipSign(_ rest: inout String.UTF8View.SubSequence) {
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
  }

  private static func skipDigits(_ rest: inout String.UTF8View.SubSequence) -> Int {
    let before = rest.count
    rest = rest.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return before - rest.count
  }
}
