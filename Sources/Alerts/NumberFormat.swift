internal import Codec

/// Numbers as Go prints them.
enum NumberFormat {
  /// `%v`: as few digits as read back, an exponent beyond six digits before the point.
  static func plain(_ value: Double) -> String {
    special(value) ?? general(ExactDecimal(shortest: value), value, precision: nil)
  }

  /// `%.Ng`.
  static func general(_ value: Double, precision: Int) -> String {
    if let special = special(value) { return special }
    let count = max(precision, 1)
    var decimal = ExactDecimal(exactly: value)
    decimal.round(toDigits: count)
    return general(decimal, value, precision: count)
  }

  /// `%.Nf`; without precision as few digits as read back.
  static func fixed(_ value: Double, precision: Int?) -> String {
    if let special = special(value) { return special }
    guard let precision else {
      let decimal = ExactDecimal(shortest: value)
      return sign(value) + fixed(decimal, places: max(decimal.digits.count - decimal.point, 0))
    }
    var decimal = ExactDecimal(exactly: value)
    decimal.round(toPlaces: precision)
    return sign(value) + fixed(decimal, places: precision)
  }

  /// `%.Ne`; without precision as few digits as read back.
  static func scientific(_ value: Double, precision: Int?) -> String {
    if let special = special(value) { return special }
    guard let precision else {
      let decimal = ExactDecimal(shortest: value)
      return sign(value) + scientific(decimal, places: max(decimal.digits.count - 1, 0))
    }
    var decimal = ExactDecimal(exactly: value)
    decimal.round(toDigits: precision + 1)
    return sign(value) + scientific(decimal, places: precision)
  }

  private static func special(_ value: Double) -> String? {
    if value.isNaN { return "NaN" }
    return value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : nil
  }

  private static func sign(_ value: Double) -> String { value.sign == .minus ? "-" : "" }

  private static func general(
    _ decimal: ExactDecimal, _ value: Double, precision: Int?
  ) -> String {
    var limit = precision ?? 6
    let count = decimal.digits.count
    if precision != nil, limit > count, count >= decimal.point { limit = count }
    let exponent = decimal.digits.isEmpty ? 0 : decimal.point - 1
    let text =
      exponent < -4 || exponent >= max(limit, 1)
      ? scientific(decimal, places: max(count - 1, 0))
      : fixed(decimal, places: max(count - decimal.point, 0))
    return sign(value) + text
  }

  private static func fixed(_ decimal: ExactDecimal, places: Int) -> String {
    let whole = (0..<max(decimal.point, 1)).map { digit(decimal, decimal.point < 1 ? -1 : $0) }
    guard places > 0 else { return String(decoding: whole, as: UTF8.self) }
    let fraction = (0..<places).map { digit(decimal, decimal.point + $0) }
    return String(decoding: whole + [UInt8(ascii: ".")] + fraction, as: UTF8.self)
  }

  private static func scientific(_ decimal: ExactDecimal, places: Int) -> String {
    var text = [digit(decimal, 0)]
    if places > 0 {
      text.append(UInt8(ascii: "."))
      text += (1...places).map { digit(decimal, $0) }
    }
    let exponent = decimal.digits.isEmpty ? 0 : decimal.point - 1
    let size = "\(exponent.magnitude)"
    return String(decoding: text, as: UTF8.self) + (exponent < 0 ? "e-" : "e+")
      + (size.utf8.count < 2 ? "0" + size : size)
  }

  private static func digit(_ decimal: ExactDecimal, _ index: Int) -> UInt8 {
    decimal.digits.indices.contains(index) ? decimal.digits[index] + 0x30 : 0x30
  }
}
