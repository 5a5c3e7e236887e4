internal import Telemetry
package import Windows

/// The counters of events as families, in the order of the contract's table. Written straight from
/// the tables: some 100 ns a line.
extension MetricPage {
  /// Appends all families of the totals.
  package mutating func append(_ totals: SeriesTotals) {
    appendCalls(totals.calls)
    appendServices(totals.services, ServiceFamily.cache)
    appendTenants(totals.tenants)
    appendPrompts(totals.prompts)
    appendSpans(totals.spans)
    appendServices(totals.services, ServiceFamily.logs)
    appendScores(totals.scoreValues, totals.scores)
  }

  private mutating func appendCalls(_ table: SeriesTable) {
    let labels = SeriesLabels(table)
    let words = (
      status: SeriesWords("status", Status.allCases.map(\.text)),
      error: SeriesWords("error_type", ErrorType.allCases.map(\.text)),
      token: SeriesWords("type", TokenLeaves.words)
    )
    appendCounters(
      "llm_requests_total", "Finished calls, errors included.", table, labels,
      CallCounter.requests, words.status, keepsZeros: true)
    appendCounters(
      "llm_errors_total", "Calls that failed.", table, labels, CallCounter.errors, words.error)
    appendCounters(
      "llm_tokens_total", "Tokens by disjoint type.", table, labels, CallCounter.tokens,
      words.token, decimals: 0)
    appendAmounts("llm_cost_usd_total", "Cost of calls.", table, labels, 0, decimals: 12)
    appendCounters(
      "llm_unpriced_tokens_total", "Tokens of calls whose cost is not known.", table, labels,
      CallCounter.unpriced, .none, decimals: 0, keepsZeros: true)
    appendCounters(
      "llm_calls_without_usage_total", "Calls that went well and told no usage.", table, labels,
      CallCounter.withoutUsage, .none, keepsZeros: true)
    appendHistograms(
      "llm_request_duration_seconds", "How long calls took.", table, labels, 0, .durations)
    appendHistograms(
      "llm_time_to_first_token_seconds", "Time to the first token.", table, labels, 1, .durations)
    appendAdjustment(table, labels)
    appendMerged(SeriesMerge(table, labels: 3))
  }

  /// What `llm_cost_usd_total` shows too much, because a counter never falls: add both.
  private mutating func appendAdjustment(_ table: SeriesTable, _ labels: SeriesLabels) {
    guard table.count > 0 else { return }
    let name = "llm_cost_adjustment_usd"
    appendHead(name, .gauge, "What to add to the cost counted so far.")
    for series in 0..<table.count {
      let place = series * SeriesGroup.call.amounts + CallAmount.cost
      appendLine(name, labels[series], [], -(table.owedAmounts[place] ?? 0), decimals: 12)
    }
  }

  private mutating func appendMerged(_ merge: SeriesMerge) {
    guard !merge.labels.isEmpty else { return }
    appendHead("llm_retries_total", .counter, "Calls that were not a first try.")
    for (labels, retries) in zip(merge.labels, merge.retries) {
      appendLine("llm_retries_total", labels, [], Int128(retries), decimals: 6)
    }
    let reasons = SeriesWords("reason", CallAmount.waitReasons)
    guard merge.waits.contains(where: { $0.contains { $0 != 0 } }) else { return }
    appendHead("llm_wait_seconds_total", .counter, "Time waited before calls were sent.")
    for (labels, waits) in zip(merge.labels, merge.waits) {
      for (index, wait) in waits.enumerated() where wait != 0 {
        appendLine("llm_wait_seconds_total", labels, reasons.labels[index], wait, decimals: 9)
      }
    }
  }

  private enum ServiceFamily { case cache, logs }

  private mutating func appendServices(_ table: SeriesTable, _ family: ServiceFamily) {
    let labels = SeriesLabels(table)
    switch family {
    case .cache:
      appendCounters(
        "llm_cache_requests_total", "Calls by how the application's cache served them.", table,
        labels, ServiceCounter.cache, SeriesWords("result", CacheResult.allCases.map(\.text)))
      appendAmounts(
        "llm_cache_saved_usd_total", "What answers of the application's cache would have cost.",
        table, labels, 0, decimals: 12, keepsZeros: false)
    case .logs:
      appendCounters(
        "log_records_total", "Log records.", table, labels, ServiceCounter.logs,
        SeriesWords("level", Level.allCases.map(\.text) + [""]))
    }
  }

  private mutating func appendTenants(_ table: SeriesTable) {
    let labels = SeriesLabels(table)
    appendCounters(
      "llm_tenant_requests_total", "Finished calls by tenant.", table, labels,
      TenantCounter.requests, .none, keepsZeros: true)
    appendCounters(
      "llm_tenant_tokens_total", "Tokens by tenant and disjoint type.", table, labels,
      TenantCounter.tokens, SeriesWords("type", TokenLeaves.words), decimals: 0)
    appendAmounts(
      "llm_tenant_cost_usd_total", "Cost of calls by tenant.", table, labels, 0, decimals: 12)
  }

  private mutating func appendPrompts(_ table: SeriesTable) {
    let labels = SeriesLabels(table)
    appendCounters(
      "llm_prompt_requests_total", "Finished calls by prompt.", table, labels, 0, .none,
      keepsZeros: true)
    appendAmounts(
      "llm_prompt_cost_usd_total", "Cost of calls by prompt.", table, labels, 0, decimals: 12)
    appendHistograms(
      "llm_prompt_duration_seconds", "How long calls took, by prompt.", table, labels, 0,
      .durations)
  }

