internal import Codec
internal import PromQL
internal import Serving

/// Rows of time, labels and numbers, all with the same columns.
struct PlainTable {
  private struct Key: Hashable {
    let time: Int64
    let labels: [String]

    static func precedes(_ left: Key, _ right: Key) -> Bool {
      guard left.time == right.time else { return left.time < right.time }
      return left.labels.lexicographicallyPrecedes(right.labels) {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
    }
  }

  private let labels: [String]
  private let columns: [String]
  private var rows: [Key: [Double?]] = [:]

  /// A table without rows, of these labels and columns of numbers.
  init(labels: [String], columns: [String]) {
    (self.labels, self.columns) = (labels, columns)
  }

  /// The points of series as one column.
  init(_ series: [QueryResult.Series]) {
    self.init(labels: GrafanaAnswer.labelNames(series), columns: ["value"])
    add(series, in: 0)
  }

  /// Adds the points of series to a column.
  mutating func add(_ series: [QueryResult.Series], in column: Int) {
    for one in series {
      let values = labels.map { one.labels[$0] }
      for point in one.points {
        guard case .float(let value) = point.sample else { continue }
        let key = Key(time: point.time, labels: values)
        rows[key, default: Array(repeating: nil, count: columns.count)][column] =
          value.isFinite ? value : nil
      }
    }
  }

  /// The table as a list of objects, or as CSV with a line of names.
  func response(isCSV: Bool) -> Response {
    isCSV ? Response(contentType: "text/csv; charset=utf-8", body: csv) : Response(body: json)
  }

  private var sorted: [(key: Key, value: [Double?])] {
    rows.sorted { Key.precedes($0.key, $1.key) }
  }

  private var json: [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for (key, numbers) in sorted {
      json.beginObject()
      json.key("time")
      json.value(GrafanaTime.text(key.time))
      for (name, value) in zip(labels, key.labels) {
        json.key(name)
        json.value(value)
      }
      for (name, number) in zip(columns, numbers) {
        json.key(name)
        if let number { json.value(number) } else { json.null() }
      }
      json.endObject()
    }
    json.endArray()
    return json.bytes
  }

  private var csv: [UInt8] {
    var bytes: [UInt8] = []
    func end(_ cells: [[UInt8]]) {
      for (index, cell) in cells.enumerated() {
        if index > 0 { bytes.append(0x2C) }
        EventCSV.append(cell: cell, to: &bytes)
      }
      bytes += [0x0D, 0x0A]
    }
    end((["time"] + labels + columns).map { Array($0.utf8) })
    for (key, numbers) in sorted {
      var json: [[UInt8]] = [Array(GrafanaTime.text(key.time).utf8)]
      json += key.labels.map { Array($0.utf8) }
      for number in numbers {
        var cell = JSONWriter()
        if let number { cell.value(number) }
        json.append(cell.bytes)
      }
      end(json)
    }
    return bytes
  }
}
