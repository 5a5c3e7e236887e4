/// Figures of samples drawn from a sample, with replacement.
struct Bootstrap {
  private let sorted: [Double]
  private let figure: ComparisonMetric.Figure
  private var counts: [Int32]

  init(_ values: [Double], _ figure: ComparisonMetric.Figure) {
    sorted = values.sorted()
    self.figure = figure
    counts = if case .quantile = figure { Array(repeating: 0, count: values.count) } else { [] }
  }

  /// The figure of the next sample.
  mutating func next(_ random: inout RandomStream) -> Double {
    guard case .quantile(let share) = figure else {
      var sum = 0.0
      for _ in sorted.indices { sum += sorted[random.below(sorted.count)] }
      return sum / Double(sorted.count)
    }
    // How often each place was drawn says where the quantile lies, without sorting.
    for index in counts.indices { counts[index] = 0 }
    for _ in sorted.indices { counts[random.below(sorted.count)] += 1 }
    return sorted[Self.place(of: Figures.rank(share, of: sorted.count), in: counts)]
  }

  /// The place among sorted values at which the drawn value of this rank stands.
  static func place(of rank: Int, in counts: [Int32]) -> Int {
    var left = Int32(rank)
    for (index, count) in counts.enumerated() {
      left -= count
      if left < 0 { return index }
    }
    return counts.count - 1
  }
}

/// The differences of figures of samples of pairs, drawn with replacement.
struct PairedBootstrap {
  private let left: [Double]
  private let right: [Double]
  private let figure: ComparisonMetric.Figure
  /// The values of each arm sorted, and the place of each pair's value there.
  private let sortedLeft: [Double]
  private let sortedRight: [Double]
  private let placesLeft: [Int]
  private let placesRight: [Int]
  private var countsLeft: [Int32]
  private var countsRight: [Int32]

  init(_ left: [Double], _ right: [Double], _ figure: ComparisonMetric.Figure) {
    self.left = left
    self.right = right
    self.figure = figure
    (sortedLeft, placesLeft) = Self.sorted(left)
    (sortedRight, placesRight) = Self.sorted(right)
    countsLeft = Array(repeating: 0, count: left.count)
    countsRight = countsLeft
  }

  private static func sorted(_ values: [Double]) -> ([Double], [Int]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var places = [Int](repeating: 0, count: values.count)
    for (place, index) in order.enumerated() { places[index] = place }
    return (order.map { values[$0] }, places)
  }

  /// Right minus left of the next sample.
  mutating func next(_ random: inout RandomStream) -> Double {
    guard case .quantile(let share) = figure else {
      var sum = 0.0
      for _ in left.indices {
        let index = random.below(left.count)
        sum += right[index] - left[index]
      }
      return sum / Double(left.count)
    }
    for index in countsLeft.indices { (countsLeft[index], countsRight[index]) = (0, 0) }
    for _ in left.indices {
      let index = random.below(left.count)
      countsLeft[placesLeft[index]] += 1
      countsRight[placesRight[index]] += 1
    }
    let rank = Figures.rank(share, of: left.count)
    return sortedRight[Bootstrap.place(of: rank, in: countsRight)]
      - sortedLeft[Bootstrap.place(of: rank, in: countsLeft)]
  }
}
