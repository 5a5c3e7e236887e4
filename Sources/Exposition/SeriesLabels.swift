internal import Windows

/// The labels of every series of a table as they stand between the braces, or in a message: absent
/// and empty ones are left out.
struct SeriesLabels {
  private let texts: [[UInt8]]

  init(_ table: SeriesTable, _ format: MetricFormat) {
    texts = table.labels.map { Self.bytes(table.group.labels, $0, format) }
  }

  subscript(series: Int) -> [UInt8] { texts[series] }

  static func bytes(
    _ names: [String], _ values: [[UInt8]?], _ format: MetricFormat
  ) -> [UInt8] {
    format == .protobuf ? MetricMessage.labels(names, values) : text(names, values)
  }

  /// `name="value"` of each label that is there, with commas between them.
  static func text(_ names: [String], _ values: [[UInt8]?]) -> [UInt8] {
    var text: [UInt8] = []
    for (name, value) in zip(names, values) {
      guard let value, !value.isEmpty else { continue }
      if !text.isEmpty { text.append(0x2C) }
      text += name.utf8
      text += [0x3D, 0x22]
      MetricPage.appendEscaped(value, quotes: true, to: &text)
      text.append(0x22)
    }
    return text
  }
}

/// One more label with a closed set of values, as it stands between the braces.
struct SeriesWords {
  let labels: [[UInt8]]

  /// No further label: one sample a series.
  static let none = SeriesWords(labels: [[]])

  private init(labels: [[UInt8]]) {
    self.labels = labels
  }

  init(_ name: String, _ words: [String], _ format: MetricFormat) {
    labels = words.map { SeriesLabels.bytes([name], [Array($0.utf8)], format) }
  }
}

/// The upper bounds of buckets: powers of two, so that buckets of schema 5 add up to them exactly.
struct SeriesBounds {
  let lowest: Int
  let highest: Int
  /// The label `le` of each, and of the last one without a bound.
  let labels: [[UInt8]]
  /// The same as numbers.
  let values: [Double]

  /// From a millisecond to an hour and more.
  static let durations = SeriesBounds(lowest: -10, highest: 12)
  /// From a hundredth and some to beyond a hundred.
  static let scores = SeriesBounds(lowest: -6, highest: 7)

  private init(lowest: Int, highest: Int) {
    self.lowest = lowest
    self.highest = highest
    let bounds = (lowest...highest).map {
      Double(sign: .plus, exponent: $0, significand: 1)
    }
    values = bounds + [.infinity]
    labels = values.map { Array("le=\"\(MetricPage.bound($0))\"".utf8) }
  }
}

/// The series of calls added up over their last labels.
struct SeriesMerge {
  private(set) var labels: [[UInt8]] = []
  private(set) var retries: [Int64] = []
  private(set) var waits: [[Int128]] = []

  init(_ table: SeriesTable, labels kept: Int, _ format: MetricFormat) {
    let group = table.group
    var numbers: [[UInt8]: Int] = [:]
    for series in 0..<table.count {
      let text = SeriesLabels.bytes(
        Array(group.labels.prefix(kept)), Array(table.labels[series].prefix(kept)), format)
      let number = numbers[text] ?? labels.count
      if number == labels.count {
        numbers[text] = number
        labels.append(text)
        retries.append(0)
        waits.append(CallAmount.waitReasons.map { _ in 0 })
      }
      retries[number] += table.counters[series * group.counters + CallCounter.retries]
      for index in waits[number].indices {
        waits[number][index] += table.amounts[series * group.amounts + CallAmount.waits + index]
      }
    }
  }
}
