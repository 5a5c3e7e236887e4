internal import Glibc

/// Random numbers that depend on a seed alone.
struct StudyNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From 0 to just below 1.
  mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func below(_ bound: Int) -> Int { Int(share() * Double(bound)) }

  mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * share() }

  /// Of mean 0 and standard deviation 1.
  mutating func normal() -> Double {
    (-2 * log(1 - share())).squareRoot() * cos(2 * .pi * share())
  }

  /// How many of what comes `mean` times on average.
  mutating func count(_ mean: Double) -> Double {
    guard mean < 30 else { return max(0, (mean + mean.squareRoot() * normal()).rounded()) }
    var (count, product) = (0.0, share())
    let bound = exp(-mean)
    while product > bound {
      count += 1
      product *= share()
    }
    return count
  }

  /// The sum of `count` values of mean 1 with a long tail.
  mutating func sum(_ count: Double, spread: Double = 0.6) -> Double {
    let middle = -spread * spread / 2
    if count <= 12 {
      var sum = 0.0
      for _ in 0..<Int(count) { sum += exp(middle + spread * normal()) }
      return sum
    }
    let deviation = (exp(spread * spread) - 1).squareRoot() * count.squareRoot()
    return max(count * 0.3, count + deviation * normal())
  }
}
