/// Amounts of money as whole picodollars: 10⁻¹² USD, so that a token's price is a whole number.
package enum Picodollars {
  private static let perDollar: Int64 = 1_000_000_000_000

  /// The amount in USD as a decimal without needless zeros: `0.0208575`, `12`.
  package static func text(_ amount: some FixedWidthInteger & SignedInteger) -> String {
    let (dollars, rest) = Int128(amount).magnitude.quotientAndRemainder(
      dividingBy: UInt128(perDollar))
    var text = (amount < 0 ? "-" : "") + String(dollars)
    guard rest > 0 else { return text }
    var digits = String(rest)
    digits = String(repeating: "0", count: 12 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    text += "." + digits
    return text
  }
}
