/// How the view looks: the frame around tables and panes.
extension TopModel {
  /// The screen as it is to be shown now.
  package var screen: Screen {
    var screen = Screen(width: width, height: height, isPlain: look.isPlain)
    guard width >= TopLayout.leastWidth, height >= TopLayout.leastHeight else {
      screen.put("the window is too small:", row: 0, column: 0, style: .warning)
      screen.put(
        "\(TopLayout.leastWidth)×\(TopLayout.leastHeight) at least", row: 1, column: 0)
      return screen
    }
    let layout = layout
    drawHeader(&screen, layout.header)
    if let banner = layout.banner { drawBanner(&screen, banner.row) }
    drawTabs(&screen, layout.tabs.row)
    drawMain(&screen, layout.table)
    if let graph = layout.graph { drawGraph(&screen, graph) }
    if let events = layout.events { drawEvents(&screen, events) }
    if let alerts = layout.alerts { drawAlerts(&screen, alerts) }
    drawFooter(&screen, layout.footer)
    drawOverlay(&screen)
    return screen
  }

  // MARK: Header

  private func drawHeader(_ screen: inout Screen, _ area: Area) {
    screen.put("Barograph", row: 0, column: 0, style: .title)
    let right = status
    let address = url.hasPrefix("http://") ? String(url.dropFirst(7)) : url
    screen.put(
      address, row: 0, column: 11, style: .faint, limit: max(0, width - right.columns - 13))
    screen.put(right, row: 0, column: max(11, width - right.columns))
    drawFields(&screen, row: 1, rateFields)
    if area.height > 2 { drawFields(&screen, row: 2, moneyFields) }
  }

  /// One figure of the first lines.
  struct Field {
    let name: String
    let value: String
    var style = Style.plain
  }

  private func drawFields(_ screen: inout Screen, row: Int, _ fields: [Field]) {
    var column = 0
    for field in fields {
      let mark = TopColumn.mark(field.style)
      let needed = CharacterWidth.columns(of: field.name + mark + field.value) + 1
      guard column + needed <= width else { return }
      column = screen.put(field.name, row: row, column: column, style: .faint) + 1
      let style = field.style == .plain ? .title : field.style
      column = screen.put(mark + field.value, row: row, column: column, style: style) + 2
    }
  }

  private var status: StyledText {
    var text = StyledText("\(settings.window) window ", .faint)
    if at != nil {
      text.add("past ", .warning)
    } else if isFrozen {
      text.add("frozen ", .warning)
    } else {
      text.add("live ", .good)
    }
    switch connection {
    case .connecting: text.add("○ connecting", .warning)
    case .connected: text.add("● connected", .good)
    case .lost: text.add("✗ lost", .bad)
    }
    if let now = data.now { text.add(" \(FigureText.clock(now)) UTC") }
    return text
  }

  var rateFields: [Field] {
    func figure(_ name: String) -> Double? { data.total?.figures[name] }
    func field(_ title: String, _ name: String) -> Field {
      let column = TopColumn.all.first { $0.figure == name }
      return Field(
        name: title, value: column?.text(figure(name)) ?? FigureText.count(figure(name)),
        style: figure(name) == nil ? .plain : column?.style(figure(name)) ?? .plain)
    }
    var fields = [
      field("rpm", "rpm"), field("repm", "repm"), field("tpm", "tpm"),
      field("err", "error_rate"), field("p95", "latency_ms.p95"), field("ttft", "ttft_ms.p95"),
    ]
    if figure("in_flight") != nil { fields.append(field("in flight", "in_flight")) }
    return fields
  }

  var moneyFields: [Field] {
    let total = data.total?.figures ?? [:]
    let coverage = total["coverage"]
    var fields: [Field] = []
    fields.append(
      Field(
        name: "today", value: Self.priced(data.spentToday, data.coverageToday),
        style: Self.trust(data.coverageToday)))
    fields.append(
      Field(
        name: "per h", value: Self.priced(total["cost_usd_per_hour"], coverage),
        style: Self.trust(coverage)))
    fields.append(alertField)
    if at == nil { fields.append(freshness) }
    if let ownCPU {
      fields.append(Field(name: "top", value: "\(FigureText.fixed(ownCPU * 100, places: 1)) %"))
    }
    return fields
  }

  private static func priced(_ money: Double?, _ coverage: Double?) -> String {
    guard let money else { return FigureText.unknown }
    guard let coverage else { return FigureText.money(money) }
    return "\(FigureText.money(money)) (\(FigureText.coverage(coverage)))"
  }

  private static func trust(_ coverage: Double?) -> Style {
    guard let coverage else { return .plain }
    return coverage < 0.8 ? .bad : coverage < 0.98 ? .warning : .plain
  }

