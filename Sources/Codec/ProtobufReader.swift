/// Reads one protobuf message field by field, building nothing: texts and bytes are ranges, inner
/// messages are readers of the same view.
///
/// After `next` has given a tag, exactly one of the value operations or `skip` must follow. After a
/// fault the reader stands at no defined place. Nothing is read beyond `end`.
@usableFromInline package struct ProtobufReader {
  @usableFromInline package let bytes: ByteView
  /// The next byte to read.
  @usableFromInline package internal(set) var index: Int
  @usableFromInline package let end: Int
  /// How many messages deeper than this one may still be read.
  @usableFromInline package let depthLeft: Int

  /// A reader of `bytes[start..<end]` that opens at most `depthLimit` messages within each other.
  @inlinable
  package init(_ bytes: ByteView, from start: Int, to end: Int, depthLimit: Int = 100) {
    precondition(start >= 0 && start <= end && end <= bytes.count, "a message lies in its view")
    self.bytes = bytes
    index = start
    self.end = end
    depthLeft = depthLimit
  }

  /// Whether everything was read; how a packed field is read to its end.
  package var isAtEnd: Bool { index == end }

  /// The next field's tag, nil at the end of the message.
  @inlinable
  package mutating func next() throws(ProtobufError) -> ProtobufTag? {
    guard index < end else { return nil }
    let start = index
    let value = try varint()
    guard value <= UInt64(UInt32.max) else { throw ProtobufError(.overlong, at: start) }
    guard value >> 3 != 0, let wire = ProtobufWire(rawValue: UInt8(value & 7)) else {
      throw ProtobufError(.badTag, at: start)
    }
    return ProtobufTag(UInt32(value >> 3), wire)
  }

  /// A varint of up to 64 bits; negative `int32`, `int64` and enumerations are its bit pattern.
  @inlinable
  package mutating func varint() throws(ProtobufError) -> UInt64 {
    if index < end, bytes[index] < 0x80 {
      index &+= 1
      return UInt64(bytes[index &- 1])
    }
    return try longVarint()
  }

  @usableFromInline
  mutating func longVarint() throws(ProtobufError) -> UInt64 {
    let start = index
    let word = bytes.word(at: index)
    let stops = ~word & 0x8080_8080_8080_8080
    let length = stops.trailingZeroBitCount &>> 3 &+ 1
    if stops != 0, end &- index >= length {
      index &+= length
      return Self.joined(word & (stops ^ (stops &- 1)))
    }
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while index < end {
      let byte = bytes[index]
      index &+= 1
      // The tenth byte has room for the one bit that is left.
      if shift == 63, byte > 1 { throw ProtobufError(.overlong, at: start) }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    throw ProtobufError(.truncated, at: start)
  }

  /// The low seven bits of each byte, joined; the first byte's are the lowest.
  private static func joined(_ word: UInt64) -> UInt64 {
    let pairs = (word & 0x007F_007F_007F_007F) | (word & 0x7F00_7F00_7F00_7F00) &>> 1
    let fours = (pairs & 0x0000_3FFF_0000_3FFF) | (pairs & 0x3FFF_0000_3FFF_0000) &>> 2
    return (fours & 0x0FFF_FFFF) | (fours & 0x0FFF_FFFF_0000_0000) &>> 4
  }

  /// A varint as the signed number that `sint32` and `sint64` fold into it.
  package mutating func zigzag() throws(ProtobufError) -> Int64 {
    let folded = try varint()
    return Int64(bitPattern: (folded >> 1) ^ (0 &- (folded & 1)))
  }

  /// Eight bytes, the first the lowest.
  @inlinable
  package mutating func fixed64() throws(ProtobufError) -> UInt64 {
    guard end &- index >= 8 else { throw ProtobufError(.truncated, at: index) }
    let value = bytes.word(at: index)
    index &+= 8
    return value
  }

  /// Four bytes, the first the lowest.
  package mutating func fixed32() throws(ProtobufError) -> UInt32 {
    guard end &- index >= 4 else { throw ProtobufError(.truncated, at: index) }
    let value = UInt32(truncatingIfNeeded: bytes.word(at: index))
    index &+= 4
    return value
  }

  /// Eight bytes as a `double`.
  package mutating func double() throws(ProtobufError) -> Double {
    Double(bitPattern: try fixed64())
  }

  /// Where a string, bytes, a packed field or an inner message lies. UTF-8 is not its business.
  @inlinable
  package mutating func range() throws(ProtobufError) -> Range<Int> {
    let start = index
    let length = try varint()
    guard length <= UInt64(end &- index) else { throw ProtobufError(.truncated, at: start) }
    let first = index
    index &+= Int(length)
    return first..<index
  }

  /// A reader of the inner message that stands here; this one goes on behind it.
  @inlinable
  package mutating func message() throws(ProtobufError) -> ProtobufReader {
    let start = index
    guard depthLeft > 0 else { throw ProtobufError(.depth, at: start) }
    let range = try range()
    return ProtobufReader(
      bytes, from: range.lowerBound, to: range.upperBound, depthLimit: depthLeft &- 1)
  }

  /// Goes over the value of `tag`, a whole group if it begins one.
  package mutating func skip(_ tag: ProtobufTag) throws(ProtobufError) {
    switch tag.wire {
    case .varint: _ = try varint()
    case .fixed64: _ = try fixed64()
    case .bytes: _ = try range()
    case .fixed32: _ = try fixed32()
    case .groupStart: try skipGroup(tag.field, depthLeft: depthLeft)
    case .groupEnd: throw ProtobufError(.strayGroupEnd, at: index)
    }
  }

  private mutating func skipGroup(_ field: UInt32, depthLeft: Int) throws(ProtobufError) {
    guard depthLeft > 0 else { throw ProtobufError(.depth, at: index) }
    while let tag = try next() {
      switch tag.wire {
      case .groupEnd where tag.field == field: return
      case .groupStart: try skipGroup(tag.field, depthLeft: depthLeft &- 1)
      default: try skip(tag)
      }
    }
    throw ProtobufError(.truncated, at: index)
  }
}
