internal import Codec
internal import Telemetry

/// Redacts what is about to be kept, field by field, and only where the record as a whole gives
/// cause to look. Owned by one thread.
struct TextCleaner: ~Copyable {
  private var redactor: Redactor
  private let pseudonymKey: [UInt8]
  private var output: [UInt8] = []

  init(_ settings: IntakeSettings) {
    redactor = Redactor(settings.redaction)
    pseudonymKey = settings.pseudonymKey
  }

  /// The text, or its redacted copy.
  mutating func clean(_ slice: TextSlice, _ batch: EventBatch) -> TextSlice {
    guard !slice.isAbsent else { return slice }
    output.removeAll(keepingCapacity: true)
    guard unsafe redactor.redact(text: batch.text(slice), into: &output) else { return slice }
    return keep(batch)
  }

  /// The JSON value, or its redacted copy.
  mutating func clean(json slice: TextSlice, _ batch: EventBatch) -> TextSlice {
    guard !slice.isAbsent else { return slice }
    output.removeAll(keepingCapacity: true)
    guard unsafe redactor.redact(json: batch.text(slice), into: &output) else { return slice }
    return keep(batch)
  }

  /// The id, or the pseudonym of one that says too much.
  mutating func identifier(_ slice: TextSlice, _ batch: EventBatch) -> TextSlice {
    guard !slice.isAbsent else { return slice }
    output.removeAll(keepingCapacity: true)
    guard
      unsafe redactor.redact(
        identifier: batch.text(slice), key: pseudonymKey, authenticate: Self.authenticate,
        into: &output)
    else { return slice }
    return keep(batch)
  }

  private static func authenticate(
    _ message: UnsafeRawBufferPointer, _ key: [UInt8]
  ) -> [UInt8] {
    unsafe HMACSHA256.code(for: Array(message), key: key)
  }

  private func keep(_ batch: EventBatch) -> TextSlice {
    let offset = batch.scratch.count
    batch.scratch.append(output)
    return TextSlice(offset: offset, length: output.count, inScratch: true)
  }
}
