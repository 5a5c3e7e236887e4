/// A number as its decimal digits say it, exact for up to 38 of them: `±mantissa × 10^exponent`.
///
/// Equal numbers are equal values, however they were written: `1.0`, `1` and `10e-1` are one.
/// Digits beyond the 38th are dropped. Exponents beyond ±1,000,000 are taken as that.
package struct JSONNumber: Hashable, Sendable {
  /// Whether it is below zero; zero is not.
  package let isNegative: Bool
  /// The digits without zeros at the end; 0 only for zero.
  package let mantissa: UInt128
  /// The power of ten the digits are multiplied by.
  package let exponent: Int

  /// The most an exponent may be from zero.
  static let farthestExponent = 1_000_000
  private static let digitLimit = 38

  /// The number of these parts; zeros at the end of the mantissa move to the exponent.
  package init(isNegative: Bool, mantissa: UInt128, exponent: Int) {
    var (mantissa, exponent) = (mantissa, exponent)
    while mantissa != 0, case let (tenth, digit) = mantissa.quotientAndRemainder(dividingBy: 10),
      digit == 0
    {
      mantissa = tenth
      exponent += 1
    }
    self.mantissa = mantissa
    self.exponent =
      mantissa == 0 ? 0 : max(-Self.farthestExponent, min(Self.farthestExponent, exponent))
    self.isNegative = isNegative && mantissa != 0
  }

  /// A whole number.
  package init(_ value: Int) {
    self.init(isNegative: value < 0, mantissa: UInt128(value.magnitude), exponent: 0)
  }

  /// The number `text` spells as JSON does (a sign `+` and a leading `.` are let through), or nil.
  package init?(_ text: some Collection<UInt8>) {
    var digits = Digits()
    guard digits.read(Array(text)[...]) else { return nil }
    self.init(
      isNegative: digits.isNegative, mantissa: digits.mantissa, exponent: digits.exponent)
  }

  /// Whether it has no fraction.
  package var isWhole: Bool { exponent >= 0 }

  /// The nearest double; infinite beyond its range.
  package var double: Double {
    Double("\(isNegative ? "-" : "")\(mantissa)e\(exponent)") ?? 0
  }

  /// The whole number it is, when it is one that fits.
  package var int: Int? {
    guard exponent >= 0, exponent < 20 else { return mantissa == 0 ? 0 : nil }
    var value = Int128(exactly: mantissa) ?? Int128.max
    for _ in 0..<exponent {
      let (next, isOver) = value.multipliedReportingOverflow(by: 10)
      guard !isOver else { return nil }
      value = next
    }
    return Int(exactly: isNegative ? -value : value)
  }

  /// Its shortest JSON text.
  package var text: String {
    let sign = isNegative ? "-" : ""
    let digits = String(mantissa)
    if exponent >= 0, exponent <= 20 {
      return sign + digits + String(repeating: "0", count: exponent)
    }
    if exponent < 0, exponent > -21 {
      let whole = digits.count + exponent
      if whole > 0 { return "\(sign)\(digits.prefix(whole)).\(digits.suffix(-exponent))" }
      return "\(sign)0." + String(repeating: "0", count: -whole) + digits
    }
    return "\(sign)\(digits)e\(exponent)"
  }

  /// The digits of a text as they are read.
  private struct Digits {
    var isNegative = false
    var mantissa: UInt128 = 0
    var exponent = 0
    private var count = 0

    mutating func read(_ text: ArraySlice<UInt8>) -> Bool {
      var rest = text
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        isNegative = sign == UInt8(ascii: "-")
        rest.removeFirst()
      }
      var seen = take(&rest, areFraction: false)
      if rest.first == UInt8(ascii: ".") {
        rest.removeFirst()
        seen += take(&rest, areFraction: true)
      }
      guard seen > 0 else { return false }
      guard let mark = rest.first else { return true }
      guard mark | 0x20 == UInt8(ascii: "e") else { return false }
      rest.removeFirst()
      return power(rest)
    }

    private mutating func take(_ rest: inout ArraySlice<UInt8>, areFraction: Bool) -> Int {
      var seen = 0
      while let byte = rest.first, byte &- 0x30 < 10 {
        rest.removeFirst()
        seen += 1
        if count < JSONNumber.digitLimit {
          mantissa = mantissa * 10 + UInt128(byte &- 0x30)
          if mantissa != 0 { count += 1 }
          if areFraction { exponent -= 1 }
        } else if !areFraction {
          exponent += 1
        }
      }
      return seen
    }

    private mutating func power(_ text: ArraySlice<UInt8>) -> Bool {
      var rest = text
      var isDown = false
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        isDown = sign == UInt8(ascii: "-")
        rest.removeFirst()
      }
      guard !rest.isEmpty else { return false }
      var value = 0
      for byte in rest {
        guard byte &- 0x30 < 10 else { return false }
        value = min(value * 10 + Int(byte &- 0x30), 10 * JSONNumber.farthestExponent)
      }
      exponent += isDown ? -value : value
      return true
    }
  }
}

extension JSONNumber: Comparable {
  package static func < (left: Self, right: Self) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    let order = left.compareMagnitude(right)
    return left.isNegative ? order > 0 : order < 0
  }

  /// Negative when this one is nearer to zero, positive when the other is, else 0.
  private func compareMagnitude(_ other: Self) -> Int {
    if mantissa == 0 || other.mantissa == 0 {
      return (mantissa == 0 ? 0 : 1) - (other.mantissa == 0 ? 0 : 1)
    }
    let (own, others) = (Self.digitCount(mantissa), Self.digitCount(other.mantissa))
    let (top, otherTop) = (own + exponent, others + other.exponent)
    if top != otherTop { return top < otherTop ? -1 : 1 }
    // Of the same magnitude, so that as many digits on both sides can be compared as numbers.
    let left = Self.scaled(mantissa, by: max(0, others - own))
    let right = Self.scaled(other.mantissa, by: max(0, own - others))
    return left == right ? 0 : left < right ? -1 : 1
  }

  /// Whether it is a whole multiple of `divisor`, which is above zero; exact when the divisor has
  /// no more than 18 digits.
  package func isMultiple(of divisor: Self) -> Bool {
    if mantissa == 0 { return true }
    let shift = exponent - divisor.exponent
    // The digits end in no zero, so no power of ten divides them.
    guard shift >= 0 else { return false }
    var remainder = mantissa % divisor.mantissa
    var (power, factor, left) = (UInt128(1), UInt128(10) % divisor.mantissa, shift)
    while left > 0 {
      if left & 1 == 1 { power = power * factor % divisor.mantissa }
      factor = factor * factor % divisor.mantissa
      left >>= 1
    }
    remainder = remainder * (power % divisor.mantissa) % divisor.mantissa
    return remainder == 0
  }

  /// Whether `isMultiple(of:)` is exact by this number.
  var isShortDivisor: Bool { mantissa > 0 && !isNegative && mantissa < 1_000_000_000_000_000_000 }

  private static func digitCount(_ value: UInt128) -> Int {
    var (count, bound) = (1, UInt128(10))
    while count < digitLimit, value >= bound {
      count += 1
      bound *= 10
    }
    return value >= bound && count == digitLimit ? count + 1 : count
  }

  private static func scaled(_ value: UInt128, by places: Int) -> UInt128 {
    (0..<places).reduce(value) { product, _ in product * 10 }
  }
}
