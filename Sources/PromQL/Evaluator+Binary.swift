/// How two samples meet under an operator.
struct ElementOperation {
  let operation: BinaryOperation.Operator
  let returnsBool: Bool

  /// The result, and whether a filter lets the left sample pass; nil when the types do not fit.
  func apply(_ left: Sample, _ right: Sample, _ notes: inout Annotations) -> Sample? {
    switch (left, right) {
    case (.float(let left), .float(let right)) where !operation.trims:
      return .float(number(left, right))
    case (.histogram(let left), .histogram(let right)): return histograms(left, right, &notes)
    case (.histogram(let left), .float(let right)):
      if operation == .multiply { return .histogram(left.scaled(by: right)) }
      if operation == .divide { return .histogram(left.divided(by: right)) }
      if operation.trims {
        return .histogram(left.trimmed(at: right, keepsLower: operation == .trimUpper))
      }
    case (.float(let left), .histogram(let right)):
      if operation == .multiply { return .histogram(right.scaled(by: left)) }
    default: break
    }
    notes.inform(
      "incompatible sample types encountered for binary operator \"\(operation.rawValue)\"")
    return nil
  }

  /// Arithmetic gives its result, a comparison 1 or 0.
  @inline(__always)
  func number(_ left: Double, _ right: Double) -> Double {
    switch operation {
    case .add: left + right
    case .subtract: left - right
    case .multiply: left * right
    case .divide: left / right
    case .remainder: RealMath.remainder(left, right)
    case .power: RealMath.power(left, right)
    case .arcTangent: RealMath.arcTangent(left, right)
    case .equal: left == right ? 1 : 0
    case .notEqual: left != right ? 1 : 0
    case .less: left < right ? 1 : 0
    case .lessOrEqual: left <= right ? 1 : 0
    case .greater: left > right ? 1 : 0
    case .greaterOrEqual: left >= right ? 1 : 0
    // Only histograms can be trimmed.
    case .trimUpper, .trimLower: Row.absent
    case .and, .or, .unless: preconditionFailure("sets are no arithmetic")
    }
  }

  private func histograms(
    _ left: NativeHistogram, _ right: NativeHistogram, _ notes: inout Annotations
  ) -> Sample? {
    switch operation {
    case .add, .subtract:
      var result = left
      let merge = result.merge(right, times: operation == .add ? 1 : -1)
      guard let merge else {
        notes.warn(
          "vector contains a mix of histograms with exponential and custom buckets schemas")
        return nil
      }
      merge.report(to: &notes)
      if operation == .subtract { result.resetHint = .gauge }
      return .histogram(result.compacted)
    case .equal: return .float(left.hasSameObservations(as: right) ? 1 : 0)
    case .notEqual: return .float(left.hasSameObservations(as: right) ? 0 : 1)
    default:
      notes.inform(
        "incompatible sample types encountered for binary operator \"\(operation.rawValue)\"")
      return nil
    }
  }

  var filters: Bool { operation.isComparison && !returnsBool }
  var dropsName: Bool { !(operation.isComparison || operation.trims) || returnsBool }

  /// The sample that stands in the result, nil when there is none; `kept` passes a filter.
  func result(
    _ left: Sample, _ right: Sample, keeping kept: Sample, _ notes: inout Annotations
  ) -> Sample? {
    guard let result = apply(left, right, &notes) else { return nil }
    guard filters else { return result }
    guard case .float(1) = result else { return nil }
    return kept
  }
}

extension HistogramMerge {
  func report(to notes: inout Annotations) {
    if contains(.resetCollision) {
      notes.warn("conflicting counter resets during histogram addition")
    }
    if contains(.boundsReconciled) {
      notes.inform("mismatched custom buckets were reconciled during histogram arithmetic")
    }
  }
}

extension Evaluator {
  mutating func binary(_ operation: BinaryOperation, _ grid: Grid) throws(QueryError) -> Value {
    let left = try evaluate(operation.left, grid)
    let right = try evaluate(operation.right, grid)
    let element = ElementOperation(
      operation: operation.operation, returnsBool: operation.returnsBool)
    switch (left, right) {
    case (.scalar(let left), .scalar(let right)):
      return .scalar(zip(left, right).map { element.number($0, $1) })
    case (.rows(let rows), .scalar(let numbers)):
      return .rows(try combined(element, rows, numbers, isSwapped: false))
    case (.scalar(let numbers), .rows(let rows)):
      return .rows(try combined(element, rows, numbers, isSwapped: true))
    case (.rows(let left), .rows(let right)):
      guard let matching = operation.matching else {
        preconditionFailure("the checker gives vectors a matching")
      }
      switch operation.operation {
      case .and, .unless:
        return .rows(
          selected(left, by: right, matching, wants: operation.operation == .and, grid))
      case .or: return .rows(try united(left, right, matching, grid))
      default: return .rows(try matched(element, left, right, matching, grid))
      }
    default: preconditionFailure("the checker refuses strings")
    }
  }

