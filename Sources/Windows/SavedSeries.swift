/// One series as it lies on disk: numbers of varying length, seven bits a byte, small ones first,
/// negative ones by zigzag. Layouts may grow at their ends: what is missing is 0.
package struct SavedSeries: Equatable, Sendable {
  package var counters: [Int64] = []
  package var amounts: [Int128] = []
  package var histograms: [SeriesHistogram] = []
  package var owedCounters: [Int: Int64] = [:]
  package var owedAmounts: [Int: Int128] = [:]
  package var owedHistograms: [Int: SeriesHistogram] = [:]

  /// A series in which nothing was counted.
  package init() {}

  /// The bytes that `init(bytes:)` reads.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    SavedNumber.append(counters.count, to: &bytes)
    for value in counters { SavedNumber.append(value, to: &bytes) }
    SavedNumber.append(amounts.count, to: &bytes)
    for value in amounts { SavedNumber.append(value, to: &bytes) }
    SavedNumber.append(histograms.count, to: &bytes)
    for value in histograms { Self.append(value, to: &bytes) }
    Self.append(owedCounters, to: &bytes) { SavedNumber.append($0, to: &$1) }
    Self.append(owedAmounts, to: &bytes) { SavedNumber.append($0, to: &$1) }
    Self.append(owedHistograms, to: &bytes) { Self.append($0, to: &$1) }
    return bytes
  }

  /// Reads what `bytes` gave, or nil for anything else.
  package init?(bytes: [UInt8]) {
    var rest = bytes[...]
    guard
      let counters = Self.list(&rest, { SavedNumber.read(Int64.self, &$0) }),
      let amounts = Self.list(&rest, { SavedNumber.read(Int128.self, &$0) }),
      let histograms = Self.list(&rest, Self.histogram),
      let owedCounters = Self.places(&rest, { SavedNumber.read(Int64.self, &$0) }),
      let owedAmounts = Self.places(&rest, { SavedNumber.read(Int128.self, &$0) }),
      let owedHistograms = Self.places(&rest, Self.histogram), rest.isEmpty
    else { return nil }
    self.counters = counters
    self.amounts = amounts
    self.histograms = histograms
    self.owedCounters = owedCounters
    self.owedAmounts = owedAmounts
    self.owedHistograms = owedHistograms
  }

  private static func append<Value>(
    _ values: [Int: Value], to bytes: inout [UInt8], _ value: (Value, inout [UInt8]) -> Void
  ) {
    SavedNumber.append(values.count, to: &bytes)
    for (place, owed) in values.sorted(by: { $0.key < $1.key }) {
      SavedNumber.append(place, to: &bytes)
      value(owed, &bytes)
    }
  }

  /// Empty buckets are written as runs: a zero and how many there are.
  private static func append(_ histogram: SeriesHistogram, to bytes: inout [UInt8]) {
    SavedNumber.append(histogram.firstDoubling, to: &bytes)
    SavedNumber.append(histogram.sum, to: &bytes)
    SavedNumber.append(histogram.counts.count, to: &bytes)
    var index = 0
    while index < histogram.counts.count {
      let count = histogram.counts[index]
      SavedNumber.append(count, to: &bytes)
      index += 1
      guard count == 0 else { continue }
      let end = histogram.counts[index...].firstIndex { $0 != 0 } ?? histogram.counts.count
      SavedNumber.append(end - index, to: &bytes)
      index = end
    }
  }

  private static func histogram(_ rest: inout ArraySlice<UInt8>) -> SeriesHistogram? {
    guard let doubling = SavedNumber.read(Int.self, &rest),
      let sum = SavedNumber.read(Int128.self, &rest),
      let size = SavedNumber.read(Int.self, &rest), (0...most).contains(size)
    else { return nil }
    var counts: [Int64] = []
    while counts.count < size {
      guard let count = SavedNumber.read(Int64.self, &rest) else { return nil }
      counts.append(count)
      guard count == 0 else { continue }
      guard let run = SavedNumber.read(Int.self, &rest), run >= 0, counts.count + run <= size else {
        return nil
      }
      counts.append(contentsOf: repeatElement(0, count: run))
    }
    return SeriesHistogram(firstDoubling: doubling, counts: counts, sum: sum)
  }

  private static func list<Value>(
    _ rest: inout ArraySlice<UInt8>, _ value: (inout ArraySlice<UInt8>) -> Value?
  ) -> [Value]? {
    guard let count = SavedNumber.read(Int.self, &rest), (0...most).contains(count) else {
      return nil
    }
    var values: [Value] = []
    for _ in 0..<count {
      guard let next = value(&rest) else { return nil }
      values.append(next)
    }
    return values
  }

  private static func places<Value>(
    _ rest: inout ArraySlice<UInt8>, _ value: (inout ArraySlice<UInt8>) -> Value?
  ) -> [Int: Value]? {
    let pairs = list(&rest) { rest -> (Int, Value)? in
      guard let place = SavedNumber.read(Int.self, &rest), let owed = value(&rest) else {
        return nil
      }
      return (place, owed)
    }
    return pairs.map { Dictionary($0) { first, _ in first } }
  }

  /// More numbers than any list of a series has.
  private static let most = 4_096
}

/// Whole numbers as bytes.
package enum SavedNumber {
  /// Appends a number: at most 19 bytes.
  package static func append(_ number: some SignedInteger, to bytes: inout [UInt8]) {
    let wide = Int128(number)
    var rest = UInt128(bitPattern: wide << 1 ^ wide >> 127)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Reads a number off the front, or nil where there is none or it does not fit.
  package static func read<Number: FixedWidthInteger>(
    _: Number.Type, _ bytes: inout ArraySlice<UInt8>
  ) -> Number? {
    var value: UInt128 = 0
    var shift = 0
    while let byte = bytes.popFirst() {
      guard shift < 128 else { return nil }
      value |= UInt128(byte & 0x7F) << UInt128(shift)
      if byte < 0x80 {
        return Number(exactly: Int128(bitPattern: value >> 1) ^ -Int128(bitPattern: value & 1))
      }
      shift += 7
    }
    return nil
  }
}
