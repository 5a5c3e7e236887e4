import TestSupport
import Testing

@testable import Windows

@Suite struct QuantileTests {
  private static let shares = [0.5, 0.9, 0.95, 0.99]

  /// Latencies in ns of eight kinds of service.
  private static func latencies(_ kind: String) -> [Int64] {
    var numbers = Dice(seed: 7)
    func uniform() -> Double { Double.random(in: 1e-9..<1, using: &numbers) }
    func milliseconds(_ value: Double) -> Int64 { Int64(max(value, 0.001) * 1e6) }
    return (0..<5_000).map { index in
      switch kind {
      case "uniform": milliseconds(uniform() * 2_000)
      case "exponential": milliseconds(-400 * Self.logarithm(uniform()))
      case "bimodal": milliseconds((index % 2 == 0 ? 40 : 9_000) * (0.9 + 0.2 * uniform()))
      case "heavy": milliseconds(30 / (uniform() * uniform()))
      case "constant": 812_345_678
      case "bounds": Int64(1_000_000_000) << Int64(index % 8)
      case "tiny": Int64.random(in: 1_000...5_000, using: &numbers)
      default: index == 0 ? 731_000_000 : 731_000_001
      }
    }
  }

  /// The natural logarithm, by doublings and a series; tests need no more than a thousandth.
  private static func logarithm(_ value: Double) -> Double {
    let fraction = value.significand - 1
    let ratio = fraction / (2 + fraction)
    let series = 2 * (ratio + ratio * ratio * ratio / 3 + ratio * ratio * ratio * ratio * ratio / 5)
    return Double(value.exponent) * 0.693_147_180_56 + series
  }

  @Test(
    "a quantile is within the stated bound of the exact one",
    arguments: [
      "uniform", "exponential", "bimodal", "heavy", "constant", "bounds", "tiny", "single",
    ])
  func quantiles(kind: String) throws {
    let now: Int64 = 1_800_000_000_000_000_000
    let lab = WindowLab(now: now)
    let latencies = kind == "single" ? [Int64(731_000_000)] : Self.latencies(kind)
    lab.record(
      latencies.map { latency in
        var call = Call()
        call.end = now
        call.duration = latency
        return call
      }, now: now)
    let sums = lab.sums(0, [], .minute, now: now)
    let found = try #require(sums.latencies(Self.shares))
    let sorted = latencies.sorted()
    for (share, value) in zip(Self.shares, found) {
      let rank = max(1, Int((share * Double(sorted.count)).rounded(.up)))
      let exact = Double(sorted[rank - 1]) / 1e6
      #expect(abs(value - exact) / exact <= ExponentialScale.relativeError, "\(kind) \(share)")
    }
    #expect(sums.longest == sorted.last)
    #expect(sums.shortest == sorted.first)
    #expect(sums[.latencySum] == sorted.reduce(0, +))
  }

  @Test("nothing has no quantile")
  func empty() {
    #expect(MergedHistogram().quantiles(Self.shares) == nil)
  }

  @Test("merging two histograms is the histogram of both")
  func merging() {
    var (left, right, both) = (MergedHistogram(), MergedHistogram(), MergedHistogram())
    for (index, latency) in Self.latencies("heavy").enumerated() {
      let bucket = ExponentialScale.index(of: Double(latency) / 1e9)
      both.add(1, to: bucket)
      if index % 3 == 0 { left.add(1, to: bucket) } else { right.add(1, to: bucket) }
    }
    left.add(right)
    #expect(left == both)
  }
}
