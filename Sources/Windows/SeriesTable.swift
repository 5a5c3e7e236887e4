internal import Telemetry

/// All series of one group. A counter never falls: what is taken back is owed, and withheld from
/// what is added later.
///
/// Bounded: beyond `limit` label sets, further ones join the set whose every label is `other`.
package struct SeriesTable: Sendable {
  /// The group, and how many label sets are kept apart.
  package let group: SeriesGroup
  package let limit: Int

  /// The labels of each series, by its number; nil is absent.
  package private(set) var labels: [[[UInt8]?]] = []
  /// By series, `group.counters`, `group.amounts` and `group.histograms` of each.
  package private(set) var counters: [Int64] = []
  package private(set) var amounts: [Int128] = []
  package private(set) var histograms: [SeriesHistogram] = []
  /// What was counted too much so far, by place: rare, so only where there is any.
  package private(set) var owedCounters: [Int: Int64] = [:]
  package private(set) var owedAmounts: [Int: Int128] = [:]
  package private(set) var owedHistograms: [Int: SeriesHistogram] = [:]
  /// Label sets that joined others of late, as examples.
  package private(set) var lastJoined: [[[UInt8]?]] = []
  /// Series that changed since `markSaved`.
  package private(set) var changed: [Int] = []

  private var numbers: [[[UInt8]?]: Int] = [:]
  private var isChanged: [Bool] = []
  private var owes = false
  private let strides: (counters: Int, amounts: Int, histograms: Int)

  /// What labels are called when their set has joined others.
  package static let other = Array("other".utf8)
  /// Label sets of a group that are kept apart.
  package static let defaultLimit = 2_000

  private static let keptJoined = 10

  /// A table without series.
  package init(_ group: SeriesGroup, limit: Int = SeriesTable.defaultLimit) {
    self.group = group
    self.limit = limit
    strides = (group.counters, group.amounts, group.histograms)
  }

  /// How many series there are.
  package var count: Int { labels.count }

  /// The series that took in what the limit kept from having one of its own, if there is one.
  package private(set) var joinedSeries: Int?

  /// The number of the series with these labels, or of the one they joined; nil when neither is
  /// there.
  package func number(of labels: [[UInt8]?]) -> Int? { numbers[labels] ?? joinedSeries }

  private var joinedLabels: [[UInt8]?] {
    Array(repeating: Self.other, count: group.labels.count)
  }

  /// The number of the series with these labels, which is made when it is new and there is room.
  package mutating func series(_ labels: [[UInt8]?]) -> Int {
    if let known = numbers[labels] { return known }
    guard self.labels.count >= limit, labels != joinedLabels else { return append(labels) }
    noteJoined(labels)
    return series(joinedLabels)
  }

  private mutating func noteJoined(_ labels: [[UInt8]?]) {
    guard !lastJoined.contains(labels) else { return }
    if lastJoined.count == Self.keptJoined { lastJoined.removeFirst() }
    lastJoined.append(labels)
  }

  private mutating func append(_ labels: [[UInt8]?]) -> Int {
    let number = self.labels.count
    numbers[labels] = number
    if labels == joinedLabels { joinedSeries = number }
    self.labels.append(labels)
    isChanged.append(false)
    counters.append(contentsOf: repeatElement(0, count: strides.counters))
    amounts.append(contentsOf: repeatElement(0, count: strides.amounts))
    for _ in 0..<strides.histograms { histograms.append(SeriesHistogram()) }
    return number
  }

  /// Gives labels other texts, where `renamed` has one, of what is saved under them already; two
  /// series stay two.
  package mutating func rename(_ renamed: ([UInt8]?) -> [UInt8]?) {
    for (number, old) in labels.enumerated() {
      let new = old.map { renamed($0) ?? $0 }
      guard new != old, numbers[new] == nil else { continue }
      numbers[old] = nil
      numbers[new] = number
      labels[number] = new
    }
    lastJoined.removeAll { $0.contains { renamed($0) != nil } }
  }

  /// Takes note that a series is to be saved.
  @inline(__always)
  mutating func touch(_ series: Int) {
    if !isChanged[series] {
      isChanged[series] = true
      changed.append(series)
    }
  }

  /// Adds to a counter; a negative amount is withheld from what is added later.
  @inline(__always)
  mutating func add(_ amount: Int64, series: Int, counter: Int) {
    let place = series &* strides.counters &+ counter
    if amount >= 0, !owes {
      counters[place] &+= amount
    } else {
      Self.settle(amount, &counters[place], &owedCounters, place)
      owes = owes || !owedCounters.isEmpty
    }
  }

  /// Adds to counters; with `sign` −1 it takes back.
  @inline(__always)
  mutating func add(_ adds: SeriesAdds, series: Int, sign: Int64) {
    guard sign > 0, !owes else {
      for index in 0..<adds.count {
        add(sign &* adds.amounts[index], series: series, counter: adds.counters[index])
      }
      return
    }
    let first = series &* strides.counters
    var counters = counters.mutableSpan
    for index in 0..<adds.count {
      counters[first &+ adds.counters[index]] &+= adds.amounts[index]
    }
  }

  /// Adds to a sum; a negative amount is withheld from what is added later.
  @inline(__always)
  mutating func add(_ amount: Int128, series: Int, amount index: Int) {
    let place = series &* strides.amounts &+ index
    if amount >= 0, !owes {
      amounts[place] &+= amount
    } else {
      Self.settle(amount, &amounts[place], &owedAmounts, place)
      owes = owes || !owedAmounts.isEmpty
    }
  }

  /// Counts a value of a bucket, in billionths, `times` times, or takes it back that often when
  /// that is negative.
  @inline(__always)
  mutating func record(
    _ value: Int64, bucket: Int, times: Int64, series: Int, histogram: Int,
    exemplar: SeriesHistogram.Exemplar? = nil
  ) {
    let index = series &* strides.histograms &+ histogram
    let sum = Int128(value) &* Int128(times)
    if times >= 0, !owes {
      histograms[index].record(bucket: bucket, times: times, sum: sum, exemplar)
    } else {
      if let exemplar { histograms[index].record(bucket: bucket, times: 0, sum: 0, exemplar) }
      settle(times, sum, isNegative: value < 0, index, bucket)
    }
  }

  /// Takes it that all series are saved.
  package mutating func markSaved() {
    for series in changed { isChanged[series] = false }
    changed.removeAll(keepingCapacity: true)
  }

  /// Takes every series as changed, because none of them is in the file.
  mutating func markUnsaved() {
    changed = Array(isChanged.indices)
    for series in changed { isChanged[series] = true }
  }
}

