internal import Codec
internal import Terminal

/// A range query drawn: the first series as lines in one picture, all of them as lines of a table.
struct QueryChart {
  /// How it is drawn.
  struct Style {
    let width: Int
    /// ASCII in place of braille and blocks.
    let isPlain: Bool
    let hasColor: Bool
  }

  private static let height = 12
  /// Series that one picture can tell apart.
  private static let drawn = 6
  private static let colors = [32, 33, 36, 35, 34, 31]
  private static let signs = Array("*o+x#@")

  private let series: [QueryAnswer.Series]
  private let span: QueryRequest.Span
  private let style: Style

  init(_ answer: QueryAnswer, _ span: QueryRequest.Span, _ style: Style) {
    series = answer.series
    self.span = span
    self.style = style
  }

  var text: String {
    guard !series.isEmpty else { return "no series\n" }
    return picture + table
  }

  /// The finite values of a series, each at the step it belongs to.
  private func columns(of one: QueryAnswer.Series, _ count: Int) -> [Double?] {
    var columns = [Double?](repeating: nil, count: count)
    let length = max(1, span.end - span.start)
    for (time, value) in one.numbers where value.isFinite {
      let place = Int(Double(time - span.start) / Double(length) * Double(count - 1) + 0.5)
      if columns.indices.contains(place) { columns[place] = value }
    }
    return columns
  }

  private var picture: String {
    let shown = series.prefix(Self.drawn)
    let finite = shown.flatMap { $0.numbers.map(\.value) }.filter(\.isFinite)
    guard var low = finite.min(), var high = finite.max() else { return "" }
    if low == high { (low, high) = (low - abs(low) / 2 - 0.5, high + abs(high) / 2 + 0.5) }
    let marks = [high, (low + high) / 2, low].map(Self.short)
    let margin = (marks.map(\.count).max() ?? 0) + 2
    var canvas = Canvas(
      width: max(10, style.width - margin), height: Self.height, isPlain: style.isPlain)
    for (number, one) in shown.enumerated() {
      canvas.draw(columns(of: one, canvas.dotsAcross), from: low, to: high, as: number)
    }
    var lines: [String] = []
    for row in 0..<Self.height {
      let mark =
        row == 0
        ? marks[0] : row == Self.height - 1 ? marks[2] : row == Self.height / 2 ? marks[1] : ""
      lines.append(Self.aligned(mark, margin - 2) + " " + bar + line(canvas, row))
    }
    let start = Timestamp.text(span.start * 1_000_000)
    let end = Timestamp.text(span.end * 1_000_000)
    let gap = max(1, canvas.width - start.count - end.count)
    let blanks = String(repeating: " ", count: margin)
    lines.append(blanks + start + String(repeating: " ", count: gap) + end)
    return lines.joined(separator: "\n") + "\n\n"
  }

  private var bar: String { style.isPlain ? "|" : "│" }

  private func line(_ canvas: Canvas, _ row: Int) -> String {
    var text = ""
    let end = (0..<canvas.width).last { canvas.cell($0, row).owner != nil } ?? -1
    for column in 0..<(end + 1) {
      let cell = canvas.cell(column, row)
      guard let owner = cell.owner else {
        text += " "
        continue
      }
      text += paint(style.isPlain ? String(Self.signs[owner]) : cell.text, owner)
    }
    return text
  }

  private func paint(_ text: String, _ number: Int) -> String {
    guard style.hasColor, number < Self.drawn else { return text }
    return "\u{1B}[\(Self.colors[number])m\(text)\u{1B}[0m"
  }

  /// Every series with its least, mean, greatest and last value, and its course.
  private var table: String {
    let titles = series.map { Self.printable($0.title) }
    let room = min(titles.map(\.count).max() ?? 0, max(20, style.width / 2))
    let figures = series.map { Self.figures($0.numbers.map(\.value)) }
    let widths = (0..<4).map { index in
      max(Self.heads[index].count, figures.map { $0[index].count }.max() ?? 0)
    }
    let course = max(8, style.width - room - widths.reduce(0, +) - 12)
    var lines = [
      String(repeating: " ", count: room + course + 4)
        + zip(Self.heads, widths).map { Self.aligned($0, $1) }.joined(separator: "  ")
    ]
    for (number, one) in series.enumerated() {
      let mark = number < Self.drawn ? paint(style.isPlain ? sign(number) : "●", number) : " "
      let title = Self.padded(Self.cut(titles[number], room), room)
      let cells = zip(figures[number], widths).map { Self.aligned($0, $1) }
      lines.append(
        "\(mark) \(title) \(paint(sparkline(one, course), number)) "
          + cells.joined(separator: "  "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let heads = ["min", "mean", "max", "last"]

  private func sign(_ number: Int) -> String { String(Self.signs[number]) }

  private static func figures(_ values: [Double]) -> [String] {
    let known = values.filter { !$0.isNaN }
    guard let low = known.min(), let high = known.max(), let last = values.last else {
      return ["", "", "", ""]
    }
    let mean = known.reduce(0, +) / Double(known.count)
    return [low, mean, high, last].map(short)
  }

  private func sparkline(_ one: QueryAnswer.Series, _ width: Int) -> String {
    let levels = style.isPlain ? Array("_.-=+*#@") : Array("▁▂▃▄▅▆▇█")
    let steps = Int((span.end - span.start) / span.step) + 1
    let count = min(width, steps)
    let values = columns(of: one, count)
    let known = values.compactMap { $0 }
    guard let low = known.min(), let high = known.max() else {
      return String(repeating: " ", count: width)
    }
    return String(
      values.map { value in
        guard let value else { return " " }
        guard high > low else { return levels[0] }
        return levels[min(7, Int((value - low) / (high - low) * 8))]
      }) + String(repeating: " ", count: width - count)
  }

  /// Four significant digits and a letter for the thousands.
  static func short(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
    guard value != 0 else { return "0" }
    let steps: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")]
    for (size, letter) in steps where value.magnitude >= size {
      return digits(value / size) + letter
    }
    guard value.magnitude < 1e-4 else { return digits(value) }
    let parts = "\(value)".split(separator: "e")
    guard parts.count == 2, let mantissa = Double(parts[0]) else { return "\(value)" }
    return "\(digits(mantissa))e\(parts[1])"
  }

  private static func digits(_ value: Double) -> String {
    let scale: Double =
      value.magnitude >= 100 ? 10 : value.magnitude >= 10 ? 100 : value.magnitude >= 1 ? 1e3 : 1e4
    let text = "\((value * scale).rounded() / scale)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func printable(_ text: String) -> String {
    String(text.map { $0.isNewline || $0 == "\t" || $0 == "\u{1B}" ? " " : $0 })
  }

  private static func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
