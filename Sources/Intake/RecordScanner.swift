internal import Codec
internal import Telemetry

/// One member's value as scanned: what kind it is and where it stands in the body.
struct Slot {
  enum Kind: UInt8 {
    case string, number, yes, no, object, array
  }

  var kind = Kind.string
  var hasEscapes = false
  /// The table's entry that named it.
  var entry: UInt16 = 0
  /// The whole member, from its key's quote on, in the body.
  var memberStart: UInt32 = 0
  /// The value: between the quotes of a string, else as it stands.
  var start: UInt32 = 0
  var end: UInt32 = 0
  var number = DecimalNumber(mantissa: 0, exponent: 0, isNegative: false)

  /// Where the member ends in the body.
  var memberEnd: Int { Int(end) + (kind == .string ? 1 : 0) }
}

/// Reads one JSON object of the body into slots by field, and keeps note of the members that no
/// field takes. Owned by one thread; holds no text, allocates nothing once warm.
@safe struct RecordScanner: ~Copyable {
  // unsafe because slots and the predictor are raw arrays whose sizes are fixed here.
  private let table = FieldTable.shared
  private let slots: UnsafeMutablePointer<Slot>
  /// Which entry followed each entry the last time: senders repeat their shapes.
  private let successors: UnsafeMutablePointer<UInt16>

  /// The fields that have a slot.
  private(set) var present = FieldSet()
  /// Members for `attrs`: in the body as they came, or in the scratch where composed.
  private(set) var leftovers: [TextSlice] = []
  private(set) var hasDuplicateKey = false
  /// Keys no field knows, hashed, to see one that comes twice.
  private var unknownKeys: [UInt64] = []
  private var previous = FieldTable.unknown
  private var body = ByteSlab(capacity: 0)
  private var scratch = ByteSlab(capacity: 0)

  init() {
    unsafe slots = .allocate(capacity: Field.allCases.count)
    unsafe slots.initialize(repeating: Slot(), count: Field.allCases.count)
    unsafe successors = .allocate(capacity: table.count)
    unsafe successors.initialize(repeating: 0, count: table.count)
  }

  deinit {
    unsafe slots.deallocate()
    unsafe successors.deallocate()
  }

  /// The slot of a field that is present.
  @inline(__always)
  func slot(_ field: Field) -> Slot { unsafe slots[Int(field.rawValue)] }

  /// The table's entry that named a slot.
  func entry(of slot: Slot) -> FieldTable.Entry { table[Int(slot.entry)] }

  /// Takes a field's slot out, giving its member to the leftovers.
  mutating func release(_ field: Field) {
    guard present.contains(field) else { return }
    keepMember(of: slot(field))
    present.remove(field)
  }

  /// Takes a field's slot out without a trace.
  mutating func drop(_ field: Field) {
    present.remove(field)
  }

  /// Moves a slot to a field that has none.
  mutating func move(_ field: Field, to other: Field) {
    guard present.contains(field), !present.contains(other) else { return }
    unsafe slots[Int(other.rawValue)] = slot(field)
    present.remove(field)
    present.insert(other)
  }

  /// Keeps a slot's member among the leftovers though its field is taken; one from an inner object
  /// comes under its dotted path.
  mutating func keepMember(of slot: Slot) {
    let entry = table[Int(slot.entry)]
    if entry.container == FieldTable.root {
      keep(from: Int(slot.memberStart), to: slot.memberEnd)
    } else {
      let valueStart = Int(slot.start) - (slot.kind == .string ? 1 : 0)
      let value = unsafe ByteView(body).copy(valueStart, slot.memberEnd)
      keepComposed([0x22] + table.path(Int(slot.entry)) + [0x22, 0x3A] + value)
    }
  }

  /// Forgets the last record; the next one lies in `body`, what is composed goes to `scratch`.
  mutating func begin(body: ByteSlab, scratch: ByteSlab) {
    self.body = body
    self.scratch = scratch
    present = FieldSet()
    leftovers.removeAll(keepingCapacity: true)
    unknownKeys.removeAll(keepingCapacity: true)
    hasDuplicateKey = false
    previous = FieldTable.unknown
  }

  /// Reads the object whose `{` is next. Later calls for one record (its defaults come first)
  /// replace what earlier ones set.
  mutating func scan(
    _ json: inout JSONScanner, depthLimit: Int
  ) throws(JSONError) {
    let replaceable = present
    try object(
      &json, container: FieldTable.root, depth: 0, limit: depthLimit, replaceable: replaceable)
  }

