internal import PromQL
internal import Windows

/// Native histograms of schema 5, whose buckets are those of the totals.
extension TimelineSource {
  func appendNative(
    _ counted: CountedFamily, to selection: inout Selection
  ) throws(QueryError) {
    let (reading, times) = (counted.reading, counted.times)
    for set in 0..<reading.rows.setCount where reading.passing[set] {
      try look()
      guard counted.isShown(set) else { continue }
      let begin = counted.begin(of: set..<set + 1)
      let first = counted.firstShown(from: begin)
      guard first < times.shown.count else { continue }
      let values = histograms(counted, set, from: begin)
      var data = SeriesData(
        labels: reading.rows.labels[set], times: [], values: [],
        histogramTimes: Array(times.shown[first...]),
        histograms: times.places[first...].map { values[$0 - begin] })
      data.hasEnds = times.isDifference
      selection.series.append(data)
    }
  }

  /// The histograms at the times from `begin` on.
  private func histograms(
    _ counted: CountedFamily, _ set: Int, from begin: Int
  ) -> [NativeHistogram] {
    var falling = FallingHistogram(counted, set)
    let order = counted.visitor.buckets(ofSet: set).sorted { $0.place < $1.place }
    var next = order.count
    var found: [NativeHistogram] = []
    for index in stride(from: counted.times.times.count - 1, through: begin, by: -1) {
      while next > 0, order[next - 1].place > index {
        next -= 1
        falling.take(order[next])
      }
      falling.sum -= Int128(counted.added(set, index + 1))
      found.append(falling.histogram)
    }
    return found.reversed()
  }
}

/// A histogram from which is taken what became visible later.
private struct FallingHistogram {
  var sum: Int128
  private(set) var count: Int64 = 0
  /// From the bucket `first` on.
  private var counts: [Int64] = []
  private var first = 0
  private let isSigned: Bool

  init(_ counted: CountedFamily, _ set: Int) {
    let reading = counted.reading
    sum = counted.newest(set)
    isSigned = reading.family.group == .score
    guard reading.isWhole else {
      for bucket in counted.visitor.buckets(ofSet: set) { add(Int(bucket.bucket), bucket.count) }
      return
    }
    let family = reading.family
    for series in reading.rows.members[set] {
      let histogram = reading.table.histograms[series * family.group.histograms + family.histogram]
      for (place, count) in histogram.counts.enumerated() where count != 0 {
        add((histogram.firstDoubling - 1) * ExponentialScale.bucketsPerDoubling + place + 1, count)
      }
    }
  }

  private mutating func add(_ bucket: Int, _ added: Int64) {
    if counts.isEmpty { first = bucket }
    if bucket < first {
      counts.insert(contentsOf: repeatElement(0, count: first - bucket), at: 0)
      first = bucket
    }
    if bucket >= first + counts.count {
      counts.append(contentsOf: repeatElement(0, count: bucket - first - counts.count + 1))
    }
    counts[bucket - first] += added
    count += added
  }

  mutating func take(_ taken: CounterVisitor.BucketCount) {
    let place = Int(taken.bucket) - first
    guard counts.indices.contains(place) else { return }
    let amount = min(counts[place], max(0, taken.count))
    counts[place] -= amount
    count -= amount
  }

  var histogram: NativeHistogram {
    // The lowest bucket holds all that is smaller too, and zero.
    let zeros = first == ExponentialScale.lowest ? counts.first ?? 0 : 0
    var counts = counts
    if zeros != 0 { counts[0] = 0 }
    var run = BucketRun()
    if let low = counts.firstIndex(where: { $0 != 0 }),
      let high = counts.lastIndex(where: { $0 != 0 })
    {
      run = BucketRun(offset: first + low, counts: counts[low...high].map(Double.init))
    }
    let shown = isSigned ? sum : max(0, sum)
    return NativeHistogram(
      schema: ExponentialScale.schema,
      zeroThreshold: ExponentialScale.upperBound(ExponentialScale.lowest),
      zeroCount: Double(zeros), count: Double(count), sum: Double(shown) / 1e9, positive: run,
      resetHint: .notReset)
  }
}
