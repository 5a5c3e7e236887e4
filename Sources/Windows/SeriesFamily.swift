package import Telemetry

/// A family of metrics made of the counters of events: its name and labels, where its values stand
/// in the totals, and where in what history counted. The one table behind every page and query.
package struct SeriesFamily: Sendable {
  /// What Prometheus calls it.
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// Where its values stand in a `SeriesTable`.
  package enum Place: Equatable, Sendable {
    /// Counters, one a word, from this one on.
    case counters(Int)
    /// Sums of 128 bits, one a word, from this one on.
    case amounts(Int)
    /// What the sum holds too much, with the opposite sign.
    case owed(Int)
    /// A histogram, with the bounds it is shown by.
    case histogram(Int, HistogramBounds)
  }

  /// What history counted of it.
  package enum History: Sendable {
    case none
    /// One field, or one a word; nil for a word that history does not know.
    case fields([WindowField?])
    /// One field, told apart by words, which are values of a label of groups; groups without it
    /// count under the word at `absent`.
    case label(String, absent: Int?, WindowField)
    /// A histogram and the sum of its values, times `factor` what the total's sum is.
    case histogram(Rollup.Histogram, sum: WindowField, factor: Int64)
  }

  /// The name before any suffix, what kind of metric it is, what it says in words, and whose series
  /// it is made of.
  package let name: String
  package let kind: Kind
  package let help: String
  package let group: SeriesGroup
  package let place: Place
  /// Labels of the group that it keeps, from the first on; series that differ in others are one.
  package let keptLabels: Int
  /// One more label; nil where there is none.
  package let word: (label: String, values: [String])?
  /// Values are of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ.
  package let decimals: Int
  /// Whether a series is there before anything was counted in it.
  package let keepsZeros: Bool
  package let history: History

  fileprivate init(
    _ name: String, _ kind: Kind = .counter, _ help: String, _ group: SeriesGroup, _ place: Place,
    keptLabels: Int? = nil, word: (label: String, values: [String])? = nil, decimals: Int,
    keepsZeros: Bool = false, _ history: History
  ) {
    (self.name, self.kind, self.help) = (name, kind, help)
    (self.group, self.place, self.word) = (group, place, word)
    self.keptLabels = keptLabels ?? group.labels.count
    (self.decimals, self.keepsZeros, self.history) = (decimals, keepsZeros, history)
  }

  /// The type of records that it counts.
  package var type: EventType {
    if case .counters(let first) = place, group == .service, first == ServiceCounter.logs {
      return .log
    }
    return switch group {
    case .call, .service, .tenant, .prompt: .llm
    case .span: .span
    case .score, .scoreValue: .score
    }
  }

  /// The names of its labels: those of the group that it keeps, and the word's.
  package var labels: [String] {
    Array(group.labels.prefix(keptLabels)) + (word.map { [$0.label] } ?? [])
  }

  /// The names by which history tells its groups apart, in the order of the group's labels.
  package var historyLabels: [String] {
    group.dimensions.map(\.name) + (group == .scoreValue ? [RollupNaming.valueLabel] : [])
  }
}

/// The upper bounds that histograms are shown by: powers of two, so that buckets of schema 5 add up
/// to them exactly.
package struct HistogramBounds: Equatable, Sendable {
  /// The exponents of the first bound and the last.
  package let lowest: Int
  package let highest: Int

  /// From a millisecond to an hour and more.
  package static let durations = HistogramBounds(lowest: -10, highest: 12)
  /// From a hundredth and some to beyond a hundred.
  package static let scores = HistogramBounds(lowest: -6, highest: 7)

  /// The bounds as the label `le` shows them, `+Inf` last.
  package var texts: [String] {
    (lowest...highest).map { "\(Double(sign: .plus, exponent: $0, significand: 1))" } + ["+Inf"]
  }

  /// The place in `texts` of the lowest bound that holds a bucket of `ExponentialScale`.
  @inline(__always)
  package func place(ofBucket bucket: Int) -> Int {
    place(ofDoubling: SeriesHistogram.doubling(ofBucket: bucket))
  }

  /// The place in `texts` of the lowest bound that holds a doubling of `SeriesHistogram`.
  @inline(__always)
  package func place(ofDoubling doubling: Int) -> Int {
    min(max(doubling, lowest), highest + 1) - lowest
  }
}

extension SeriesFamily {
  private static let tokens = (label: "type", values: TokenLeaves.words)
  private static let statuses = (label: "status", values: Status.allCases.map(\.text))
  private static let tokenFields: [WindowField?] = [
    .input, .cacheRead, .cacheWrite, .cacheWrite1h, .audioInput, .imageInput, .output, .reasoning,
    .audioOutput,
  ]
  private static let latency = History.histogram(.latency, sum: .latencySum, factor: 1)
  private static let money = 12

  /// All families, in the order of pages.
  package static let all: [SeriesFamily] = calls + [cacheRequests, cacheSaved] + others

