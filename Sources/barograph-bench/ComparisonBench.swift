internal import LinuxIO
internal import Quality

/// How often a comparison errs, and what a large one costs, one thread.
enum ComparisonBench {
  static func run(smoke: Bool) {
    let rounds = smoke ? 4 : 200
    let metrics = [
      "cost", "p50", "p95", "ttft", "error_rate", "tokens", "score:helpful", "score:toxic:lower",
    ].compactMap { ComparisonMetric($0) }
    let alarms = (0..<rounds).count { round in
      var random = RandomStream(seed: UInt64(round) &+ 40_000)
      let samples = metrics.map { metric in
        (
          metric: metric, a: values(metric, 100, shift: 0, &random),
          b: values(metric, 100, shift: 0, &random)
        )
      }
      return Comparison(samples, settings: settings(round)).verdict == .regressed
    }
    print("comparison: \(alarms) false alarms in \(rounds) of equal arms, 8 metrics, n=100")
    for metric in metrics {
      let found = [100, 800].map { count in
        (0..<rounds / 2).count { round in
          var random = RandomStream(seed: UInt64(round) &+ 60_000)
          let a = values(metric, count, shift: 0, &random)
          let b = values(metric, count, shift: 1, &random)
          return Comparison([(metric, a, b)], settings: settings(round)).verdict == .regressed
        }
      }
      print(
        "comparison \(metric): worse by one deviation, seen in \(found[0]) of \(rounds / 2) at "
          + "n=100, in \(found[1]) at n=800")
    }
    var random = RandomStream(seed: 1)
    let large = metrics.map { metric in
      (
        metric: metric, a: values(metric, 10_000, shift: 0, &random),
        b: values(metric, 10_000, shift: 0, &random)
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

  /// Values with a deviation of about 1; times and money are skewed, errors are a rate of 0.1.
  private static func values(
    _ metric: ComparisonMetric, _ count: Int, shift: Double, _ random: inout RandomStream
  ) -> [ComparisonSample] {
    let sign = metric.isLowerBetter ? 1.0 : -1.0
    return (0..<count).map { _ in
      let draw = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
      switch metric.source {
      case "error":
        let chance = Double.random(in: 0..<1, using: &random)
        return ComparisonSample(chance < 0.1 + 0.3 * shift ? 1 : 0)
      case "latency", "ttft", "cost":
        return ComparisonSample(3 + draw + 0.3 * draw * draw + sign * shift)
      default: return ComparisonSample(10 + draw + sign * shift)
      }
    }
  }
}