  private mutating func combined(
    _ element: ElementOperation, _ rows: [Row], _ numbers: [Double], isSwapped: Bool
  ) throws(QueryError) -> [Row] {
    var result: [Row] = []
    result.reserveCapacity(rows.count)
    for row in rows {
      try budget.take(numbers.count)
      var output = Row(
        element.dropsName ? row.labels.withoutMetadata : row.labels, count: numbers.count)
      for (index, number) in numbers.enumerated() {
        if row.hasFloat(index) {
          let value = row.values[index]
          let answer = isSwapped ? element.number(number, value) : element.number(value, number)
          if !element.filters {
            output.values[index] = answer
          } else if answer == 1 {
            output.values[index] = value
          }
        } else if let histogram = row.histogram(index) {
          let sample = Sample.histogram(histogram)
          let pair: (Sample, Sample) =
            isSwapped ? (.float(number), sample) : (sample, .float(number))
          if let answer = element.result(pair.0, pair.1, keeping: sample, &notes) {
            output.set(index, answer)
          }
        }
      }
      if !output.isEmpty { result.append(output) }
    }
    return element.dropsName ? try merged(result) : result
  }
}

/// Rows numbered by the labels that count for a match.
struct MatchGroups {
  private(set) var keys: [Labels: Int] = [:]

  mutating func number(_ rows: [Row], _ matching: VectorMatching) -> [Int] {
    var numbers: [Int] = []
    numbers.reserveCapacity(rows.count)
    let ignored = matching.labels + [LabelName.metric]
    for row in rows {
      let key =
        matching.isOn ? row.labels.keeping(matching.labels) : row.labels.dropping(ignored)
      if let known = keys[key] {
        numbers.append(known)
      } else {
        numbers.append(keys.count)
        keys[key] = keys.count
      }
    }
    return numbers
  }
}

extension Evaluator {
  /// Where each group has an element: one flag a group and time.
  private func presence(_ rows: [Row], _ groups: [Int], count: Int, _ grid: Grid) -> [Bool] {
    var flags = Array(repeating: false, count: count * grid.count)
    for (row, group) in zip(rows, groups) {
      for index in 0..<grid.count where row.isPresent(index) {
        flags[group * grid.count + index] = true
      }
    }
    return flags
  }

  private func selected(
    _ left: [Row], by right: [Row], _ matching: VectorMatching, wants: Bool, _ grid: Grid
  ) -> [Row] {
    var groups = MatchGroups()
    let leftGroups = groups.number(left, matching)
    let rightGroups = groups.number(right, matching)
    let flags = presence(right, rightGroups, count: groups.keys.count, grid)
    var result: [Row] = []
    for (row, group) in zip(left, leftGroups) {
      var output = row
      for index in 0..<grid.count where flags[group * grid.count + index] != wants {
        output.clear(index)
      }
      if !output.isEmpty { result.append(output) }
    }
    return result
  }

  private func united(
    _ left: [Row], _ right: [Row], _ matching: VectorMatching, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let rest = selected(right, by: left, matching, wants: false, grid)
    return try merged(left + rest)
  }
}

/// Two vectors on their way through an operator, time by time.
struct VectorMatch {
  let element: ElementOperation
  let matching: VectorMatching
  let many: [Row]
  let one: [Row]
  let manyGroups: [Int]
  let oneGroups: [Int]
  let keys: [Labels]
  let grid: Grid
  /// Whether the side that is one stands on the left.
  let isSwapped: Bool
  /// What fills a missing element of each side.
  let manyFill: Double?
  let oneFill: Double?

  private(set) var output: [Row] = []
  private var places: [Labels: Int] = [:]
  /// Of each row of the many side: which row it last met, and where the result went.
  private var lastPartner: [Int]
  private var lastPlace: [Int]
  /// Of each group: its row on the side that is one, and whether the other side was there.
  private var partner: [Int]
  private var isTaken: [Bool]

