/// The main list: groups, calls, or a trace.
extension TopModel {
  func drawMain(_ screen: inout Screen, _ area: Area) {
    guard area.height > 1 else { return }
    switch place.kind {
    case .groups(let subject): drawGroups(&screen, area, subject)
    case .calls: drawCalls(&screen, area)
    case .trace: drawTrace(&screen, area)
    }
  }

  /// One column as it stands on the screen.
  private struct Placed {
    let title: String
    /// What it is sorted by.
    let name: String
    let column: Int
    let width: Int
    let figure: TopColumn?
  }

  private var placed: [Placed] {
    guard let subject = place.subject else { return [] }
    var all: [Placed] = []
    var column = 0
    for label in labelColumns(subject) {
      all.append(
        Placed(
          title: label.name.uppercased().replacing("_", with: " "), name: label.name,
          column: column, width: label.width, figure: nil))
      column += label.width + 1
    }
    for figure in columns {
      all.append(
        Placed(
          title: figure.title, name: figure.figure, column: column, width: figure.width,
          figure: figure))
      column += figure.width + 1
    }
    return all
  }

  /// What a click on the heading at a column sorts by.
  func sortName(atColumn column: Int) -> String? {
    placed.first { ($0.column..<($0.column + $0.width)).contains(column) }?.name
  }

  private func drawGroups(_ screen: inout Screen, _ area: Area, _ subject: TopSubject) {
    let placed = placed
    screen.fill(row: area.row, from: 0, to: width, style: Style(.faint, reversed: true))
    for column in placed {
      let isSorted = column.name == place.sort
      let isAscending = place.isInverted == (column.figure != nil)
      let title = column.title + (isSorted ? (isAscending ? "▲" : "▼") : "")
      let style = Style(isSorted ? .accent : .faint, bold: isSorted, reversed: true)
      let start =
        column.figure == nil
        ? column.column
        : column.column + column.width - min(column.width, CharacterWidth.columns(of: title))
      screen.put(title, row: area.row, column: start, style: style, limit: column.width)
    }
    let end = placed.last.map { $0.column + $0.width + 1 } ?? 0
    screen.put(
      "TREND", row: area.row, column: end, style: Style(.faint, reversed: true), limit: width - end)
    for line in 0..<(area.height - 1) {
      let index = place.top + line
      guard data.rows.indices.contains(index) else { break }
      drawGroup(&screen, area.row + 1 + line, data.rows[index], placed, end, index)
    }
    if data.rows.isEmpty { drawEmpty(&screen, area, .table, "no calls in this window") }
  }

  private func drawGroup(
    _ screen: inout Screen, _ line: Int, _ row: TopRow, _ placed: [Placed], _ end: Int,
    _ index: Int
  ) {
    for column in placed {
      if let figure = column.figure {
        let value = row.figures[figure.figure]
        let style = figure.style(value)
        let text = TopColumn.mark(style) + figure.text(value)
        let start = column.column + max(0, column.width - CharacterWidth.columns(of: text))
        screen.put(text, row: line, column: start, style: style, limit: column.width)
      } else {
        let text = row[column.name]
        let isMain = column.column == 0
        screen.put(
          text.isEmpty ? FigureText.unknown : text, row: line, column: column.column,
          style: isMain ? .title : .faint, limit: column.width)
      }
    }
    screen.put(
      Sparkline.text(row.spark, width: min(30, width - end)), row: line, column: end,
      style: .accent)
    mark(&screen, line, index)
  }

  /// Marks the row that is chosen, and those that a search finds.
  private func mark(_ screen: inout Screen, _ line: Int, _ index: Int) {
    if index == place.index {
      screen.restyle(row: line, from: 0, to: width) { style in
        style.isReversed = pane == .table
        style.isBold = true
      }
    } else if !search.isEmpty, matches(index) {
      screen.restyle(row: line, from: 0, to: width) { $0.ink = .second }
    }
  }

  private func drawEmpty(
    _ screen: inout Screen, _ area: Area, _ part: TopRequest.Part, _ text: String
  ) {
    guard area.height > 2 else { return }
    if let problem = data.problems[part] {
      screen.put(problem, row: area.row + 2, column: 2, style: .bad, limit: width - 4)
    } else {
      let isKnown = requests.contains { $0.part == part && data.paths[part] == $0.path }
      screen.put(
        isKnown ? text : "asking …", row: area.row + 2, column: 2, style: .faint,
        limit: width - 4)
    }
  }

  // MARK: Calls

  private func drawCalls(_ screen: inout Screen, _ area: Area) {
    screen.fill(row: area.row, from: 0, to: width, style: Style(.faint, reversed: true))
    screen.put(
      "RECENT CALLS, newest first; Enter opens the trace", row: area.row, column: 0,
      style: Style(.faint, reversed: true), limit: width)
    let calls = calls
    for line in 0..<(area.height - 1) {
      let index = place.top + line
      guard calls.indices.contains(index) else { break }
      screen.put(
        EventLine.text(calls[index]), row: area.row + 1 + line, column: 0, limit: width)
      mark(&screen, area.row + 1 + line, index)
    }
    if calls.isEmpty { drawEmpty(&screen, area, .calls, "no calls are stored") }
  }

  // MARK: Trace

  var traceLines: [StyledText] {
    data.trace?.lines(width: width, explains: settings.explains) ?? []
  }

  private func drawTrace(_ screen: inout Screen, _ area: Area) {
    let lines = traceLines
    guard !lines.isEmpty else { return drawEmpty(&screen, area, .trace, "no such trace") }
    for line in 0..<area.height where lines.indices.contains(traceTop + line) {
      screen.put(lines[traceTop + line], row: area.row + line, column: 0, limit: width)
    }
  }
}