  private mutating func object(
    _ json: inout JSONScanner, container: UInt16, depth: Int, limit: Int,
    replaceable: FieldSet
  ) throws(JSONError) {
    guard depth < limit else { throw JSONError(.depth, at: json.index, expected: "less nesting") }
    guard json.take(0x7B) else { throw JSONError(.syntax, at: json.index, expected: "an object") }
    json.skipSpace()
    if json.take(0x7D) { return }
    while true {
      json.skipSpace()
      let memberStart = json.index
      let entry = try key(&json, in: container)
      json.skipSpace()
      if container == FieldTable.root, entry != FieldTable.unknown, json.next != 0x7B {
        try value(&json, entry, memberStart, depth, limit, replaceable: replaceable)
      } else {
        try member(
          &json, entry, memberStart, container, depth, limit, replaceable: replaceable)
      }
      json.skipSpace()
      if json.take(0x2C) { continue }
      guard json.take(0x7D) else {
        throw JSONError(.syntax, at: json.index, expected: "',' or '}'")
      }
      return
    }
  }

  /// Reads a key and its colon; gives the entry it names.
  @inline(__always)
  private mutating func key(
    _ json: inout JSONScanner, in container: UInt16
  ) throws(JSONError) -> Int {
    guard json.take(0x22) else { throw JSONError(.syntax, at: json.index, expected: "a key") }
    let predicted = unsafe Int(successors[previous])
    var entry = predicted
    if predicted != FieldTable.unknown,
      table.isPredicted(predicted, json.bytes, json.index, in: container),
      json.index &+ table[predicted].length < json.end
    {
      json.index &+= table[predicted].length &+ 1
    } else {
      let raw = try json.stringBody()
      entry = lookUp(json.bytes, raw, container)
      unsafe successors[previous] = UInt16(entry)
    }
    previous = entry
    json.skipSpace()
    guard json.take(0x3A) else { throw JSONError(.syntax, at: json.index, expected: "':'") }
    return entry
  }

  private mutating func lookUp(
    _ bytes: ByteView, _ raw: JSONScanner.RawString, _ container: UInt16
  ) -> Int {
    if raw.hasEscapes {
      let start = scratch.count
      _ = JSONText.unescape(bytes, raw, into: scratch)
      let plain = unsafe ByteView(scratch)
      let entry = table.find(plain, start, scratch.count, in: container)
      if entry == FieldTable.unknown, container == FieldTable.root {
        noteUnknown(plain, start, scratch.count)
      }
      scratch.truncate(to: start)
      return entry
    }
    let entry = table.find(bytes, raw.start, raw.end, in: container)
    if entry == FieldTable.unknown, container == FieldTable.root {
      noteUnknown(bytes, raw.start, raw.end)
    }
    return entry
  }

  private mutating func noteUnknown(_ bytes: ByteView, _ start: Int, _ end: Int) {
    let hash = unsafe Self.keyHash.hash(bytes.raw(start, end)).low
    if unknownKeys.count < Limits.attributes {
      if unknownKeys.contains(hash) { hasDuplicateKey = true }
      unknownKeys.append(hash)
    }
  }

  private static let keyHash = HashKey(0x6B65_7973, 0x6174_7472)

  /// Reads a value that is no object into its field's slot.
  @inline(__always)
  private mutating func value(
    _ json: inout JSONScanner, _ entryIndex: Int, _ memberStart: Int, _ depth: Int, _ limit: Int,
    replaceable: FieldSet
  ) throws(JSONError) {
    var slot = Slot()
    slot.entry = UInt16(truncatingIfNeeded: entryIndex)
    slot.memberStart = UInt32(truncatingIfNeeded: memberStart)
    slot.start = UInt32(truncatingIfNeeded: json.index)
    switch json.next {
    case 0x22:
      json.index &+= 1
      let raw = try json.stringBody()
      slot.start = UInt32(truncatingIfNeeded: raw.start)
      slot.end = UInt32(truncatingIfNeeded: raw.end)
      slot.hasEscapes = raw.hasEscapes
    case 0x2D, 0x30...0x39:
      slot.kind = .number
      slot.number = try json.number()
      slot.end = UInt32(truncatingIfNeeded: json.index)
    case 0x5B:
      slot.kind = .array
      try json.skipValue(depth: depth &+ 1, limit: limit)
      slot.end = UInt32(truncatingIfNeeded: json.index)
    case 0x7B:
      slot.kind = .object
      try json.skipValue(depth: depth &+ 1, limit: limit)
      slot.end = UInt32(truncatingIfNeeded: json.index)
    case let first:
      try json.literal()
      if first == 0x6E { return noteNull(entryIndex, memberStart, json.index) }
      slot.kind = first == 0x74 ? .yes : .no
      slot.end = UInt32(truncatingIfNeeded: json.index)
    }
    place(slot, entryIndex, replaceable)
  }

