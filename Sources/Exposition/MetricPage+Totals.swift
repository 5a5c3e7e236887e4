internal import Telemetry
package import Windows

/// The counters of events as families, in the order of the contract's table. Written straight from
/// the tables: some 100 ns a line.
extension MetricPage {
  /// Writes one family.
  package typealias Section = @Sendable (inout MetricPage) -> Void

  /// Appends all families of the totals.
  package mutating func append(_ totals: SeriesTotals) {
    for section in Self.sections(totals, format) { section(&self) }
  }

  /// What writes the families of the totals one after the other, for a page of this format.
  package static func sections(_ totals: SeriesTotals, _ format: MetricFormat) -> [Section] {
    calls(totals.calls, format)
      + [{ $0.appendCache(totals.services) }, { $0.appendSavings(totals.services) }]
      + tenants(totals.tenants, format) + prompts(totals.prompts, format)
      + spans(totals.spans, format) + [{ $0.appendLogs(totals.services) }]
      + scores(totals.scoreValues, totals.scores)
  }

  private static func calls(_ table: SeriesTable, _ format: MetricFormat) -> [Section] {
    let labels = SeriesLabels(table, format)
    let status = SeriesWords("status", Status.allCases.map(\.text), format)
    let error = SeriesWords("error_type", ErrorType.allCases.map(\.text), format)
    let token = SeriesWords("type", TokenLeaves.words, format)
    return [
      {
        $0.appendCounters(
          "llm_requests_total", "Finished calls, errors included.", table, labels,
          CallCounter.requests, status, keepsZeros: true)
      },
      {
        $0.appendCounters(
          "llm_errors_total", "Calls that failed.", table, labels, CallCounter.errors, error)
      },
      {
        $0.appendCounters(
          "llm_tokens_total", "Tokens by disjoint type.", table, labels, CallCounter.tokens,
          token, decimals: 0)
      },
      { $0.appendAmounts("llm_cost_usd_total", "Cost of calls.", table, labels, 0, decimals: 12) },
      {
        $0.appendCounters(
          "llm_unpriced_tokens_total", "Tokens of calls whose cost is not known.", table, labels,
          CallCounter.unpriced, .none, decimals: 0, keepsZeros: true)
      },
      {
        $0.appendCounters(
          "llm_calls_without_usage_total", "Calls that went well and told no usage.", table,
          labels, CallCounter.withoutUsage, .none, keepsZeros: true)
      },
      {
        $0.appendHistograms(
          "llm_request_duration_seconds", "How long calls took.", table, labels, 0, .durations)
      },
      {
        $0.appendHistograms(
          "llm_time_to_first_token_seconds", "Time to the first token.", table, labels, 1,
          .durations)
      },
      { $0.appendAdjustment(table, labels) },
      { $0.appendMerged(SeriesMerge(table, labels: 3, format)) },
    ]
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
    let reasons = SeriesWords("reason", CallAmount.waitReasons, format)
    guard merge.waits.contains(where: { $0.contains { $0 != 0 } }) else { return }
    appendHead("llm_wait_seconds_total", .counter, "Time waited before calls were sent.")
    for (labels, waits) in zip(merge.labels, merge.waits) {
      for (index, wait) in waits.enumerated() where wait != 0 {
        appendLine("llm_wait_seconds_total", labels, reasons.labels[index], wait, decimals: 9)
      }
    }
  }

  private mutating func appendCache(_ table: SeriesTable) {
    appendCounters(
      "llm_cache_requests_total", "Calls by how the application's cache served them.", table,
      SeriesLabels(table, format), ServiceCounter.cache,
      SeriesWords("result", CacheResult.allCases.map(\.text), format))
  }

  private mutating func appendSavings(_ table: SeriesTable) {
    appendAmounts(
      "llm_cache_saved_usd_total", "What answers of the application's cache would have cost.",
      table, SeriesLabels(table, format), 0, decimals: 12, keepsZeros: false)
  }

