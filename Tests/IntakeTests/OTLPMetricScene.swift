import Codec
import Telemetry
import TestSupport

@testable import Intake

/// Requests of metrics as JSON, and the samples they become as lines of text.
extension OTLPBench {
  /// Nanoseconds since 1970 of points, a little before the bench's own time.
  static let time: Int64 = 1_795_228_000_000_000_000

  /// A request of these metrics, of a resource with these attributes.
  static func metrics(_ metrics: String..., resource: String = service) -> [UInt8] {
    let list = metrics.joined(separator: ",")
    return Array(
      """
      {"resourceMetrics":[{"resource":{"attributes":[\(resource)]},\
      "scopeMetrics":[{"scope":{"name":"lib"},"metrics":[\(list)]}]}]}
      """.utf8)
  }

  /// A service with a namespace and an instance.
  static let service = attributes([
    ("service.name", #"{"stringValue":"till"}"#),
    ("service.namespace", #"{"stringValue":"shop"}"#),
    ("service.instance.id", #"{"stringValue":"i-1"}"#),
  ])

  /// What target_info does not say is left out of the lines.
  mutating func samples(
    _ body: [UInt8], _ encoding: OTLPEncoding = .json, all: Bool = false
  ) throws(OTLPError) -> [String] {
    let batch = try batch(body, .metrics, encoding)
    return batch.samples.lines.filter { all || !$0.hasPrefix("target_info") }
      + batch.rejections.map { "refused \($0.line) \($0.code.text): \($0.message)" }
  }
}

extension MetricSamples {
  /// Each sample as `name{labels} value @ms from ms flags`, times since the scene's time, labels of
  /// the standard service left out.
  var lines: [String] {
    samples.map { sample in
      let series = series[Int(sample.series)]
      let end = series.start + series.nameLength
      let name = String(decoding: texts[series.start..<end], as: UTF8.self)
      let labels = String(decoding: texts[end..<(end + series.labelsLength)], as: UTF8.self)
        .replacing(#""instance":"i-1","job":"shop/till""#, with: "…")
        .replacing(#","service":"till""#, with: "")
      let metric = metrics[Int(series.metric)]
      let value =
        sample.histogram >= 0 ? text(histograms[Int(sample.histogram)]) : "\(sample.value)"
      let start = sample.start == 0 ? "" : " from \(Self.milliseconds(sample.start))"
      let flags = [
        (MetricSample.Flags.delta, "delta"), (.stale, "stale"), (.monotonic, "monotonic"),
      ]
      .filter { sample.flags.contains($0.0) }.map { " \($0.1)" }.joined()
      return "\(metric.kind.text) \(name)\(labels) \(value) @\(Self.milliseconds(sample.time))"
        + start + flags
    }
  }

  private static func milliseconds(_ time: Int64) -> Int64 { (time - OTLPBench.time) / 1_000_000 }

  private func text(_ histogram: SampleHistogram) -> String {
    "scale \(histogram.scale) zero \(histogram.zeroCount)<\(histogram.zeroThreshold) "
      + "n \(histogram.count) sum \(histogram.sum) "
      + "+\(histogram.positive.offset)\(histogram.positive.counts) "
      + "-\(histogram.negative.offset)\(histogram.negative.counts)"
  }
}
