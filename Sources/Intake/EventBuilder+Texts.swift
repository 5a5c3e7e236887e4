internal import Codec
internal import Telemetry

extension EventBuilder {
  // unsafe because it reads texts where they lie in the batch, within each call.
  /// Reads a payload by the policy: text, or JSON as it stands.
  mutating func readPayload(_ field: Field) {
    let slot = scanner.slot(field)
    let isArguments = field == .input && isToolCall
    guard cleaner.payloads != .off || isArguments else { return keepUnstored(field) }
    guard slot.kind != .yes, slot.kind != .no else { return doubt(field, .badType) }
    let raw = text(field, limit: settings.payload, takesJSON: true)
    if isArguments, !raw.isAbsent { noteArguments(raw) }
    keep(raw, of: field)
    guard cleaner.payloads != .off else { return }
    if field == .stack, slot.kind == .array { adoptExceptionType() }
    guard !raw.isAbsent else { return }
    let isJSON = slot.kind == .array || slot.kind == .object
    let slice =
      cleaner.payloads == .full && field != .stack
      ? raw
      : isJSON && !cleaner.hides(field)
        ? cleaner.clean(json: raw, batch) : cleaner.clean(raw, batch, as: field)
    switch field {
    case .input: event.input = slice
    case .output: event.output = slice
    default: event.stack = slice
    }
  }

  /// Notes a payload of which nothing is kept for those who look at finished calls.
  private mutating func keepUnstored(_ field: Field) {
    let slot = scanner.slot(field)
    guard settings.keepsCallTexts, field != .stack, slot.kind != .yes, slot.kind != .no else {
      return
    }
    let warnings = event.warnings
    keep(text(field, limit: settings.payload, takesJSON: true), of: field)
    event.warnings = warnings
  }

  private mutating func keep(_ raw: TextSlice, of field: Field) {
    switch field {
    case .input: texts.input = raw
    case .output: texts.output = raw
    default: break
    }
  }

  private var isToolCall: Bool {
    scanner.present.contains(.tool)
      || scanner.present.contains(.kind) && Vocabulary.kinds[packed(.kind)] == "tool"
  }

  /// What a tool was called with can be compared and proven by its hash, whatever is kept of it.
  private mutating func noteArguments(_ raw: TextSlice) {
    var hash = SHA256()
    unsafe hash.update(batch.text(raw))
    let digits = Hex.encode(hash.finalize())
    details.add("arguments_hash", json: [0x22] + digits + [0x22])
  }

  /// structlog writes an exception as a list of objects with `exc_type` and `exc_value`.
  private mutating func adoptExceptionType() {
    guard event.errorType == nil, !scanner.present.contains(.errorType) else { return }
    let slot = scanner.slot(.stack)
    let text = String(decoding: body.copy(Int(slot.start), Int(slot.end)), as: UTF8.self)
    guard let key = text.firstRange(of: "\"exc_type\":") else { return }
    let name = text[key.upperBound...].drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" }
    event.errorType = Vocabulary.errorType(String(name))
  }

  /// Writes details and attributes as JSON objects to the scratch, and cleans the message.
  mutating func composeTexts() {
    event.message = cleaner.clean(event.message, batch, as: .message)
    if !details.isEmpty { event.details = compose(details.finish()) }
    composeAttributes()
  }

  private mutating func composeAttributes() {
    if envelope != .json, adoptAttributes() { return }
    var members = attributeMembers()
    guard !members.isEmpty else { return }
    if members.count > settings.attributes {
      event.warnings.insert(.truncated)
      members.removeLast(members.count - settings.attributes)
    }
    let offset = batch.scratch.count
    batch.scratch.append(0x7B)
    for (index, member) in members.enumerated() {
      if index > 0 { batch.scratch.append(0x2C) }
      append(member)
    }
    batch.scratch.append(0x7D)
    if JSONText.repairSurrogates(batch.scratch, from: offset, to: batch.scratch.count) {
      event.warnings.insert(.badUTF8)
    }
    event.attributes = TextSlice(
      offset: offset, length: batch.scratch.count - offset, inScratch: true)
    event.attributes = cleaner.clean(json: event.attributes, batch)
  }

  /// Takes `attrs` as it stands, where an envelope's own writer made it and it is so short that no
  /// limit can be passed: five bytes is the least that a member takes.
  private mutating func adoptAttributes() -> Bool {
    guard scanner.leftovers.isEmpty, scanner.present.contains(.attributes) else { return false }
    let slot = scanner.slot(.attributes)
    let (start, end) = (Int(slot.start), Int(slot.end))
    guard slot.kind == .object, end - start > 2, end - start < min(settings.text, 1_280),
      settings.attributes >= Limits.attributes,
      body.firstIndex(of: 0x5C, from: start, to: end) == end
    else { return false }
    let slice = TextSlice(offset: start, length: end - start, inScratch: false)
    event.attributes = cleaner.clean(attributes: slice, batch)
    return true
  }

