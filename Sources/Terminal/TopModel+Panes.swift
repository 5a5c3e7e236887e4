internal import Codec

/// The panes below the table, and what lies over everything.
extension TopModel {
  private func drawTitle(_ screen: inout Screen, _ area: Area, _ text: String, _ pane: TopPane) {
    let isFocused = self.pane == pane
    let style = isFocused ? Style(.accent, bold: true) : .faint
    screen.fill(row: area.row, from: area.column, to: area.endColumn, with: "─", style: style)
    screen.put(
      " \(text) ", row: area.row, column: area.column + 1, style: style,
      limit: max(0, area.width - 2))
  }

  // MARK: Graph

  func drawGraph(_ screen: inout Screen, _ area: Area) {
    let name = row.map { row in
      row.key.filter { !$0.isEmpty }.last ?? FigureText.unknown
    }
    let isOfCalls = place.kind == .calls
    let title = name ?? (isOfCalls ? place.title : "selection")
    drawTitle(&screen, area, title + (isOfCalls ? ": p95, 5 m" : ": p95 and rpm, 5 m"), .graph)
    guard area.height > 2 else { return }
    let hasScores = !data.scores.isEmpty && area.height > 4
    if hasScores {
      screen.put(
        scoreLine, row: area.endRow - 1, column: area.column, limit: area.width)
    }
    let height = area.height - (hasScores ? 2 : 1)
    let half = isOfCalls ? 0 : height / 2
    let upper = Area(
      row: area.row + 1, column: area.column, width: area.width, height: height - half)
    let lower = Area(
      row: upper.endRow, column: area.column, width: area.width, height: half)
    drawLine(&screen, upper, data.latency, .first) { FigureText.duration($0) }
    drawLine(&screen, lower, row?.spark ?? [], .second) { FigureText.count($0) }
  }

  /// The scores of the marked row, those given most often first.
  private var scoreLine: StyledText {
    var line = StyledText("scores", .faint)
    for score in data.scores.sorted(by: { $0.count > $1.count }) {
      line.add(" \(score.name) ", .accent)
      if let mean = score.mean {
        line.add("\(FigureText.score(mean)) ", .title)
      } else if let most = score.most {
        line.add("\(most.word) \(FigureText.percent(most.count / score.count)) ", .title)
      }
      line.add("×\(FigureText.count(score.count))", .faint)
    }
    return line
  }

  /// Numbers over time, with their largest and the newest at the left.
  private func drawLine(
    _ screen: inout Screen, _ area: Area, _ values: [Double?], _ ink: Style.Ink,
    _ text: (Double?) -> String
  ) {
    let margin = 8
    guard area.height > 0, area.width > margin + 4 else { return }
    let most = values.compactMap { $0 }.max() ?? 0
    if area.height > 1 {
      screen.put(
        text(values.isEmpty ? nil : most), row: area.row, column: area.column, style: .faint)
    }
    screen.put(
      text(values.last ?? nil), row: area.endRow - 1, column: area.column, style: Style(ink))
    guard !values.isEmpty, most > 0 else { return }
    var canvas = Canvas(width: area.width - margin, height: area.height, isPlain: look.isPlain)
    let dots = canvas.dotsAcross
    var spread = [Double?](repeating: nil, count: dots)
    for (index, value) in values.enumerated() {
      let place = values.count == 1 ? dots - 1 : index * (dots - 1) / (values.count - 1)
      spread[place] = value
    }
    canvas.draw(spread, from: 0, to: most, as: 0)
    for row in 0..<area.height {
      for column in 0..<canvas.width {
        let cell = canvas.cell(column, row)
        guard cell.owner != nil else { continue }
        screen.put(
          look.isPlain ? "*" : cell.text, row: area.row + row,
          column: area.column + margin + column, style: Style(ink))
      }
    }
  }

  // MARK: Events and alerts

  func drawEvents(_ screen: inout Screen, _ area: Area) {
    drawTitle(&screen, area, at == nil ? "live events" : "events before then", .events)
    let events = data.events.dropFirst(min(eventTop, max(0, data.events.count - 1)))
    for (line, event) in zip(1..<max(1, area.height), events) {
      screen.put(
        EventLine.text(event), row: area.row + line, column: area.column, limit: area.width)
    }
    if data.events.isEmpty, area.height > 1 {
      screen.put(
        data.problems[.events] ?? "none yet", row: area.row + 1, column: area.column,
        style: .faint, limit: area.width)
    }
  }

  func drawAlerts(_ screen: inout Screen, _ area: Area) {
    let alerts = alerts
    let firing = alerts.count(where: \.isFiring)
    let words = firing > 0 ? "alerts: \(firing) firing" : "alerts"
    drawTitle(&screen, area, words, .alerts)
    guard area.height > 1 else { return }
    if alerts.isEmpty {
      let text = data.problems[.alerts] ?? "none"
      screen.put(text, row: area.row + 1, column: area.column, style: .faint, limit: area.width)
    }
    let top = max(0, alertIndex - (area.height - 2))
    for (line, index) in zip(1..<area.height, top..<max(top, alerts.count)) {
      let isMarked = pane == .alerts && index == alertIndex
      screen.put(
        text(of: alerts[index]), row: area.row + line, column: area.column, limit: area.width,
        reversed: isMarked)
    }
  }

