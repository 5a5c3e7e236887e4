/// Numbers as the blocks of samples write them, about 3 ns each.
enum SampleBytes {
  @inline(__always)
  static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always)
  static func append(signed number: Int64, to bytes: inout [UInt8]) {
    append(zigzag(number), to: &bytes)
  }

  static func append(bits number: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  @inline(__always)
  static func zigzag(_ number: Int64) -> UInt64 {
    UInt64(bitPattern: (number &<< 1) ^ (number >> 63))
  }

  @inline(__always)
  static func signed(_ number: UInt64) -> Int64 {
    Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  static func append(_ histogram: SampleHistogramLayout, to bytes: inout [UInt8]) {
    append(signed: Int64(histogram.scale), to: &bytes)
    append(bits: histogram.zeroThreshold.bitPattern, to: &bytes)
    for run in [histogram.positive, histogram.negative] {
      append(signed: Int64(run.offset), to: &bytes)
      append(UInt64(run.count), to: &bytes)
    }
    append(UInt64(histogram.bounds.count), to: &bytes)
    for bound in histogram.bounds { append(bits: bound.bitPattern, to: &bytes) }
  }
}

/// Reads what `SampleBytes` wrote; what is damaged reads as 0 and says so.
struct SampleByteReader {
  private let bytes: [UInt8]
  private(set) var index: Int
  private(set) var isDamaged = false

  init(_ bytes: [UInt8], from index: Int = 0) {
    self.bytes = bytes
    self.index = index
  }

  var isAtEnd: Bool { index >= bytes.count }
  var left: Int { bytes.count - index }

  @inline(__always)
  mutating func number() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while index < bytes.count, shift < 64 {
      let byte = bytes[index]
      index &+= 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    isDamaged = true
    return 0
  }

  @inline(__always)
  mutating func signed() -> Int64 { SampleBytes.signed(number()) }

  mutating func byte() -> UInt8 {
    guard index < bytes.count else {
      isDamaged = true
      return 0
    }
    defer { index += 1 }
    return bytes[index]
  }

  @inline(__always)
  mutating func bits(_ count: Int = 8) -> UInt64 {
    guard left >= count else {
      isDamaged = true
      return 0
    }
    var value: UInt64 = 0
    for place in 0..<count { value |= UInt64(bytes[index &+ place]) << UInt64(place &* 8) }
    index &+= count
    return value
  }

  /// A number of things of which each takes at least `size` bytes, or damage.
  mutating func count(ofSize size: Int = 1) -> Int {
    let number = number()
    guard number <= UInt64(left / size) else {
      isDamaged = true
      return 0
    }
    return Int(number)
  }

  mutating func fail() { isDamaged = true }
}