  /// A null is an absent field; under an unknown name it stays an attribute.
  private mutating func noteNull(_ entryIndex: Int, _ memberStart: Int, _ end: Int) {
    if !table[entryIndex].hasField { keep(from: memberStart, to: end) }
  }

  @inline(__always)
  private mutating func place(_ slot: Slot, _ entryIndex: Int, _ replaceable: FieldSet) {
    let entry = table[entryIndex]
    guard entry.hasField, Self.accepts(entry.field, slot.kind, entry) else {
      keep(from: Int(slot.memberStart), to: slot.memberEnd)
      return
    }
    let index = Int(entry.field.rawValue)
    if present.contains(entry.field) {
      resolveConflict(entry, slot, index, replaceable)
    } else {
      present.insert(entry.field)
      unsafe slots[index] = slot
    }
  }

  private mutating func resolveConflict(
    _ entry: FieldTable.Entry, _ slot: Slot, _ index: Int, _ replaceable: FieldSet
  ) {
    let held = unsafe slots[index]
    let heldRank = table[Int(held.entry)].rank
    if held.entry == slot.entry {
      if !replaceable.contains(entry.field) { hasDuplicateKey = true }
      unsafe slots[index] = slot
    } else if slot.start == slot.end && slot.kind == .string {
      keep(from: Int(slot.memberStart), to: slot.memberEnd)
    } else if entry.rank < heldRank || (held.start == held.end && held.kind == .string)
      || replaceable.contains(entry.field)
    {
      if !replaceable.contains(entry.field) { keepMember(of: held) }
      unsafe slots[index] = slot
    } else {
      keep(from: Int(slot.memberStart), to: slot.memberEnd)
    }
  }

  /// Names that loggers use for other things too are taken only where the value fits.
  @inline(__always)
  private static func accepts(
    _ field: Field, _ kind: Slot.Kind, _ entry: FieldTable.Entry
  ) -> Bool {
    if entry.rank == 0 { return true }
    switch field {
    case .message, .error, .service, .user, .session, .tenant, .model, .env:
      return kind == .string || (kind == .number && field != .message && field != .error)
    default:
      return true
    }
  }

  /// Reads an unknown member, or one that is an object.
  private mutating func member(
    _ json: inout JSONScanner, _ entryIndex: Int, _ memberStart: Int, _ container: UInt16,
    _ depth: Int, _ limit: Int, replaceable: FieldSet
  ) throws(JSONError) {
    let entry = table[entryIndex]
    if json.next == 0x7B, entry.inner != 0 {
      let before = leftovers.count
      let innerStart = json.index
      try object(
        &json, container: entry.inner, depth: depth &+ 1, limit: limit,
        replaceable: replaceable)
      if leftovers.count > before { compose(memberStart, innerStart, before, json.bytes) }
      previous = entryIndex
    } else if entryIndex != FieldTable.unknown {
      try value(&json, entryIndex, memberStart, depth, limit, replaceable: replaceable)
    } else {
      try json.skipValue(depth: depth &+ 1, limit: limit)
      keep(from: memberStart, to: json.index)
    }
  }

  /// Joins the leftovers of an inner object under its key into one member, written to scratch.
  private mutating func compose(
    _ memberStart: Int, _ innerStart: Int, _ first: Int, _ bytes: ByteView
  ) {
    var text = bytes.copy(memberStart, innerStart)
    text.append(0x7B)
    for (index, slice) in leftovers[first...].enumerated() {
      if index > 0 { text.append(0x2C) }
      let source = slice.isInScratch ? unsafe ByteView(scratch) : bytes
      text += source.copy(slice.offset, slice.offset + slice.length)
    }
    text.append(0x7D)
    leftovers.removeSubrange(first...)
    keepComposed(text)
  }

  private mutating func keepComposed(_ text: [UInt8]) {
    let offset = scratch.count
    scratch.append(text)
    leftovers.append(TextSlice(offset: offset, length: text.count, inScratch: true))
  }

  private mutating func keep(from start: Int, to end: Int) {
    leftovers.append(TextSlice(offset: start, length: end - start, inScratch: false))
  }
}
