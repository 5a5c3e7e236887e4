/// Random numbers that a printed seed gives again.
package struct Dice: RandomNumberGenerator {
  private var state: UInt64

  /// Dice that fall as they did before under the same seed.
  package init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to the one before `bound`.
  package mutating func below<Number: FixedWidthInteger>(_ bound: Number) -> Number {
    Number(truncatingIfNeeded: next() % UInt64(bound))
  }
}
