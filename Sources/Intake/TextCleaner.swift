internal import Codec
internal import Redaction
internal import Telemetry

/// Redacts what is about to be kept, field by field, and only where the record as a whole gives
/// cause to look. Owned by one thread.
struct TextCleaner: ~Copyable {
  /// What becomes of payloads, by the rules that are selected.
  private(set) var payloads: PayloadPolicy
  /// Sets the ids of what was cleaned by other rules apart; zero for the rules of all.
  private(set) var salt = Hash128.zero

  private var rules: Rules
  private let pseudonymKey: [UInt8]
  private let book: RedactionBook
  private var output: [UInt8] = []
  /// The rules of single tenants, by name; those that are selected hold the rules of all meanwhile.
  private let tenants: [[UInt8]: Int]
  private let others: [OtherRules]
  private let payloadsOfAll: PayloadPolicy
  private var selected: Int?

  /// A policy at work, and what it found clean.
  fileprivate struct Rules: ~Copyable {
    var redactor: Redactor
    /// Attributes found clean, each at the place that its length gives: a sender's spans often say
    /// the same.
    var known: [[UInt8]] = Array(repeating: [], count: 32)

    init(_ policy: RedactionPolicy) {
      redactor = Redactor(policy)
    }
  }

  private final class OtherRules {
    var rules: Rules
    let payloads: PayloadPolicy

    init(_ tenant: IntakeSettings.TenantRules) {
      rules = Rules(tenant.redaction)
      payloads = tenant.payloads
    }
  }

  init(_ settings: IntakeSettings) {
    rules = Rules(settings.redaction)
    pseudonymKey = settings.pseudonymKey
    book = settings.redactions
    payloads = settings.payloads
    payloadsOfAll = settings.payloads
    let named = settings.tenants.sorted { $0.key < $1.key }
    others = named.map { OtherRules($0.value) }
    tenants = Dictionary(
      uniqueKeysWithValues: named.enumerated().map { (Array($0.element.key.utf8), $0.offset) })
  }

  /// Whether any tenant has rules of its own.
  var hasTenants: Bool { !tenants.isEmpty }

  /// Goes by the rules of a tenant, or those of all.
  mutating func select(_ tenant: [UInt8]) {
    let wanted = tenants[tenant]
    guard wanted != selected else { return }
    if let selected { swap(&rules, &others[selected].rules) }
    if let wanted { swap(&rules, &others[wanted].rules) }
    selected = wanted
    payloads = wanted.map { others[$0].payloads } ?? payloadsOfAll
    salt = wanted.map { Hash128(high: UInt64($0) &+ 1, low: UInt64($0) &+ 1) } ?? .zero
  }

  /// Counts what was replaced lately.
  mutating func report() {
    rules.redactor.report(to: book)
    for other in others { other.rules.redactor.report(to: book) }
  }

  /// The text, or its redacted copy.
  mutating func clean(_ slice: TextSlice, _ batch: EventBatch) -> TextSlice {
    guard !slice.isAbsent else { return slice }
    output.removeAll(keepingCapacity: true)
    guard unsafe rules.redactor.redact(text: batch.text(slice), into: &output) else { return slice }
    return keep(batch)
  }

  /// Where a text or JSON that is too long is to be cut: at `length`, or before what would be
  /// redacted and lies across it.
  mutating func cut(_ bytes: UnsafeRawBufferPointer, at length: Int) -> Int {
    unsafe rules.redactor.cut(bytes, at: length)
  }

  /// Whether the value of a field is hidden whole.
  func hides(_ field: Field) -> Bool {
    rules.redactor.hidesFields && rules.redactor.hides(field: field.name)
  }

  /// The text of a field, or its redacted copy; of one that is hidden whole, what stands in its
  /// place.
  mutating func clean(_ slice: TextSlice, _ batch: EventBatch, as field: Field) -> TextSlice {
    guard rules.redactor.hidesFields, !slice.isAbsent,
      let marker = rules.redactor.marker(ofField: field.name)
    else { return clean(slice, batch) }
    output = marker
    return keep(batch)
  }

  /// The JSON value, or its redacted copy.
  mutating func clean(json slice: TextSlice, _ batch: EventBatch) -> TextSlice {
    guard !slice.isAbsent else { return slice }
    output.removeAll(keepingCapacity: true)
    guard unsafe rules.redactor.redact(json: batch.text(slice), into: &output) else { return slice }
    return keep(batch)
  }

  /// As `clean(json:)`, for attributes, which repeat.
  mutating func clean(attributes slice: TextSlice, _ batch: EventBatch) -> TextSlice {
    let place = slice.length % rules.known.count
    // unsafe because the text is read where it lies, before anything is added.
    let isKnown = unsafe rules.known[place].withUnsafeBytes {
      unsafe Self.isSame($0, batch.text(slice))
    }
    if isKnown { return slice }
    let cleaned = clean(json: slice, batch)
    if cleaned == slice { rules.known[place] = unsafe Array(batch.text(slice)) }
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
      unsafe rules.redactor.redact(
        identifier: batch.text(slice), key: pseudonymKey, authenticate: Self.authenticate,
        into: &output)
    else { return slice }
    return keep(batch)
  }

  /// The id of a field, or its pseudonym, also where the field is hidden whole.
  mutating func identifier(
    _ slice: TextSlice, _ batch: EventBatch, as field: Field
  ) -> TextSlice {
    guard rules.redactor.hidesFields, !slice.isAbsent,
      rules.redactor.marker(ofField: field.name) != nil
    else { return identifier(slice, batch) }
    let code = unsafe Self.authenticate(batch.text(slice), pseudonymKey)
    output = Array("hmac:".utf8) + Hex.encode(Array(code.prefix(16)))
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