// MARK: What is owed
extension SeriesTable {
  /// Lets a counter rise by what is left of `amount` after what is owed is paid.
  private static func settle<Number: SignedInteger & FixedWidthInteger>(
    _ amount: Number, _ counter: inout Number, _ owed: inout [Int: Number], _ place: Int
  ) {
    let due = (owed[place] ?? 0) &- amount
    counter &+= Swift.max(0, 0 &- due)
    owed[place] = due > 0 ? due : nil
  }

  /// A sum of values that may be negative is no counter: it moves as it is.
  private mutating func settle(
    _ times: Int64, _ sum: Int128, isNegative: Bool, _ index: Int, _ bucket: Int
  ) {
    var owed = owedHistograms[index] ?? SeriesHistogram()
    let place = histograms[index].place(ofBucket: bucket)
    let owedPlace = owed.place(ofBucket: bucket)
    let due = owed.counts[owedPlace] &- times
    histograms[index].add(Swift.max(0, 0 &- due), atPlace: place)
    owed.add(Swift.max(0, due) &- owed.counts[owedPlace], atPlace: owedPlace)
    if isNegative {
      histograms[index].sum &+= sum
    } else {
      let dueSum = owed.sum &- sum
      histograms[index].sum &+= Swift.max(0, 0 &- dueSum)
      owed.sum = Swift.max(0, dueSum)
    }
    owedHistograms[index] = owed.sum == 0 && owed.count == 0 ? nil : owed
    owes = owes || !owedHistograms.isEmpty
  }

  /// What a counter holds when what is owed is taken away: the truth.
  package func exactCounter(_ place: Int) -> Int64 { counters[place] - (owedCounters[place] ?? 0) }
  /// What a sum holds when what is owed is taken away.
  package func exactAmount(_ place: Int) -> Int128 { amounts[place] - (owedAmounts[place] ?? 0) }
}

// MARK: Parts
extension SeriesTable {
  /// The series whose labels are wanted, as a table to read.
  package func keeping(_ isWanted: ([[UInt8]?]) -> Bool) -> SeriesTable {
    var table = SeriesTable(group, limit: limit)
    for (number, labels) in labels.enumerated() where isWanted(labels) {
      let place = table.append(labels)
      func copy<Value>(_ stride: Int, _ from: [Value], _ to: inout [Value]) {
        for index in 0..<stride { to[place * stride + index] = from[number * stride + index] }
      }
      copy(strides.counters, counters, &table.counters)
      copy(strides.amounts, amounts, &table.amounts)
      copy(strides.histograms, histograms, &table.histograms)
    }
    return table
  }
}

// MARK: Saving
extension SeriesTable {
  /// Puts a series back as it was saved; before anything is counted.
  package mutating func restore(_ labels: [[UInt8]?], _ saved: SavedSeries) {
    let number = numbers[labels] ?? append(labels)
    for (index, value) in saved.counters.prefix(strides.counters).enumerated() {
      counters[number * strides.counters + index] = value
    }
    for (index, value) in saved.amounts.prefix(strides.amounts).enumerated() {
      amounts[number * strides.amounts + index] = value
    }
    for (index, value) in saved.histograms.prefix(strides.histograms).enumerated() {
      histograms[number * strides.histograms + index] = value
    }
    for (index, value) in saved.owedCounters {
      owedCounters[number * strides.counters + index] = value
    }
    for (index, value) in saved.owedAmounts {
      owedAmounts[number * strides.amounts + index] = value
    }
    for (index, value) in saved.owedHistograms {
      owedHistograms[number * strides.histograms + index] = value
    }
    owes = !(owedCounters.isEmpty && owedAmounts.isEmpty && owedHistograms.isEmpty)
  }

  /// A series as it is to be saved.
  package func saved(_ series: Int) -> SavedSeries {
    var saved = SavedSeries()
    let places = (
      series * strides.counters, series * strides.amounts, series * strides.histograms
    )
    saved.counters = Array(counters[places.0..<(places.0 + strides.counters)])
    saved.amounts = Array(amounts[places.1..<(places.1 + strides.amounts)])
    saved.histograms = Array(histograms[places.2..<(places.2 + strides.histograms)])
    guard owes else { return saved }
    for index in 0..<strides.counters { saved.owedCounters[index] = owedCounters[places.0 + index] }
    for index in 0..<strides.amounts { saved.owedAmounts[index] = owedAmounts[places.1 + index] }
    for index in 0..<strides.histograms {
      saved.owedHistograms[index] = owedHistograms[places.2 + index]
    }
    return saved
  }
}
