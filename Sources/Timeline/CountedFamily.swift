internal import PromQL
internal import Windows

/// What was counted of one metric name between the times asked for: the values at these times.
///
/// A value is the total less what became visible later, so the newest is what `/metrics` shows. A
/// counter never falls: where more is taken back than counted, it stands still.
struct CountedFamily {
  let reading: FamilyReading
  let times: SampleTimes
  let visitor: CounterVisitor

  var mayFall: Bool { reading.family.group == .score }

  /// What became visible of a row between the time before `bin` and the one there.
  @inline(__always)
  func added(_ row: Int, _ bin: Int) -> Int64 {
    let counted = visitor.bins[visitor.firstBin(of: row) &+ bin]
    return sumMayFall ? counted : max(0, counted)
  }

  private var sumMayFall: Bool {
    mayFall && (reading.part == .sum || reading.part == .native)
  }

  /// The total, where it is of the reader's scope; else all that was counted.
  func newest(_ row: Int) -> Int128 {
    guard !reading.isWhole else { return reading.total(row) }
    var total: Int128 = 0
    for bin in 0..<visitor.width { total += Int128(added(row, bin)) }
    return total
  }

  /// Adds the values of a row at the times from `begin` on to `values`, which is as long.
  func add(_ row: Int, from begin: Int, to values: inout [Double]) {
    let newest = newest(row)
    let count = times.times.count
    guard let small = Int64(exactly: newest) else {
      var value = newest
      for index in stride(from: count - 1, through: begin, by: -1) {
        value -= Int128(added(row, index + 1))
        values[index - begin] += Double(mayFall ? value : max(0, value))
      }
      return
    }
    var value = small
    for index in stride(from: count - 1, through: begin, by: -1) {
      value &-= added(row, index &+ 1)
      values[index &- begin] += Double(mayFall ? value : max(0, value))
    }
  }

  /// Whether a row is shown at all: pages leave some out until anything was counted.
  func isShown(_ row: Int) -> Bool {
    reading.isWhole ? reading.isShown(row) : observed(row).total != 0 || reading.part == .bucket
  }

  /// The place of the first time at which a set of rows is there. One of which everything was
  /// counted after the first time is there when the first of it is; for a range, with a zero
  /// before.
  func begin(of rows: Range<Int>) -> Int {
    let count = times.times.count
    guard let first = times.times.firstIndex(where: { $0 >= reading.origin }) else { return count }
    var earliest = visitor.width
    for row in rows {
      var (before, bins) = observed(row)
      guard before != 0 else { continue }
      var later: Int64 = 0
      for bin in stride(from: count, to: first, by: -1) {
        let added = bins[bin]
        if added != 0 { earliest = min(earliest, bin) }
        later &+= added
      }
      before -= Int128(later)
      if before > 0 { return first }
    }
    guard earliest <= count else { return reading.isWhole ? first : count }
    guard earliest < count else { return count }
    return max(first, earliest - (times.isRange ? 1 : 0))
  }

  /// What there is of a row and when it became visible: of a histogram how many observations, for
  /// one of zero adds nothing to the sum.
  private func observed(_ row: Int) -> (total: Int128, bins: [Int64]) {
    guard reading.part == .native else {
      return (newest(row), (0..<visitor.width).map { added(row, $0) })
    }
    var bins = Array(repeating: Int64(0), count: visitor.width)
    for bucket in visitor.buckets(ofSet: row) { bins[Int(bucket.place)] += max(0, bucket.count) }
    guard reading.isWhole else { return (Int128(bins.reduce(0, +)), bins) }
    return (reading.observations(row), bins)
  }

  /// The samples that are shown of the values at the times from `begin` on: the place of the first.
  func firstShown(from begin: Int) -> Int {
    begin == 0 ? 0 : times.places.firstIndex { $0 >= begin } ?? times.places.count
  }
}
