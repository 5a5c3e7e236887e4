/// How local time relates to UTC in one place, read from a file of the zone information database
/// (TZif, RFC 9636).
package struct TimeZoneRules: Equatable, Sendable {
  /// `Europe/Berlin`
  package let name: String
  /// Seconds since 1970 at which the offset changes, rising.
  private let changes: [Int64]
  /// Seconds east of UTC from each change on.
  private let offsets: [Int64]
  /// Seconds east of UTC before the first change.
  private let first: Int64
  /// What holds after the last change.
  private let rule: TimeZoneFooter?

  /// No offset at any time.
  package static let utc = Self(name: "UTC", changes: [], offsets: [], first: 0, rule: nil)

  init(name: String, changes: [Int64], offsets: [Int64], first: Int64, rule: TimeZoneFooter?) {
    (self.name, self.changes, self.offsets) = (name, changes, offsets)
    (self.first, self.rule) = (first, rule)
  }

  /// Seconds east of UTC at a time in seconds since 1970.
  package func offset(at time: Int64) -> Int64 {
    guard let last = changes.last, let lastOffset = offsets.last else {
      return rule?.offset(at: time) ?? first
    }
    if time >= last { return rule?.offset(at: time) ?? lastOffset }
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : offsets[low - 1]
  }

  /// What clocks there show at a time, as seconds since 1970-01-01 of the clock's own calendar.
  package func local(_ time: Int64) -> Int64 { time + offset(at: time) }

  /// The first time at which clocks there show `local`; where they skip it, the first after.
  package func time(ofLocal local: Int64) -> Int64 {
    // No place changed its offset twice within four days.
    let (before, after) = (offset(at: local - 172_800), offset(at: local + 172_800))
    let found = [local - before, local - after].filter { self.local($0) == local }.min()
    if let found { return found }
    var (low, high) = (local - after, local - before)
    while low < high {
      let middle = low + (high - low) / 2
      if self.local(middle) >= local { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Why a file tells no time zone.
package struct TimeZoneError: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

extension TimeZoneRules {
  /// The most bytes that a file of a zone has.
  package static let fileLimit = 1 << 20
  /// Where systems keep such files, each under its zone's name.
  package static let directory = "/usr/share/zoneinfo"

  /// Whether `name` can be the name of a zone: words with letters, digits, `_`, `-` and `+` between
  /// slashes, so that no other file is ever read by it.
  package static func isName(_ name: String) -> Bool {
    guard name.utf8.count <= 64 else { return false }
    let words = name.split(separator: "/", omittingEmptySubsequences: false)
    return words.allSatisfy { word in
      !word.isEmpty
        && word.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "+"):
            true
          default: false
          }
        }
    }
  }

  /// The zone in a file's bytes; throws when they are none.
  package init(_ bytes: [UInt8], name: String) throws(TimeZoneError) {
    var reader = TimeZoneReader(bytes)
    let (changes, types, offsets, footer) = try reader.read()
    for (earlier, later) in zip(changes, changes.dropFirst()) where earlier >= later {
      throw TimeZoneError("its times are not in order")
    }
    var rule: TimeZoneFooter?
    if !footer.isEmpty {
      guard let read = TimeZoneFooter(footer) else {
        throw TimeZoneError("cannot read its last rule")
      }
      rule = read
    }
    self.init(
      name: name, changes: changes, offsets: types.map { offsets[$0] }, first: offsets[0],
      rule: rule)
  }
}

/// Reads the parts of a TZif file.
private struct TimeZoneReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private struct Counts {
    var isUTC = 0
    var isStandard = 0
    var leaps = 0
    var times = 0
    var types = 0
    var characters = 0

    /// Bytes of a block whose times have `width` bytes.
    func size(_ width: Int) -> Int {
      times * (width + 1) + types * 6 + characters + leaps * (width + 4) + isStandard + isUTC
    }
  }

  mutating func read() throws(TimeZoneError) -> ([Int64], [Int], [Int64], [UInt8]) {
    let (version, old) = try header()
    guard version >= UInt8(ascii: "2") else {
      let (changes, types, offsets) = try block(old, width: 4)
      return (changes, types, offsets, [])
    }
    try skip(old.size(4))
    let (_, counts) = try header()
    let (changes, types, offsets) = try block(counts, width: 8)
    let footer = bytes[place...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }
    return (changes, types, offsets, Array(footer))
  }

  private mutating func header() throws(TimeZoneError) -> (version: UInt8, Counts) {
    guard place + 44 <= bytes.count, bytes[place..<place + 4].elementsEqual("TZif".utf8) else {
      throw TimeZoneError("it is no file of a time zone")
    }
    let version = bytes[place + 4]
    place += 20
    var counts = Counts()
    counts.isUTC = Int(number(4))
    counts.isStandard = Int(number(4))
    counts.leaps = Int(number(4))
    counts.times = Int(number(4))
    counts.types = Int(number(4))
    counts.characters = Int(number(4))
    guard counts.size(8) < 1 << 24, counts.isUTC >= 0, counts.isStandard >= 0, counts.leaps >= 0,
      counts.times >= 0, counts.types > 0, counts.characters >= 0
    else { throw TimeZoneError("its header makes no sense") }
    return (version, counts)
  }

  private mutating func skip(_ count: Int) throws(TimeZoneError) {
    guard place + count <= bytes.count else { throw TimeZoneError("it ends too early") }
    place += count
  }

  private mutating func block(
    _ counts: Counts, width: Int
  ) throws(TimeZoneError) -> ([Int64], [Int], [Int64]) {
    guard place + counts.size(width) <= bytes.count else {
      throw TimeZoneError("it ends too early")
    }
    let end = place + counts.size(width)
    let changes = (0..<counts.times).map { _ in number(width) }
    let types = bytes[place..<place + counts.times].map { Int($0) }
    place += counts.times
    var offsets: [Int64] = []
    for _ in 0..<counts.types {
      offsets.append(number(4))
      place += 2
    }
    guard types.allSatisfy({ $0 < offsets.count }), offsets.allSatisfy({ abs($0) < 172_800 })
    else { throw TimeZoneError("its offsets make no sense") }
    place = end
    return (changes, types, offsets)
  }

  /// A signed number, the highest byte first.
  private mutating func number(_ width: Int) -> Int64 {
    var bits: UInt64 = bytes[place] & 0x80 == 0 ? 0 : .max
    for byte in bytes[place..<place + width] { bits = bits << 8 | UInt64(byte) }
    place += width
    return Int64(bitPattern: bits)
  }
}
