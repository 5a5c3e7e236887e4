/// `printf` with the verbs that templates use: `%v %d %s %q %x %X %t %f %e %g %c %T %%`.
struct TemplateFormat {
  fileprivate struct Flags {
    var isLeft = false
    var hasSign = false
    var hasSpace = false
    var hasSharp = false
    var hasZero = false
    var width: Int?
    var precision: Int?
  }

  private static let widthLimit = 1000
  private var text: ArraySlice<Unicode.Scalar>
  private var values: ArraySlice<TemplateValue>
  private var output = ""

  private init(_ format: String, _ values: [TemplateValue]) {
    text = Array(format.unicodeScalars)[...]
    self.values = values[...]
  }

  /// `format` with its verbs replaced; a mistake shows in the text, as Go does it.
  static func text(_ format: String, _ values: [TemplateValue]) -> String {
    var run = Self(format, values)
    run.printAll()
    return run.output
  }

  private mutating func printAll() {
    while let scalar = text.popFirst() {
      if scalar == "%" { verb() } else { output.unicodeScalars.append(scalar) }
    }
    guard !values.isEmpty else { return }
    let extra = values.map { "\($0.typeName)=\(TemplateText.plain($0))" }
    output += "%!(EXTRA \(extra.joined(separator: ", ")))"
  }

  private mutating func verb() {
    var flags = Flags()
    while let scalar = text.first, flags.take(scalar) { text.removeFirst() }
    flags.width = number()
    if text.first == "." {
      text.removeFirst()
      flags.precision = number() ?? 0
    }
    guard let verb = text.popFirst() else {
      output += "%!(NOVERB)"
      return
    }
    guard verb != "%" else {
      output += "%"
      return
    }
    guard let value = values.popFirst() else {
      output += "%!\(verb)(MISSING)"
      return
    }
    guard let word = formatted(value, verb, flags) else {
      let words = value == .none ? "<nil>" : "\(value.typeName)=\(TemplateText.plain(value))"
      output += "%!\(verb)(\(words))"
      return
    }
    output += flags.padded(word, isNumber: value.isNumber)
  }

  private mutating func number() -> Int? {
    if text.first == "*" {
      text.removeFirst()
      guard case .int(let number)? = values.popFirst() else { return nil }
      return min(max(0, Int(number)), Self.widthLimit)
    }
    var number: Int?
    while let scalar = text.first, ("0"..."9").contains(scalar) {
      text.removeFirst()
      number = min((number ?? 0) * 10 + Int(scalar.value - 0x30), Self.widthLimit)
    }
    return number
  }

  private func formatted(
    _ value: TemplateValue, _ verb: Unicode.Scalar, _ flags: Flags
  ) -> String? {
    switch (verb, value) {
    case ("T", _): value.typeName
    case ("v", .float(let number)):
      flags.signed(
        flags.precision.map { NumberFormat.general(number, precision: $0) }
          ?? NumberFormat.plain(number))
    case ("v", .int(let number)): flags.signed("\(number)")
    case ("v", .none): "<nil>"
    case ("v", _): TemplateText.plain(value)
    case ("t", .bool(let flag)): flag ? "true" : "false"
    case (_, .float(let number)): float(number, verb, flags)
    case ("s", .bool), ("s", .int), ("s", .none): nil
    case (_, .int(let number)), ("d", .duration(let number)): integer(number, verb, flags)
    case ("s", _): flags.cut(TemplateText.plain(value))
    case ("q", .string(let text)): TemplateQuote.text(flags.cut(text))
    case ("x", .string(let text)): hex(text, "0123456789abcdef")
    case ("X", .string(let text)): hex(text, "0123456789ABCDEF")
    default: nil
    }
  }

  private func float(_ value: Double, _ verb: Unicode.Scalar, _ flags: Flags) -> String? {
    switch verb {
    case "f", "F": flags.signed(NumberFormat.fixed(value, precision: flags.precision ?? 6))
    case "e", "E":
      flags.signed(
        Self.cased(NumberFormat.scientific(value, precision: flags.precision ?? 6), verb == "E"))
    case "g", "G":
      flags.signed(
        Self.cased(
          flags.precision.map { NumberFormat.general(value, precision: $0) }
            ?? NumberFormat.plain(value), verb == "G"))
    default: nil
    }
  }

  private static func cased(_ text: String, _ isUpper: Bool) -> String {
    isUpper ? String(text.map { $0 == "e" ? "E" : $0 }) : text
  }

  private func integer(_ value: Int64, _ verb: Unicode.Scalar, _ flags: Flags) -> String? {
    switch verb {
    case "d": flags.signed("\(value)")
    case "x": flags.signed((flags.hasSharp ? "0x" : "") + String(value, radix: 16))
    case "X":
      flags.signed((flags.hasSharp ? "0X" : "") + String(value, radix: 16, uppercase: true))
    case "o": flags.signed((flags.hasSharp ? "0" : "") + String(value, radix: 8))
    case "b": flags.signed(String(value, radix: 2))
    case "c": UInt32(exactly: value).flatMap(Unicode.Scalar.init).map { String($0) } ?? "\u{FFFD}"
    default: nil
    }
  }

  private func hex(_ text: String, _ digits: String) -> String {
    let digits = Array(digits)
    return String(text.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

extension TemplateFormat.Flags {
  fileprivate mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "-": isLeft = true
    case "+": hasSign = true
    case " ": hasSpace = true
    case "#": hasSharp = true
    case "0": hasZero = true
    default: return false
    }
    return true
  }

  fileprivate func signed(_ text: String) -> String {
    if text.hasPrefix("-") { return text }
    if text.hasPrefix("+") { return hasSign ? text : hasSpace ? " " + text.dropFirst() : text }
    return hasSign ? "+" + text : hasSpace ? " " + text : text
  }

  fileprivate func cut(_ text: String) -> String {
    precision.map { String(String.UnicodeScalarView(text.unicodeScalars.prefix($0))) } ?? text
  }

  fileprivate func padded(_ text: String, isNumber: Bool) -> String {
    guard let width, width > text.unicodeScalars.count else { return text }
    let gap = width - text.unicodeScalars.count
    if isLeft { return text + String(repeating: " ", count: gap) }
    guard hasZero, isNumber, text.last?.isNumber ?? false else {
      return String(repeating: " ", count: gap) + text
    }
    let sign = text.prefix { $0 == "-" || $0 == "+" || $0 == " " }
    return sign + String(repeating: "0", count: gap) + text.dropFirst(sign.count)
  }
}

extension TemplateValue {
  fileprivate var isNumber: Bool {
    switch self {
    case .int, .float: true
    default: false
    }
  }
}

/// Text in double quotes.
enum TemplateQuote {
  static func text(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          let digits = String(scalar.value, radix: 16)
          output += "\\x" + (digits.count < 2 ? "0" : "") + digits
        } else {
          output.unicodeScalars.append(scalar)
        }
      }
    }
    return output + "\""
  }
}
