internal import Alerts
internal import History
internal import LinuxIO
internal import PromQL
internal import Timeline

/// Rules: a month evaluated again, and many evaluated all the time.
enum AlertBench {
  static func run(smoke: Bool) throws(Errno) {
    replay(smoke: smoke)
    try TimelineBench.run(smoke: smoke, onlyRules: true)
  }

  private static let services = 10

  /// A hundred rules over a month of ten services, at every minute.
  private static func replay(smoke: Bool) {
    let month = traffic(days: smoke ? 1 : 30)
    let texts = (0..<100).map { place in
      let (service, bound) = ("s\(place % services)", 0.02 + 0.001 * Double(place / services))
      return switch place % 5 {
      case 0:
        "- {alert: A\(place), expr: 'sum by (service) (rate(llm_errors_total{service="
          + "\"\(service)\"}[5m])) "
          + "/ sum by (service) (rate(llm_requests_total{service=\"\(service)\"}[5m])) > "
          + "\(bound)', for: 2m}"
      case 1:
        "- {alert: A\(place), expr: 'sum by (model) (increase(llm_cost_usd_total{service="
          + "\"\(service)\"}[1h])) > 1000'}"
      case 2:
        "- {record: 'r:\(place)', expr: 'sum by (service) (rate(llm_tokens_total{service="
          + "\"\(service)\"}[5m]))'}"
      case 3:
        "- {anomaly: A\(place), expr: 'sum by (model) (rate(llm_requests_total{service="
          + "\"\(service)\"}[5m]))', train: 6h}"
      default:
        "- {alert: A\(place), expr: 'rate(llm_request_duration_seconds_sum{service="
          + "\"\(service)\"}[5m]) / rate(llm_request_duration_seconds_count[5m]) > 9', for: 5m}"
      }
    }
    guard let group = group(texts) else { return }
    var replay = RuleReplay(
      [.init(group, interval: 60_000)], of: StudySource(month), settings: EvaluationSettings())
    var (steps, firing, failures) = (0, 0, 0)
    let before = Clock.threadCPU
    replay.run(from: month.start, through: month.start + Int64(month.count - 1) * month.step) {
      _, _, evaluation in
      steps += 1
      firing += evaluation.activeAlerts.count
      failures += evaluation.failures.count { $0 != nil }
      return true
    }
    let seconds = Double(Clock.threadCPU - before) / 1e9
    print(
      "alerts: replay of \(steps) evaluations of 100 rules over \(month.series.count) series: "
        + "\((seconds * 100).rounded() / 100) s of CPU; \(firing) alerts seen, \(failures) failures"
    )
  }

  /// A thousand rules in one and in ten groups over a store, evaluated together as the engine does.
  static func live(_ timeline: SeriesTimeline, now: Int64, smoke: Bool) {
    let texts = (0..<1_000).map { number in
      let selector = "{provider=\"busy\", model=\"model-\(number % 200)\"}"
      return
        "- {alert: A\(number), expr: 'sum by (service) (rate(llm_errors_total\(selector)[5m])) "
        + "/ sum by (service) (rate(llm_requests_total\(selector)[5m])) > 0.\(10 + number / 200)', "
        + "for: 1m}"
    }
    for count in [1, 10] {
      let size = 1_000 / count
      let groups = stride(from: 0, to: 1_000, by: size).compactMap { first in
        group(Array(texts[first..<first + size])).map { GroupEvaluation($0) }
      }
      evaluate(groups, timeline, now: now, smoke: smoke)
    }
  }

  private static func evaluate(
    _ groups: [GroupEvaluation], _ timeline: SeriesTimeline, now: Int64, smoke: Bool
  ) {
    var groups = groups
    var failures = 0
    let rounds = smoke ? 1 : 10
    let before = Clock.threadCPU
    for _ in 0..<rounds {
      var overlay = RuleOverlay(timeline.source(.all, limits: QueryLimits()))
      for index in groups.indices {
        groups[index].evaluate(at: now, in: &overlay, settings: EvaluationSettings())
        failures += groups[index].failures.count { $0 != nil }
      }
    }
    let milliseconds = Double(Clock.threadCPU - before) / 1e6 / Double(rounds)
    print(
      "alerts: 1,000 rules in \(groups.count) groups over a store: "
        + "\((milliseconds * 10).rounded() / 10) ms, "
        + "\((milliseconds / 5).rounded() / 10) % of a core each 5 s; \(failures) failures")
  }

  private static func group(_ rules: [String]) -> RuleGroup? {
    let text =
      "groups:\n  - name: bench\n    interval: 1m\n    rules:\n"
      + rules.map { "      \($0)\n" }.joined()
    let (file, problems) = RuleFileReader.read(Array(text.utf8), path: "bench")
    for problem in problems { print("alerts: \(problem)") }
    return file.groups.first
  }

  private static func traffic(days: Int) -> StudyMonth {
    var random = StudyNumbers(1)
    var month = StudyMonth(start: 20_500 * 86_400_000, step: 60_000, count: days * 1_440)
    for service in 0..<services {
      for model in ["a", "b"] {
        for (name, mean) in [
          ("llm_requests_total", 100.0), ("llm_errors_total", 1), ("llm_cost_usd_total", 3),
          ("llm_tokens_total", 9e4), ("llm_request_duration_seconds_sum", 150),
          ("llm_request_duration_seconds_count", 100),
        ] {
          var total = 0.0
          let values = (0..<month.count).map { _ in
            total += random.count(mean)
            return total
          }
          month.series.append(
            StudySeries(
              name: name, labels: [("service", "s\(service)"), ("model", model)], values: values))
        }
      }
    }
    return month
  }
}
