package import Codec

/// Reads JSON (RFC 8259) into a tree. UTF-8 is not its business; a lone surrogate becomes U+FFFD,
/// and of a name given twice the last value holds.
package struct JSONReader {
  /// Bounds on a text.
  package struct Limits: Sendable {
    /// Arrays and objects in each other.
    package var depth = 128
    /// Values in all.
    package var values = 200_000

    /// The default bounds.
    package init() {}
  }

  private var scanner: JSONScanner
  private let limits: Limits
  private var values = 0

  /// The value that `text` is, and nothing but white space around it.
  package static func read(
    _ text: some Collection<UInt8>, limits: Limits = Limits()
  ) throws(JSONError) -> JSONValue {
    let slab = ByteSlab(capacity: text.count + 1)
    slab.append(Array(text))
    // unsafe because the view borrows the slab, which stays as it is until reading has ended.
    let view = unsafe ByteView(slab)
    var reader = JSONReader(
      scanner: JSONScanner(view, from: 0, to: slab.count), limits: limits)
    defer { extendLifetime(slab) }
    return try reader.document()
  }

  /// Whether `text` is a value and nothing but white space around it, found out without a tree.
  package static func isValid(_ text: [UInt8], limits: Limits = Limits()) -> Bool {
    let body = JSONFinder.trimmed(text)
    guard let first = text[body].first, first == 0x7B || first == 0x5B else { return false }
    let slab = ByteSlab(capacity: body.count + 1)
    slab.append(Array(text[body]))
    // unsafe because the view borrows the slab, which stays as it is until reading has ended.
    var scanner = JSONScanner(unsafe ByteView(slab), from: 0, to: slab.count)
    defer { extendLifetime(slab) }
    do throws(JSONError) {
      try scanner.skipValue(depth: 0, limit: limits.depth)
      return scanner.index == scanner.end
    } catch {
      return false
    }
  }

  private init(scanner: JSONScanner, limits: Limits) {
    self.scanner = scanner
    self.limits = limits
  }

  private mutating func document() throws(JSONError) -> JSONValue {
    let value = try value(depth: 0)
    scanner.skipSpace()
    guard scanner.index == scanner.end else {
      throw JSONError(.syntax, at: scanner.index, expected: "the end of the text")
    }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    scanner.skipSpace()
    values += 1
    guard values <= limits.values else {
      throw JSONError(.depth, at: scanner.index, expected: "fewer values")
    }
    switch scanner.next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try scanner.literal()
      return .bool(true)
    case UInt8(ascii: "f"):
      try scanner.literal()
      return .bool(false)
    case UInt8(ascii: "n"):
      try scanner.literal()
      return .null
    default:
      return .number(try number())
    }
  }

  private mutating func number() throws(JSONError) -> JSONNumber {
    let start = scanner.index
    _ = try scanner.number()
    let text = scanner.bytes.copy(start, scanner.index)
    guard let number = JSONNumber(text) else {
      throw JSONError(.syntax, at: start, expected: "a number")
    }
    return number
  }

  private mutating func string() throws(JSONError) -> [UInt8] {
    let raw = try scanner.string()
    guard raw.hasEscapes else { return scanner.bytes.copy(raw.start, raw.end) }
    let slab = ByteSlab(capacity: raw.end - raw.start + 4)
    _ = JSONText.unescape(scanner.bytes, raw, into: slab)
    // unsafe because the slab is local and read up to what was written.
    return unsafe Array(slab.bytes)
  }

  private mutating func open(depth: Int, closer: UInt8) throws(JSONError) -> Bool {
    guard depth <= limits.depth else {
      throw JSONError(.depth, at: scanner.index, expected: "less nesting")
    }
    scanner.index += 1
    scanner.skipSpace()
    return !scanner.take(closer)
  }

  /// Whether another element follows the one just read.
  private mutating func goesOn(closer: UInt8, expected: StaticString) throws(JSONError) -> Bool {
    scanner.skipSpace()
    if scanner.take(UInt8(ascii: ",")) { return true }
    guard scanner.take(closer) else {
      throw JSONError(.syntax, at: scanner.index, expected: expected)
    }
    return false
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    guard try open(depth: depth, closer: UInt8(ascii: "]")) else { return elements }
    repeat {
      elements.append(try value(depth: depth))
    } while try goesOn(closer: UInt8(ascii: "]"), expected: "',' or ']'")
    return elements
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
    var object = JSONObject()
    guard try open(depth: depth, closer: UInt8(ascii: "}")) else { return object }
    repeat {
      scanner.skipSpace()
      let name = try string()
      scanner.skipSpace()
      guard scanner.take(UInt8(ascii: ":")) else {
        throw JSONError(.syntax, at: scanner.index, expected: "':'")
      }
      object.set(name, to: try value(depth: depth))
    } while try goesOn(closer: UInt8(ascii: "}"), expected: "',' or '}'")
    return object
  }
}
