internal import LinuxIO
internal import Quality

/// How often a comparison errs, and what a large one costs, one thread.
enum ComparisonBench {
  private static let metrics = [
    "cost", "p50", "p95", "ttft", "error_rate", "tokens", "score:helpful", "score:toxic:lower",
  ].compactMap { ComparisonMetric($0) }

  static func run(smoke: Bool) {
    let rounds = smoke ? 4 : 200
    for isPaired in [false, true] {
      let alarms = (0..<rounds).count { alarm(40_000 + $0, isPaired: isPaired) }
      print(
        "comparison: \(alarms) false alarms in \(rounds) of equal arms, 8 metrics, n=100"
          + (isPaired ? ", paired" : ""))
    }
    for metric in metrics {
      for count in metric.description == "p95" ? [100, 200, 300, 400] : [100] {
        let found = [false, true].map { isPaired in
          (0..<rounds).count { isFound(metric, count, 60_000 + $0, isPaired: isPaired) }
        }
        print(
          "comparison \(metric): worse by one deviation, n=\(count), seen in \(found[0]) of"
            + " \(rounds), in \(found[1]) of pairs")
      }
    }
    measure()
  }

  /// Whether arms of the same distribution are told apart by any of all metrics.
  private static func alarm(_ seed: Int, isPaired: Bool) -> Bool {
    var random = RandomStream(seed: UInt64(seed))
    let items = isPaired ? items(100, &random) : nil
    let samples = metrics.map { metric in
      (
        metric: metric, a: values(metric, 100, shift: 0, items, &random),
        b: values(metric, 100, shift: 0, items, &random)
      )
    }
    return Comparison(samples, settings: settings(seed)).verdict == .regressed
  }

  private static func isFound(
    _ metric: ComparisonMetric, _ count: Int, _ seed: Int, isPaired: Bool
  ) -> Bool {
    var random = RandomStream(seed: UInt64(seed))
    let items = isPaired ? items(count, &random) : nil
    let a = values(metric, count, shift: 0, items, &random)
    let b = values(metric, count, shift: 1, items, &random)
    return Comparison([(metric, a, b)], settings: settings(seed)).verdict == .regressed
  }

  private static func measure() {
    var random = RandomStream(seed: 1)
    let large = metrics.map { metric in
      (
        metric: metric, a: values(metric, 10_000, shift: 0, nil, &random),
        b: values(metric, 10_000, shift: 0, nil, &random)
      )
    }
    let before = Clock.threadCPU
    let comparison = Comparison(large)
    let spent = (Clock.threadCPU - before) / 1_000_000
    print("comparison: 8 metrics of 10,000 values an arm in \(spent) ms, \(comparison.verdict)")
  }

  private static func settings(_ seed: Int) -> ComparisonSettings {
    var settings = ComparisonSettings()
    settings.seed = UInt64(seed)
    return settings
  }

  private static func normal(_ random: inout RandomStream) -> Double {
    (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
  }

  /// What makes items hard.
  private static func items(_ count: Int, _ random: inout RandomStream) -> [Double] {
    (0..<count).map { _ in normal(&random) }
  }

  /// Values with a deviation of about 1; times and money are skewed, errors are a rate of 0.1. Of
  /// pairs two thirds of what varies is the item's.
  private static func values(
    _ metric: ComparisonMetric, _ count: Int, shift: Double, _ items: [Double]?,
    _ random: inout RandomStream
  ) -> [ComparisonSample] {
    let sign = metric.isLowerBetter ? 1.0 : -1.0
    return (0..<count).map { index in
      let own = normal(&random)
      let draw = items.map { 0.8 * $0[index] + 0.6 * own } ?? own
      let item = items.map { _ in "\(index)" }
      switch metric.source {
      case "error":
        let chance = Double.random(in: 0..<1, using: &random)
        return ComparisonSample(chance < 0.1 + 0.3 * shift ? 1 : 0, item: item)
      case "latency", "ttft", "cost":
        return ComparisonSample(3 + draw + 0.3 * draw * draw + sign * shift, item: item)
      default: return ComparisonSample(10 + draw + sign * shift, item: item)
      }
    }
  }
}
