/// The evaluation times of a query: `count` of them, `step` milliseconds apart.
struct Grid: Equatable {
  let start: Int64
  let step: Int64
  let count: Int

  func time(_ index: Int) -> Int64 { start + Int64(index) * step }
  var end: Int64 { time(count - 1) }
}

/// One series of a result: at each time of the grid a float, a histogram or nothing.
struct Row {
  var labels: Labels
  /// `absent` where there is no float: a computed value never has those bits.
  var values: [Double]
  /// Empty, or as long as `values`.
  var histograms: [NativeHistogram?] = []

  static let absent = StaleMarker.value

  init(_ labels: Labels, count: Int) {
    self.labels = labels
    values = Array(repeating: Self.absent, count: count)
  }

  init(_ labels: Labels, values: [Double]) {
    self.labels = labels
    self.values = values
  }

  func hasFloat(_ index: Int) -> Bool { !StaleMarker.isStale(values[index]) }

  func histogram(_ index: Int) -> NativeHistogram? {
    histograms.isEmpty ? nil : histograms[index]
  }

  func isPresent(_ index: Int) -> Bool {
    hasFloat(index) || (!histograms.isEmpty && histograms[index] != nil)
  }

  func sample(_ index: Int) -> Sample {
    if hasFloat(index) { return .float(values[index]) }
    if let histogram = histogram(index) { return .histogram(histogram) }
    return .none
  }

  mutating func set(_ index: Int, _ sample: Sample) {
    switch sample {
    case .none: break
    case .float(let value):
      values[index] = value
    case .histogram(let histogram):
      if histograms.isEmpty { histograms = Array(repeating: nil, count: values.count) }
      histograms[index] = histogram
    }
  }

  mutating func clear(_ index: Int) {
    values[index] = Self.absent
    if !histograms.isEmpty { histograms[index] = nil }
  }

  var isEmpty: Bool {
    values.allSatisfy(StaleMarker.isStale) && histograms.allSatisfy { $0 == nil }
  }

  /// Samples this row is charged for.
  var cost: Int { values.count + histograms.count * 16 }
}

/// One value of a series, or none.
enum Sample {
  case none
  case float(Double)
  indirect case histogram(NativeHistogram)
}

/// What an expression evaluates to over a grid.
enum Value {
  case scalar([Double])
  case string(String)
  case rows([Row])

  var rows: [Row] {
    guard case .rows(let rows) = self else { preconditionFailure("the checker wants a vector") }
    return rows
  }

  var scalar: [Double] {
    guard case .scalar(let values) = self else {
      preconditionFailure("the checker wants a scalar")
    }
    return values
  }

  var string: String {
    guard case .string(let text) = self else { preconditionFailure("the checker wants a string") }
    return text
  }

  var cost: Int {
    switch self {
    case .scalar(let values): values.count
    case .string: 0
    case .rows(let rows): rows.reduce(0) { $0 + $1.cost }
    }
  }
}
