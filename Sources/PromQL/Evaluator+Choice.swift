extension Evaluator {
  /// The members of each group that `topk` and its relatives let pass, with their own labels.
  mutating func chosen(
    _ operation: Aggregation.Operator, _ parameters: [Double], _ rows: [Row],
    _ groups: AggregationGroups, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    var members = Array(repeating: [Int](), count: groups.labels.count)
    for (row, group) in groups.numbers.enumerated() { members[group].append(row) }
    var output = rows.map { Row($0.labels, count: grid.count) }
    var order: [Int] = []
    for index in 0..<grid.count {
      let parameter = parameters[index]
      if parameter.isNaN {
        throw .execution(
          operation == .limitRatio ? "Ratio value is NaN" : "Parameter value is NaN")
      }
      if operation != .limitRatio, parameter < 1 { continue }
      if operation != .limitRatio, parameter > 9.2e18 {
        throw .execution("Scalar value \(parameter) overflows int64")
      }
      for rowNumbers in members {
        try budget.spend(rowNumbers.count)
        for number in pick(operation, parameter, rowNumbers, rows, index) {
          output[number].set(index, rows[number].sample(index))
          if grid.count == 1 { order.append(number) }
        }
      }
    }
    // An instant vector comes in the order of its values.
    let result = grid.count == 1 ? order.map { output[$0] } : output
    return result.filter { !$0.isEmpty }
  }

  private mutating func pick(
    _ operation: Aggregation.Operator, _ parameter: Double, _ members: [Int], _ rows: [Row],
    _ index: Int
  ) -> [Int] {
    switch operation {
    case .limitk:
      return Array(members.filter { rows[$0].isPresent(index) }.prefix(Int(min(parameter, 1e9))))
    case .limitRatio:
      let ratio = min(1, max(-1, parameter))
      if ratio != parameter { notes.warn("ratio value should be between -1 and 1") }
      return members.filter {
        rows[$0].isPresent(index) && Self.isSampled(rows[$0].labels, ratio)
      }
    default: break
    }
    let floats = members.filter { rows[$0].hasFloat(index) }
    if members.contains(where: { rows[$0].histogram(index) != nil }) {
      notes.inform("ignored histogram in \(operation.rawValue) aggregation")
    }
    let isTop = operation == .topk
    let sorted = floats.sorted { left, right in
      let first = rows[left].values[index]
      let second = rows[right].values[index]
      if first.isNaN || second.isNaN { return !first.isNaN }
      if first == second { return left < right }
      return isTop ? first > second : first < second
    }
    return Array(sorted.prefix(Int(min(parameter, 1e9))))
  }

  /// A fixed share of all label sets; a negative ratio picks exactly the others.
  private static func isSampled(_ labels: Labels, _ ratio: Double) -> Bool {
    let place = Double(SampleHash.value(labels)) / Double(UInt64.max)
    return ratio >= 0 ? place < ratio : place >= 1 + ratio
  }
}
