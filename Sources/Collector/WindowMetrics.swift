internal import Exposition
internal import Windows

/// What the windows show, as metric families.
struct WindowMetrics {
  let reader: WindowReader
  let limits: [ProviderLimit]
  /// Seconds after which an announced call without an end counts no more.
  let timeout: Int64
  /// The wall time in ns.
  let now: Int64

  func families() -> [MetricFamily] {
    windows() + inFlight() + headroom() + memory()
  }

  /// The families by provider and model over each window.
  private func windows() -> [MetricFamily] {
    let rows = rows(by: WindowFamily.labels, WindowSpan.allCases)
    return WindowFamily.all.map { family in
      MetricFamily(
        family.name, .gauge, family.help,
        WindowSpan.allCases.flatMap { span in
          rows.flatMap { row in
            family.figures.compactMap { stat, figure in
              let value = row.sums[span]?.figure(figure, seconds: span.seconds)
              let more = stat.isEmpty ? [] : [(name: "stat", value: stat)]
              return value.map { .init($0 / family.divisor, labels: labels(span, row) + more) }
            }
          }
        })
    }
  }

  private func inFlight() -> [MetricFamily] {
    let rows = rows(by: ["service", "provider", "model", "operation"], [])
    return [
      MetricFamily(
        "llm_requests_in_flight", .gauge, "Calls that were announced and have not ended.",
        rows.compactMap { row in
          row.view?.inFlight(timeout: timeout).map { .init($0, labels: row.labels) }
        })
    ]
  }

  private func headroom() -> [MetricFamily] {
    let rows = rows(by: ["provider", "model"], [])
    func samples(
      _ extra: [(name: String, value: String)], _ value: (Headroom) -> Int64?
    ) -> [MetricFamily.Sample] {
      rows.compactMap { row in
        value(row.headroom).map { .init(Double($0), labels: row.labels + extra) }
      }
    }
    return [
      MetricFamily(
        "llm_headroom", .gauge, "What a provider's limit leaves in this minute.",
        samples([("resource", "requests")]) { $0.requests }
          + samples([("resource", "tokens")]) { $0.tokens }),
      MetricFamily(
        "llm_seconds_to_rate_limit", .gauge,
        "Seconds until a limit is met at the pace of the last ten.",
        samples([]) { $0.secondsToLimit }),
    ]
  }

  private func memory() -> [MetricFamily] {
    let parts = reader.cardinality
    func samples(_ value: (GroupTable.Cardinality) -> Double) -> [(String, Double)] {
      parts.map { part in
        let names = part.breakdown.labels.map(\.name)
        return (names.isEmpty ? "total" : names.joined(separator: ","), value(part))
      }
    }
    return [
      MetricFamily(
        "barograph_groups", .gauge, "Groups that windows tell apart.", by: "breakdown",
        samples { Double($0.groups) }),
      MetricFamily(
        "barograph_groups_joined_total", .counter,
        "How often a combination of labels found no room and was counted with other.",
        by: "breakdown", samples { Double($0.joined) }),
      MetricFamily(
        "barograph_windows_memory_bytes", .gauge, "Memory of the windows' slots.",
        value: Double(reader.memory.bytes)),
    ]
  }

  private func rows(by labels: [String], _ spans: [WindowSpan]) -> [WindowQuery.Row] {
    var query = WindowQuery()
    query.by = labels
    query.spans = spans
    query.sort = .label(labels[0])
    query.isAscending = true
    query.limit = .max
    query.timeout = timeout
    do throws(WindowQuery.Fault) {
      return try query.rows(of: reader, limits: limits, now: now)
    } catch {
      // The configuration may have no breakdown by these labels: then there is nothing to show.
      return []
    }
  }

  private func labels(
    _ span: WindowSpan, _ row: WindowQuery.Row
  ) -> [(name: String, value: String)] {
    [("window", span.name)] + row.labels
  }
}
