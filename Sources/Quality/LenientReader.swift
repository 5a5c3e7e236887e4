/// Reads one JSON value as models write them: forgives what has only one meaning and notes it.
///
/// Every byte is looked at a bounded number of times.
struct LenientReader {
  /// Why no value could be read; `index` of the reader says where.
  struct Failure: Error {}

  let bytes: [UInt8]
  var index: Int
  let end: Int
  var repairs = RepairList()
  /// Elements and members read whole, at any depth.
  private(set) var wholeParts = 0
  private let depthLimit: Int
  /// Whether a comma stands right before, white space aside.
  private var isAfterComma = false

  init(_ bytes: [UInt8], from start: Int, to end: Int, depthLimit: Int) {
    self.bytes = bytes
    index = start
    self.end = end
    self.depthLimit = depthLimit
  }

  var isAtEnd: Bool { index >= end }

  /// The byte `offset` further on; 0 behind the end.
  func peek(_ offset: Int = 0) -> UInt8 {
    index + offset < end ? bytes[index + offset] : 0
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard index < end, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  func stands(_ text: StaticString, at place: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard place >= 0, place + count <= end else { return false }
    // unsafe because a static string is read through its pointer, within its length.
    return (0..<count).allSatisfy { unsafe bytes[place + $0] == text.utf8Start[$0] }
  }

  /// A value, or nil where the text ends before one.
  mutating func value(depth: Int) throws(Failure) -> JSONValue? {
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""), UInt8(ascii: "'"), 0xE2: return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), 0x30...0x39:
      return try number()
    default:
      return try word()
    }
  }

  /// Moves over white space and comments.
  mutating func skipSpace() {
    while index < end {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      case 0xC2 where peek(1) == 0xA0: index += 2
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): skipLine()
      case UInt8(ascii: "#"): skipLine()
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipBlock()
      default: return
      }
    }
  }

  private mutating func skipLine() {
    repairs.note(.comment, at: index)
    while index < end, bytes[index] != 0x0A { index += 1 }
  }

  private mutating func skipBlock() {
    repairs.note(.comment, at: index)
    index += 2
    while index < end, !stands("*/", at: index) { index += 1 }
    index = min(end, index + 2)
  }
}

// MARK: Arrays and objects
extension LenientReader {
  private mutating func array(depth: Int) throws(Failure) -> [JSONValue] {
    guard depth <= depthLimit else { throw Failure() }
    var elements: [JSONValue] = []
    index += 1
    while try goesOn(closer: UInt8(ascii: "]"), isFirst: elements.isEmpty, depth: depth) {
      guard let element = try value(depth: depth) else { break }
      elements.append(element)
      wholeParts += 1
      guard try separate(closer: UInt8(ascii: "]"), depth: depth) else { break }
    }
    return elements
  }

  private mutating func object(depth: Int) throws(Failure) -> JSONObject {
    guard depth <= depthLimit else { throw Failure() }
    var object = JSONObject()
    index += 1
    while try goesOn(closer: UInt8(ascii: "}"), isFirst: object.members.isEmpty, depth: depth) {
      guard let name = try name() else { break }
      guard let value = try value(depth: depth) else { break }
      object.set(name, to: value)
      wholeParts += 1
      guard try separate(closer: UInt8(ascii: "}"), depth: depth) else { break }
    }
    return object
  }

  /// Whether another element begins here; commas too many and the closing bracket are taken.
  private mutating func goesOn(closer: UInt8, isFirst: Bool, depth: Int) throws(Failure) -> Bool {
    var hasComma = false
    while true {
      skipSpace()
      if isAtEnd {
        repairs.note(.truncated, at: end)
        return false
      }
      if take(UInt8(ascii: ",")) {
        repairs.note(.trailingComma, at: index - 1)
        hasComma = true
      } else if stands("...", at: index) || stands("…", at: index) {
        repairs.note(.ellipsis, at: index)
        isAfterComma = false
        index += 3
        skipSpace()
        _ = take(UInt8(ascii: ","))
      } else if take(closer) {
        if !isFirst, !hasComma, isAfterComma { repairs.note(.trailingComma, at: index - 1) }
        isAfterComma = false
        return false
      } else {
        return try !isForeignCloser(closer, depth: depth)
      }
    }
  }

  /// After an element: takes a comma or the closing bracket; whether another element may follow.
  private mutating func separate(closer: UInt8, depth: Int) throws(Failure) -> Bool {
    isAfterComma = false
    skipSpace()
    if isAtEnd {
      repairs.note(.truncated, at: end)
      return false
    }
    if take(UInt8(ascii: ",")) {
      isAfterComma = true
      return true
    }
    if take(closer) { return false }
    if try isForeignCloser(closer, depth: depth) { return false }
    guard beginsValue else { throw Failure() }
    repairs.note(.missingComma, at: index)
    return true
  }

  /// Whether the container around this one ends here, so that this one must have ended before.
  private mutating func isForeignCloser(_ closer: UInt8, depth: Int) throws(Failure) -> Bool {
    let byte = peek()
    guard byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") else { return false }
    guard byte != closer, depth > 1 else { throw Failure() }
    repairs.note(.missingBracket, at: index)
    return true
  }

  private var beginsValue: Bool {
    switch peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "{"), UInt8(ascii: "["): true
    default: false
    }
  }

  /// A member's name with its colon, or nil where the text ends before a value can begin.
  private mutating func name() throws(Failure) -> [UInt8]? {
    let name: [UInt8]
    switch peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), 0xE2: name = try string()
    default:
      let start = index
      while index < end, Self.isNameByte(bytes[index]) { index += 1 }
      guard index > start else { throw Failure() }
      name = Array(bytes[start..<index])
      repairs.note(.unquotedKey, at: start)
    }
    skipSpace()
    if isAtEnd {
      repairs.note(.truncated, at: end)
      return nil
    }
    guard take(UInt8(ascii: ":")) else { throw Failure() }
    skipSpace()
    if isAtEnd { repairs.note(.truncated, at: end) }
    return isAtEnd ? nil : name
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte >= 0x80 || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "$") || byte == UInt8(ascii: "-")
  }
}
