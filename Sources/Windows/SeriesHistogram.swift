/// Values counted in the buckets of `ExponentialScale`, grown by whole doublings on first use, with
/// their exact sum: 256 bytes a doubling that was ever hit or lies between two that were.
package struct SeriesHistogram: Equatable, Sendable {
  /// A trace that shows what a bucket holds.
  package struct Exemplar: Equatable, Sendable {
    package let traceHigh: UInt64
    package let traceLow: UInt64
    /// The value in billionths, and when it was seen, in ns since 1970.
    package let value: Int64
    package let time: Int64

    /// A value of a trace; a trace of 0 is none.
    package init(traceHigh: UInt64, traceLow: UInt64, value: Int64, time: Int64) {
      self.traceHigh = traceHigh
      self.traceLow = traceLow
      self.value = value
      self.time = time
    }

    fileprivate static let none = Exemplar(traceHigh: 0, traceLow: 0, value: 0, time: .min)

    /// Whether there is a trace.
    package var isThere: Bool { traceHigh | traceLow != 0 }
  }

  /// The doubling that `counts` begins with: doubling k holds values in (2ᵏ⁻¹, 2ᵏ].
  package private(set) var firstDoubling = 0
  /// One count a bucket, 32 buckets a doubling.
  package private(set) var counts: [Int64] = []
  /// The newest trace of each doubling.
  package private(set) var exemplars: [Exemplar] = []
  /// The sum of all values, in billionths.
  package var sum: Int128 = 0

  /// An empty histogram.
  package init() {}

  /// A histogram as it was saved.
  package init(firstDoubling: Int, counts: [Int64], sum: Int128) {
    self.firstDoubling = firstDoubling
    self.counts = counts
    self.sum = sum
    exemplars = Array(repeating: .none, count: counts.count / Self.width)
  }

  private static let width = ExponentialScale.bucketsPerDoubling

  /// The doubling of a bucket of the scale.
  @inline(__always)
  package static func doubling(ofBucket bucket: Int) -> Int { (bucket + width - 1) >> 5 }

  /// How many values were counted.
  package var count: Int64 { counts.reduce(0, &+) }

  /// How many values each doubling holds, by rising doubling from `firstDoubling` on.
  package var doublings: [Int64] {
    stride(from: 0, to: counts.count, by: Self.width).map { start in
      counts[start..<(start + Self.width)].reduce(0, &+)
    }
  }

  /// Where a bucket of the scale stands in `counts`, which is grown to hold it.
  @inline(__always)
  package mutating func place(ofBucket bucket: Int) -> Int {
    let doubling = Self.doubling(ofBucket: bucket)
    let place = (doubling - firstDoubling) * Self.width + (bucket + Self.width - 1) & 31
    if counts.isEmpty || place < 0 || place >= counts.count {
      grow(to: doubling)
      return self.place(ofBucket: bucket)
    }
    return place
  }

  /// Adds to a bucket; `amount` may be negative.
  @inline(__always)
  package mutating func add(_ amount: Int64, atPlace place: Int) {
    counts[place] &+= amount
  }

  /// Counts a value of a bucket, whose sum over all times is given; and its trace, where known.
  @inline(__always)
  package mutating func record(
    bucket: Int, times: Int64, sum added: Int128, _ exemplar: Exemplar?
  ) {
    let place = place(ofBucket: bucket)
    counts[place] &+= times
    sum &+= added
    if let exemplar, exemplar.time >= exemplars[place >> 5].time {
      exemplars[place >> 5] = exemplar
    }
  }

  /// The bucket of a value in billionths.
  @inline(__always)
  package static func bucket(of value: Int64) -> Int {
    ExponentialScale.index(of: Double(value) / 1e9)
  }

  private mutating func grow(to doubling: Int) {
    guard !counts.isEmpty else {
      firstDoubling = doubling
      counts = Array(repeating: 0, count: Self.width)
      exemplars = [.none]
      return
    }
    let last = firstDoubling + counts.count / Self.width - 1
    let below = max(0, firstDoubling - doubling)
    let above = max(0, doubling - last)
    counts.insert(contentsOf: repeatElement(0, count: below * Self.width), at: 0)
    counts.append(contentsOf: repeatElement(0, count: above * Self.width))
    exemplars.insert(contentsOf: repeatElement(.none, count: below), at: 0)
    exemplars.append(contentsOf: repeatElement(.none, count: above))
    firstDoubling -= below
  }
}
