/// The picture without a person at it: what to ask, and lines or cells of it.
extension TopModel {
  /// Makes it the picture of so many rows that nobody moves in.
  package mutating func becomeReport(limit: Int) {
    settings.hasPanes = false
    height = limit + 8
  }

  /// The report: the first lines, so many rows, and the alerts that fire.
  package func report(limit: Int) -> [StyledText] {
    var model = self
    model.place.index = -1
    let rows = min(limit, max(1, data.rows.count))
    model.height = max(16, model.layout.table.row + rows + 2)
    let screen = model.screen
    let last = model.layout.table.row + rows
    var lines = (0...min(screen.height - 2, last)).map { screen.line($0) }
    for alert in alerts where alert.isFiring { lines.append(text(of: alert)) }
    return lines
  }

  /// The question for the main table; `isWhole` asks for every figure there is.
  package func tableRequest(limit: Int, isWhole: Bool) -> TopRequest {
    TopRequest(
      part: .table,
      path: tablePath(
        place.subject ?? .models, limit: limit,
        figures: isWhole ? [] : TopColumn.all.map(\.figure), hasLine: isWhole),
      period: nil)
  }

  /// An answer as rows of cells: labels, then figures, as they came.
  package func cells(of answer: Answer) -> (columns: [String], rows: [[String]]) {
    let labels = (place.subject ?? .models).labels
    let figures = TopColumn.all.map(\.figure)
    let rows = answer["groups"].items.map { group in
      let row = TopRow(group)
      let values = figures.map {
        row.figures[$0].map { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int64($0))" : "\($0)" }
          ?? ""
      }
      return ["\(answer["now"].text ?? "")"] + labels.map { row[$0] } + values
    }
    return (["now"] + labels + figures, rows)
  }
}

extension Screen {
  /// A row with its looks, blanks at its end left out.
  func line(_ row: Int) -> StyledText {
    var end = width
    while end > 0, self[row, end - 1].text == " ", !self[row, end - 1].style.isReversed { end -= 1 }
    var line = StyledText()
    var (text, style) = ("", Style.plain)
    for column in 0..<end {
      let cell = self[row, column]
      if cell.style != style {
        line.add(text, style)
        (text, style) = ("", cell.style)
      }
      text += cell.text
    }
    line.add(text, style)
    return line
  }
}
