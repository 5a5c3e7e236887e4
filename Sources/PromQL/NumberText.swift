/// Numbers as queries write them.
package enum NumberText {
  /// Decimal, `0x` and octal with a leading zero, `_` between digits; nil for anything else.
  static func value(_ text: ArraySlice<UInt8>) -> Double? {
    let digits = text.filter { $0 != UInt8(ascii: "_") }
    let word = String(decoding: digits, as: UTF8.self)
    if word.hasPrefix("0x") || word.hasPrefix("0X") {
      return UInt64(word.dropFirst(2), radix: 16).map { Double($0) }
    }
    if word.count > 1, word.hasPrefix("0"), digits.allSatisfy({ (0x30...0x37).contains($0) }),
      let octal = UInt64(word, radix: 8)
    {
      return Double(octal)
    }
    guard digits.contains(where: CharacterTraits.isDigit) else { return nil }
    var padded = word
    if padded.hasPrefix(".") { padded = "0" + padded }
    if padded.hasSuffix(".") { padded += "0" }
    if let dot = padded.range(ofDotBeforeExponent: ()) { padded.insert("0", at: dot) }
    return Double(padded)
  }

  /// A number the way Go prints it with `'f'` and least digits: no exponent.
  package static func plain(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let text = "\(value)"
    guard let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) else {
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    return unfolded(text[..<mark], exponent: Int(text[text.index(after: mark)...]) ?? 0)
  }

  private static func unfolded(_ mantissa: Substring, exponent: Int) -> String {
    let isNegative = mantissa.hasPrefix("-")
    let parts = mantissa.drop { $0 == "-" }.split(separator: ".")
    let whole = String(parts[0])
    let fraction = parts.count > 1 && parts[1] != "0" ? String(parts[1]) : ""
    let digits = whole + fraction
    let point = whole.count + exponent
    var text: String
    if point <= 0 {
      text = "0." + String(repeating: "0", count: -point) + digits
    } else if point >= digits.count {
      text = digits + String(repeating: "0", count: point - digits.count)
    } else {
      text = digits.prefix(point) + "." + digits.dropFirst(point)
    }
    if isNegative { text = "-" + text }
    return text
  }
}

extension String {
  /// Where a digit is missing between `.` and `e`.
  fileprivate func range(ofDotBeforeExponent: Void) -> Index? {
    var previous: Character?
    for index in indices {
      if self[index] == "e" || self[index] == "E" { return previous == "." ? index : nil }
      previous = self[index]
    }
    return nil
  }
}

/// Durations as queries write them: `1h30m`, units from large to small, each once.
package enum DurationText {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000),
    ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// Milliseconds of a text such as `1m30s` or `0`; nil when it is none or passes 64 bits.
  package static func milliseconds(_ text: some Collection<UInt8>) -> Int64? {
    let bytes = Array(text)
    if bytes == [0x30] { return 0 }
    guard !bytes.isEmpty else { return nil }
    var index = 0
    var nextUnit = 0
    var total: Int64 = 0
    while index < bytes.count {
      let digits = bytes[index...].prefix(while: CharacterTraits.isDigit)
      index += digits.count
      let letters = bytes[index...].prefix { !CharacterTraits.isDigit($0) }
      index += letters.count
      let unit = String(decoding: letters, as: UTF8.self)
      guard let count = Int64(String(decoding: digits, as: UTF8.self)),
        let place = units[nextUnit...].firstIndex(where: { $0.name == unit })
      else { return nil }
      nextUnit = place + 1
      let (product, overflow) = count.multipliedReportingOverflow(by: units[place].milliseconds)
      let (sum, sumOverflow) = total.addingReportingOverflow(product)
      guard !overflow, !sumOverflow else { return nil }
      total = sum
    }
    return total
  }

  static func seconds(_ text: ArraySlice<UInt8>) -> Double? {
    milliseconds(text).map { Double($0) / 1000 }
  }

  /// `milliseconds` as a query writes them.
  package static func text(_ milliseconds: Int64) -> String {
    guard milliseconds != 0 else { return "0s" }
    var rest = milliseconds.magnitude
    var text = milliseconds < 0 ? "-" : ""
    for unit in units {
      let size = UInt64(unit.milliseconds)
      // Years and weeks are written only where nothing smaller remains.
      if unit.name == "y" || unit.name == "w", rest % size != 0 { continue }
      if rest / size > 0 { text += "\(rest / size)\(unit.name)" }
      rest %= size
    }
    return text
  }
}
