/// What a piece of JSON says once its escapes are resolved, and where each byte came from.
struct RedactionShadow {
  private(set) var bytes: [UInt8] = []
  /// For each byte, and for the end, where its source begins; empty unless asked for.
  private var origins: [Int32] = []
  /// How often escapes were resolved, and how often at most.
  private var depth = 0
  private static let deepest = 4

  /// Where in the source the byte at `index` begins.
  func origin(of index: Int) -> Int { Int(origins[index]) }

  /// Resolves the escapes of `text`. A broken one stays as it is: lines may be cut anywhere.
  mutating func read(_ text: RedactionText, keepingOrigins: Bool) {
    bytes.removeAll(keepingCapacity: true)
    origins.removeAll(keepingCapacity: true)
    depth = 1
    var position = 0
    while position < text.count {
      let escape = text.first(UInt8(ascii: "\\"), from: position)
      text.append(position..<escape, to: &bytes)
      if keepingOrigins { origins += (position..<escape).map { Int32($0) } }
      position = escape
      guard escape < text.count else { break }
      position += resolve(text, at: escape)
      if keepingOrigins {
        origins += repeatElement(Int32(escape), count: bytes.count - origins.count)
      }
    }
    if keepingOrigins { origins.append(Int32(text.count)) }
  }

  /// Resolves the escapes that stand in what was read, as where a document is the text of another;
  /// false where there are none, or the documents lie too deep in each other.
  mutating func readOn() -> Bool {
    guard depth < Self.deepest else { return false }
    let (source, places, level) = (bytes, origins, depth)
    // unsafe because the text is read within the call, from a copy that nothing changes.
    let isDeeper = unsafe source.withUnsafeBytes { bytes in
      let text = unsafe RedactionText(bytes)
      guard text.hasUnicodeEscape else { return false }
      read(text, keepingOrigins: !places.isEmpty)
      return true
    }
    guard isDeeper else { return false }
    for index in origins.indices { origins[index] = places[Int(origins[index])] }
    depth = level + 1
    return true
  }

  /// Appends what the escape at `index` stands for; its length.
  private mutating func resolve(_ text: RedactionText, at index: Int) -> Int {
    switch text[index + 1] {
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(text[index + 1])
    case UInt8(ascii: "u"): return resolveUnicode(text, at: index)
    default:
      bytes.append(text[index])
      return 1
    }
    return 2
  }

  private mutating func resolveUnicode(_ text: RedactionText, at index: Int) -> Int {
    guard let unit = Self.unit(text, at: index) else {
      bytes.append(text[index])
      return 1
    }
    if let scalar = Unicode.Scalar(unit) {
      bytes += UTF8.encode(scalar) ?? .init()
      return 6
    }
    if unit < 0xDC00, let low = Self.unit(text, at: index + 6), (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    {
      bytes += UTF8.encode(scalar) ?? .init()
      return 12
    }
    bytes += [0xEF, 0xBF, 0xBD]
    return 6
  }

  private static func unit(_ text: RedactionText, at index: Int) -> UInt32? {
    guard text.has("\\u", at: index) else { return nil }
    var value: UInt32 = 0
    for offset in 2..<6 {
      let byte = text[index + offset]
      if RedactionByte.isDigit(byte) {
        value = value << 4 | UInt32(byte - 0x30)
      } else if (byte | 0x20) &- 0x61 < 6 {
        value = value << 4 | UInt32((byte | 0x20) - 0x61 + 10)
      } else {
        return nil
      }
    }
    return value
  }
}
