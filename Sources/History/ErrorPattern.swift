internal import Codec
internal import Telemetry

/// What is the same about errors that differ only in their details: the message with numbers, ids,
/// quoted texts, paths and addresses masked.
package struct ErrorPattern: Equatable, Sendable {
  /// The kind of error: its type, or a log's level.
  package let type: String
  /// The masked message.
  package let message: String

  /// The pattern of an error.
  package init(type: String, message: String) {
    self.type = type
    self.message = Self.masked(Array(message.utf8))
  }

  init(type: String, masked: String) {
    self.type = type
    message = masked
  }

  /// 16 hex digits that stand for the pattern, the same on every machine.
  package var fingerprint: String {
    let bytes = Array("\(type)\u{0}\(message)".utf8)
    // unsafe because the pointer lives as long as the closure; nothing keeps it.
    let hash = unsafe bytes.withUnsafeBytes { unsafe Self.key.hash($0) }
    let digits = String(hash.high, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  // Part of what users see: never to be changed.
  private static let key = HashKey(0x6261_726F_6772_6170, 0x6572_726F_7273)

  private static func masked(_ bytes: [UInt8]) -> String {
    var masking = Masking(bytes: Array(bytes.prefix(Limits.errorMessage * 4)))
    return String(decoding: masking.run().prefix(Limits.errorMessage), as: UTF8.self)
  }
}

/// Goes over a message once.
private struct Masking {
  let bytes: [UInt8]
  private var index = 0
  private var output: [UInt8] = []

  /// Bytes between two quotes, at most.
  private static let quoted = 400

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func run() -> [UInt8] {
    while index < bytes.count {
      let byte = bytes[index]
      if Self.isSpace(byte) {
        if !output.isEmpty, output.last != 0x20 { output.append(0x20) }
        index += 1
      } else if let end = quoteEnd(byte) {
        mask("<text>", to: end)
      } else if isPathStart(byte) {
        mask("<path>", to: run(from: index, while: Self.isPath))
      } else if Self.isWord(byte) {
        word()
      } else {
        output.append(byte)
        index += 1
      }
    }
    if output.last == 0x20 { output.removeLast() }
    return output
  }

  private mutating func mask(_ word: String, to end: Int) {
    output += Array(word.utf8)
    index = end
  }

  private mutating func word() {
    let end = run(from: index, while: Self.isWord)
    let text = bytes[index..<end]
    if end + 2 < bytes.count, bytes[end] == 0x3A, bytes[end + 1] == 0x2F, bytes[end + 2] == 0x2F {
      return mask("<url>", to: run(from: end, while: Self.isPath))
    }
    if end < bytes.count, bytes[end] == 0x2F {
      let whole = run(from: index, while: Self.isPath)
      let part = bytes[index..<whole]
      if part.count(where: { $0 == 0x2F }) > 1 || part.contains(0x2E) {
        return mask("<path>", to: whole)
      }
    }
    let digits = text.count(where: Self.isDigit)
    guard digits > 0 else {
      output += text
      index = end
      return
    }
    if let first = text.first, Self.isDigit(first) || first == 0x2D {
      let rest = text.drop { Self.isDigit($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x3A }
      if rest.count <= 3, !rest.contains(where: Self.isDigit) {
        mask("<n>", to: end)
        output += rest
        return
      }
    }
    if digits > 1, text.count >= 6 { return mask("<id>", to: end) }
    output += text
    index = end
  }

  /// Where a quoted text that begins here ends, or nil where none does.
  private func quoteEnd(_ byte: UInt8) -> Int? {
    guard byte == 0x22 || byte == 0x27 || byte == 0x60 else { return nil }
    // An apostrophe stands within a word.
    if byte == 0x27, index > 0, Self.isWord(bytes[index - 1]) { return nil }
    var end = index + 1
    while end < bytes.count, end - index < Self.quoted {
      if bytes[end] == byte, byte != 0x27 || end + 1 == bytes.count || !Self.isWord(bytes[end + 1])
      {
        return end + 1
      }
      end += 1
    }
    return nil
  }

  private func isPathStart(_ byte: UInt8) -> Bool {
    guard byte == 0x2F, index + 1 < bytes.count, Self.isWord(bytes[index + 1]) else { return false }
    return index == 0 || !Self.isWord(bytes[index - 1])
  }

  private func run(from start: Int, while isPart: (UInt8) -> Bool) -> Int {
    var end = start
    while end < bytes.count, isPart(bytes[end]) { end += 1 }
    // What ends a sentence is no part of the last word.
    while end > start + 1, bytes[end - 1] == 0x2E || bytes[end - 1] == 0x3A { end -= 1 }
    return end
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == 0x5F || byte == 0x2D || byte == 0x2E || byte >= 0x80
  }
  private static func isPath(_ byte: UInt8) -> Bool {
    isWord(byte) || [0x2F, 0x3A, 0x3F, 0x3D, 0x26, 0x25, 0x23, 0x40, 0x7E, 0x2B].contains(byte)
  }
}
