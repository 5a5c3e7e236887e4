internal import Codec
internal import Money

/// `FieldNames` compiled for lookup: (container, key) → field or inner container. Immutable and
/// shared by the threads.
@safe final class FieldTable: @unchecked Sendable {
  // @unchecked because the raw memory is written in `init` only and read after.
  // unsafe because lookups index raw tables whose sizes are fixed here.

  /// What a key means in its container.
  struct Entry {
    /// The key's first 16 bytes, and which of their bits count.
    var first: UInt64 = 0
    var second: UInt64 = 0
    var firstMask: UInt64 = 0
    var secondMask: UInt64 = 0
    /// The last 8 bytes of a longer key.
    var third: UInt64 = 0
    var length = 0
    /// Where the key stands among the texts.
    var text = 0
    /// The container the key stands in.
    var container: UInt16 = 0
    /// The container that an object under this key is, or 0.
    var inner: UInt16 = 0
    /// The field, where `hasField`.
    var field: Field = .type
    var hasField = false
    /// Precedence among the field's names; 0 is best.
    var rank: UInt8 = 0
    var unit = FieldNames.Unit.plain
    /// How counts under the name contain each other; whether they are sums over a run.
    var convention: UsageConvention?
    var isAggregate = false
    /// The value may be JSON inside a string.
    var isEncoded = false
    var hint = FieldNames.Hint.none
    var dialect = Dialect.none
    /// The whole name has a dot: nobody says it by chance.
    var isDotted = false
  }

  /// The entry that stands for a key nobody knows.
  static let unknown = 0
  /// The container of a record's own members.
  static let root: UInt16 = 0

  static let shared = FieldTable(FieldNames.rows)
  /// Slots for entries.
  private static let size = 8_192

  private(set) var entries: UnsafeMutableBufferPointer<Entry>
  private var slots: UnsafeMutableBufferPointer<UInt16>
  private let mask: Int
  private let texts = ByteSlab(capacity: 65_536)
  private let paths: [[UInt8]]

  /// How many entries there are.
  var count: Int { unsafe entries.count }

  /// The entry at `index`.
  @inline(__always)
  subscript(index: Int) -> Entry { unsafe entries[index] }

  /// The key of the entry at `index` with those of the objects around it, dotted.
  func path(_ index: Int) -> [UInt8] { paths[index] }

  init(_ rows: [FieldNames.Row]) {
    var compiler = Compiler()
    var ranks: [Field: UInt8] = [:]
    for row in rows {
      for name in row.names {
        let rank = ranks[row.field, default: 0]
        compiler.add(name, row, rank: rank)
        ranks[row.field] = rank + 1
      }
    }
    for name in FieldNames.encoded { compiler.mark(name) { $0.isEncoded = true } }
    for (name, hint) in FieldNames.hints { compiler.mark(name) { $0.hint = hint } }
    let compiled = compiler.entries
    unsafe entries = .allocate(capacity: compiled.count)
    _ = unsafe entries.initialize(from: compiled)
    for (index, text) in compiler.texts.enumerated() {
      unsafe entries[index].text = texts.count
      texts.append(text)
    }
    paths = compiler.paths
    precondition(compiled.count < Self.size / 2, "the slots stay at most half full")
    mask = Self.size - 1
    unsafe slots = .allocate(capacity: Self.size)
    unsafe slots.initialize(repeating: 0)
    for index in 1..<compiled.count {
      let entry = compiled[index]
      var slot =
        Self.slot(entry.first, entry.second, entry.third, entry.length, entry.container) & mask
      while unsafe slots[slot] != 0 { slot = (slot + 1) & mask }
      unsafe slots[slot] = UInt16(index)
    }
  }

  deinit {
    unsafe entries.deinitialize()
    unsafe entries.deallocate()
    unsafe slots.deallocate()
  }

  /// The entry of the key `start..<end` in `container`, or `unknown`.
  @inline(__always)
  func find(_ bytes: ByteView, _ start: Int, _ end: Int, in container: UInt16) -> Int {
    let length = end &- start
    let (firstMask, secondMask) = Self.masks(length)
    let first = bytes.word(at: start) & firstMask
    let second = bytes.word(at: start &+ 8) & secondMask
    let third = length > 16 ? bytes.word(at: end &- 8) : 0
    var slot = Self.slot(first, second, third, length, container) & mask
    while case let index = unsafe Int(slots[slot]), index != 0 {
      if matches(index, first, second, length, container),
        length <= 16 || tailMatches(index, bytes, start)
      {
        return index
      }
      slot = (slot &+ 1) & mask
    }
    return Self.unknown
  }

