/// Checks and repairs UTF-8.
package enum UTF8Check {
  /// The first byte in `start..<end` that is no part of well-formed UTF-8, or nil. ASCII goes by at
  /// eight bytes a step.
  package static func firstInvalid(_ bytes: ByteView, from start: Int, to end: Int) -> Int? {
    var index = start
    while index < end {
      if bytes.word(at: index) & 0x8080_8080_8080_8080 == 0 {
        index &+= 8
        continue
      }
      guard bytes[index] >= 0x80 else {
        index &+= 1
        continue
      }
      let length = sequenceLength(bytes, at: index, end: end)
      guard length > 0 else { return index }
      index &+= length
    }
    return nil
  }

  /// Appends the bytes with each ill-formed part replaced by U+FFFD.
  package static func repair(_ bytes: ByteView, from start: Int, to end: Int, into slab: ByteSlab) {
    var index = start
    while index < end {
      if bytes[index] < 0x80 {
        slab.append(bytes[index])
        index &+= 1
        continue
      }
      let length = sequenceLength(bytes, at: index, end: end)
      if length > 0 {
        unsafe slab.append(bytes.raw(index, index &+ length))
        index &+= length
      } else {
        slab.append([0xEF, 0xBF, 0xBD])
        index &+= 1
      }
    }
  }

  /// The length of the well-formed sequence of two or more bytes at `index`, or 0.
  private static func sequenceLength(_ bytes: ByteView, at index: Int, end: Int) -> Int {
    let lead = bytes[index]
    let second = index &+ 1 < end ? bytes[index &+ 1] : 0
    switch lead {
    case 0xC2...0xDF:
      return isTail(second) ? 2 : 0
    case 0xE0...0xEF:
      let low: UInt8 = lead == 0xE0 ? 0xA0 : 0x80
      let high: UInt8 = lead == 0xED ? 0x9F : 0xBF
      guard low...high ~= second, index &+ 2 < end, isTail(bytes[index &+ 2]) else { return 0 }
      return 3
    case 0xF0...0xF4:
      let low: UInt8 = lead == 0xF0 ? 0x90 : 0x80
      let high: UInt8 = lead == 0xF4 ? 0x8F : 0xBF
      guard low...high ~= second, index &+ 3 < end, isTail(bytes[index &+ 2]),
        isTail(bytes[index &+ 3])
      else { return 0 }
      return 4
    default:
      return 0
    }
  }

  private static func isTail(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}

extension ByteView {
  /// The greatest length up to `limit` at which `start..<end` can be cut without splitting a
  /// character.
  package func cut(from start: Int, to end: Int, limit: Int) -> Int {
    guard end &- start > limit else { return end &- start }
    var length = limit
    while length > 0, self[start &+ length] & 0xC0 == 0x80 { length &-= 1 }
    return length
  }
}