  /// Adds a member to the scratch; one with a longer string than allowed is cut.
  private mutating func append(_ member: TextSlice) {
    guard member.length > settings.text else {
      if !member.isInScratch { return unsafe batch.scratch.append(batch.text(member)) }
      let copy = unsafe Array(batch.text(member))
      return batch.scratch.append(copy)
    }
    event.warnings.insert(.truncated)
    let copy = ByteSlab(capacity: member.length)
    unsafe copy.append(batch.text(member))
    batch.scratch.append(JSONTrimmer.trim(copy, limit: settings.text, &cleaner))
  }

  /// The members of `attrs` and those that no field took, in the order they came.
  private mutating func attributeMembers() -> [TextSlice] {
    guard scanner.present.contains(.attributes) else { return scanner.leftovers }
    let slot = scanner.slot(.attributes)
    guard slot.kind == .object else {
      doubt(.attributes, .badType)
      return scanner.leftovers
    }
    return innerMembers(slot) + scanner.leftovers
  }

  /// The members of an object that was scanned already.
  private func innerMembers(_ slot: Slot) -> [TextSlice] {
    var members: [TextSlice] = []
    var json = JSONScanner(body, from: Int(slot.start) + 1, to: Int(slot.end))
    do {
      json.skipSpace()
      while json.next != 0x7D {
        let start = json.index
        _ = try json.string()
        json.skipSpace()
        _ = json.take(0x3A)
        try json.skipValue(depth: 1, limit: settings.depth)
        members.append(TextSlice(offset: start, length: json.index - start, inScratch: false))
        json.skipSpace()
        if json.take(0x2C) { json.skipSpace() }
      }
    } catch {
      preconditionFailure("the object was scanned before")
    }
    return members
  }
}

/// Collects the JSON object of the fields that have no column.
struct DetailWriter {
  private var bytes: [UInt8] = []

  var isEmpty: Bool { bytes.isEmpty }

  mutating func begin() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Adds a member whose value is JSON already.
  mutating func add(_ name: String, json value: [UInt8]) {
    key(name)
    bytes += value
  }

  /// Adds a member whose value is text.
  mutating func add(_ name: String, text: UnsafeRawBufferPointer) {
    key(name)
    unsafe JSONText.append(text, to: &bytes)
  }

  /// The object.
  mutating func finish() -> [UInt8] {
    bytes.append(0x7D)
    return bytes
  }

  private mutating func key(_ name: String) {
    bytes.append(bytes.isEmpty ? 0x7B : 0x2C)
    bytes.append(0x22)
    bytes.append(contentsOf: name.utf8)
    bytes.append(0x22)
    bytes.append(0x3A)
  }
}

/// Rewrites JSON with its long strings cut.
enum JSONTrimmer {
  // unsafe because strings are looked at where they lie, within each call.
  /// `member`, a key and a value, with every string cut to `limit` bytes of its raw form, or before
  /// what `cleaner` would redact there.
  static func trim(_ member: ByteSlab, limit: Int, _ cleaner: inout TextCleaner) -> [UInt8] {
    let bytes = unsafe ByteView(member)
    var output: [UInt8] = []
    var start = 0
    var index = bytes.firstIndex(of: 0x22, from: 0, to: bytes.count)
    while index < bytes.count {
      var json = JSONScanner(bytes, from: index + 1, to: bytes.count)
      guard let raw = try? json.stringBody() else {
        preconditionFailure("the member was scanned before")
      }
      if raw.end - raw.start > limit {
        output += bytes.copy(start, raw.start)
        let length = unsafe cleaner.cut(
          bytes.raw(raw.start, raw.end), at: cut(bytes, raw, limit))
        output += bytes.copy(raw.start, raw.start + length)
        start = raw.end
      }
      index = bytes.firstIndex(of: 0x22, from: json.index, to: bytes.count)
    }
    return output + bytes.copy(start, bytes.count)
  }

  /// A length up to `limit` that splits neither a character nor an escape.
  private static func cut(_ bytes: ByteView, _ raw: JSONScanner.RawString, _ limit: Int) -> Int {
    var safe = raw.start
    var index = raw.start
    while index < raw.start + limit {
      safe = index
      if bytes[index] == 0x5C {
        let isUnicode = bytes[index + 1] == 0x75
        let isPair = isUnicode && bytes[index + 6] == 0x5C && bytes[index + 2] | 0x20 == 0x64
        index += isPair ? 12 : isUnicode ? 6 : 2
      } else {
        index += 1
        while index < raw.end, bytes[index] & 0xC0 == 0x80 { index += 1 }
      }
    }
    return (index <= raw.start + limit ? index : safe) - raw.start
  }
}
