internal import Codec
internal import Telemetry

/// Feeds arbitrary bytes to the decoder, as lines and as a document: every record gets a verdict,
/// and the texts of every event lie within its batch.
package enum EventFuzz {
  // unsafe because texts of the batch are looked at while it is not changed.

  /// Runs one input.
  package static func run(_ bytes: UnsafeRawBufferPointer) {
    for isDocument in [false, true] {
      let body = ByteSlab(capacity: bytes.count + 1)
      unsafe body.append(bytes)
      let batch = EventBatch(body: body)
      batch.receivedAt = 1_795_228_200_000_000_000
      var decoder = EventDecoder(
        dimensions: DimensionTable(hashKey: HashKey(1, 2)),
        settings: IntakeSettings(
          identityKey: IdentityKey(HashKey(3, 4)),
          pseudonymKey: Array(repeating: 7, count: 32)))
      if isDocument {
        _ = decoder.decodeDocument(batch, RecordExtent(end: body.count))
      } else {
        decoder.decodeLines(batch, RecordExtent(end: body.count))
      }
      precondition(batch.count + batch.rejectedCount > 0, "every input gets a verdict")
      check(batch)
    }
  }

  static func check(_ batch: EventBatch) {
    for index in 0..<batch.count {
      let event = batch[index]
      for slice in [
        event.user, event.session, event.requestID, event.responseID, event.message, event.details,
        event.attributes, event.input, event.output, event.stack, event.eventID,
      ] where !slice.isAbsent {
        _ = unsafe batch.text(slice)
      }
      for slice in [event.details, event.attributes] where !slice.isAbsent {
        precondition(isJSON(unsafe Array(batch.text(slice))), "details and attributes are JSON")
      }
    }
  }

  private static func isJSON(_ text: [UInt8]) -> Bool {
    let slab = ByteSlab(capacity: text.count + 1)
    slab.append(text)
    var scanner = JSONScanner(unsafe ByteView(slab), from: 0, to: slab.count)
    do throws(JSONError) {
      try scanner.skipValue(depth: 0, limit: 120)
      return scanner.index == slab.count
    } catch {
      return false
    }
  }
}
