/// A number as its digits say it: `±mantissa × 10^exponent`. Nothing is lost on the way to whole
/// numbers, money and times, which binary fractions would.
@usableFromInline package struct DecimalNumber: Equatable, Sendable {
  @usableFromInline package var mantissa: UInt64
  @usableFromInline package var exponent: Int32
  @usableFromInline package var isNegative: Bool
  /// Digits beyond the 19th were dropped; `double(_:)` then needs the text.
  @usableFromInline package var isCut: Bool

  /// The number of these parts.
  @inlinable
  package init(mantissa: UInt64, exponent: Int32, isNegative: Bool, isCut: Bool = false) {
    self.mantissa = mantissa
    self.exponent = exponent
    self.isNegative = isNegative
    self.isCut = isCut
  }

  /// The number times 10^`places`, when that is a whole number that fits; nil otherwise.
  package func integer(scaledBy places: Int32 = 0) -> Int64? {
    guard let (value, isExact) = magnitude(scaledBy: places), isExact else { return nil }
    return signed(value)
  }

  /// The number times 10^`places`, rounded half away from zero; nil when it does not fit.
  package func rounded(scaledBy places: Int32) -> Int64? {
    guard let (value, _) = magnitude(scaledBy: places) else { return nil }
    return signed(value)
  }

  /// The nearest double. Exact powers decide the common case; the rest is left to `text`, the
  /// number's own digits.
  package func double(text: () -> String) -> Double? {
    if mantissa == 0 && !isCut { return isNegative ? -0.0 : 0.0 }
    guard !isCut, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 else {
      return Double(text())
    }
    let exact = Double(mantissa)
    let scaled =
      exponent < 0
      ? exact / Self.powers[Int(-exponent)] : exact * Self.powers[Int(exponent)]
    return isNegative ? -scaled : scaled
  }

  private func signed(_ magnitude: UInt64) -> Int64? {
    if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
    return Int64(exactly: magnitude)
  }

  private func magnitude(scaledBy places: Int32) -> (UInt64, isExact: Bool)? {
    if mantissa == 0 { return (0, !isCut) }
    let shift = exponent &+ places
    if shift >= 0 {
      guard shift < 20 else { return nil }
      let (value, overflow) = mantissa.multipliedReportingOverflow(by: Self.tens[Int(shift)])
      return overflow ? nil : (value, !isCut)
    }
    guard shift > -20 else { return (0, false) }
    let divisor = Self.tens[Int(-shift)]
    let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: divisor)
    let roundsUp = remainder >= divisor - remainder
    return (roundsUp ? quotient + 1 : quotient, remainder == 0 && !isCut)
  }

  private static let tens: [UInt64] = (0..<20).map { power in
    (0..<power).reduce(UInt64(1)) { product, _ in product * 10 }
  }

  /// 10^0 … 10^22, all exact as doubles.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