  private mutating func appendLogs(_ table: SeriesTable) {
    appendCounters(
      "log_records_total", "Log records.", table, SeriesLabels(table, format),
      ServiceCounter.logs, SeriesWords("level", Level.allCases.map(\.text) + [""], format))
  }

  /// What writes the families that tell tenants apart, for the series of one tenant.
  package static func sections(
    of tenant: String, _ totals: SeriesTotals, _ format: MetricFormat
  ) -> [Section] {
    let name = Array(tenant.utf8)
    let place = SeriesGroup.tenant.labels.firstIndex(of: Dimension.tenant.name)
    let own = totals.tenants.keeping { labels in place.map { labels[$0] == name } ?? false }
    return tenants(own, format)
  }

  private static func tenants(_ table: SeriesTable, _ format: MetricFormat) -> [Section] {
    let labels = SeriesLabels(table, format)
    let token = SeriesWords("type", TokenLeaves.words, format)
    return [
      {
        $0.appendCounters(
          "llm_tenant_requests_total", "Finished calls by tenant.", table, labels,
          TenantCounter.requests, .none, keepsZeros: true)
      },
      {
        $0.appendCounters(
          "llm_tenant_tokens_total", "Tokens by tenant and disjoint type.", table, labels,
          TenantCounter.tokens, token, decimals: 0)
      },
      {
        $0.appendCounters(
          "llm_tenant_unpriced_tokens_total",
          "Tokens of calls whose cost is not known, by tenant.", table, labels,
          TenantCounter.unpriced, .none, decimals: 0, keepsZeros: true)
      },
      {
        $0.appendAmounts(
          "llm_tenant_cost_usd_total", "Cost of calls by tenant.", table, labels, 0, decimals: 12)
      },
    ]
  }

  private static func prompts(_ table: SeriesTable, _ format: MetricFormat) -> [Section] {
    let labels = SeriesLabels(table, format)
    return [
      {
        $0.appendCounters(
          "llm_prompt_requests_total", "Finished calls by prompt.", table, labels, 0, .none,
          keepsZeros: true)
      },
      {
        $0.appendAmounts(
          "llm_prompt_cost_usd_total", "Cost of calls by prompt.", table, labels, 0, decimals: 12)
      },
      {
        $0.appendHistograms(
          "llm_prompt_duration_seconds", "How long calls took, by prompt.", table, labels, 0,
          .durations)
      },
    ]
  }

  private static func spans(_ table: SeriesTable, _ format: MetricFormat) -> [Section] {
    let labels = SeriesLabels(table, format)
    let status = SeriesWords("status", Status.allCases.map(\.text), format)
    return [
      {
        $0.appendCounters(
          "spans_total", "Finished spans that are no calls.", table, labels, 0, status,
          keepsZeros: true)
      },
      {
        $0.appendHistograms(
          "span_duration_seconds", "How long spans took.", table, labels, 0, .durations)
      },
    ]
  }

  private static func scores(_ values: SeriesTable, _ scores: SeriesTable) -> [Section] {
    [
      { page in
        page.appendCounters(
          "eval_scores_total", "Scores that are a boolean or a category, by value.", values,
          SeriesLabels(values, page.format), 0, .none, keepsZeros: true)
      },
      { page in
        page.appendHistograms(
          "eval_score", "Scores that are a number; booleans count as 0 and 1.", scores,
          SeriesLabels(scores, page.format), 0, .scores)
      },
    ]
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
      if format == .protobuf {
        message.append(histogram, labels[series], bounds)
      } else {
        append(histogram, "\(name)_bucket", name, labels[series], bounds)
      }
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
    guard format != .protobuf else {
      return message.append(labels, more, Double(value) / Self.powers[decimals])
    }
    appendStart(name, labels, more)
    append(value, decimals: decimals)
    bytes.append(0x0A)
  }

  /// Every power of ten up to the decimals of an amount, each exact.
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
  ]

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
