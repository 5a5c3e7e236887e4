internal import Codec
internal import Telemetry

extension OTLPMetricReader {
  /// The members of a HistogramDataPoint that are its own.
  private struct HistogramParts {
    var count: UInt64 = 0
    var sum: Double?
    var counts: [UInt64] = []
    var bounds: [Double] = []
  }

  /// Reads a HistogramDataPoint.
  mutating func readHistogram(_ message: ProtobufReader, _ head: MetricHead) throws(ProtobufError) {
    var reader = message
    var point = PointParts()
    var parts = HistogramParts()
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (2, .fixed64): point.start = try reader.fixed64()
      case (3, .fixed64): point.time = try reader.fixed64()
      case (4, .fixed64): parts.count = try reader.fixed64()
      case (5, .fixed64): parts.sum = try reader.double()
      case (6, .fixed64): parts.counts.append(try reader.fixed64())
      case (6, .bytes): try Self.words(reader.message()) { parts.counts.append($0) }
      case (7, .fixed64): parts.bounds.append(try reader.double())
      case (7, .bytes):
        try Self.words(reader.message()) { parts.bounds.append(Double(bitPattern: $0)) }
      case (9, .bytes): try labels.add(OTLPAttribute(reader.message()), bytes)
      case (10, .varint): point.flags = try reader.varint()
      default: try reader.skip(tag)
      }
    }
    let first = batch.samples.samples.count
    if !point.isStale { point.refusal = Self.settle(&parts) }
    if begin(head, &point), hasRoom(for: parts.bounds.count + 3, &point) {
      if point.isStale {
        putStale(sample(head, point), parts.bounds)
      } else {
        // A sum that is no number would spoil the total it is added to.
        let isSound = !head.isDelta || parts.sum?.isFinite == true
        batch.samples.add(
          classic: sample(head, point), &identity, bounds: parts.bounds, counts: parts.counts,
          count: parts.count, sum: isSound ? parts.sum : nil, bound: MetricName.text)
      }
    }
    end(head, point, samplesFrom: first)
  }

  private static func words(
    _ message: ProtobufReader, _ body: (UInt64) -> Void
  ) throws(ProtobufError) {
    var reader = message
    while !reader.isAtEnd { body(try reader.fixed64()) }
  }

  /// Makes the buckets such that they come to the count, with +Inf as the last; or says why they
  /// cannot.
  private static func settle(
    _ parts: inout HistogramParts
  ) -> (code: RejectCode, message: String)? {
    if parts.bounds.last == .infinity, parts.counts.count == parts.bounds.count + 1 {
      let beyond = parts.counts.removeLast()
      parts.bounds.removeLast()
      parts.counts[parts.counts.count - 1] &+= beyond
    }
    if parts.counts.isEmpty { (parts.counts, parts.bounds) = ([parts.count], []) }
    guard parts.counts.count == parts.bounds.count + 1 else {
      return (.badValue, "one more count of a bucket than bounds")
    }
    let isRising = zip(parts.bounds, parts.bounds.dropFirst()).allSatisfy { $0 < $1 }
    guard isRising, parts.bounds.allSatisfy({ !$0.isNaN }) else {
      return (.badValue, "bounds that rise")
    }
    var below: UInt64 = 0
    for count in parts.counts.dropLast() {
      let (sum, overflows) = below.addingReportingOverflow(count)
      guard !overflows, sum <= parts.count else {
        return (.badValue, "a count no less than the buckets'")
      }
      below = sum
    }
    parts.counts[parts.counts.count - 1] = parts.count - below
    return nil
  }

  private mutating func putStale(_ sample: MetricSample, _ bounds: [Double]) {
    put(0, sample, suffix: "_count")
    put(0, sample, suffix: "_sum")
    for bound in bounds.filter({ $0.isFinite }) + [.infinity] {
      put(0, sample, suffix: "_bucket", label: ("le", bound))
    }
  }

  /// Reads an ExponentialHistogramDataPoint.
  mutating func readExponential(
    _ message: ProtobufReader, _ head: MetricHead
  ) throws(ProtobufError) {
    var reader = message
    var point = PointParts()
    var histogram = SampleHistogram()
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .bytes): try labels.add(OTLPAttribute(reader.message()), bytes)
      case (2, .fixed64): point.start = try reader.fixed64()
      case (3, .fixed64): point.time = try reader.fixed64()
      case (4, .fixed64): histogram.count = try reader.fixed64()
      case (5, .fixed64): histogram.sum = try reader.double()
      case (6, .varint): histogram.scale = Int(clamping: try reader.zigzag())
      case (7, .fixed64): histogram.zeroCount = try reader.fixed64()
      case (8, .bytes): try readBuckets(reader.message(), into: &histogram.positive, &point)
      case (9, .bytes): try readBuckets(reader.message(), into: &histogram.negative, &point)
      case (10, .varint): point.flags = try reader.varint()
      case (14, .fixed64): histogram.zeroThreshold = try reader.double()
      default: try reader.skip(tag)
      }
    }
    let first = batch.samples.samples.count
    if !point.isStale { point.refusal = point.refusal ?? Self.settle(&histogram, head) }
    if begin(head, &point), hasRoom(for: 1, &point) {
      var sample = sample(head, point)
      sample.series = batch.samples.add(&identity)
      if point.isStale {
        batch.samples.add(sample)
      } else {
        batch.samples.add(sample, histogram)
      }
    }
    end(head, point, samplesFrom: first)
  }

  /// Reads Buckets, numbered as Prometheus does; what a request may not hold is skipped and
  /// refuses the point.
  private mutating func readBuckets(
    _ message: ProtobufReader, into run: inout SampleHistogram.Run, _ point: inout PointParts
  ) throws(ProtobufError) {
    var reader = message
    var offset = run.offset - 1
    func append(_ count: UInt64, to run: inout SampleHistogram.Run, _ left: inout Int) {
      left -= 1
      if left >= 0 { run.counts.append(count) }
    }
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .varint): offset = Int(clamping: try reader.zigzag())
      case (2, .varint): append(try reader.varint(), to: &run, &bucketsLeft)
      case (2, .bytes):
        var packed = try reader.message()
        while !packed.isAtEnd { append(try packed.varint(), to: &run, &bucketsLeft) }
      default: try reader.skip(tag)
      }
    }
    run.offset = offset + 1
    if bucketsLeft < 0 { point.refusal = (.tooLarge, "a request of fewer buckets") }
    if abs(offset) > Int(Int32.max) { point.refusal = (.badValue, "an offset of 32 bits") }
  }

  /// Brings a histogram to what PromQL knows, or says why that cannot be.
  private static func settle(
    _ histogram: inout SampleHistogram, _ head: MetricHead
  ) -> (code: RejectCode, message: String)? {
    guard histogram.scale >= SampleHistogram.scales.lowerBound else {
      return (.badValue, "a scale of at least \(SampleHistogram.scales.lowerBound)")
    }
    histogram.coarsen(to: SampleHistogram.scales.upperBound)
    guard histogram.bound() else { return (.badValue, "buckets within the range of a double") }
    let isSound = histogram.zeroThreshold >= 0 && histogram.zeroThreshold.isFinite
    guard isSound else { return (.badValue, "a zero threshold that is a number") }
    var counted = histogram.zeroCount
    for run in [histogram.positive, histogram.negative] {
      for count in run.counts {
        let (sum, overflows) = counted.addingReportingOverflow(count)
        guard !overflows else { return (.badValue, "counts of 64 bits in all") }
        counted = sum
      }
    }
    // A sum that is no number would spoil the total it is added to.
    if head.isDelta, !histogram.sum.isFinite { histogram.sum = 0 }
    return nil
  }
}
