internal import Glibc

/// The series of one flow of the market.
struct StudyFlow {
  private let flow: StudyMarket.Flow
  private let place: Int
  private let changes: [StudyMarket.Change]
  private var totals: [String: [Double]] = [:]
  /// How the flow's traffic wanders beside its rhythm, as a logarithm.
  private var wander = 0.0

  private init(_ place: Int, _ changes: [StudyMarket.Change]) {
    (self.place, self.changes) = (place, changes)
    flow = StudyMarket.flows[place]
  }

  static func append(
    _ place: Int, _ changes: [StudyMarket.Change], to month: inout StudyMonth,
    _ random: inout StudyNumbers
  ) {
    var maker = Self(place, changes)
    let series = maker.series(month, &random)
    month.series += series
  }

  /// What is counted in one step.
  private struct Counts {
    var calls = 0.0
    var limited = 0.0
    var timeouts = 0.0
    var broken = 0.0
    var invalid = 0.0
    var seconds = 0.0
    var firstToken = 0.0
    var input = 0.0
    var output = 0.0
    var cost = 0.0
    var retries = 0.0
    var tools = [0.0, 0, 0]
    var agents = 0.0
    var score = 0.0
    var scored = 0.0

    var errors: Double { limited + timeouts + broken + invalid }
  }

  private mutating func series(
    _ month: StudyMonth, _ random: inout StudyNumbers
  ) -> [StudySeries] {
    var sums: [[Double]] = Array(
      repeating: [], count: Self.columns.count + StudyMarket.tools.count + 3)
    for index in sums.indices { sums[index].reserveCapacity(month.count) }
    var running = Array(repeating: 0.0, count: sums.count)
    for step in 0..<month.count {
      let counts = counts(step, month, &random)
      let values =
        Self.columns.map { $0.value(counts) } + counts.tools
        + [counts.agents, counts.score, counts.scored]
      for index in values.indices {
        running[index] += values[index]
        sums[index].append(running[index])
      }
    }
    var series: [StudySeries] = []
    for (column, values) in zip(Self.columns, sums) {
      var labels = column.isPlain ? Array(flow.labels.prefix(3)) : flow.labels
      if let word = column.word { labels.append(word) }
      series.append(StudySeries(name: column.name, labels: labels, values: values))
    }
    let rest = Array(sums[Self.columns.count...])
    if flow.service == "agent", place == 4 { series += spans(rest) }
    if let score = StudyMarket.scores.first(where: { $0.flow == place }) {
      let labels = [
        (name: "name", value: score.name), ("evaluator", "judge"), ("model", flow.model),
      ]
      series.append(StudySeries(name: "eval_score_sum", labels: labels, values: rest[4]))
      series.append(StudySeries(name: "eval_score_count", labels: labels, values: rest[5]))
    }
    return series
  }

  private func spans(_ values: [[Double]]) -> [StudySeries] {
    let kinds = StudyMarket.tools.map { ("tool", $0) } + [("agent", "planner")]
    return zip(kinds, values).map { kind, values in
      StudySeries(
        name: "spans_total",
        labels: [("service", "agent"), ("kind", kind.0), ("name", kind.1), ("status", "ok")],
        values: values)
    }
  }
}

// MARK: One step
extension StudyFlow {
  private mutating func counts(
    _ step: Int, _ month: StudyMonth, _ random: inout StudyNumbers
  ) -> Counts {
    wander = wander * 0.985 + 0.02 * random.normal()
    var (calls, cost, tokens, latency, score) = (1.0, 1.0, 1.0, 1.0, 1.0)
    var (limited, broken) = (flow.errors * 0.2, flow.errors * 0.3)
    var tools = [1.0, 1.0, 1.0]
    for change in changes where change.range.contains(step) {
      let share =
        change.ramp == 0 ? 1 : min(1, Double(step - change.range.lowerBound) / Double(change.ramp))
      calls *= 1 + (change.calls - 1) * share
      cost *= 1 + (change.cost - 1) * share
      tokens *= 1 + (change.tokens - 1) * share
      latency *= 1 + (change.latency - 1) * share
      score *= change.score
      limited = max(limited, change.limited)
      broken = max(broken, change.broken)
      if let tool = change.tool { tools[tool] *= change.tools }
    }
    let rhythm = StudyMarket.rhythm(step, month)
    var counts = Counts()
    let mean = flow.rate / 2 * rhythm * exp(wander)
    counts.calls = random.count(mean * calls)
    // Calls are somewhat slower and longer at noon.
    let load = 0.9 + 0.15 * rhythm
    counts.seconds = flow.seconds * latency * load * random.sum(counts.calls)
    counts.limited = min(counts.calls, random.count(counts.calls * limited))
    counts.broken = min(counts.calls - counts.limited, random.count(counts.calls * broken))
    let left = counts.calls - counts.limited - counts.broken
    counts.timeouts = min(left, random.count(left * flow.errors * 0.2))
    counts.invalid = min(left - counts.timeouts, random.count(left * flow.errors * 0.3))
    let good = counts.calls - counts.errors
    counts.firstToken = flow.firstToken * latency * load * random.sum(good)
    let size = random.sum(good, spread: 0.8)
    counts.input = (flow.input * tokens * size).rounded()
    counts.output = (flow.output * tokens * random.sum(good, spread: 0.8)).rounded()
    counts.cost = flow.cost * cost * size
    counts.retries = random.count((counts.limited + counts.broken) * 0.7)
    let agents = mean * calls
    for tool in tools.indices { counts.tools[tool] = random.count(agents * 0.7 * tools[tool]) }
    counts.agents = random.count(mean * 0.25)
    if let rule = StudyMarket.scores.first(where: { $0.flow == place }) {
      counts.scored = random.count(good * rule.share)
      let mean = rule.mean * score
      let sum = (0..<Int(counts.scored)).reduce(0.0) { sum, _ in
        sum + min(max(mean + 0.18 * rule.top * random.normal(), 0), rule.top)
      }
      counts.score = sum
    }
    return counts
  }

  private struct Column: Sendable {
    let name: String
    var word: (name: String, value: String)?
    /// Without the label `operation`.
    var isPlain = false
    let value: @Sendable (Counts) -> Double
  }

  private static let columns = [
    Column(name: "llm_requests_total", word: ("status", "ok")) { $0.calls - $0.errors },
    Column(name: "llm_requests_total", word: ("status", "error")) { $0.errors },
    Column(name: "llm_errors_total", word: ("error_type", "rate_limit")) { $0.limited },
    Column(name: "llm_errors_total", word: ("error_type", "timeout")) { $0.timeouts },
    Column(name: "llm_errors_total", word: ("error_type", "server")) { $0.broken },
    Column(name: "llm_errors_total", word: ("error_type", "invalid_request")) { $0.invalid },
    Column(name: "llm_tokens_total", word: ("type", "input")) { $0.input },
    Column(name: "llm_tokens_total", word: ("type", "output")) { $0.output },
    Column(name: "llm_cost_usd_total") { $0.cost },
    Column(name: "llm_unpriced_tokens_total") { _ in 0 },
    Column(name: "llm_calls_without_usage_total") { _ in 0 },
    Column(name: "llm_request_duration_seconds_sum") { $0.seconds },
    Column(name: "llm_request_duration_seconds_count") { $0.calls },
    Column(name: "llm_time_to_first_token_seconds_sum") { $0.firstToken },
    Column(name: "llm_time_to_first_token_seconds_count") { $0.calls - $0.errors },
    Column(name: "llm_retries_total", isPlain: true) { $0.retries },
  ]
}
