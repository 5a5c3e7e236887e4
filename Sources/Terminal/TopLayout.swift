/// Where the parts of the picture are on a screen.
struct TopLayout: Equatable, Sendable {
  static let leastWidth = 40
  static let leastHeight = 10

  var header: Area
  var banner: Area?
  var tabs: Area
  var table: Area
  var graph: Area?
  var events: Area?
  var alerts: Area?
  /// The last row.
  var footer: Int

  /// Rows of the main list, without its heading.
  var tableRows: Int { max(0, table.height - 1) }
  /// Rows of the list of events; one where it is not shown, for it tells how fresh all is.
  var eventRows: Int { events.map { max(1, $0.height - 1) } ?? 1 }

  /// The layout of a screen of this size.
  init(width: Int, height: Int, hasBanner: Bool, pane: TopPane, isExpanded: Bool, hasPanes: Bool) {
    let headerRows = height >= 16 ? 3 : 2
    header = Area(row: 0, column: 0, width: width, height: headerRows)
    var row = headerRows
    if hasBanner {
      banner = Area(row: row, column: 0, width: width, height: 1)
      row += 1
    }
    tabs = Area(row: row, column: 0, width: width, height: 1)
    row += 1
    footer = height - 1
    let rest = Area(row: row, column: 0, width: width, height: footer - row)
    table = rest
    if isExpanded {
      show(pane, in: rest)
    } else if hasPanes, height >= 20 {
      divide(rest, wide: width >= 110)
    }
  }

  private mutating func show(_ pane: TopPane, in area: Area) {
    guard pane != .table else { return }
    table.height = 0
    switch pane {
    case .table: break
    case .graph: graph = area
    case .events: events = area
    case .alerts: alerts = area
    }
  }

  private mutating func divide(_ rest: Area, wide: Bool) {
    let lower = max(6, min(16, rest.height * 2 / 5))
    table.height = rest.height - lower
    let row = table.endRow
    let left = wide ? rest.width * 34 / 100 : rest.width * 45 / 100
    graph = Area(row: row, column: 0, width: left, height: lower)
    let column = left + 1
    let right = rest.width - column
    if wide {
      let middle = right * 58 / 100
      events = Area(row: row, column: column, width: middle, height: lower)
      alerts = Area(
        row: row, column: column + middle + 1, width: right - middle - 1, height: lower)
    } else {
      let upper = (lower + 1) / 2
      events = Area(row: row, column: column, width: right, height: upper)
      alerts = Area(row: row + upper, column: column, width: right, height: lower - upper)
    }
  }
}

extension TopModel {
  /// The layout in force.
  var layout: TopLayout {
    TopLayout(
      width: width, height: height, hasBanner: hasBanner, pane: pane, isExpanded: isExpanded,
      hasPanes: settings.hasPanes && !isTrace)
  }

  var isTrace: Bool { if case .trace = place.kind { true } else { false } }

  var hasBanner: Bool {
    if case .lost = connection { return true }
    return at != nil || isFrozen
  }

  /// The columns of labels of a subject with their widths: the one that names rows first.
  func labelColumns(_ subject: TopSubject) -> [(name: String, width: Int)] {
    let others = subject.labels.filter { $0 != subject.mainLabel }
    let isWide = width >= 100
    let main = width >= 160 ? 36 : isWide ? 28 : 22
    let shown = isWide ? others : subject == .prompts ? [others[0]] : []
    return [(subject.mainLabel, main)] + shown.map { ($0, isWide ? 12 : 8) }
  }

  /// The columns of figures that the width has room for, beside labels and a line over time.
  var columns: [TopColumn] {
    guard let subject = place.subject else { return [] }
    let labels = labelColumns(subject).reduce(0) { $0 + $1.width + 1 }
    var room = width - labels - 9
    var chosen: Set<Int> = []
    for (index, column) in TopColumn.all.enumerated().sorted(by: {
      $0.element.rank < $1.element.rank
    }) {
      guard room >= column.width + 1 else { break }
      room -= column.width + 1
      chosen.insert(index)
    }
    return TopColumn.all.enumerated().filter { chosen.contains($0.offset) }.map(\.element)
  }
}
