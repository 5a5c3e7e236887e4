import Quality
import TestSupport
import Testing

struct ComparisonTests {
  /// Every metric of a gate.
  static let metrics = [
    "cost", "p50", "p95", "ttft", "error_rate", "tokens", "score:helpful", "score:toxic:lower",
  ].compactMap { ComparisonMetric($0) }

  /// A normal number with mean 0 and deviation 1, near enough: twelve uniform ones.
  static func normal(_ random: inout RandomStream) -> Double {
    (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
  }

  /// Values as such metrics have them, each with a deviation of 1, and worse by `shift` of it.
  static func values(
    _ metric: ComparisonMetric, _ count: Int, shift: Double, _ random: inout RandomStream
  ) -> [ComparisonSample] {
    let sign = metric.isLowerBetter ? 1.0 : -1.0
    return (0..<count).map { _ in
      let value: Double
      switch metric.source {
      case "error":
        // Of a rate of a tenth the deviation is 0.3.
        value = Double.random(in: 0..<1, using: &random) < 0.1 + 0.3 * shift ? 1 : 0
      case "latency", "ttft", "cost":
        // Skewed, as times and money are.
        let draw = normal(&random)
        value = 3 + draw + 0.3 * draw * draw + sign * shift
      case "score:toxic": value = normal(&random) + sign * shift
      default: value = 10 + normal(&random) + sign * shift
      }
      return ComparisonSample(value)
    }
  }

  static func settings(_ seed: Int) -> ComparisonSettings {
    var settings = ComparisonSettings()
    settings.seed = UInt64(seed)
    // By asking for more scenarios the whole work is done; see the test of false alarms.
    settings.resamples = seeds < 200 ? 400 : 2_000
    return settings
  }

  /// Few, unless `BAROGRAPH_SCENARIOS=200 swift test --filter ComparisonTests` asks for all.
  static let seeds = Scenarios.count(16)

  @Test func `equal arms raise no more false alarms than allowed`() {
    var alarms = 0
    let isWhole = Self.seeds >= 200
    let (seeds, count) = isWhole ? (Self.seeds, 100) : (40, 60)
    for seed in 0..<seeds {
      var random = RandomStream(seed: UInt64(seed) &+ 5_000)
      let samples = Self.metrics.map { metric in
        (
          metric: metric, a: Self.values(metric, count, shift: 0, &random),
          b: Self.values(metric, count, shift: 0, &random)
        )
      }
      let comparison = Comparison(samples, settings: Self.settings(seed))
      if comparison.verdict == .regressed { alarms += 1 }
      #expect(comparison.verdict != .tooFew)
    }
    #expect(Double(alarms) <= 0.05 * Double(seeds), "\(alarms) of \(seeds)")
  }

  /// How often of `seeds` times a metric is seen to be worse by one deviation, beside another
  /// metric in which nothing changed.
  static func found(_ metric: ComparisonMetric, count: Int, seeds: Int) -> Int {
    (0..<seeds).count { seed in
      var random = RandomStream(seed: UInt64(seed) &+ 9_000)
      let a = values(metric, count, shift: 0, &random)
      let b = values(metric, count, shift: 1, &random)
      let others = metrics.filter { $0 != metric }.prefix(1).map { other in
        (
          metric: other, a: values(other, 100, shift: 0, &random),
          b: values(other, 100, shift: 0, &random)
        )
      }
      let comparison = Comparison([(metric, a, b)] + others, settings: settings(seed))
      return comparison.rows.first?.verdict == .regressed
    }
  }

  @Test(arguments: metrics.filter { $0.description != "p95" })
  func `a regression of one deviation is found with a hundred values`(_ metric: ComparisonMetric) {
    let found = Self.found(metric, count: 100, seeds: Self.seeds)
    #expect(Double(found) >= 0.95 * Double(Self.seeds), "\(found) of \(Self.seeds)")
  }

  @Test func `the tail of a skewed distribution needs eight times as many values`() throws {
    let metric = try #require(ComparisonMetric("p95"))
    let seeds = max(12, Self.seeds / 4)
    let found = Self.found(metric, count: 800, seeds: seeds)
    #expect(Double(found) >= 0.95 * Double(seeds), "\(found) of \(seeds)")
  }

  @Test func `the same seed gives the same rows`() {
    var random = RandomStream(seed: 3)
    let samples = Self.metrics.map { metric in
      (
        metric: metric, a: Self.values(metric, 80, shift: 0, &random),
        b: Self.values(metric, 90, shift: 0.2, &random)
      )
    }
    #expect(
      Comparison(samples, settings: Self.settings(1)).rows
        == Comparison(samples, settings: Self.settings(1)).rows)
    #expect(
      Comparison(samples, settings: Self.settings(1)).rows
        != Comparison(samples, settings: Self.settings(2)).rows)
  }

  @Test func `an improvement is no regression, whichever way is better`() {
    var random = RandomStream(seed: 4)
    for metric in Self.metrics where metric.source != "error" {
      let a = Self.values(metric, 100, shift: 1, &random)
      let b = Self.values(metric, 100, shift: 0, &random)
      #expect(Comparison([(metric, a, b)], settings: Self.settings(1)).verdict == .noWorse)
    }
  }

  @Test func `too few values are said to be too few, unless something has regressed`() throws {
    let cost = try #require(ComparisonMetric("cost"))
    let slow = try #require(ComparisonMetric("p95"))
    let few = (0..<19).map { ComparisonSample(Double($0)) }
    let many = (0..<59).map { ComparisonSample(Double($0)) }
    let worse = many.map { ComparisonSample($0.value + 1_000) }
    #expect(Comparison([(cost, few, many)]).verdict == .tooFew)
    #expect(Comparison([(slow, many, many)]).verdict == .tooFew)
    #expect(Comparison([(cost, many, worse), (slow, many, many)]).verdict == .regressed)
    #expect(Comparison([]).verdict == .tooFew)
    #expect(Comparison([(cost, [], [])]).rows.first?.figureA == nil)
    let row = Comparison([(cost, few, many)]).rows.first
    #expect(row?.figureA == 9 && row?.figureB == 29 && row?.difference == nil)
  }

  @Test func `paired items show what unpaired ones hide`() throws {
    let metric = try #require(ComparisonMetric("score:quality"))
    var random = RandomStream(seed: 8)
    // Items differ much, arms little.
    let items = (0..<100).map { _ in 50 * Self.normal(&random) }
    let a = items.enumerated().map { ComparisonSample($1, item: "\($0)") }
    let b = items.enumerated().map {
      ComparisonSample($1 - 1 + 0.5 * Self.normal(&random), item: "\($0)")
    }
    let paired = Comparison([(metric, a, b)])
    #expect(paired.verdict == .regressed)
    #expect(paired.rows.first?.pairs == 100)
    let loose = Comparison([
      (metric, a.map { ComparisonSample($0.value) }, b.map { ComparisonSample($0.value) })
    ])
    #expect(loose.verdict == .noWorse)
    #expect(loose.rows.first?.pairs == nil)
    // Several values of an item count as their mean; items of one arm only count for nothing.
    let doubled = Comparison([(metric, a + a, b + [ComparisonSample(0, item: "alone")])])
    #expect(doubled.rows.first?.pairs == 100)
    #expect(doubled.rows.first?.difference?.value == paired.rows.first?.difference?.value)
  }

  @Test func `a tolerance forgives what is within it`() throws {
    let cost = try #require(ComparisonMetric("cost"))
    let a = (0..<100).map { ComparisonSample(100 + Double($0 % 5)) }
    let b = a.map { ComparisonSample($0.value + 3) }
    var settings = ComparisonSettings()
    #expect(Comparison([(cost, a, b)], settings: settings).verdict == .regressed)
    settings.tolerance = 0.05
    #expect(Comparison([(cost, a, b)], settings: settings).verdict == .noWorse)
  }

  @Test func `effects are those of the textbooks`() throws {
    let cost = try #require(ComparisonMetric("cost"))
    let a = (0..<20).map { ComparisonSample(Double($0 % 2)) }
    let b = (0..<20).map { ComparisonSample(Double($0 % 2) + 1) }
    let difference = try #require(Comparison([(cost, a, b)]).rows.first?.difference)
    // Deviation √(20 · 0.25 / 19); g = 1 / that · (1 − 3 / 151).
    #expect(abs((difference.effect ?? 0) - 1.910_5) < 0.001)
    #expect(difference.value == 1)
    // Of 400 pairs 300 are above and 100 equal.
    #expect(difference.dominance == 0.75)
    #expect(difference.low <= 1 && difference.high >= 1)
    let same = try #require(
      Comparison([(cost, a.map { _ in ComparisonSample(3) }, b.map { _ in ComparisonSample(3) })])
        .rows.first)
    #expect(same.difference?.effect == nil)
    #expect(same.difference?.value == 0)
    #expect(same.verdict == .noWorse)
  }

  @Test func `resampled quantiles are those of sorted samples`() throws {
    // The obvious slow way: draw, sort, take the rank.
    let values = (0..<37).map { Double(($0 * 17) % 37) }
    let metric = try #require(ComparisonMetric("p50"))
    let row = Comparison([
      (metric, values.map { ComparisonSample($0) }, values.map { ComparisonSample($0) })
    ])
    let difference = try #require(row.rows.first?.difference)
    var random = RandomStream(seed: 77)
    var slow: [Double] = []
    for _ in 0..<2_000 {
      func median() -> Double {
        values.map { _ in values[Int.random(in: 0..<37, using: &random)] }.sorted()[18]
      }
      slow.append(median() - median())
    }
    slow.sort()
    #expect(abs(difference.low - slow[50]) <= 3)
    #expect(abs(difference.high - slow[1_949]) <= 3)
  }

  @Test(arguments: ["latency", "score:", "score::lower", "p99", ""])
  func `what is no metric is none`(_ name: String) {
    #expect(ComparisonMetric(name) == nil)
  }
}

