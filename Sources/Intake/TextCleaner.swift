internal import Codec
internal import Redaction
internal import Telemetry

/// Redacts what is about to be kept, field by field, and only where the record as a whole gives
/// cause to look. Owned by one thread.
struct TextCleaner: ~Copyable {
  private var redactor: Redactor
  private let pseudonymKey: [UInt8]
  private var output: [UInt8] = []
  /// Attributes found clean, each at the place that its length gives: a sender's spans often say
  /// the same.
  private var known: [[UInt8]] = Array(repeating: [], count: 32)

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

  /// As `clean(json:)`, for attributes, which repeat.
  mutating func clean(attributes slice: TextSlice, _ batch: EventBatch) -> TextSlice {
    let place = slice.length % known.count
    // unsafe because the text is read where it lies, before anything is added.
    let isKnown = unsafe known[place].withUnsafeBytes { unsafe Self.isSame($0, batch.text(slice)) }
    if isKnown { return slice }
    let cleaned = clean(json: slice, batch)
    if cleaned == slice { known[place] = unsafe Array(batch.text(slice)) }
    return cleaned
  }

  /// Whether both say the same, eight bytes at a time, the last of which may overlap those before;
  /// shorter ones are not worth it.
  private static func isSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool
  {
    guard one.count == other.count, one.count >= 8 else { return false }
    var offset = 0
    while offset < one.count {
      let place = min(offset, one.count - 8)
      let word = unsafe one.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      let same = unsafe other.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      guard word == same else { return false }
      offset += 8
    }
    return true
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
