/// Finds bytes eight at a time.
enum ByteSearch {
  /// The first position at or after `start` where `needle`, not empty, occurs in `text`.
  static func first(
    _ needle: [UInt8], in text: UnsafeRawBufferPointer, from start: Int
  ) -> Int? {
    var position = start
    while let found = unsafe first(needle[0], in: text, from: position) {
      guard found + needle.count <= text.count else { return nil }
      var length = 1
      while length < needle.count, unsafe text[found + length] == needle[length] { length += 1 }
      if length == needle.count { return found }
      position = found + 1
    }
    return nil
  }

  /// The first position at or after `start` that holds `byte`.
  static func first(
    _ byte: UInt8, in text: UnsafeRawBufferPointer, from start: Int
  ) -> Int? {
    var position = start
    let ones: UInt64 = 0x0101_0101_0101_0101
    let pattern = ones &* UInt64(byte)
    // unsafe because words are read from the raw text; each read ends within it.
    while position + 8 <= text.count {
      let word = unsafe text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let difference = UInt64(littleEndian: word) ^ pattern
      let zeros = (difference &- ones) & ~difference & (ones << 7)
      if zeros != 0 { return position + zeros.trailingZeroBitCount / 8 }
      position += 8
    }
    while position < text.count {
      if unsafe text[position] == byte { return position }
      position += 1
    }
    return nil
  }
}
