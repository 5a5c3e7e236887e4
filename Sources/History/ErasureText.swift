internal import Codec

/// Finds names in texts and takes them out. A name counts where it stands as a word of its own:
/// `u-1` is not in `u-12`, nor in `u-1-a`.
package struct ErasureText: Sendable {
  /// What is looked for, UTF-8.
  package let names: [[UInt8]]
  /// What stands in a name's place.
  package static let mark = Array("[erased]".utf8)
  /// What stands in its place where the length must not change, as often as needed. Each erasure
  /// has another, so that two names that were told apart still are.
  private let filler: [UInt8]

  /// Looks for names, none of them empty; `salt` makes what replaces them unlike that of others.
  package init(_ names: [[UInt8]], salt: UInt64) {
    precondition(names.allSatisfy { !$0.isEmpty }, "a name to look for")
    self.names = names
    var digits: [UInt8] = []
    Hex.append(salt, to: &digits)
    filler = digits
  }

  /// Whether a name is so long and peculiar that it stands for nobody else wherever it stands: six
  /// bytes or more with letters and digits, an address, or very long.
  package static func isDistinctive(_ name: [UInt8]) -> Bool {
    guard name.count >= 6 else { return false }
    if name.count >= 16 || name.contains(0x40) { return true }
    let hasDigit = name.contains { $0 &- 0x30 < 10 }
    let hasLetter = name.contains { ($0 | 0x20) &- 0x61 < 26 || $0 >= 0x80 }
    return hasDigit && hasLetter
  }

  /// Where names stand in `bytes` as words of their own.
  func words(in bytes: ArraySlice<UInt8>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for name in names {
      for start in Self.places(of: name, in: bytes) {
        let range = start..<start + name.count
        if Self.isWhole(range, in: bytes) { found.append(range) }
      }
    }
    guard names.count > 1 else { return found }
    found.sort { $0.lowerBound < $1.lowerBound }
    var apart: [Range<Int>] = []
    for range in found where range.lowerBound >= apart.last?.upperBound ?? .min {
      apart.append(range)
    }
    return apart
  }

  /// Longer words of `bytes` that names are parts of.
  func longerWords(in bytes: [UInt8], into words: inout Set<[UInt8]>, limit: Int) {
    for name in names {
      for start in Self.places(of: name, in: bytes[...]) where words.count < limit {
        var (low, high) = (start, start + name.count)
        guard !Self.isWhole(low..<high, in: bytes[...]) else { continue }
        while low > 0, start - low < Self.around, Self.isWordByte(bytes[low - 1]) { low -= 1 }
        while high < bytes.count, high - start < Self.around + name.count,
          Self.isWordByte(bytes[high])
        {
          high += 1
        }
        words.insert(Array(bytes[low..<high]))
      }
    }
  }

  /// Bytes to each side of a name that a longer word is told by.
  private static let around = 64

  private static func isWhole(_ range: Range<Int>, in bytes: ArraySlice<UInt8>) -> Bool {
    let isBegun = range.lowerBound > bytes.startIndex && isWordByte(bytes[range.lowerBound - 1])
    let goesOn = range.upperBound < bytes.endIndex && isWordByte(bytes[range.upperBound])
    return !isBegun && !goesOn
  }

  static func isWordByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F || byte == 0x2D || byte >= 0x80
  }

  /// Every place where `name` begins, apart from each other.
  static func places(of name: [UInt8], in bytes: ArraySlice<UInt8>) -> [Int] {
    // unsafe because the search reads within the slice.
    let start = bytes.startIndex
    return unsafe bytes.withUnsafeBytes { raw in
      var places: [Int] = []
      var from = 0
      let search = NameSearch(name)
      while let place = unsafe search.first(in: raw, from: from) {
        places.append(start + place)
        from = place + name.count
      }
      return places
    }
  }
}

// MARK: Taking out
extension ErasureText {
  /// The text without the names; nil where it holds none. Of JSON, also of strings whose escapes
  /// hide a name; what was JSON still is.
  package func erased(_ text: [UInt8]) -> [UInt8]? {
    let first = text.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    if first == 0x7B || first == 0x5B { return erased(json: text) }
    return erased(plain: text[...])
  }

  /// Whether the text holds a name.
  package func isMentioned(in text: [UInt8]) -> Bool { erased(text) != nil }

  private func erased(plain text: ArraySlice<UInt8>) -> [UInt8]? {
    let found = words(in: text)
    guard !found.isEmpty else { return nil }
    var output: [UInt8] = []
    var copied = text.startIndex
    for range in found {
      output += text[copied..<range.lowerBound] + Self.mark
      copied = range.upperBound
    }
    return output + text[copied...]
  }