  func text(of alert: TopAlert) -> StyledText {
    let style: Style =
      !alert.isFiring || alert.isSilenced ? .faint : alert.isCritical ? .bad : .warning
    var line = StyledText(alert.isFiring ? (alert.isCritical ? "✗ " : "▲ ") : "○ ", style)
    line.add(alert.name, style)
    if let since = alert.since { line.add(" \(FigureText.age((at ?? now) - since))", .faint) }
    if let by = alert.ackedBy { line.add(" ✓ \(by)", .good) }
    if alert.isSilenced { line.add(" silenced", .faint) }
    let labels = alert.labels.filter { !["alertname", "severity"].contains($0.name) }
    if !labels.isEmpty {
      line.add(" " + labels.map { "\($0.name)=\($0.value)" }.joined(separator: " "), .accent)
    }
    if !alert.summary.isEmpty { line.add(" \(alert.summary)") }
    return line
  }

  // MARK: Overlays

  func drawOverlay(_ screen: inout Screen) {
    if let prompt, prompt.purpose == .palette { drawPalette(&screen) }
    if let prompt, prompt.purpose == .filter {
      screen.fill(row: height - 2, from: 0, to: width)
      screen.put(
        "label:glob  label!=value  figure>1%  and or not ( )   figures: rpm error_rate "
          + "latency_ms.p95 cost_usd …", row: height - 2, column: 0, style: .faint, limit: width)
    }
    switch overlay {
    case .help(let top): drawHelp(&screen, top)
    case .settings(let index): drawSettings(&screen, index)
    case nil: break
    }
  }

  private func drawPalette(_ screen: inout Screen) {
    let choices = paletteChoices.prefix(max(0, height - 6))
    var row = height - 1 - choices.count
    for choice in choices {
      screen.fill(row: row, from: 0, to: width)
      var column = screen.put(choice.name, row: row, column: 1, style: .title) + 1
      column = screen.put(choice.argument, row: row, column: column, style: .accent)
      screen.put(
        choice.help, row: row, column: max(30, column + 1), style: .faint,
        limit: max(0, width - max(30, column + 1)))
      row += 1
    }
  }

  /// A box in the middle of the screen, blank inside.
  private func box(_ screen: inout Screen, _ title: String, width: Int, height: Int) -> Area {
    let area = Area(
      row: max(0, (self.height - height) / 2), column: max(0, (self.width - width) / 2),
      width: min(width, self.width), height: min(height, self.height))
    screen.clear(area)
    let style = Style(.accent)
    for row in area.row..<area.endRow {
      screen.put("│", row: row, column: area.column, style: style)
      screen.put("│", row: row, column: area.endColumn - 1, style: style)
    }
    for (row, signs) in [(area.row, ["┌", "┐"]), (area.endRow - 1, ["└", "┘"])] {
      screen.fill(row: row, from: area.column, to: area.endColumn, with: "─", style: style)
      screen.put(signs[0], row: row, column: area.column, style: style)
      screen.put(signs[1], row: row, column: area.endColumn - 1, style: style)
    }
    screen.put(
      " \(title) ", row: area.row, column: area.column + 2, style: .title,
      limit: max(0, area.width - 4))
    return Area(
      row: area.row + 1, column: area.column + 2, width: area.width - 4, height: area.height - 2)
  }

  private func drawHelp(_ screen: inout Screen, _ top: Int) {
    let lines = TopBinding.active(in: place.kind)
    let isDouble = width >= 120
    let rows = isDouble ? (lines.count + 1) / 2 : lines.count
    let area = box(
      &screen, "keys here: j k scroll, another key closes", width: min(width, isDouble ? 136 : 78),
      height: min(height - 1, rows + 2))
    let start = max(0, min(top, rows - area.height))
    for line in 0..<area.height where start + line < rows {
      for side in 0..<(isDouble ? 2 : 1) {
        let index = start + line + side * rows
        guard lines.indices.contains(index) else { continue }
        let width = isDouble ? area.width / 2 : area.width
        let column = area.column + side * width
        screen.put(
          lines[index].keys, row: area.row + line, column: column, style: .title, limit: 15)
        screen.put(
          lines[index].help, row: area.row + line, column: column + 16, limit: width - 17)
      }
    }
  }

  private func drawSettings(_ screen: inout Screen, _ index: Int) {
    let names = Self.settingNames
    let area = box(
      &screen, "settings: ↑ ↓ choose, ← → change, Esc", width: min(width, 60),
      height: min(height, names.count + 2))
    for (row, name) in names.enumerated() where row < area.height {
      screen.put(name, row: area.row + row, column: area.column, style: .faint, limit: 18)
      screen.put(
        value(ofSetting: row), row: area.row + row, column: area.column + 18,
        limit: area.width - 18)
      if row == index {
        screen.restyle(
          row: area.row + row, from: area.column, to: area.column + area.width
        ) { style in
          style.isReversed = true
        }
      }
    }
  }
}