  private mutating func appendSpans(_ table: SeriesTable) {
    let labels = SeriesLabels(table)
    appendCounters(
      "spans_total", "Finished spans that are no calls.", table, labels, 0,
      SeriesWords("status", Status.allCases.map(\.text)), keepsZeros: true)
    appendHistograms(
      "span_duration_seconds", "How long spans took.", table, labels, 0, .durations)
  }

  private mutating func appendScores(_ values: SeriesTable, _ scores: SeriesTable) {
    appendCounters(
      "eval_scores_total", "Scores that are a boolean or a category, by value.", values,
      SeriesLabels(values), 0, .none, keepsZeros: true)
    appendHistograms(
      "eval_score", "Scores that are a number; booleans count as 0 and 1.", scores,
      SeriesLabels(scores), 0, .scores)
  }
}

// MARK: Families
extension MetricPage {
  /// A counter family with a sample a word; without `keepsZeros` only where anything was counted.
  private mutating func appendCounters(
    _ name: String, _ help: String, _ table: SeriesTable, _ labels: SeriesLabels, _ first: Int,
    _ words: SeriesWords, decimals: Int = 6, keepsZeros: Bool = false
  ) {
    let stride = table.group.counters
    var hasHead = false
    for series in 0..<table.count {
      for (index, word) in words.labels.enumerated() {
        let value = table.counters[series * stride + first + index]
        guard value != 0 || keepsZeros else { continue }
        if !hasHead { appendHead(name, .counter, help) }
        hasHead = true
        appendLine(name, labels[series], word, Int128(value), decimals: decimals)
      }
    }
  }

  private mutating func appendAmounts(
    _ name: String, _ help: String, _ table: SeriesTable, _ labels: SeriesLabels, _ index: Int,
    decimals: Int, keepsZeros: Bool = true
  ) {
    let stride = table.group.amounts
    var hasHead = false
    for series in 0..<table.count {
      let value = table.amounts[series * stride + index]
      guard value != 0 || keepsZeros else { continue }
      if !hasHead { appendHead(name, .counter, help) }
      hasHead = true
      appendLine(name, labels[series], [], value, decimals: decimals)
    }
  }

  private mutating func appendHistograms(
    _ name: String, _ help: String, _ table: SeriesTable, _ labels: SeriesLabels, _ index: Int,
    _ bounds: SeriesBounds
  ) {
    let stride = table.group.histograms
    var hasHead = false
    for series in 0..<table.count {
      let histogram = table.histograms[series * stride + index]
      guard !histogram.counts.isEmpty else { continue }
      if !hasHead { appendHead(name, .histogram, help) }
      hasHead = true
      append(histogram, "\(name)_bucket", name, labels[series], bounds)
    }
  }

  private mutating func append(
    _ histogram: SeriesHistogram, _ bucket: String, _ name: String, _ labels: [UInt8],
    _ bounds: SeriesBounds
  ) {
    let doublings = histogram.doublings
    var next = 0
    var total: Int64 = 0
    for doubling in bounds.lowest...(bounds.highest + 1) {
      let isLast = doubling > bounds.highest
      var exemplar: SeriesHistogram.Exemplar?
      while next < doublings.count, isLast || histogram.firstDoubling + next <= doubling {
        total += doublings[next]
        let candidate = histogram.exemplars[next]
        if candidate.isThere, candidate.time >= exemplar?.time ?? .min { exemplar = candidate }
        next += 1
      }
      appendStart(bucket, labels, bounds.labels[doubling - bounds.lowest])
      append(Int128(total), decimals: 0)
      if let exemplar, format == .openMetrics { append(exemplar) }
      bytes.append(0x0A)
    }
    // OpenMetrics allows no sum that may fall.
    if histogram.sum >= 0 || format == .text {
      appendLine("\(name)_sum", labels, [], histogram.sum, decimals: 9)
    }
    appendLine("\(name)_count", labels, [], Int128(total), decimals: 0)
  }

  private mutating func append(_ exemplar: SeriesHistogram.Exemplar) {
    append(" # {trace_id=\"")
    for word in [exemplar.traceHigh, exemplar.traceLow] {
      let digits = String(word, radix: 16)
      append(String(repeating: "0", count: 16 - digits.count) + digits)
    }
    append("\"} ")
    append(Int128(exemplar.value), decimals: 9)
    append(" ")
    append(Int128(exemplar.time / 1_000_000), decimals: 3)
  }

  private mutating func appendLine(
    _ name: String, _ labels: [UInt8], _ more: [UInt8], _ value: Int128, decimals: Int
  ) {
    appendStart(name, labels, more)
    append(value, decimals: decimals)
    bytes.append(0x0A)
  }

  private mutating func appendStart(_ name: String, _ labels: [UInt8], _ more: [UInt8]) {
    append(name)
    if !(labels.isEmpty && more.isEmpty) {
      bytes.append(0x7B)
      append(labels)
      if !labels.isEmpty, !more.isEmpty { bytes.append(0x2C) }
      append(more)
      bytes.append(0x7D)
    }
    bytes.append(0x20)
  }
}