  init(
    _ element: ElementOperation, _ left: [Row], _ right: [Row], _ matching: VectorMatching,
    _ grid: Grid
  ) {
    self.element = element
    self.matching = matching
    self.grid = grid
    isSwapped = matching.cardinality == .oneToMany
    many = isSwapped ? right : left
    one = isSwapped ? left : right
    // As in Prometheus, `group_right` also swaps what the two fills mean.
    manyFill = matching.leftFill
    oneFill = matching.rightFill
    var groups = MatchGroups()
    manyGroups = groups.number(many, matching)
    oneGroups = groups.number(one, matching)
    var keys = Array(repeating: Labels.none, count: groups.keys.count)
    for (key, number) in groups.keys { keys[number] = key }
    self.keys = keys
    lastPartner = Array(repeating: .min, count: many.count)
    lastPlace = Array(repeating: 0, count: many.count)
    partner = Array(repeating: -1, count: keys.count)
    isTaken = Array(repeating: false, count: keys.count)
  }

  mutating func step(_ index: Int, _ notes: inout Annotations) throws(QueryError) {
    for group in keys.indices {
      partner[group] = -1
      isTaken[group] = false
    }
    for (number, group) in oneGroups.enumerated() where one[number].isPresent(index) {
      guard partner[group] < 0 else {
        throw .execution(
          "found duplicate series for the match group on the \(isSwapped ? "left" : "right") "
            + "hand-side of the operation;many-to-many matching not allowed: matching labels must "
            + "be unique on one side")
      }
      partner[group] = number
    }
    for (number, group) in manyGroups.enumerated() where many[number].isPresent(index) {
      if partner[group] < 0 && oneFill == nil { continue }
      if isTaken[group] && matching.cardinality == .oneToOne {
        throw .execution(
          "multiple matches for labels: many-to-one matching must be explicit "
            + "(group_left/group_right)")
      }
      isTaken[group] = true
      try meet(number, partner[group], at: index, &notes)
    }
    guard let manyFill else { return }
    for (number, group) in oneGroups.enumerated()
    where one[number].isPresent(index) && !isTaken[group] {
      let sample = one[number].sample(index)
      guard let answer = combine(.float(manyFill), sample, &notes) else { continue }
      let place = self.place(labels(keys[group], one[number].labels))
      try put(answer, place, index)
    }
  }

  private func combine(
    _ many: Sample, _ one: Sample, _ notes: inout Annotations
  ) -> Sample? {
    isSwapped
      ? element.result(one, many, keeping: one, &notes)
      : element.result(many, one, keeping: many, &notes)
  }

  private mutating func meet(
    _ number: Int, _ other: Int, at index: Int, _ notes: inout Annotations
  ) throws(QueryError) {
    let right: Sample
    if other >= 0 {
      right = one[other].sample(index)
    } else {
      guard let oneFill else { return }
      right = .float(oneFill)
    }
    guard let answer = combine(many[number].sample(index), right, &notes) else { return }
    if lastPartner[number] != other {
      let partnerLabels = other >= 0 ? one[other].labels : .none
      lastPlace[number] = place(labels(many[number].labels, partnerLabels))
      lastPartner[number] = other
    }
    try put(answer, lastPlace[number], index)
  }

  private mutating func put(_ sample: Sample, _ place: Int, _ index: Int) throws(QueryError) {
    guard !output[place].isPresent(index) else {
      throw .execution(
        "multiple matches for labels: grouping labels must ensure unique matches")
    }
    output[place].set(index, sample)
  }

  private mutating func place(_ labels: Labels) -> Int {
    if let known = places[labels] { return known }
    places[labels] = output.count
    output.append(Row(labels, count: grid.count))
    return output.count - 1
  }

  private func labels(_ many: Labels, _ one: Labels) -> Labels {
    var result = element.dropsName ? many.withoutMetadata : many
    if matching.cardinality == .oneToOne {
      result =
        matching.isOn ? result.keeping(matching.labels) : result.dropping(matching.labels)
    }
    for name in matching.included { result = result.setting(name, to: one[name]) }
    return result
  }
}

extension Evaluator {
  private mutating func matched(
    _ element: ElementOperation, _ left: [Row], _ right: [Row], _ matching: VectorMatching,
    _ grid: Grid
  ) throws(QueryError) -> [Row] {
    var match = VectorMatch(element, left, right, matching, grid)
    for index in 0..<grid.count {
      let before = match.output.count
      try match.step(index, &notes)
      try budget.take((match.output.count - before) * grid.count)
      try budget.spend(left.count + right.count)
    }
    return match.output.filter { !$0.isEmpty }
  }
}
