package import Codec

/// The price of one token, or of one request, exact as its price file writes it.
package struct Rate: Equatable, Hashable, Sendable {
  /// Picodollars times 10^`decimals`; −1 where there is no price.
  private let numerator: Int64
  /// More than 0 only for prices finer than a picodollar a token.
  private let decimals: UInt8

  private init(numerator: Int64, decimals: UInt8) {
    self.numerator = numerator
    self.decimals = decimals
  }

  /// No price, which is not a price of 0.
  package static let absent = Rate(numerator: -1, decimals: 0)

  /// `dollars` shared out over `units` = 10^n; nil for what is negative, too large or too fine.
  package init?(dollars: DecimalNumber, perTenTo n: Int32) {
    guard !dollars.isNegative || dollars.mantissa == 0, !dollars.isCut else { return nil }
    let places: Int32 = 12 - n
    if let whole = dollars.integer(scaledBy: places) {
      self.init(numerator: whole, decimals: 0)
      return
    }
    var (mantissa, finer) = (dollars.mantissa, -(dollars.exponent + places))
    while finer > 0, mantissa.isMultiple(of: 10) { (mantissa, finer) = (mantissa / 10, finer - 1) }
    guard (1...18).contains(finer), let numerator = Int64(exactly: mantissa) else { return nil }
    self.init(numerator: numerator, decimals: UInt8(finer))
  }

  /// Whether there is no price.
  package var isAbsent: Bool { numerator < 0 }

  /// What `count` units cost, rounded to the nearest picodollar; nil beyond 9.2 million dollars.
  @inline(__always)
  package func amount(of count: Int64) -> Int64? {
    if decimals == 0 {
      let (amount, overflow) = numerator.multipliedReportingOverflow(by: count)
      return overflow ? nil : amount
    }
    return fineAmount(of: count)
  }

  private func fineAmount(of count: Int64) -> Int64? {
    let divisor = (0..<decimals).reduce(Int128(1)) { product, _ in product * 10 }
    let product = Int128(numerator) * Int128(count)
    let (quotient, rest) = product.quotientAndRemainder(dividingBy: divisor)
    return Int64(exactly: quotient + (rest >= divisor - rest ? 1 : 0))
  }

  /// US dollars for a million units, as a decimal: how price lists put it.
  package var perMillion: String {
    guard !isAbsent else { return "" }
    return Self.decimal(numerator, places: 6 + Int(decimals))
  }

  /// The rate that `perMillion` writes so; "" is none.
  init?(perMillion text: Substring) {
    guard !text.isEmpty else {
      self = .absent
      return
    }
    let digits = text.filter { $0 != "." }
    let point = text.firstIndex(of: ".")
    let places = point.map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
    guard let mantissa = UInt64(digits), places <= 30 else { return nil }
    self.init(
      dollars: DecimalNumber(mantissa: mantissa, exponent: -Int32(places), isNegative: false),
      perTenTo: 6)
  }

  private static func decimal(_ value: Int64, places: Int) -> String {
    var digits = String(value)
    if digits.count <= places {
      digits = String(repeating: "0", count: places + 1 - digits.count) + digits
    }
    var fraction = String(digits.suffix(places))
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let whole = String(digits.dropLast(places))
    return fraction.isEmpty ? whole : whole + "." + fraction
  }
}
