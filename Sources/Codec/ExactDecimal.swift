/// The decimal digits of a finite, positive or zero number: 0.d₁d₂d₃… × 10^`point`.
///
/// Rounding is to nearest, ties to even, on the exact value: what C and Go print. Costs a few
/// microseconds; for reports, not for the data path.
package struct ExactDecimal: Equatable, Sendable {
  /// The digits 0...9 without zeros at either end; empty for zero.
  package private(set) var digits: [UInt8]
  /// Where the decimal point stands, counted from before the first digit.
  package private(set) var point: Int

  /// Every digit of the magnitude of `value`, which must be finite.
  package init(exactly value: Double) {
    precondition(value.isFinite, "only finite numbers have digits")
    let bits = value.magnitude.bitPattern
    let biased = Int(bits >> 52)
    let fraction = bits & 0xF_FFFF_FFFF_FFFF
    let mantissa = biased == 0 ? fraction : fraction | 1 << 52
    let exponent = max(biased, 1) - 1075
    var limbs = [UInt32(truncatingIfNeeded: mantissa % Self.base)]
    limbs.append(UInt32(truncatingIfNeeded: mantissa / Self.base))
    // A negative power of two is a power of five, with the point moved as far.
    for _ in 0..<abs(exponent) { Self.multiply(&limbs, by: exponent < 0 ? 5 : 2) }
    digits = Self.digits(of: limbs)
    point = digits.count + min(exponent, 0)
    trim()
  }

  /// The fewest digits that read back as the magnitude of `value`, which must be finite.
  package init(shortest value: Double) {
    precondition(value.isFinite, "only finite numbers have digits")
    var digits: [UInt8] = []
    var point: Int?
    var exponent = 0
    let text = "\(value.magnitude)".utf8
    for (index, byte) in zip(text.indices, text) {
      if byte == UInt8(ascii: ".") {
        point = digits.count
      } else if byte == UInt8(ascii: "e") {
        exponent = Int(Substring(text[text.index(after: index)...])) ?? 0
        break
      } else {
        digits.append(byte - 0x30)
      }
    }
    self.digits = digits
    self.point = (point ?? digits.count) + exponent
    trim()
  }

  /// Rounds to at most `count` digits.
  package mutating func round(toDigits count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      digits = []
      return
    }
    let isUp = roundsUp(at: count)
    digits.removeSubrange(count...)
    if isUp { increment() }
    trim()
  }

  /// Rounds to at most `count` digits behind the decimal point.
  package mutating func round(toPlaces count: Int) { round(toDigits: point + count) }

  private func roundsUp(at count: Int) -> Bool {
    let next = digits[count]
    if next != 5 || count + 1 < digits.count { return next >= 5 }
    return count > 0 && digits[count - 1] % 2 == 1
  }

  private mutating func increment() {
    var index = digits.count - 1
    while index >= 0, digits[index] == 9 {
      digits.remove(at: index)
      index -= 1
    }
    if index >= 0 {
      digits[index] += 1
    } else {
      digits = [1]
      point += 1
    }
  }

  private mutating func trim() {
    while digits.last == 0 { digits.removeLast() }
    let zeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(zeros)
    point = digits.isEmpty ? 0 : point - zeros
  }
}

/// Whole numbers in limbs of nine decimal digits, least first.
extension ExactDecimal {
  private static let base: UInt64 = 1_000_000_000

  private static func multiply(_ limbs: inout [UInt32], by factor: UInt64) {
    var carry: UInt64 = 0
    for index in limbs.indices {
      let product = UInt64(limbs[index]) * factor + carry
      limbs[index] = UInt32(truncatingIfNeeded: product % base)
      carry = product / base
    }
    if carry > 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
  }

  private static func digits(of limbs: [UInt32]) -> [UInt8] {
    var digits: [UInt8] = []
    for limb in limbs {
      var rest = limb
      for _ in 0..<9 {
        digits.append(UInt8(truncatingIfNeeded: rest % 10))
        rest /= 10
      }
    }
    while digits.last == 0 { digits.removeLast() }
    return digits.reversed()
  }
}
