package import Telemetry

/// The samples of one series, numbers and histograms apart, times in ms since 1970.
package struct SamplePoints: Equatable, Sendable {
  package internal(set) var times: [Int64] = []
  /// `SamplePoints.stale` ends the series there.
  package internal(set) var values: [Double] = []
  package internal(set) var histogramTimes: [Int64] = []
  package internal(set) var histograms: [SampleHistogram] = []

  /// The NaN that Prometheus set aside for a series that ends.
  package static let stale = Double(bitPattern: 0x7FF0_0000_0000_0002)

  /// Whether there is none.
  package var isEmpty: Bool { times.isEmpty && histogramTimes.isEmpty }

  @inline(__always)
  mutating func append(_ time: Int64, _ value: Double) {
    times.append(time)
    values.append(value)
  }

  mutating func append(_ time: Int64, _ histogram: SampleHistogram) {
    histogramTimes.append(time)
    histograms.append(histogram)
  }

  mutating func append(_ other: Self, after: Int64 = .min, through: Int64 = .max) {
    let numbers = Self.range(other.times, after, through)
    times += other.times[numbers]
    values += other.values[numbers]
    guard !other.histograms.isEmpty else { return }
    let others = Self.range(other.histogramTimes, after, through)
    histogramTimes += other.histogramTimes[others]
    histograms += other.histograms[others]
  }

  /// Brings samples in order of time; of those at one time only the one added last stays.
  mutating func settle() {
    Self.settle(&times, &values)
    if !histograms.isEmpty { Self.settle(&histogramTimes, &histograms) }
  }

  private static func settle<Value>(_ times: inout [Int64], _ values: inout [Value]) {
    guard zip(times, times.dropFirst()).contains(where: { $0 >= $1 }) else { return }
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    var (sorted, kept): ([Int64], [Value]) = ([], [])
    for index in order {
      if sorted.last == times[index] {
        kept[kept.count - 1] = values[index]
      } else {
        sorted.append(times[index])
        kept.append(values[index])
      }
    }
    (times, values) = (sorted, kept)
  }

  private static func range(_ times: [Int64], _ after: Int64, _ through: Int64) -> Range<Int> {
    let first = partition(times) { $0 > after }
    return first..<max(first, partition(times) { $0 > through })
  }

  private static func partition(_ times: [Int64], _ isBehind: (Int64) -> Bool) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(times[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
