internal import Codec
internal import Telemetry

extension OTLPMetricReader {
  /// Reads a NumberDataPoint.
  mutating func readNumber(_ message: ProtobufReader, _ head: MetricHead) throws(ProtobufError) {
    var reader = message
    var point = PointParts()
    var value: Double?
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (2, .fixed64): point.start = try reader.fixed64()
      case (3, .fixed64): point.time = try reader.fixed64()
      case (4, .fixed64): value = try reader.double()
      case (6, .fixed64): value = Double(Int64(bitPattern: try reader.fixed64()))
      case (7, .bytes): try labels.add(OTLPAttribute(reader.message()), bytes)
      case (8, .varint): point.flags = try reader.varint()
      default: try reader.skip(tag)
      }
    }
    if !point.isStale { point.refusal = Self.refusal(of: value, head) }
    let first = batch.samples.samples.count
    if begin(head, &point), hasRoom(for: 1, &point) {
      var sample = sample(head, point)
      sample.value = value ?? 0
      sample.series = batch.samples.add(&identity)
      batch.samples.add(sample)
    }
    end(head, point, samplesFrom: first)
  }

  /// Why a number cannot be kept. One that is no number would spoil the total it is added to.
  private static func refusal(
    of value: Double?, _ head: MetricHead
  ) -> (code: RejectCode, message: String)? {
    guard let value else { return (.badValue, "a value, asDouble or asInt") }
    guard head.isDelta else { return nil }
    if !value.isFinite { return (.badValue, "a delta that is a number") }
    return head.isMonotonic && value < 0
      ? (.badValue, "a delta of a monotonic sum that is not negative") : nil
  }

  /// Reads a SummaryDataPoint.
  mutating func readSummary(_ message: ProtobufReader, _ head: MetricHead) throws(ProtobufError) {
    var reader = message
    var point = PointParts()
    var count: UInt64 = 0
    var sum = 0.0
    var quantiles: [(quantile: Double, value: Double)] = []
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (2, .fixed64): point.start = try reader.fixed64()
      case (3, .fixed64): point.time = try reader.fixed64()
      case (4, .fixed64): count = try reader.fixed64()
      case (5, .fixed64): sum = try reader.double()
      case (6, .bytes): quantiles.append(try Self.quantile(reader.message()))
      case (7, .bytes): try labels.add(OTLPAttribute(reader.message()), bytes)
      case (8, .varint): point.flags = try reader.varint()
      default: try reader.skip(tag)
      }
    }
    let first = batch.samples.samples.count
    if begin(head, &point), hasRoom(for: quantiles.count + 2, &point) {
      var sample = sample(head, point)
      for (quantile, value) in quantiles {
        put(value, sample, label: ("quantile", quantile))
      }
      sample.flags.insert(.monotonic)
      put(Double(count), sample, suffix: "_count")
      put(sum, sample, suffix: "_sum")
    }
    end(head, point, samplesFrom: first)
  }

  private static func quantile(
    _ message: ProtobufReader
  ) throws(ProtobufError) -> (quantile: Double, value: Double) {
    var reader = message
    var found = (quantile: 0.0, value: 0.0)
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .fixed64): found.quantile = try reader.double()
      case (2, .fixed64): found.value = try reader.double()
      default: try reader.skip(tag)
      }
    }
    return found
  }

  /// Adds one number of the identity at hand, with one more label.
  mutating func put(
    _ value: Double, _ sample: MetricSample, suffix: StaticString = "",
    label: (name: String, number: Double)? = nil
  ) {
    var (own, sample) = (identity, sample)
    if let label { own.add(label.name, MetricName.text(label.number)) }
    sample.value = value
    sample.series = batch.samples.add(&own, suffix: suffix)
    batch.samples.add(sample)
  }
}
