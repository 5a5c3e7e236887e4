import Codec
import Testing

/// Bytes in the making.
@Suite struct ByteBufferTests {
  @Test("every piece is there after growing, as in an array", arguments: [0, 1, 64, 4_096])
  func pieces(capacity: Int) {
    let slab = ByteSlab(capacity: 300)
    slab.append((0..<300).map { UInt8(truncatingIfNeeded: $0) })
    // unsafe because the slab outlives the view.
    let view = unsafe ByteView(slab)
    var buffer = ByteBuffer(capacity: capacity)
    var array: [UInt8] = []
    for length in 0..<300 {
      buffer.append(view, 300 - length, 300)
      array.append(view, 300 - length, 300)
      buffer.append(UInt8(truncatingIfNeeded: length))
      array.append(UInt8(truncatingIfNeeded: length))
      buffer.append(0x8877_6655_4433_2211, count: length % 9)
      array.append(0x8877_6655_4433_2211, count: length % 9)
      buffer.append("abc")
      array += "abc".utf8
    }
    #expect(buffer.copy == array)
    let grown = ByteSlab(buffer)
    #expect(unsafe Array(grown.bytes) == array)
  }

  @Test("numbers replace what stands there, the lowest byte first")
  func put() {
    var buffer = ByteBuffer()
    buffer.append([9, 9, 9, 9, 9, 9])
    buffer.put(UInt32(0x0403_0201), at: 1)
    buffer.put(UInt8(7), at: 5)
    #expect(buffer.copy == [9, 1, 2, 3, 4, 7])
    buffer.removeLast(2)
    #expect(buffer.last == 3)
    buffer.removeAll()
    #expect(buffer.isEmpty && buffer.last == nil)
  }

  @Test("eight digits at once are those of each byte")
  func digits() {
    for seed in 0..<10_000 {
      let word = UInt32(truncatingIfNeeded: seed &* 0x9E37_79B9)
      var text = ByteBuffer()
      text.append(Hex.digits(word), count: 8)
      let bytes = (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - $0 * 8)) }
      #expect(text.copy == Hex.encode(bytes))
    }
  }
}
