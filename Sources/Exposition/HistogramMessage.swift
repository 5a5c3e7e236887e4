internal import Codec
internal import Windows

/// The message `Histogram` of Prometheus' protobuf format.
struct HistogramMessage {
  private(set) var bytes: [UInt8] = []

  /// Buckets that may stand empty in a run, where a new run costs more.
  private static let bridged = 4

  mutating func count(_ count: UInt64) { ProtobufWriter.varint(1, count, to: &bytes) }

  mutating func sum(_ sum: Double) { ProtobufWriter.fixed64(2, sum.bitPattern, to: &bytes) }

  /// Adds a classic bucket with all that is no larger than `bound`.
  mutating func append(
    upTo bound: Double, total: UInt64, _ exemplar: SeriesHistogram.Exemplar?
  ) {
    var bucket: [UInt8] = []
    ProtobufWriter.varint(1, total, to: &bucket)
    ProtobufWriter.fixed64(2, bound.bitPattern, to: &bucket)
    if let exemplar { ProtobufWriter.bytes(3, Self.message(exemplar), to: &bucket) }
    ProtobufWriter.bytes(3, bucket, to: &bytes)
  }

  private static func message(_ exemplar: SeriesHistogram.Exemplar) -> [UInt8] {
    var trace: [UInt8] = []
    Hex.append(exemplar.traceHigh, to: &trace)
    Hex.append(exemplar.traceLow, to: &trace)
    var label: [UInt8] = []
    ProtobufWriter.bytes(1, Array("trace_id".utf8), to: &label)
    ProtobufWriter.bytes(2, trace, to: &label)
    var time: [UInt8] = []
    ProtobufWriter.varint(1, UInt64(max(0, exemplar.time) / 1_000_000_000), to: &time)
    ProtobufWriter.varint(2, UInt64(max(0, exemplar.time) % 1_000_000_000), to: &time)
    var message: [UInt8] = []
    ProtobufWriter.bytes(1, label, to: &message)
    ProtobufWriter.fixed64(2, (Double(exemplar.value) / 1e9).bitPattern, to: &message)
    ProtobufWriter.bytes(3, time, to: &message)
    return message
  }

  /// Adds the native buckets. The lowest bucket of the scale, which all smaller values join, is the
  /// zero bucket.
  mutating func append(native histogram: SeriesHistogram) {
    // Bucket 32k is the last of doubling k, so a doubling begins 31 below.
    let first = (histogram.firstDoubling - 1) * ExponentialScale.bucketsPerDoubling + 1
    var zero: Int64 = 0
    var filled: [(index: Int, count: Int64)] = []
    for (place, count) in histogram.counts.enumerated() where count > 0 {
      if first + place <= ExponentialScale.lowest {
        zero += count
      } else {
        filled.append((first + place, count))
      }
    }
    ProtobufWriter.varint(5, Self.zigzag(Int64(ExponentialScale.schema)), to: &bytes)
    let threshold = ExponentialScale.upperBound(ExponentialScale.lowest)
    ProtobufWriter.fixed64(6, threshold.bitPattern, to: &bytes)
    ProtobufWriter.varint(7, UInt64(max(0, zero)), to: &bytes)
    append(filled)
  }

  private mutating func append(_ filled: [(index: Int, count: Int64)]) {
    var deltas: [UInt8] = []
    var before: Int64 = 0
    var run = (start: 0, length: 0)
    var end = 0
    for (index, count) in filled {
      let gap = index - (run.start + run.length)
      if run.length > 0, gap <= Self.bridged {
        for _ in 0..<gap {
          ProtobufWriter.append(Self.zigzag(-before), to: &deltas)
          before = 0
        }
        run.length += gap + 1
      } else {
        appendSpan(run, after: &end)
        run = (index, 1)
      }
      ProtobufWriter.append(Self.zigzag(count - before), to: &deltas)
      before = count
    }
    appendSpan(run, after: &end)
    if !deltas.isEmpty { ProtobufWriter.bytes(13, deltas, to: &bytes) }
  }

  /// A span tells how far it begins behind the one before it; the first one, behind 0.
  private mutating func appendSpan(_ run: (start: Int, length: Int), after end: inout Int) {
    guard run.length > 0 else { return }
    var span: [UInt8] = []
    ProtobufWriter.varint(1, Self.zigzag(Int64(run.start - end)), to: &span)
    ProtobufWriter.varint(2, UInt64(run.length), to: &span)
    ProtobufWriter.bytes(12, span, to: &bytes)
    end = run.start + run.length
  }

  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: (value << 1) ^ (value >> 63))
  }
}
