internal import Codec

/// An answer of Prometheus' API, read for showing.
struct QueryAnswer {
  /// One series; an instant vector's has one point.
  struct Series {
    /// The name and the other labels, by their names.
    let name: String
    let labels: [(name: String, value: String)]
    let points: [(time: Int64, text: String)]

    /// The values as numbers; a histogram is none.
    var numbers: [(time: Int64, value: Double)] {
      points.compactMap { point in
        let word = point.text == "+Inf" ? "inf" : point.text == "-Inf" ? "-inf" : point.text
        return Double(word).map { (point.time, $0) }
      }
    }

    /// The series as a query writes it.
    var title: String {
      guard !labels.isEmpty else { return name.isEmpty ? "{}" : name }
      return name + "{" + labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",") + "}"
    }
  }

  let series: [Series]
  /// Warnings and infos.
  let notes: [String]
  private let isRange: Bool
  private let alone: String?

  /// The series of a JSON answer, or nil when it is none.
  init?(_ json: [UInt8]) {
    let node = ConfigNode.answer(json)
    guard let data = node?["data"], let type = data["resultType"]?.text,
      case .sequence(let result)? = data["result"]?.value
    else { return nil }
    notes = Self.texts(node?["warnings"]) + Self.texts(node?["infos"])
    isRange = type == "matrix"
    let isAlone = type == "scalar" || type == "string"
    alone = isAlone ? result.last?.text ?? "" : nil
    series = isAlone ? [] : result.map(Self.series)
  }

  private static func texts(_ node: ConfigNode?) -> [String] {
    guard case .sequence(let all)? = node?.value else { return [] }
    return all.compactMap(\.text)
  }

  private static func series(_ node: ConfigNode) -> Series {
    var labels: [(name: String, value: String)] = []
    var name = ""
    if case .mapping(let pairs)? = node["metric"]?.value {
      for pair in pairs {
        let (key, value) = (pair.key.text ?? "", pair.value.text ?? "")
        if key == "__name__" { name = value } else { labels.append((key, value)) }
      }
    }
    var points = [node["value"], node["histogram"]].compactMap { $0 }.map(point)
    for member in ["values", "histograms"] {
      if case .sequence(let all)? = node[member]?.value { points += all.map(point) }
    }
    points.sort { $0.time < $1.time }
    return Series(name: name, labels: labels, points: points)
  }

  private static func point(_ node: ConfigNode) -> (time: Int64, text: String) {
    guard case .sequence(let parts) = node.value, parts.count == 2 else { return (0, "") }
    let time = parts[0].text.flatMap(Double.init) ?? 0
    let text =
      parts[1].text
      ?? "count \(parts[1]["count"]?.text ?? "?"), sum \(parts[1]["sum"]?.text ?? "?")"
    return (Int64((time * 1_000).rounded()), text)
  }
}

// MARK: Text
extension QueryAnswer {
  /// One line a series, its labels in columns; more lines where it has more points.
  var text: String {
    if let alone { return alone + "\n" }
    guard !series.isEmpty else { return "no series\n" }
    let names = labelNames
    let hasNames = series.contains { !$0.name.isEmpty }
    var columns = (hasNames ? ["metric"] : []) + names
    if isRange { columns.append("time") }
    let rows = series.flatMap { one in
      one.points.map { point in
        (hasNames ? [one.name] : []) + Self.cells(one, names)
          + (isRange ? [Self.time(point.time)] : []) + [point.text]
      }
    }
    return TextTable(
      columns: columns + ["value"], rows: rows, numbers: [columns.count]
    ).text
  }

  /// One row a point, for other programs.
  var longTable: TextTable {
    if let alone { return TextTable(columns: ["value"], rows: [[alone]]) }
    let names = labelNames
    return TextTable(
      columns: ["time", "__name__"] + names + ["value"],
      rows: series.flatMap { one in
        one.points.map { point in
          [Self.time(point.time), one.name] + Self.cells(one, names) + [point.text]
        }
      })
  }

  private var labelNames: [String] {
    Set(series.flatMap { $0.labels.map(\.name) }).sorted()
  }

  private static func cells(_ series: Series, _ names: [String]) -> [String] {
    names.map { name in series.labels.first { $0.name == name }?.value ?? "" }
  }

  private static func time(_ milliseconds: Int64) -> String {
    Timestamp.text(milliseconds * 1_000_000)
  }
}
