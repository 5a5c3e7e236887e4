internal import Telemetry

/// The counters that only ever rise, in series by labels: exact with each commit, since the thread
/// that commits adds to them. A plain value: a copy is a consistent picture of all of them.
///
/// A call adds to four series, some 30 numbers: about 100 ns once `SeriesSlots` are known.
package struct SeriesTotals: Sendable {
  package private(set) var calls: SeriesTable
  package private(set) var services: SeriesTable
  package private(set) var tenants: SeriesTable
  package private(set) var prompts: SeriesTable
  package private(set) var spans: SeriesTable
  package private(set) var scores: SeriesTable
  package private(set) var scoreValues: SeriesTable

  /// No series, and room for `limit` in each group.
  package init(limit: Int = SeriesTable.defaultLimit) {
    calls = SeriesTable(.call, limit: limit)
    services = SeriesTable(.service, limit: limit)
    tenants = SeriesTable(.tenant, limit: limit)
    prompts = SeriesTable(.prompt, limit: limit)
    spans = SeriesTable(.span, limit: limit)
    scores = SeriesTable(.score, limit: limit)
    scoreValues = SeriesTable(.scoreValue, limit: limit)
  }

  /// The table of a group.
  package subscript(group: SeriesGroup) -> SeriesTable {
    get {
      switch group {
      case .call: calls
      case .service: services
      case .tenant: tenants
      case .prompt: prompts
      case .span: spans
      case .score: scores
      case .scoreValue: scoreValues
      }
    }
    _modify {
      switch group {
      case .call: yield &calls
      case .service: yield &services
      case .tenant: yield &tenants
      case .prompt: yield &prompts
      case .span: yield &spans
      case .score: yield &scores
      case .scoreValue: yield &scoreValues
      }
    }
  }

  /// What is known of the trace of an event, for exemplars.
  package struct Trace: Sendable {
    package let high: UInt64
    package let low: UInt64
    /// When it was seen, in ns since 1970.
    package let time: Int64

    /// A trace; all zero is none.
    package init(high: UInt64, low: UInt64, time: Int64) {
      self.high = high
      self.low = low
      self.time = time
    }
  }

  /// Adds `count` to its series, or takes it back exactly.
  package mutating func apply(
    _ count: borrowing SeriesCount, to slots: SeriesSlots, takingBack: Bool = false,
    trace: Trace? = nil
  ) {
    let sign: Int64 = takingBack ? -1 : 1
    switch count.kind {
    case .call:
      applyCall(count, slots, sign, trace)
      if count.cache != nil { applyCache(count, slots, sign) }
    case .cacheAnswer: applyCache(count, slots, sign)
    case .usage: applyUsage(count, slots, sign)
    case .span: applySpan(count, slots, sign, trace)
    case .log:
      let level = count.level.map { Int($0.rawValue) } ?? Level.allCases.count
      services.touch(slots.service)
      services.add(
        sign &* count.weight, series: slots.service, counter: ServiceCounter.logs + level)
    }
  }

  /// Counts a score under its labels: a number in the histogram, a boolean or a category, as
  /// `word`, by its value.
  package mutating func addScore(
    labels: [[UInt8]?], value: Double?, word: [UInt8]?, weight: Int64, trace: Trace? = nil
  ) {
    if let value {
      let series = scores.series(labels)
      let billionths = Int64((min(max(value, -9e9), 9e9) * 1e9).rounded())
      let times = max(1, (weight + EventFacts.unit / 2) / EventFacts.unit)
      scores.touch(series)
      scores.record(
        billionths, bucket: SeriesHistogram.bucket(of: billionths), times: times, series: series,
        histogram: 0,
        exemplar: Self.exemplar(trace, billionths))
    }
    guard let word else { return }
    let series = scoreValues.series(labels + [word])
    scoreValues.touch(series)
    scoreValues.add(weight, series: series, counter: 0)
  }

  /// How many events joined the series `other` of a group because there was no room for their own.
  package func joined(_ group: SeriesGroup) -> Int64 {
    let table = self[group]
    guard let series = table.joinedSeries else { return 0 }
    let counters = table.saved(series)
    let inUnits =
      switch group {
      case .call: counters.counters[..<CallCounter.errors].reduce(0, +)
      case .tenant: counters.counters[TenantCounter.requests]
      case .service, .prompt, .span, .scoreValue: counters.counters.reduce(0, +)
      case .score: counters.histograms.reduce(0) { $0 + $1.count } * EventFacts.unit
      }
    return inUnits / EventFacts.unit
  }

  /// Takes it that all series are saved.
  package mutating func markSaved() {
    for group in SeriesGroup.allCases { self[group].markSaved() }
  }

  /// Takes it that no series is saved, because the file is another one.
  package mutating func markUnsaved() {
    for group in SeriesGroup.allCases { self[group].markUnsaved() }
  }

  /// Whether any series changed since `markSaved`.
  package var hasChanged: Bool { SeriesGroup.allCases.contains { !self[$0].changed.isEmpty } }
}

