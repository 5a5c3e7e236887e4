internal import Codec

/// What the view asks the collector.
extension TopModel {
  private static let second: Int64 = 1_000_000_000
  /// The figures of the first lines.
  static let totalFigures = [
    "rpm", "repm", "tpm", "error_rate", "latency_ms.p95", "ttft_ms.p95", "in_flight",
    "cost_usd_per_hour", "coverage",
  ]
  /// Rows are asked for by this many more, so that moving about asks nothing new at each step.
  private static let rowStep = 50
  private static let searchedRows = 1_000
  private static let callRows = 200

  /// Everything that the picture needs at present.
  package var requests: [TopRequest] {
    let often: Int64? = isSteady ? nil : Int64(settings.interval) * Self.second / 10
    var all = [TopRequest(part: .total, path: totalPath, period: often)]
    switch place.kind {
    case .groups(let subject):
      all.append(TopRequest(part: .table, path: shownTablePath(subject), period: often))
    case .calls:
      all.append(
        TopRequest(
          part: .calls, path: callsPath, period: often.map { max($0, 2 * Self.second) }))
    case .trace(let id):
      all.append(
        TopRequest(part: .trace, path: "/v1/traces/\(QueryPath.encoded(id))", period: nil))
    }
    if let path = graphPath { all.append(TopRequest(part: .graph, path: path, period: often)) }
    all.append(TopRequest(part: .events, path: eventsPath, period: often))
    all.append(
      TopRequest(part: .alerts, path: alertsPath, period: often.map { max($0, 2 * Self.second) }))
    all.append(
      TopRequest(part: .spend, path: spendPath, period: often.map { max($0, 5 * Self.second) }))
    return all
  }

  /// Whether the picture stands still.
  var isSteady: Bool { isFrozen || at != nil }

  private var atText: String? { at.map { Timestamp.text($0) } }

  private var totalPath: String {
    var path = QueryPath("/v1/windows")
    path.add("window", settings.window)
    path.add("fields", Self.totalFigures.joined(separator: ","))
    if let atText { path.add("at", atText) }
    return path.text
  }

  private func shownTablePath(_ subject: TopSubject) -> String {
    let needed = place.top + layout.tableRows + 1
    let rows = (needed + Self.rowStep - 1) / Self.rowStep * Self.rowStep
    var figures = columns.map(\.figure)
    if !figures.contains(place.sort), TopColumn.all.contains(where: { $0.figure == place.sort }) {
      figures.append(place.sort)
    }
    return tablePath(
      subject, limit: search.isEmpty ? rows : max(rows, Self.searchedRows), figures: figures,
      hasLine: true)
  }

  /// The question for rows of a subject; no figures asks for all.
  func tablePath(
    _ subject: TopSubject, limit: Int, figures: [String], hasLine: Bool
  ) -> String {
    var path = QueryPath("/v1/windows")
    path.add("by", subject.labels.joined(separator: ","))
    path.add("window", settings.window)
    if !place.filter.isEmpty { path.add("filter", Self.filterText(place.filter)) }
    let conditions = [subject.condition, condition].compactMap { $0 }
    if !conditions.isEmpty {
      path.add("where", conditions.map { "(\($0))" }.joined(separator: " and "))
    }
    path.add("sort", (place.isInverted ? "-" : "") + place.sort)
    path.add("limit", "\(min(10_000, limit))")
    if !figures.isEmpty { path.add("fields", figures.joined(separator: ",")) }
    if hasLine { path.add("spark", "rpm") }
    if let atText { path.add("at", atText) }
    return path.text
  }

  /// The filter as typed; while it is being typed, as it was.
  private var condition: String? { place.condition.isEmpty ? nil : place.condition }

  static func filterText(_ labels: [TopPlace.Label]) -> String {
    labels.map { "\($0.name):\($0.value)" }.joined(separator: ",")
  }

  /// Latency over time of the marked row, or of the calls that are listed; nothing where the panes
  /// are hidden.
  private var graphPath: String? {
    guard settings.hasPanes || pane == .graph, row != nil || place.kind == .calls else {
      return nil
    }
    var path = QueryPath("/v1/windows")
    path.add("window", settings.window)
    path.add("fields", "latency_ms.p95,scores")
    path.add("spark", "latency_ms.p95")
    let own = (row?.labels ?? []).map { TopPlace.Label(name: $0.name, value: $0.value) }
    path.add("filter", Self.filterText(place.filter + own))
    if let atText { path.add("at", atText) }
    return path.text
  }

  private var callsPath: String {
    var path = QueryPath("/v1/events")
    let isTool = place.filter.contains { $0.name == "kind" }
    path.add("type", isTool ? "span" : "llm")
    for label in place.filter where !label.value.isEmpty { path.add(label.name, label.value) }
    if let atText { path.add("to", atText) }
    path.add("limit", "\(Self.callRows)")
    return path.text
  }

  private var eventsPath: String {
    var path = QueryPath("/v1/events")
    path.add("limit", "\(max(1, min(200, layout.eventRows)))")
    if let atText { path.add("to", atText) }
    return path.text
  }

  private var alertsPath: String {
    guard let atText else { return "/v1/alerts" }
    var path = QueryPath("/v1/alerts/history")
    path.add("to", atText)
    path.add("limit", "1000")
    return path.text
  }

  private var spendPath: String {
    var path = QueryPath("/v1/spend")
    path.add("period", "day")
    if let atText { path.add("at", atText) }
    return path.text
  }

  /// Alerts as they stood at the moment looked at.
  var alerts: [TopAlert] {
    guard let at else { return data.alerts }
    return data.alerts.filter { alert in
      alert.since.map { $0 <= at } ?? false && alert.resolvedAt.map { $0 > at } ?? true
    }
  }
}
