internal import Codec
internal import Telemetry

/// Feeds arbitrary bytes to the OTLP decoder in each signal and encoding: they are refused whole,
/// or every text of every event lies within its batch.
package enum OTLPFuzz {
  /// Runs one input.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    for signal in [OTLPSignal.traces, .logs, .metrics] {
      for encoding in [OTLPEncoding.protobuf, .json] {
        let body = ByteSlab(capacity: bytes.count + 1)
        // unsafe because the bytes are the caller's for the length of this call.
        unsafe body.append(bytes)
        decode(body, signal, encoding)
      }
    }
  }

  private static func decode(_ body: ByteSlab, _ signal: OTLPSignal, _ encoding: OTLPEncoding) {
    let batch = EventBatch(body: body)
    batch.receivedAt = 1_795_228_200_000_000_000
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(1, 2)),
      settings: IntakeSettings(
        identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: Array(repeating: 7, count: 32)))
    do throws(OTLPError) {
      try decoder.decodeOTLP(batch, signal, encoding)
    } catch {
      precondition(batch.recordCount == 0, "nothing is taken of a broken request")
      return
    }
    if signal == .metrics { return check(batch.samples) }
    for rejection in batch.rejections {
      precondition(rejection.code != .badJSON, "what we write is JSON")
    }
    EventFuzz.check(batch)
  }

  /// Every sample has its series, every series its text, every histogram what History can read.
  private static func check(_ samples: MetricSamples) {
    for sample in samples.samples {
      let series = samples.series[Int(sample.series)]
      let end = series.start + series.nameLength + series.labelsLength
      precondition(end <= samples.texts.count, "a series' text lies in its batch")
      precondition(
        series.nameLength > 0 && samples.texts[end - 1] == 0x7D, "a series has name and labels")
    }
    var last = 0
    for point in samples.points {
      precondition(Int(point.samples.lowerBound) >= last, "points lie one behind the other")
      last = Int(point.samples.upperBound)
    }
    precondition(last <= samples.samples.count, "points lie in their batch")
    for histogram in samples.histograms {
      precondition(
        SampleHistogram.scales.contains(histogram.scale), "a scale is one that PromQL knows")
      for run in [histogram.positive, histogram.negative] {
        precondition(run.counts.count <= SampleHistogram.mostBuckets, "buckets are bounded")
      }
    }
  }
}