struct AgreementTests {
  @Test func `agreement, kappa and bias are those of a known table`() throws {
    // Humans and judge say yes 20 times together, no 15 times; 5 and 10 times they differ.
    var pairs: [(human: ScoreValue, judge: ScoreValue)] = []
    for (human, judge, count) in [
      (true, true, 20), (true, false, 5), (false, true, 10), (false, false, 15),
    ] {
      pairs += repeatElement((.boolean(human), .boolean(judge)), count: count)
    }
    let agreement = try #require(Agreement(pairs))
    #expect(agreement.agreement == 0.7)
    #expect(abs((agreement.kappa ?? 0) - 0.4) < 1e-9)
    #expect(abs((agreement.weightedKappa ?? 0) - 0.4) < 1e-9)
    #expect(abs((agreement.bias ?? 0) - 0.1) < 1e-9)
    #expect(agreement.answers == ["0", "1"])
    #expect(agreement.confusion.map(\.count) == [15, 10, 5, 20])
  }

  @Test func `near misses weigh less on a scale`() throws {
    let near: [(human: ScoreValue, judge: ScoreValue)] = [
      (.number(1), .number(2)), (.number(2), .number(3)), (.number(3), .number(4)),
      (.number(4), .number(5)), (.number(5), .number(5)),
    ]
    let agreement = try #require(Agreement(near))
    #expect(agreement.agreement == 0.2)
    // Seen 0.8; by chance 11 + 15.8 − 2 · 3 · 3.8 = 4.
    #expect(abs((agreement.weightedKappa ?? 0) - 0.8) < 1e-9)
    #expect(abs((agreement.bias ?? 0) - 0.8) < 1e-9)
    #expect(abs((agreement.meanError ?? 0) - 0.8) < 1e-9)
  }