  private static let calls: [SeriesFamily] = [
    SeriesFamily(
      "llm_requests_total", .counter, "Finished calls, errors included.", .call,
      .counters(CallCounter.requests), word: statuses, decimals: 6, keepsZeros: true,
      .label(RollupNaming.statusLabel, absent: nil, .finished)),
    SeriesFamily(
      "llm_errors_total", .counter, "Calls that failed.", .call, .counters(CallCounter.errors),
      word: ("error_type", ErrorType.allCases.map(\.text)), decimals: 6,
      .label("error_type", absent: ErrorType.allCases.firstIndex(of: .other), .errors)),
    SeriesFamily(
      "llm_tokens_total", .counter, "Tokens by disjoint type.", .call,
      .counters(CallCounter.tokens), word: tokens, decimals: 0, .fields(tokenFields)),
    SeriesFamily(
      "llm_cost_usd_total", .counter, "Cost of calls.", .call, .amounts(CallAmount.cost),
      decimals: money, keepsZeros: true, .fields([.cost])),
    SeriesFamily(
      "llm_unpriced_tokens_total", .counter, "Tokens of calls whose cost is not known.", .call,
      .counters(CallCounter.unpriced), decimals: 0, keepsZeros: true, .fields([.unpricedTokens])),
    SeriesFamily(
      "llm_calls_without_usage_total", .counter, "Calls that went well and told no usage.", .call,
      .counters(CallCounter.withoutUsage), decimals: 6, keepsZeros: true, .fields([.lacksUsage])),
    SeriesFamily(
      "llm_request_duration_seconds", .histogram, "How long calls took.", .call,
      .histogram(0, .durations), decimals: 9, latency),
    SeriesFamily(
      "llm_time_to_first_token_seconds", .histogram, "Time to the first token.", .call,
      .histogram(1, .durations), decimals: 9,
      .histogram(.firstToken, sum: .firstTokenSum, factor: 1)),
    SeriesFamily(
      "llm_cost_adjustment_usd", .gauge, "What to add to the cost counted so far.", .call,
      .owed(CallAmount.cost), decimals: money, keepsZeros: true, .none),
    SeriesFamily(
      "llm_retries_total", .counter, "Calls that were not a first try.", .call,
      .counters(CallCounter.retries), keptLabels: 3, decimals: 6, keepsZeros: true,
      .fields([.laterAttempts])),
    SeriesFamily(
      "llm_wait_seconds_total", .counter, "Time waited before calls were sent.", .call,
      .amounts(CallAmount.waits), keptLabels: 3, word: ("reason", CallAmount.waitReasons),
      decimals: 9, .fields([.retryWait, .gateWait, .queueWait, .poolWait])),
  ]

  private static let cacheRequests = SeriesFamily(
    "llm_cache_requests_total", .counter, "Calls by how the application's cache served them.",
    .service, .counters(ServiceCounter.cache),
    word: ("result", CacheResult.allCases.map(\.text)), decimals: 6,
    .fields([.cacheHits, .cacheMisses, nil, nil, nil]))
  private static let cacheSaved = SeriesFamily(
    "llm_cache_saved_usd_total", .counter,
    "What answers of the application's cache would have cost.", .service, .amounts(0),
    decimals: money, .none)

  private static let others: [SeriesFamily] = [
    SeriesFamily(
      "llm_tenant_requests_total", .counter, "Finished calls by tenant.", .tenant,
      .counters(TenantCounter.requests), decimals: 6, keepsZeros: true, .fields([.finished])),
    SeriesFamily(
      "llm_tenant_tokens_total", .counter, "Tokens by tenant and disjoint type.", .tenant,
      .counters(TenantCounter.tokens), word: tokens, decimals: 0, .fields(tokenFields)),
    SeriesFamily(
      "llm_tenant_unpriced_tokens_total", .counter,
      "Tokens of calls whose cost is not known, by tenant.", .tenant,
      .counters(TenantCounter.unpriced), decimals: 0, keepsZeros: true,
      .fields([.unpricedTokens])),
    SeriesFamily(
      "llm_tenant_cost_usd_total", .counter, "Cost of calls by tenant.", .tenant, .amounts(0),
      decimals: money, keepsZeros: true, .fields([.cost])),
    SeriesFamily(
      "llm_prompt_requests_total", .counter, "Finished calls by prompt.", .prompt, .counters(0),
      decimals: 6, keepsZeros: true, .fields([.finished])),
    SeriesFamily(
      "llm_prompt_cost_usd_total", .counter, "Cost of calls by prompt.", .prompt, .amounts(0),
      decimals: money, keepsZeros: true, .fields([.cost])),
    SeriesFamily(
      "llm_prompt_duration_seconds", .histogram, "How long calls took, by prompt.", .prompt,
      .histogram(0, .durations), decimals: 9, latency),
    SeriesFamily(
      "spans_total", .counter, "Finished spans that are no calls.", .span, .counters(0),
      word: statuses, decimals: 6, keepsZeros: true,
      .label(RollupNaming.statusLabel, absent: nil, .finished)),
    SeriesFamily(
      "span_duration_seconds", .histogram, "How long spans took.", .span,
      .histogram(0, .durations), decimals: 9, latency),
    SeriesFamily(
      "log_records_total", .counter, "Log records.", .service, .counters(ServiceCounter.logs),
      word: ("level", Level.allCases.map(\.text) + [""]), decimals: 6,
      .label(RollupNaming.levelLabel, absent: Level.allCases.count, .finished)),
    SeriesFamily(
      "eval_scores_total", .counter, "Scores that are a boolean or a category, by value.",
      .scoreValue, .counters(0), decimals: 6, keepsZeros: true, .fields([.scores])),
    SeriesFamily(
      "eval_score", .histogram, "Scores that are a number; booleans count as 0 and 1.", .score,
      .histogram(0, .scores), decimals: 9,
      .histogram(.latency, sum: .scoreSum, factor: 1_000)),
  ]
}
