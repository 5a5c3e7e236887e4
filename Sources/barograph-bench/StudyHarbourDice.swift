internal import Glibc

/// Seeded random numbers for the harbour months: xoshiro256**, spread from the seed by splitmix64.
struct HarbourDice {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var d: UInt64

  init(_ seed: UInt64) {
    var state = seed &+ 0x5EA_F00D
    func spread() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
    (a, b, c, d) = (spread(), spread(), spread(), spread())
  }

  /// 64 random bits.
  mutating func bits() -> UInt64 {
    let five = b &* 5
    let result = ((five << 7) | (five >> 57)) &* 9
    let shifted = b << 17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 45) | (d >> 19)
    return result
  }

  /// Dice of their own for one part of the month, so that parts do not disturb each other.
  mutating func split() -> HarbourDice { HarbourDice(bits()) }

  /// From 0 up to, not including, 1.
  mutating func fraction() -> Double { Double(bits() >> 11) * 0x1p-53 }

  mutating func between(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * fraction()
  }

  mutating func whole(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(fraction() * Double(range.count))
  }

  mutating func chance(_ share: Double) -> Bool { fraction() < share }

  mutating func pick<Element>(_ from: [Element]) -> Element { from[whole(0...from.count - 1)] }

  /// Normally distributed, mean 0 and deviation 1.
  mutating func normal() -> Double {
    let radius = sqrt(-2 * log(1 - fraction()))
    return radius * cos(2 * Double.pi * fraction())
  }

  /// How many of something that happens `mean` times on average.
  mutating func poisson(_ mean: Double) -> Int {
    guard mean > 0 else { return 0 }
    guard mean < 40 else { return max(0, Int((mean + sqrt(mean) * normal()).rounded())) }
    let floor = exp(-mean)
    var (product, count) = (fraction(), 0)
    while product > floor {
      product *= fraction()
      count += 1
    }
    return count
  }

  /// How many of `count` tries succeed.
  mutating func binomial(_ count: Int, _ share: Double) -> Int {
    var hits = 0
    for _ in 0..<count where fraction() < share { hits += 1 }
    return hits
  }

  /// A wandering factor about 1 for each step, of deviation `sigma`; `memory` is in steps.
  mutating func wander(_ steps: Int, sigma: Double, memory: Double) -> [Double] {
    let stride = 10
    let keep = exp(-Double(stride) / memory)
    let fresh = sigma * sqrt(1 - keep * keep)
    var values: [Double] = []
    values.reserveCapacity(steps + stride)
    var now = sigma * normal()
    while values.count < steps {
      let next = now * keep + fresh * normal()
      let (from, to) = (exp(now), exp(next))
      for step in 0..<stride { values.append(from + (to - from) * Double(step) / Double(stride)) }
      now = next
    }
    return values
  }

  /// 8,192 sizes with mean 1 and a heavy tail: most are small, a few are many times the mean.
  mutating func sizes(sigma: Double) -> [Double] {
    var values = (0..<8_192).map { _ in exp(sigma * normal()) }
    let mean = values.reduce(0, +) / Double(values.count)
    for index in values.indices { values[index] /= mean }
    return values
  }
}