  @Test func `categories have no scale, and chance that is certain has no kappa`() throws {
    let words = try #require(
      Agreement([
        (.category("good"), .category("good")), (.category("bad"), .category("good")),
      ]))
    #expect(words.weightedKappa == nil && words.bias == nil)
    #expect(words.kappa == 0)
    let same = try #require(Agreement([(.boolean(true), .boolean(true))]))
    #expect(same.kappa == nil && same.agreement == 1)
    #expect(Agreement([]) == nil)
  }
}

/// The chance of so bad a difference, against what can be said in other ways.
struct PermutationTests {
  private static func p(
    _ name: String, _ a: [Double], _ b: [Double], isPaired: Bool = false
  ) throws -> Double {
    let metric = try #require(ComparisonMetric(name))
    func samples(_ values: [Double]) -> [ComparisonSample] {
      values.enumerated().map { ComparisonSample($1, item: isPaired ? "\($0)" : nil) }
    }
    let row = Comparison([(metric, samples(a), samples(b))]).rows.first
    return try #require(row?.difference?.p)
  }

  @Test(arguments: [(30, 3, 40, 11), (50, 5, 20, 2), (25, 0, 25, 4), (20, 20, 20, 20)])
  func `of rates it is what the hypergeometric distribution says`(
    _ countA: Int, _ errorsA: Int, _ countB: Int, _ errorsB: Int
  ) throws {
    func rates(_ count: Int, _ errors: Int) -> [Double] { (0..<count).map { $0 < errors ? 1 : 0 } }
    let p = try Self.p("error_rate", rates(countA, errorsA), rates(countB, errorsB))
    func choose(_ n: Int, _ k: Int) -> Double {
      k < 0 || k > n ? 0 : (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
    }
    let errors = errorsA + errorsB
    let exact = (errorsB...max(errorsB, min(errors, countB))).reduce(0.0) {
      $0 + choose(countB, $1) * choose(countA, errors - $1) / choose(countA + countB, errors)
    }
    #expect(abs(p - exact) < 4 * (exact * (1 - exact) / 2_000).squareRoot() + 0.001)
  }

  @Test(arguments: ["p50", "p95"])
  func `of quantiles it is what shuffling and sorting says`(_ name: String) throws {
    var random = RandomStream(seed: 12)
    let a = (0..<70).map { _ in Double.random(in: 0..<100, using: &random) }
    let b = (0..<64).map { _ in Double.random(in: 4..<103, using: &random) }
    let share = name == "p50" ? 0.5 : 0.95
    func quantile(_ values: some Collection<Double>) -> Double {
      values.sorted()[Int((share * Double(values.count)).rounded(.up)) - 1]
    }
    let seen = quantile(b) - quantile(a)
    let bad = (0..<2_000).count { _ in
      let all = (a + b).shuffled(using: &random)
      return quantile(all[70...]) - quantile(all[..<70]) >= seen
    }
    #expect(abs(try Self.p(name, a, b) - Double(bad) / 2_000) < 0.05)
    let paired = Array(a.prefix(64))
    let badPairs = (0..<2_000).count { _ in
      var (left, right) = (paired, b)
      for index in left.indices where Bool.random(using: &random) {
        (left[index], right[index]) = (right[index], left[index])
      }
      return quantile(right) - quantile(left) >= quantile(b) - quantile(paired)
    }
    let p = try Self.p(name, paired, b, isPaired: true)
    #expect(abs(p - Double(badPairs) / 2_000) < 0.05)
  }

  @Test func `arms without spread are told apart, and equal ones are not`() throws {
    let (low, high) = (
      [Double](repeating: 1, count: 60), [Double](repeating: 2, count: 60)
    )
    for name in ["cost", "p50", "p95"] {
      #expect(try Self.p(name, low, high) < 0.001)
      #expect(try Self.p(name, low, low) == 1)
      #expect(try Self.p(name, high, low) > 0.9)
      #expect(try Self.p(name, low, high, isPaired: true) < 0.001)
      #expect(try Self.p(name, low, low, isPaired: true) == 1)
    }
  }
}
