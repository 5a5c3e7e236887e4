internal import Codec
internal import Windows

/// One family as Prometheus' protobuf message `MetricFamily`, gathered until it is whole, because
/// its length stands before it.
struct MetricMessage {
  private var family: [UInt8] = []
  private var kind = MetricFamily.Kind.gauge

  /// Fields of `MetricFamily`, `Metric` and `LabelPair`.
  private enum Field {
    static let (name, help, type, metric): (UInt32, UInt32, UInt32, UInt32) = (1, 2, 3, 4)
    static let (label, gauge, counter, histogram): (UInt32, UInt32, UInt32, UInt32) = (1, 2, 3, 7)
  }

  /// Begins a family.
  mutating func begin(_ name: String, _ kind: MetricFamily.Kind, _ help: String) {
    self.kind = kind
    ProtobufWriter.bytes(Field.name, Array(name.utf8), to: &family)
    ProtobufWriter.bytes(Field.help, Array(help.utf8), to: &family)
    let type: UInt64 =
      switch kind {
      case .counter: 0
      case .gauge: 1
      case .histogram: 4
      }
    ProtobufWriter.varint(Field.type, type, to: &family)
  }

  /// Writes the family at hand, if there is one, after its length.
  mutating func end(to bytes: inout [UInt8]) {
    guard !family.isEmpty else { return }
    ProtobufWriter.append(UInt64(family.count), to: &bytes)
    bytes += family
    family.removeAll(keepingCapacity: true)
  }

  /// The labels that are there, as fields of a metric.
  static func labels(_ names: [String], _ values: [[UInt8]?]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, value) in zip(names, values) {
      guard let value, !value.isEmpty else { continue }
      append(Array(name.utf8), value, to: &bytes)
    }
    return bytes
  }

  private static func append(_ name: [UInt8], _ value: [UInt8], to bytes: inout [UInt8]) {
    var pair: [UInt8] = []
    ProtobufWriter.bytes(1, name, to: &pair)
    ProtobufWriter.bytes(2, value, to: &pair)
    ProtobufWriter.bytes(Field.label, pair, to: &bytes)
  }

  /// Appends a counter or gauge with encoded labels.
  mutating func append(_ labels: [UInt8], _ more: [UInt8], _ value: Double) {
    var inner: [UInt8] = []
    ProtobufWriter.fixed64(1, value.bitPattern, to: &inner)
    append(labels + more, kind == .counter ? Field.counter : Field.gauge, inner)
  }

  private mutating func append(_ labels: [UInt8], _ field: UInt32, _ value: [UInt8]) {
    var metric = labels
    ProtobufWriter.bytes(field, value, to: &metric)
    ProtobufWriter.bytes(Field.metric, metric, to: &family)
  }
}

// MARK: Plain families
extension MetricMessage {
  /// Appends all samples of a family; the lines of a histogram become one metric.
  mutating func append(_ family: MetricFamily) {
    var histogram = HistogramMessage()
    for sample in family.samples {
      switch (family.kind, sample.suffix) {
      case (.histogram, "_bucket"):
        let bound = sample.labels.last { $0.name == "le" }?.value ?? ""
        histogram.append(
          upTo: bound == "+Inf" ? .infinity : Double(bound) ?? .nan,
          total: UInt64(max(0, sample.value)), nil)
      case (.histogram, "_sum"): histogram.sum(sample.value)
      case (.histogram, _):
        histogram.count(UInt64(max(0, sample.value)))
        append(Self.labels(sample), Field.histogram, histogram.bytes)
        histogram = HistogramMessage()
      default: append(Self.labels(sample), [], sample.value)
      }
    }
  }

  private static func labels(_ sample: MetricFamily.Sample) -> [UInt8] {
    labels(sample.labels.map(\.name), sample.labels.map { Array($0.value.utf8) })
  }
}

// MARK: Native histograms
extension MetricMessage {
  /// Appends a histogram both ways: classic buckets with exemplars, and native ones of schema 5.
  mutating func append(
    _ histogram: SeriesHistogram, _ labels: [UInt8], _ bounds: SeriesBounds
  ) {
    var message = HistogramMessage()
    message.count(UInt64(max(0, histogram.count)))
    message.sum(Double(histogram.sum) / 1e9)
    let doublings = histogram.doublings
    var next = 0
    var total: Int64 = 0
    for (index, bound) in bounds.values.enumerated() {
      var exemplar: SeriesHistogram.Exemplar?
      while next < doublings.count,
        bound.isInfinite || histogram.firstDoubling + next <= bounds.lowest + index
      {
        total += doublings[next]
        let candidate = histogram.exemplars[next]
        if candidate.isThere, candidate.time >= exemplar?.time ?? .min { exemplar = candidate }
        next += 1
      }
      message.append(upTo: bound, total: UInt64(max(0, total)), exemplar)
    }
    message.append(native: histogram)
    append(labels, Field.histogram, message.bytes)
  }
}