  private func erased(json text: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    var isChanged = false
    var index = 0
    while index < text.count {
      if text[index] == 0x22 {
        let end = Self.stringEnd(text, from: index + 1)
        let body = text[(index + 1)..<end]
        output.append(0x22)
        if let clean = erased(string: body) {
          output += clean
          isChanged = true
        } else {
          output += body
        }
        if end < text.count { output.append(0x22) }
        index = end + 1
      } else {
        // Between strings: a name may be a number.
        let end = text[index...].firstIndex(of: 0x22) ?? text.count
        let found = words(in: text[index..<end])
        var copied = index
        for range in found {
          output += text[copied..<range.lowerBound] + [0x22] + Self.mark + [0x22]
          copied = range.upperBound
          isChanged = true
        }
        output += text[copied..<end]
        index = end
      }
    }
    return isChanged ? output : nil
  }

  /// The body of a JSON string without names, in its escaped form.
  private func erased(string body: ArraySlice<UInt8>) -> [UInt8]? {
    guard body.contains(0x5C) else { return erased(plain: body) }
    let text = Self.unescaped(body)
    // A string may hold JSON again.
    guard let clean = erased(text) else { return nil }
    var escaped: [UInt8] = []
    // unsafe because the escaping reads the array within the call.
    unsafe clean.withUnsafeBytes { unsafe JSONText.append($0, to: &escaped) }
    return Array(escaped.dropFirst().dropLast())
  }

  private static func stringEnd(_ text: [UInt8], from start: Int) -> Int {
    var index = start
    while index < text.count, text[index] != 0x22 { index += text[index] == 0x5C ? 2 : 1 }
    return min(index, text.count)
  }

  private static func unescaped(_ body: ArraySlice<UInt8>) -> [UInt8] {
    let slab = ByteSlab(capacity: body.count + 16)
    slab.append(Array(body))
    let end = body.last == 0x5C && body.dropLast().last != 0x5C ? body.count - 1 : body.count
    let plain = ByteSlab(capacity: body.count)
    // unsafe because the view is used within the call.
    _ = unsafe JSONText.unescape(
      ByteView(slab), JSONScanner.RawString(start: 0, end: end, hasEscapes: true), into: plain)
    return unsafe Array(plain.bytes)
  }

  /// The text with each name replaced by something as long; nil where it holds none.
  package func filled(_ text: [UInt8]) -> [UInt8]? {
    filled(text, words(in: text[...]))
  }

  /// The same for records, in which a text follows its length in four bytes, the lowest first, and
  /// what follows the text may be any byte.
  package func filled(blob: [UInt8]) -> [UInt8]? {
    filled(
      blob,
      names.flatMap { name in
        Self.places(of: name, in: blob[...]).map { $0..<$0 + name.count }.filter { range in
          let end = Self.endsText(range, in: blob) ? range.upperBound : blob.count
          return Self.isWhole(range, in: blob[..<end])
        }
      })
  }

  /// Whether a text of a record ends where `range` does: some four bytes before say so.
  private static func endsText(_ range: Range<Int>, in blob: [UInt8]) -> Bool {
    let farthest = max(0, range.upperBound - longestText - 4)
    return stride(from: range.lowerBound - 4, through: farthest, by: -1).contains { place in
      let length = (0..<4).reduce(0) { $0 | Int(blob[place + $1]) << ($1 * 8) }
      return place + 4 + length == range.upperBound
    }
  }

  private static let longestText = 64 << 10

  private func filled(_ bytes: [UInt8], _ found: [Range<Int>]) -> [UInt8]? {
    guard !found.isEmpty else { return nil }
    var output = bytes
    for range in found {
      for (offset, place) in range.enumerated() { output[place] = filler[offset % filler.count] }
    }
    return output
  }
}

/// Horspool's search for one name.
struct NameSearch {
  // unsafe because it reads raw bytes within the bounds that it is given.
  private let name: [UInt8]
  private var shifts: [Int]

  init(_ name: [UInt8]) {
    self.name = name
    shifts = Array(repeating: name.count, count: 256)
    for (index, byte) in name.dropLast().enumerated() {
      shifts[Int(byte)] = name.count - 1 - index
    }
  }

  /// The first place at `from` or later.
  @unsafe func first(in bytes: UnsafeRawBufferPointer, from: Int) -> Int? {
    let length = name.count
    return unsafe name.withUnsafeBufferPointer { name in
      unsafe shifts.withUnsafeBufferPointer { shifts in
        var place = from
        while place + length <= bytes.count {
          let last = unsafe bytes[place + length - 1]
          if unsafe last == name[length - 1] {
            var index = 0
            while index < length - 1, unsafe bytes[place + index] == name[index] { index += 1 }
            if index == length - 1 { return place }
          }
          place += unsafe shifts[Int(last)]
        }
        return nil
      }
    }
  }
}
