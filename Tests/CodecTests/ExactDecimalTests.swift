import Codec
import Testing

@Suite struct ExactDecimalTests {
  private func text(_ decimal: ExactDecimal) -> String {
    "0." + decimal.digits.map { "\($0)" }.joined() + "e\(decimal.point)"
  }

  @Test(arguments: [
    (0.0, "0.e0"), (1, "0.1e1"),
    (0.1, "0.1000000000000000055511151231257827021181583404541015625e0"),
    (4500.5, "0.45005e4"), (0x1p60, "0.1152921504606846976e19"), (0.001953125, "0.1953125e-2"),
  ])
  func `every digit is there`(value: Double, expected: String) {
    #expect(text(ExactDecimal(exactly: value)) == expected)
    #expect(text(ExactDecimal(exactly: -value)) == expected)
  }

  @Test(arguments: [
    (0.1, "0.1e0"), (1e300, "0.1e301"), (0x1p-1074, "0.5e-323"), (123456789, "0.123456789e9"),
    (100, "0.1e3"), (0, "0.e0"),
  ])
  func `the shortest digits read back`(value: Double, expected: String) {
    #expect(text(ExactDecimal(shortest: value)) == expected)
  }

  @Test(arguments: [
    (2.5, 1, "0.2e1"), (3.5, 1, "0.4e1"), (9.99, 2, "0.1e2"), (0.125, 2, "0.12e0"),
    (0.5, 0, "0.e0"),
    (1.5, 5, "0.15e1"), (99.5, 2, "0.1e3"), (7, 0, "0.1e2"), (7, -1, "0.e1"),
  ])
  func `rounding is to nearest and even`(value: Double, digits: Int, expected: String) {
    var decimal = ExactDecimal(exactly: value)
    decimal.round(toDigits: digits)
    let rounded = text(decimal)
    #expect(decimal.digits.isEmpty || rounded == expected)
    #expect(!decimal.digits.isEmpty || expected.hasPrefix("0.e"))
  }

  @Test(arguments: 0..<200)
  func `sixteen and more digits of random numbers read back`(seed: UInt64) throws {
    let bits = (seed &* 0x9E37_79B9_7F4A_7C15) & 0x7FDF_FFFF_FFFF_FFFF
    let value = Double(bitPattern: bits)
    var decimal = ExactDecimal(exactly: value)
    decimal.round(toDigits: 17)
    #expect(Double(text(decimal)) == value)
    let smallest = ExactDecimal(exactly: .leastNonzeroMagnitude)
    #expect(smallest.digits.count == 751)
  }
}