  /// Whether the key that starts at `start` is that of entry `index`, with its closing quote.
  @inline(__always)
  func isPredicted(_ index: Int, _ bytes: ByteView, _ start: Int, in container: UInt16) -> Bool {
    let entry = unsafe entries.baseAddress.unsafelyUnwrapped + index
    let length = unsafe entry.pointee.length
    guard unsafe bytes.word(at: start) & entry.pointee.firstMask == entry.pointee.first,
      unsafe bytes.word(at: start &+ 8) & entry.pointee.secondMask == entry.pointee.second,
      bytes[start &+ length] == 0x22,
      unsafe entry.pointee.container == container
    else { return false }
    return length <= 16 || tailMatches(index, bytes, start)
  }

  @inline(__always)
  private func matches(
    _ index: Int, _ first: UInt64, _ second: UInt64, _ length: Int, _ container: UInt16
  ) -> Bool {
    let entry = unsafe entries.baseAddress.unsafelyUnwrapped + index
    return unsafe entry.pointee.first == first && entry.pointee.second == second
      && entry.pointee.length == length && entry.pointee.container == container
  }

  /// Compares what is behind the first 16 bytes of a key by whole words, the last of which may
  /// overlap the one before.
  @inline(__always)
  private func tailMatches(_ index: Int, _ bytes: ByteView, _ start: Int) -> Bool {
    let entry = unsafe entries.baseAddress.unsafelyUnwrapped + index
    let (text, last) = unsafe (entry.pointee.text, entry.pointee.length &- 8)
    var offset = 16
    while offset < last {
      let word = unsafe ByteView(texts).word(at: text &+ offset)
      guard bytes.word(at: start &+ offset) == word else { return false }
      offset &+= 8
    }
    return unsafe bytes.word(at: start &+ last) == entry.pointee.third
  }

  @inline(__always)
  private static func masks(_ length: Int) -> (UInt64, UInt64) {
    (mask(length), mask(length &- 8))
  }

  @inline(__always)
  private static func mask(_ length: Int) -> UInt64 {
    length >= 8 ? .max : length <= 0 ? 0 : 1 &<< UInt64(length &* 8) &- 1
  }

  @inline(__always)
  private static func slot(
    _ first: UInt64, _ second: UInt64, _ third: UInt64, _ length: Int, _ container: UInt16
  ) -> Int {
    let mixed =
      (first ^ second &* 0x9E37_79B9_7F4A_7C15 ^ third &* 0xC2B2_AE3D_27D4_EB4F ^ UInt64(length)
        &<< 56
        ^ UInt64(container) &<< 40) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: mixed &>> 40)
  }

  /// Collects entries, opening a container for each way to split a dotted name.
  private struct Compiler {
    var entries = [Entry()]
    var texts: [[UInt8]] = [[]]
    var paths: [[UInt8]] = [[]]
    private var containers: UInt16 = 0
    private var known: [Key: Int] = [:]

    private struct Key: Hashable {
      let text: [UInt8]
      let container: UInt16
    }

    mutating func add(_ name: String, _ row: FieldNames.Row, rank: UInt8) {
      let parts = name.split(separator: ".").map { Array($0.utf8) }
      add(parts, in: FieldTable.root, under: []) { entry in
        guard !entry.hasField || entry.rank > rank else { return }
        entry.hasField = true
        entry.field = row.field
        entry.rank = rank
        entry.unit = row.unit
        entry.convention = row.convention
        entry.isAggregate = row.isAggregate
        entry.dialect = Dialect(of: name)
        entry.isDotted = parts.count > 1
      }
    }

    /// Sets marks of the literal key `name`, which need not be a field's.
    mutating func mark(_ name: String, _ set: (inout Entry) -> Void) {
      let key = Array(name.utf8)
      let index = entry(of: key, in: FieldTable.root)
      set(&entries[index])
    }

    private mutating func add(
      _ parts: [[UInt8]], in container: UInt16, under path: [UInt8], _ set: (inout Entry) -> Void
    ) {
      for count in 1...parts.count {
        let key = Array(parts[..<count].joined(separator: [0x2E]))
        let index = entry(of: key, in: container)
        paths[index] = path + key
        if count == parts.count {
          set(&entries[index])
        } else {
          if entries[index].inner == 0 {
            containers += 1
            entries[index].inner = containers
          }
          add(Array(parts[count...]), in: entries[index].inner, under: path + key + [0x2E], set)
        }
      }
    }

    private mutating func entry(of key: [UInt8], in container: UInt16) -> Int {
      if let index = known[Key(text: key, container: container)] { return index }
      var entry = Entry()
      let padded = key + Array(repeating: 0, count: 16)
      for offset in 0..<8 {
        entry.first |= UInt64(padded[offset]) << UInt64(offset * 8)
        entry.second |= UInt64(padded[8 + offset]) << UInt64(offset * 8)
      }
      (entry.firstMask, entry.secondMask) = FieldTable.masks(key.count)
      entry.first &= entry.firstMask
      entry.second &= entry.secondMask
      if key.count > 16 {
        entry.third = key.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      }
      entry.length = key.count
      entry.container = container
      entries.append(entry)
      texts.append(key)
      paths.append(key)
      known[Key(text: key, container: container)] = entries.count - 1
      return entries.count - 1
    }
  }
}