// MARK: What each kind adds to
extension SeriesTotals {
  private mutating func applyCall(
    _ count: borrowing SeriesCount, _ slots: SeriesSlots, _ sign: Int64, _ trace: Trace?
  ) {
    let (weight, call) = (count.weight, slots.call)
    var adds = SeriesAdds()
    adds.add(weight, to: CallCounter.requests + Int(count.status.rawValue))
    if let error = count.errorType {
      adds.add(weight, to: CallCounter.errors + Int(error.rawValue))
    }
    if count.lacksUsage { adds.add(weight, to: CallCounter.withoutUsage) }
    if count.isRetry { adds.add(weight, to: CallCounter.retries) }
    calls.touch(call)
    calls.add(adds, series: call, sign: sign)
    applyWaits(count, call, sign)
    prompts.add(sign &* weight, series: slots.prompt, counter: 0)
    tenants.add(sign &* weight, series: slots.tenant, counter: TenantCounter.requests)
    applyUsage(count, slots, sign)
    let times = sign &* count.histogramCount
    if count.duration != Event.absent {
      let bucket = SeriesHistogram.bucket(of: count.duration)
      let exemplar = Self.exemplar(trace, count.duration)
      calls.record(
        count.duration, bucket: bucket, times: times, series: call, histogram: 0,
        exemplar: exemplar)
      prompts.record(
        count.duration, bucket: bucket, times: times, series: slots.prompt, histogram: 0,
        exemplar: exemplar)
    }
    if count.firstToken != Event.absent {
      calls.record(
        count.firstToken, bucket: SeriesHistogram.bucket(of: count.firstToken), times: times,
        series: call, histogram: 1, exemplar: Self.exemplar(trace, count.firstToken))
    }
  }

  private mutating func applyWaits(_ count: borrowing SeriesCount, _ call: Int, _ sign: Int64) {
    guard count.waits != EventFacts.Waits() else { return }
    let waits = (count.waits.retry, count.waits.gate, count.waits.queue, count.waits.pool)
    let first = CallAmount.waits
    if waits.0 != 0 { calls.add(Int128(sign &* waits.0), series: call, amount: first) }
    if waits.1 != 0 { calls.add(Int128(sign &* waits.1), series: call, amount: first + 1) }
    if waits.2 != 0 { calls.add(Int128(sign &* waits.2), series: call, amount: first + 2) }
    if waits.3 != 0 { calls.add(Int128(sign &* waits.3), series: call, amount: first + 3) }
  }

  /// Tokens and cost, of a call or without one.
  private mutating func applyUsage(
    _ count: borrowing SeriesCount, _ slots: SeriesSlots, _ sign: Int64
  ) {
    var (ofCall, ofTenant) = (SeriesAdds(), SeriesAdds())
    if count.unpricedTokens != 0 {
      ofCall.add(count.unpricedTokens, to: CallCounter.unpriced)
      ofTenant.add(count.unpricedTokens, to: TenantCounter.unpriced)
    }
    count.leaves.forEachPresent { place, tokens in
      ofCall.add(tokens, to: CallCounter.tokens + place)
      ofTenant.add(tokens, to: TenantCounter.tokens + place)
    }
    calls.touch(slots.call)
    calls.add(ofCall, series: slots.call, sign: sign)
    tenants.touch(slots.tenant)
    tenants.add(ofTenant, series: slots.tenant, sign: sign)
    prompts.touch(slots.prompt)
    guard count.cost != 0 else { return }
    let cost = Int128(sign &* count.cost)
    calls.add(cost, series: slots.call, amount: CallAmount.cost)
    tenants.add(cost, series: slots.tenant, amount: 0)
    prompts.add(cost, series: slots.prompt, amount: 0)
  }

  private mutating func applyCache(
    _ count: borrowing SeriesCount, _ slots: SeriesSlots, _ sign: Int64
  ) {
    guard let cache = count.cache else { return }
    services.touch(slots.service)
    services.add(
      sign &* count.weight, series: slots.service,
      counter: ServiceCounter.cache + Int(cache.rawValue))
    if cache.isAnswer, count.cost != 0 {
      services.add(Int128(sign &* count.cost), series: slots.service, amount: 0)
    }
  }

  private mutating func applySpan(
    _ count: borrowing SeriesCount, _ slots: SeriesSlots, _ sign: Int64, _ trace: Trace?
  ) {
    spans.touch(slots.span)
    spans.add(
      sign &* count.weight, series: slots.span, counter: Int(count.status.rawValue))
    guard count.duration != Event.absent else { return }
    spans.record(
      count.duration, bucket: SeriesHistogram.bucket(of: count.duration),
      times: sign &* count.histogramCount, series: slots.span, histogram: 0,
      exemplar: Self.exemplar(trace, count.duration))
  }

  @inline(__always)
  private static func exemplar(_ trace: Trace?, _ value: Int64) -> SeriesHistogram.Exemplar? {
    guard let trace, trace.high | trace.low != 0 else { return nil }
    return SeriesHistogram.Exemplar(
      traceHigh: trace.high, traceLow: trace.low, value: value, time: trace.time)
  }
}

extension TokenLeaves {
  /// Calls `body` with the place in `words` and the tokens of each leaf that holds any.
  @inline(__always)
  fileprivate func forEachPresent(_ body: (Int, Int64) -> Void) {
    if input > 0 { body(0, input) }
    if cacheRead > 0 { body(1, cacheRead) }
    if cacheWrite > 0 { body(2, cacheWrite) }
    if cacheWrite1h > 0 { body(3, cacheWrite1h) }
    if audioInput > 0 { body(4, audioInput) }
    if imageInput > 0 { body(5, imageInput) }
    if output > 0 { body(6, output) }
    if reasoning > 0 { body(7, reasoning) }
    if audioOutput > 0 { body(8, audioOutput) }
  }
}
