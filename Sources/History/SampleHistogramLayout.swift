internal import Telemetry

/// What the histograms of a series have in common as long as their buckets stay the same; then only
/// counts and sum are written, and as what was added since the one before.
struct SampleHistogramLayout: Equatable {
  struct Run: Equatable {
    let offset: Int
    let count: Int
  }

  let scale: Int
  let zeroThreshold: Double
  let positive: Run
  let negative: Run
  let bounds: [Double]

  /// Buckets that one histogram may have.
  static let mostBuckets = 1 << 16

  init(of histogram: SampleHistogram) {
    scale = histogram.scale
    zeroThreshold = histogram.zeroThreshold
    positive = Run(offset: histogram.positive.offset, count: histogram.positive.counts.count)
    negative = Run(offset: histogram.negative.offset, count: histogram.negative.counts.count)
    bounds = histogram.bounds
  }

  init(_ reader: inout SampleByteReader) {
    scale = Int(truncatingIfNeeded: reader.signed())
    zeroThreshold = Double(bitPattern: reader.bits())
    positive = Self.run(&reader)
    negative = Self.run(&reader)
    let count = reader.count(ofSize: 8)
    bounds = (0..<count).map { _ in Double(bitPattern: reader.bits()) }
  }

  private static func run(_ reader: inout SampleByteReader) -> Run {
    let offset = Int(truncatingIfNeeded: reader.signed())
    let count = reader.number()
    guard count <= UInt64(mostBuckets), abs(offset) <= Int(Int32.max) else {
      reader.fail()
      return Run(offset: 0, count: 0)
    }
    return Run(offset: offset, count: Int(count))
  }

  /// A histogram of this layout that has counted nothing.
  var empty: SampleHistogram {
    SampleHistogram(
      scale: scale, zeroThreshold: zeroThreshold,
      positive: .init(
        offset: positive.offset, counts: [UInt64](repeating: 0, count: positive.count)),
      negative: .init(
        offset: negative.offset, counts: [UInt64](repeating: 0, count: negative.count)),
      bounds: bounds)
  }
}

/// Writes histograms of one series one after the other.
struct SampleHistogramWriter {
  private var last: SampleHistogram?
  private var layout: SampleHistogramLayout?

  mutating func append(_ histogram: SampleHistogram, to bytes: inout [UInt8]) {
    let layout = SampleHistogramLayout(of: histogram)
    let isSame = layout == self.layout
    bytes.append((isSame ? 0 : 1) | (histogram.isReset ? 2 : 0))
    if !isSame { SampleBytes.append(layout, to: &bytes) }
    let last = (isSame ? last : nil) ?? layout.empty
    Self.append(histogram.count, since: last.count, to: &bytes)
    Self.append(histogram.zeroCount, since: last.zeroCount, to: &bytes)
    SampleBytes.append(
      (histogram.sum.bitPattern ^ last.sum.bitPattern).byteSwapped, to: &bytes)
    for (run, before) in [
      (histogram.positive, last.positive), (histogram.negative, last.negative),
    ] {
      for (count, old) in zip(run.counts, before.counts) {
        Self.append(count, since: old, to: &bytes)
      }
    }
    self.layout = layout
    self.last = histogram
  }

  private static func append(_ count: UInt64, since last: UInt64, to bytes: inout [UInt8]) {
    SampleBytes.append(signed: Int64(bitPattern: count &- last), to: &bytes)
  }
}

/// Reads what `SampleHistogramWriter` wrote.
struct SampleHistogramReader {
  private var last: SampleHistogram?

  mutating func next(_ reader: inout SampleByteReader) -> SampleHistogram {
    let flags = reader.byte()
    if flags & 1 == 1 { last = SampleHistogramLayout(&reader).empty }
    guard flags < 4, !reader.isDamaged, var histogram = last else {
      reader.fail()
      return SampleHistogram()
    }
    histogram.isReset = flags & 2 == 2
    histogram.count &+= UInt64(bitPattern: reader.signed())
    histogram.zeroCount &+= UInt64(bitPattern: reader.signed())
    histogram.sum = Double(
      bitPattern: histogram.sum.bitPattern ^ reader.number().byteSwapped)
    for index in histogram.positive.counts.indices {
      histogram.positive.counts[index] &+= UInt64(bitPattern: reader.signed())
    }
    for index in histogram.negative.counts.indices {
      histogram.negative.counts[index] &+= UInt64(bitPattern: reader.signed())
    }
    last = histogram
    return histogram
  }
}
