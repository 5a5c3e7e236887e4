internal import Codec
internal import Telemetry

/// Feeds arbitrary bytes to the OTLP decoder in each signal and encoding: they are refused whole,
/// or every text of every event lies within its batch.
package enum OTLPFuzz {
  /// Runs one input.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    for signal in [OTLPSignal.traces, .logs] {
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
      precondition(batch.count == 0, "nothing is taken of a broken request")
      return
    }
    for rejection in batch.rejections {
      precondition(rejection.code != .badJSON, "what we write is JSON")
    }
    EventFuzz.check(batch)
  }
}
