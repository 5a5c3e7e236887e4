internal import Codec
internal import Telemetry

/// What the points of a metric have in common.
struct MetricHead {
  /// Prometheus' name.
  var name: [UInt8] = []
  var kind = MetricKind.gauge
  var isMonotonic = false
  var isDelta = false
  /// What none of its points can be kept for.
  var refusal: (code: RejectCode, message: String)?
}

extension OTLPMetricReader {
  /// A Metric's members. Of several kinds of data the last counts; one kind may come in parts.
  private struct MetricParts {
    var name = 0..<0
    var unit = 0..<0
    var help = 0..<0
    var dataField: UInt32 = 0
    var data: [ProtobufReader] = []
    var temporality: UInt64 = 0
    var isMonotonic = false
  }

  /// Reads one Metric.
  mutating func readMetric(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    var parts = MetricParts()
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .bytes): parts.name = try reader.range()
      case (2, .bytes): parts.help = try reader.range()
      case (3, .bytes): parts.unit = try reader.range()
      case (5, .bytes), (7, .bytes), (9, .bytes), (10, .bytes), (11, .bytes):
        if parts.dataField != tag.field { parts.data.removeAll() }
        parts.dataField = tag.field
        parts.data.append(try reader.message())
      default: try reader.skip(tag)
      }
    }
    for data in parts.data { try readTemporality(data, into: &parts) }
    guard !parts.data.isEmpty else { return }
    let head = head(of: parts)
    let help = labels.cleaned(text: text(parts.help))
    batch.samples.add(
      metric: head.kind, unit: MetricName.unit(labels.cleaned(name: text(parts.unit))),
      help: help.count > Self.nameLength * 4 ? [] : help)
    for data in parts.data { try readPoints(data, parts.dataField, head) }
  }

  private func text(_ range: Range<Int>) -> [UInt8] {
    let text = bytes.copy(range.lowerBound, range.upperBound)
    let isSound =
      UTF8Check.firstInvalid(bytes, from: range.lowerBound, to: range.upperBound) == nil
    return isSound ? text : Array(String(decoding: text, as: UTF8.self).utf8)
  }

  private func readTemporality(
    _ message: ProtobufReader, into parts: inout MetricParts
  ) throws(ProtobufError) {
    guard [7, 9, 10].contains(parts.dataField) else { return }
    var reader = message
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (2, .varint): parts.temporality = try reader.varint()
      case (3, .varint) where parts.dataField == 7: parts.isMonotonic = try reader.varint() != 0
      default: try reader.skip(tag)
      }
    }
  }

  private mutating func head(of parts: MetricParts) -> MetricHead {
    var head = MetricHead()
    head.isMonotonic = parts.isMonotonic
    head.isDelta = parts.temporality == 1
    head.kind =
      switch parts.dataField {
      case 7 where parts.isMonotonic: .counter
      case 9: .histogram
      case 10: .exponentialHistogram
      case 11: .summary
      default: .gauge
      }
    // Senders that leave the temporality out mean what most do: cumulative.
    if parts.temporality > 2 {
      head.refusal = (.badValue, "an aggregation temporality of delta or cumulative")
    }
    guard parts.name.count <= Self.nameLength, parts.unit.count <= 64 else {
      head.refusal = (.tooLarge, "a name of at most \(Self.nameLength) bytes, a unit of 64")
      return head
    }
    head.name = MetricName.metric(
      labels.cleaned(name: bytes.copy(parts.name.lowerBound, parts.name.upperBound)),
      unit: labels.cleaned(name: bytes.copy(parts.unit.lowerBound, parts.unit.upperBound)),
      head.kind)
    if head.name.isEmpty { head.refusal = (.badValue, "a name with a letter or digit") }
    return head
  }

  private mutating func readPoints(
    _ message: ProtobufReader, _ dataField: UInt32, _ head: MetricHead
  ) throws(ProtobufError) {
    var reader = message
    while let tag = try reader.next() {
      guard tag == ProtobufTag(1, .bytes) else {
        try reader.skip(tag)
        continue
      }
      labels.begin()
      let point = try reader.message()
      switch dataField {
      case 9: try readHistogram(point, head)
      case 10: try readExponential(point, head)
      case 11: try readSummary(point, head)
      default: try readNumber(point, head)
      }
    }
  }
}
