/// Random numbers that a seed repeats.
struct Xorshift {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed == 0 ? 1 : seed }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// A number below `bound`.
  mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }
}
