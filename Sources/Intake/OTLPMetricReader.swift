internal import Codec
internal import Telemetry

/// Turns OTLP's metrics into samples of series, named and labelled as Prometheus' own receiver
/// does: underscores for dots, the unit and `_total` as suffixes, `job` and `instance` from the
/// resource, whose other attributes stand on `target_info`. Owned by one thread; it keeps its
/// memory.
///
/// A point that cannot be kept is refused alone; a broken message throws and leaves the batch to be
/// emptied by the caller.
struct OTLPMetricReader: ~Copyable {
  // unsafe because views of the request are used within `read` only, where it stays in place.

  /// How deep messages may lie within each other.
  static let depth = OTLPRecordWriter.depth
  /// Bytes of names and labels in one batch, and buckets of exponential histograms.
  static let texts = 64 << 20
  static let buckets = 4 << 20
  /// Bytes of a metric's name.
  static let nameLength = 512

  private let dimensions: DimensionTable
  var labels: MetricLabels
  var bytes = unsafe ByteView(ByteSlab(capacity: 0))
  var batch = EventBatch(body: ByteSlab(capacity: 0))
  var identity = MetricIdentity()
  /// Points of the request so far.
  private var record = 0
  /// Who sends, and the newest time it told.
  private var resource = MetricResource()
  private var source: UInt32 = 0
  private var newest: Int64 = 0
  /// Buckets that still fit.
  var bucketsLeft = 0

  init(dimensions: DimensionTable, settings: IntakeSettings) {
    self.dimensions = dimensions
    labels = MetricLabels(settings)
  }

  /// Takes on new rules.
  mutating func follow(_ settings: IntakeSettings) {
    labels = MetricLabels(settings)
  }

  /// Reads a whole request into the batch's samples and rejections.
  mutating func read(_ request: ByteView, into batch: EventBatch) throws(ProtobufError) {
    bytes = request
    self.batch = batch
    record = 0
    bucketsLeft = Self.buckets
    var reader = ProtobufReader(bytes, from: 0, to: bytes.count, depthLimit: Self.depth)
    while let tag = try reader.next() {
      if tag == ProtobufTag(1, .bytes) {
        try readResource(reader.message())
      } else {
        try reader.skip(tag)
      }
    }
  }

  /// A resource with its scopes. It may come in parts, and behind what it describes.
  private mutating func readResource(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    resource = MetricResource()
    newest = 0
    while let tag = try reader.next() {
      if tag == ProtobufTag(1, .bytes) {
        var inner = try reader.message()
        while let tag = try inner.next() {
          if tag == ProtobufTag(1, .bytes) {
            try resource.take(OTLPAttribute(inner.message()), bytes)
          } else {
            try inner.skip(tag)
          }
        }
      } else {
        try reader.skip(tag)
      }
    }
    resource.settle(&labels)
    source = dimensions.intern(.source, values: resource.source)
    let points = batch.samples.points.count
    reader = message
    while let tag = try reader.next() {
      if tag == ProtobufTag(2, .bytes) {
        try readScope(reader.message())
      } else {
        try reader.skip(tag)
      }
    }
    if batch.samples.points.count > points { describeTarget() }
  }

  private mutating func readScope(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    while let tag = try reader.next() {
      if tag == ProtobufTag(2, .bytes) {
        try readMetric(reader.message())
      } else {
        try reader.skip(tag)
      }
    }
  }

  /// The resource as a series of its own, for queries that join it to others by job and instance.
  private mutating func describeTarget() {
    guard let described = resource.target, batch.samples.hasRoom(for: 1), newest > 0 else { return }
    identity.begin("target_info")
    labels.add(resource.words, to: &identity)
    labels.add(described, to: &identity)
    labels.add(resource.labels, to: &identity)
    addTenant()
    batch.samples.add(metric: .gauge, help: Array("Attributes of the resource.".utf8))
    let series = batch.samples.add(&identity)
    batch.samples.add(MetricSample(series: series, time: newest, value: 1))
  }
}

extension OTLPMetricReader {
  /// The tenant that the sender is bound to stands for any that it names.
  private mutating func addTenant() {
    guard !batch.tenant.isEmpty else { return }
    labels.add([MetricLabels.Label(name: Self.tenantName, value: batch.tenant)], to: &identity)
  }

  private static let tenantName = Array("tenant".utf8)
}

// Points.
extension OTLPMetricReader {
  /// What every point has.
  struct PointParts {
    var start: UInt64 = 0
    var time: UInt64 = 0
    var flags: UInt64 = 0
    /// What it cannot be kept for.
    var refusal: (code: RejectCode, message: String)?

    /// There is no value: the series ends here.
    var isStale: Bool { flags & 1 == 1 }
  }

  /// Begins the point's identity with its labels; false, and the point refused, where it has too
  /// many.
  mutating func begin(_ metric: MetricHead, _ point: inout PointParts) -> Bool {
    if let refusal = metric.refusal { point.refusal = point.refusal ?? refusal }
    if labels.isOverfull {
      point.refusal = (
        .tooLarge, "at most \(labels.most) attributes of \(MetricLabels.nameLength) bytes' names"
      )
    }
    guard point.refusal == nil else { return false }
    identity.begin(metric.name)
    labels.settle()
    // Of a label given twice the last counts.
    labels.add(resource.words, to: &identity)
    labels.add(labels.settled, to: &identity)
    labels.add(resource.labels, to: &identity)
    addTenant()
    return true
  }

  /// A sample of the point, without a value.
  func sample(_ metric: MetricHead, _ point: PointParts) -> MetricSample {
    var flags: MetricSample.Flags = point.isStale ? .stale : []
    if metric.isDelta { flags.insert(.delta) }
    if metric.isMonotonic { flags.insert(.monotonic) }
    return MetricSample(
      series: 0, time: point.time == 0 ? batch.receivedAt : Int64(clamping: point.time),
      start: Int64(clamping: point.start), value: 0, flags: flags)
  }

  /// Counts a point: what was added since `first` is its samples, or it is refused.
  mutating func end(_ metric: MetricHead, _ point: PointParts, samplesFrom first: Int) {
    record += 1
    guard let refusal = point.refusal else {
      newest = max(newest, batch.samples.samples.last?.time ?? 0)
      return batch.samples.addPoint(record: record, source: source, samplesFrom: first)
    }
    batch.rejectedCount += 1
    guard batch.rejections.count < Limits.keptRejections else { return }
    batch.rejections.append(
      Rejection(
        line: record, code: refusal.code, field: metric.name, message: refusal.message, text: []))
  }

  /// Whether so many more samples of the identity at hand fit; else the point is refused.
  func hasRoom(for more: Int, _ point: inout PointParts) -> Bool {
    let text = identity.byteCount + 64
    if batch.samples.hasRoom(for: more),
      batch.samples.texts.count + text * more <= Self.texts
    {
      return true
    }
    point.refusal = (.tooLarge, "a request of fewer samples")
    return false
  }
}
