internal import History
internal import PromQL
internal import Telemetry
internal import Windows

/// Adds up what was counted between the times asked for, series by series.
struct CounterVisitor: TimelineVisitor {
  /// Where a bucket of a histogram was counted.
  struct BucketCount {
    let place: Int32
    let bucket: Int32
    let count: Int64
  }

  let times: [Int64]
  /// What became visible between the times, by wanted row: first what is visible at the first
  /// time, last what is not at the last.
  private(set) var bins: [Int64]
  /// The buckets of histograms, by wanted set; only where the histogram itself is asked for.
  private var buckets: [[BucketCount]]
  private let rows: FamilyRows
  private let table: SeriesTable
  /// The place of each set among those that are wanted; −1 for the others.
  private let slots: [Int]
  private let columns: Int
  private let names: [String]
  private let telling: String?
  private let absentWord: Int
  private let words: [String: Int]
  private let now: Int64
  /// Seconds that are read elsewhere begin here.
  private let end: Int64

  /// For the sets of `rows` that are wanted; stretches from the second `end` on are left out.
  init(
    _ rows: FamilyRows, _ table: SeriesTable, wanted: [Bool], _ times: [Int64], now: Int64,
    end: Int64
  ) {
    (self.rows, self.table) = (rows, table)
    (self.times, self.now, self.end) = (times, now, end)
    let isNative = rows.part.part == .native
    var wantedCount = 0
    slots = wanted.map { isWanted in
      guard isWanted else { return -1 }
      wantedCount += 1
      return wantedCount - 1
    }
    bins = Array(repeating: 0, count: wantedCount * rows.columnCount * (times.count + 1))
    buckets = isNative ? Array(repeating: [], count: wantedCount) : []
    columns = rows.columnCount
    let family = rows.part.family
    if case .label(let label, let absent, _) = family.history {
      telling = label
      absentWord = absent ?? -1
      words = Dictionary(
        uniqueKeysWithValues: (family.word?.values ?? []).enumerated().map { ($1, $0) })
    } else {
      (telling, absentWord, words) = (nil, -1, [:])
    }
    names = family.historyLabels + (telling.map { [$0] } ?? [])
  }

  /// How many places a row has in `bins`.
  var width: Int { times.count + 1 }

  /// The first place of a row that is wanted.
  @inline(__always)
  func firstBin(of row: Int) -> Int {
    let (set, column) = row.quotientAndRemainder(dividingBy: columns)
    return (slots[set] &* columns &+ column) &* width
  }

  /// The buckets that were counted of a set that is wanted.
  func buckets(ofSet set: Int) -> [BucketCount] { buckets[slots[set]] }

  /// A series of the table, or one word of it: the same for every question after the family.
  func place(of name: [UInt8]) -> StretchPlace {
    var values = AttributeValues.read(names, in: name)
    var word = 0
    if telling != nil {
      let told = values.removeLast()
      word = words[told] ?? absentWord
      guard word >= 0 else { return .never }
    }
    let labels = values.map { $0.isEmpty ? nil : Array($0.utf8) }
    if table.group == .scoreValue, labels.last == .some(nil) { return .never }
    guard let series = table.number(of: labels), series < rows.sets.count else { return .notYet }
    return .at(telling == nil ? series : series * columns + word)
  }

  func isWanted(_ place: Int) -> Bool { slot(of: place) >= 0 }

  /// The wanted set, or the row of one, that a place counts in; negative when it is not wanted.
  @inline(__always)
  private func slot(of place: Int) -> Int {
    guard telling != nil else { return slots[rows.sets[place]] }
    let (series, word) = place.quotientAndRemainder(dividingBy: columns)
    return slots[rows.sets[series]] &* columns &+ word
  }

  mutating func visit(_ place: Int, _ time: Int64, seconds: Int64, _ rollup: Rollup) {
    guard time < end else { return }
    add(rollup, slot(of: place), visible: (time + seconds) * 1_000)
  }

  /// Counts a single second.
  mutating func visit(_ place: Int, second: Int64, _ rollup: Rollup) {
    add(rollup, slot(of: place), visible: (second + 1) * 1_000)
  }

  private mutating func add(_ rollup: Rollup, _ place: Int, visible: Int64) {
    let bin = SampleTimes.place(of: min(visible, now), in: times)
    let width = width
    switch rows.part.family.history {
    case .none: break
    case .label(_, _, let field): bins[place &* width &+ bin] &+= rollup[field]
    case .fields(let fields):
      let row = place &* fields.count
      for (column, field) in fields.enumerated() {
        if let field { bins[(row &+ column) &* width &+ bin] &+= rollup[field] }
      }
    case .histogram(let histogram, let sum, let factor):
      add(rollup, histogram, rollup[sum] &* factor, place, bin)
    }
  }

  private mutating func add(
    _ rollup: Rollup, _ histogram: Rollup.Histogram, _ sum: Int64, _ set: Int, _ bin: Int
  ) {
    let width = width
    switch rows.part.part {
    case .sum: bins[set &* width &+ bin] &+= sum
    case .count, .value:
      var count: Int64 = 0
      rollup.forEachBucket(of: histogram) { count &+= $1 }
      bins[set &* width &+ bin] &+= count
    case .bucket:
      let bounds = rows.part.family.bounds
      let first = set &* columns
      rollup.forEachBucket(of: histogram) { bucket, count in
        bins[(first &+ bounds.place(ofBucket: bucket)) &* width &+ bin] &+= count
      }
    case .native:
      bins[set &* width &+ bin] &+= sum
      rollup.forEachBucket(of: histogram) { bucket, count in
        buckets[set].append(
          BucketCount(place: Int32(bin), bucket: Int32(bucket), count: count))
      }
    }
  }
}