  private var alertField: Field {
    let firing = alerts.filter(\.isFiring)
    let critical = firing.count(where: \.isCritical)
    guard !firing.isEmpty else { return Field(name: "alerts", value: "0") }
    let value = critical > 0 ? "\(firing.count) (\(critical) crit)" : "\(firing.count)"
    return Field(name: "alerts", value: value, style: critical > 0 ? .bad : .warning)
  }

  /// How old the newest event is.
  private var freshness: Field {
    guard let newest = data.newest, let serverNow = data.now else {
      return Field(name: "fresh", value: "no data yet")
    }
    let age = max(0, serverNow - newest + (answeredAt.map { max(0, now - $0) } ?? 0))
    let seconds = age / 1_000_000_000
    let style: Style = seconds >= 60 ? .bad : seconds >= 10 ? .warning : .plain
    return Field(
      name: seconds >= 10 ? "stale" : "fresh", value: FigureText.age(age), style: style)
  }

  // MARK: Banner, tabs, footer

  private func drawBanner(_ screen: inout Screen, _ row: Int) {
    var text = ""
    var style = Style(.warning, bold: true, reversed: true)
    if case .lost(let why, let since) = connection {
      style = Style(.bad, bold: true, reversed: true)
      let then = data.now.map { "; figures of \(FigureText.clock($0))" } ?? ""
      text = " ✗ connection lost \(FigureText.age(now - since)) ago, trying again\(then): \(why)"
    } else if let at {
      text = " ◀ the past: \(FigureText.dateTime(at)) UTC, \(FigureText.age(now - at)) ago"
      text += "   [ ] minute  { } hour  L live"
    } else {
      let then = data.now.map { " at \(FigureText.clock($0))" } ?? ""
      text = " ⏸ frozen\(then)   space goes on"
    }
    screen.fill(row: row, from: 0, to: width, style: style)
    screen.put(text, row: row, column: 0, style: style, limit: width)
  }

  private func drawTabs(_ screen: inout Screen, _ row: Int) {
    var column = 0
    if places.count == 1 {
      for subject in TopSubject.allCases {
        let isShown = place.subject == subject
        column = screen.put(
          " \(subject.rawValue) ", row: row, column: column,
          style: isShown ? Style(.accent, bold: true, reversed: true) : .faint)
      }
    } else {
      // A breadcrumb shows its end where it is too long.
      let titles = places.map(\.title) + [placeName].compactMap { $0 }
      var text = titles.joined(separator: " › ")
      while CharacterWidth.columns(of: text) > width - 20, text.count > 1 { text.removeFirst() }
      column = screen.put(" \(text) ", row: row, column: 0, style: Style(.accent, bold: true))
    }
    let right = listState
    screen.put(
      right, row: row, column: max(column + 1, width - CharacterWidth.columns(of: right)),
      style: .faint, limit: max(0, width - column - 1))
  }

  /// What a place shows, where its title does not say it.
  private var placeName: String? {
    switch place.kind {
    case .groups(let subject): subject.rawValue
    case .calls: "calls"
    case .trace: nil
    }
  }

  /// The subject whose tab is at a column.
  func subject(atColumn column: Int) -> TopSubject? {
    var start = 0
    for subject in TopSubject.allCases {
      let end = start + subject.rawValue.count + 2
      if (start..<end).contains(column) { return subject }
      start = end
    }
    return nil
  }

  private var listState: String {
    var parts: [String] = []
    if !search.isEmpty { parts.append("/\(search)") }
    if !place.condition.isEmpty { parts.append("\\\(place.condition)") }
    if rowCount > 0 {
      let all = place.subject == nil ? rowCount : data.groups ?? rowCount
      parts.append("\(place.index + 1) of \(all)")
    }
    return parts.joined(separator: "  ")
  }

  private func drawFooter(_ screen: inout Screen, _ row: Int) {
    if let prompt {
      var column = screen.put(prompt.label, row: row, column: 0, style: .title)
      let room = width - column - 1
      var text = prompt.text
      while CharacterWidth.columns(of: text) > room, !text.isEmpty { text.removeFirst() }
      column = screen.put(text, row: row, column: column)
      screen.put(" ", row: row, column: column, style: Style(.plain, reversed: true))
      return
    }
    if let note {
      screen.put(note.text, row: row, column: 0, style: note.style, limit: width)
      return
    }
    var column = 0
    for binding in TopBinding.all where !binding.hint.isEmpty && binding.works(in: place.kind) {
      let key = binding.keys[0].name
      guard column + key.count + binding.hint.count + 1 <= width else { continue }
      column = screen.put(key, row: row, column: column, style: .title) + 1
      column = screen.put(binding.hint, row: row, column: column, style: .faint) + 2
    }
  }
}
