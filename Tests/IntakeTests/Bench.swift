import Codec
import Telemetry

@testable import Intake

/// Decodes texts as the intake threads do, with fixed keys and a fixed clock.
struct DecoderBench: ~Copyable {
  static let now: Int64 = 1_795_228_200_000_000_000
  let table = DimensionTable(hashKey: HashKey(1, 2))
  var decoder: EventDecoder

  init(_ change: (inout IntakeSettings) -> Void = { _ in }) {
    var settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: [UInt8](repeating: 7, count: 32))
    change(&settings)
    decoder = EventDecoder(dimensions: table, settings: settings)
  }

  mutating func lines(_ text: String) -> EventBatch { lines(Array(text.utf8)) }

  mutating func lines(_ bytes: [UInt8]) -> EventBatch {
    let batch = Self.batch(bytes)
    decoder.decodeLines(batch, RecordExtent(end: bytes.count))
    return batch
  }

  mutating func document(_ bytes: [UInt8]) -> EventBatch {
    let batch = Self.batch(bytes)
    _ = decoder.decodeDocument(batch, RecordExtent(end: bytes.count))
    return batch
  }

  /// The one event of a line.
  mutating func event(_ text: String) -> Decoded {
    let batch = lines(text)
    precondition(batch.count == 1, "one event of: \(text)")
    return Decoded(batch: batch, table: table, index: 0)
  }

  private static func batch(_ bytes: [UInt8]) -> EventBatch {
    let slab = ByteSlab(capacity: max(16, bytes.count))
    slab.append(bytes)
    let batch = EventBatch(body: slab)
    batch.receivedAt = now
    return batch
  }
}

/// One decoded event with its texts and dimensions at hand.
struct Decoded {
  let batch: EventBatch
  let table: DimensionTable
  let index: Int

  var event: Event { batch[index] }

  func text(_ slice: TextSlice) -> String? {
    slice.isAbsent ? nil : unsafe String(decoding: batch.text(slice), as: UTF8.self)
  }

  subscript(dimension: Dimension) -> String? {
    let id: UInt32 =
      switch dimension.family {
      case .source: event.source
      case .operation: event.operation
      case .tenant: event.tenant
      }
    guard let value = table.set(dimension.family, id)?[dimension] else { return nil }
    return String(decoding: value, as: UTF8.self)
  }

  var warnings: [Warning] { Warning.allCases.filter { event.warnings.contains($0) } }
  var details: String? { text(event.details) }
  var attributes: String? { text(event.attributes) }
  var message: String? { text(event.message) }
  var traceID: String { hex(event.traceHigh) + hex(event.traceLow) }
  var spanID: String { hex(event.spanID) }

  private func hex(_ word: UInt64) -> String {
    var digits: [UInt8] = []
    Hex.append(word, to: &digits)
    return String(decoding: digits, as: UTF8.self)
  }
}
