internal import Codec

/// A JSON answer of the collector as a tree. What is not there is `null`.
package indirect enum Answer: Equatable, Sendable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([Answer])
  case object([Member])

  /// One member of an object.
  package struct Member: Equatable, Sendable {
    package let name: String
    package let value: Answer
  }

  /// Deeper nesting is refused.
  private static let deepest = 64

  /// Reads a whole text; nil when it is no JSON or nested too deeply.
  package init?(_ bytes: [UInt8]) {
    let slab = ByteSlab(capacity: bytes.count + 1)
    slab.append(bytes)
    // unsafe because the slab neither grows nor goes away while the scanner reads it.
    var scanner = unsafe JSONScanner(ByteView(slab), from: 0, to: slab.count)
    do throws(JSONError) {
      self = try Self.read(&scanner, slab, 0)
    } catch {
      return nil
    }
    scanner.skipSpace()
    guard scanner.index == scanner.end else { return nil }
    withExtendedLifetime(slab) {}
  }

  private static func read(
    _ scanner: inout JSONScanner, _ slab: ByteSlab, _ depth: Int
  ) throws(JSONError) -> Answer {
    guard depth < deepest else { throw JSONError(.depth, at: scanner.index, expected: "less") }
    scanner.skipSpace()
    switch scanner.next {
    case UInt8(ascii: "{"): return try object(&scanner, slab, depth)
    case UInt8(ascii: "["): return try list(&scanner, slab, depth)
    case UInt8(ascii: "\""): return .text(text(try scanner.string(), scanner.bytes))
    case UInt8(ascii: "t"):
      try scanner.literal()
      return .flag(true)
    case UInt8(ascii: "f"):
      try scanner.literal()
      return .flag(false)
    case UInt8(ascii: "n"):
      try scanner.literal()
      return .null
    default:
      let start = scanner.index
      let number = try scanner.number()
      let bytes = scanner.bytes
      let end = scanner.index
      return .number(
        number.double { String(decoding: bytes.copy(start, end), as: UTF8.self) } ?? 0)
    }
  }

  private static func object(
    _ scanner: inout JSONScanner, _ slab: ByteSlab, _ depth: Int
  ) throws(JSONError) -> Answer {
    _ = scanner.take(UInt8(ascii: "{"))
    var members: [Member] = []
    scanner.skipSpace()
    if scanner.take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      scanner.skipSpace()
      let name = text(try scanner.string(), scanner.bytes)
      scanner.skipSpace()
      guard scanner.take(UInt8(ascii: ":")) else {
        throw JSONError(.syntax, at: scanner.index, expected: "a colon")
      }
      members.append(Member(name: name, value: try read(&scanner, slab, depth + 1)))
      scanner.skipSpace()
      if scanner.take(UInt8(ascii: "}")) { return .object(members) }
      guard scanner.take(UInt8(ascii: ",")) else {
        throw JSONError(.syntax, at: scanner.index, expected: "a comma or a brace")
      }
    }
  }

  private static func list(
    _ scanner: inout JSONScanner, _ slab: ByteSlab, _ depth: Int
  ) throws(JSONError) -> Answer {
    _ = scanner.take(UInt8(ascii: "["))
    var items: [Answer] = []
    scanner.skipSpace()
    if scanner.take(UInt8(ascii: "]")) { return .list(items) }
    while true {
      items.append(try read(&scanner, slab, depth + 1))
      scanner.skipSpace()
      if scanner.take(UInt8(ascii: "]")) { return .list(items) }
      guard scanner.take(UInt8(ascii: ",")) else {
        throw JSONError(.syntax, at: scanner.index, expected: "a comma or a bracket")
      }
    }
  }

  private static func text(_ raw: JSONScanner.RawString, _ bytes: ByteView) -> String {
    // unsafe because the view's memory is alive for the length of the call.
    guard raw.hasEscapes else {
      return unsafe String(decoding: bytes.raw(raw.start, raw.end), as: UTF8.self)
    }
    let slab = ByteSlab(capacity: raw.end - raw.start + 1)
    _ = JSONText.unescape(bytes, raw, into: slab)
    return unsafe String(decoding: slab.bytes, as: UTF8.self)
  }
}

extension Answer {
  /// The member of an object; null of anything else.
  package subscript(name: String) -> Answer {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.name == name }?.value ?? .null
  }

  /// The items of a list; none of anything else.
  package var items: [Answer] {
    if case .list(let items) = self { items } else { [] }
  }

  /// The members of an object; none of anything else.
  package var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  /// A string.
  package var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// A number, or a string that is one, as money is.
  package var number: Double? {
    switch self {
    case .number(let number): number
    case .text(let text): Double(text)
    default: nil
    }
  }

  /// A moment in ns since 1970, from RFC 3339.
  package var time: Int64? { text.flatMap(Self.time) }

  /// The moment that RFC 3339 or a number since 1970 means.
  package static func time(_ text: String) -> Int64? {
    let slab = ByteSlab(capacity: text.utf8.count + 1)
    slab.append(Array(text.utf8))
    // unsafe because the slab holds the text for the length of this call.
    return unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: .max / 2)
  }
}
