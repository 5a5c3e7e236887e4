/// JSON strings: from their escaped form to text and back.
@usableFromInline package enum JSONText {
  /// Appends the text of a scanned string to `slab`. A lone surrogate becomes U+FFFD; the answer
  /// says whether one did.
  package static func unescape(
    _ bytes: ByteView, _ string: JSONScanner.RawString, into slab: ByteSlab
  ) -> Bool {
    var index = string.start
    var isRepaired = false
    while index < string.end {
      let stop = bytes.firstIndex(of: 0x5C, from: index, to: string.end)
      unsafe slab.append(bytes.raw(index, stop))
      guard stop < string.end else { break }
      index = stop &+ 2
      switch bytes[stop &+ 1] {
      case 0x62: slab.append(0x08)
      case 0x66: slab.append(0x0C)
      case 0x6E: slab.append(0x0A)
      case 0x72: slab.append(0x0D)
      case 0x74: slab.append(0x09)
      case 0x75:
        let (scalar, next) = scalar(bytes, at: stop, end: string.end)
        index = next
        if scalar == nil { isRepaired = true }
        slab.append(Array(String(scalar ?? "\u{FFFD}").utf8))
      case let plain: slab.append(plain)
      }
    }
    return isRepaired
  }

  /// Turns each escaped lone surrogate in `start..<end` of `slab`, a scanned text, into `\ufffd`,
  /// and says whether there was one.
  package static func repairSurrogates(_ slab: ByteSlab, from start: Int, to end: Int) -> Bool {
    let bytes = unsafe ByteView(slab)
    var isRepaired = false
    var index = bytes.firstIndex(of: 0x5C, from: start, to: end)
    while index < end {
      var next = index &+ 2
      if index &+ 1 < end, bytes[index &+ 1] == 0x75 {
        let (scalar, follower) = scalar(bytes, at: index, end: end)
        next = follower
        if scalar == nil {
          isRepaired = true
          // unsafe because the six bytes of the escape were scanned inside the slab.
          for (offset, byte) in "fffd".utf8.enumerated() {
            unsafe slab.base[index &+ 2 &+ offset] = byte
          }
        }
      }
      index = bytes.firstIndex(of: 0x5C, from: min(next, end), to: end)
    }
    return isRepaired
  }

  /// The character that the `\u` escape at `index` (with its low half, if there is one) spells, or
  /// nil for a lone surrogate; and where reading goes on.
  private static func scalar(
    _ bytes: ByteView, at index: Int, end: Int
  ) -> (Unicode.Scalar?, next: Int) {
    guard let high = unit(bytes, at: index, end: end) else { return (nil, end) }
    let next = index &+ 6
    guard 0xD800..<0xDC00 ~= high else { return (Unicode.Scalar(high), next) }
    guard let low = unit(bytes, at: next, end: end), 0xDC00..<0xE000 ~= low else {
      return (nil, next)
    }
    return (Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)), next &+ 6)
  }

  private static func unit(_ bytes: ByteView, at index: Int, end: Int) -> UInt32? {
    guard index &+ 6 <= end, bytes[index] == 0x5C, bytes[index &+ 1] == 0x75 else { return nil }
    var value: UInt32 = 0
    for offset in 2..<6 {
      guard let digit = Hex.value(bytes[index &+ offset]) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// Appends `text`, which is UTF-8, as a JSON string with its quotes.
  package static func append(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    output.append(0x22)
    var start = 0
    for index in 0..<text.count {
      let byte = unsafe text[index]
      guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
      unsafe output.append(contentsOf: text[start..<index])
      appendEscape(byte, to: &output)
      start = index &+ 1
    }
    unsafe output.append(contentsOf: text[start..<text.count])
    output.append(0x22)
  }

  @inlinable
  static func appendEscape<Sink: ByteSink & ~Copyable>(_ byte: UInt8, to output: inout Sink) {
    output.append(0x5C)
    switch byte {
    case 0x08: output.append(0x62)
    case 0x09: output.append(0x74)
    case 0x0A: output.append(0x6E)
    case 0x0C: output.append(0x66)
    case 0x0D: output.append(0x72)
    case 0x22, 0x5C: output.append(byte)
    default:
      // A control character is below 0x20: "u00" and two digits.
      output.append(0x0030_3075 | UInt64(0x30 | byte >> 4) << 24, count: 4)
      let low = byte & 15
      output.append(low < 10 ? 0x30 &+ low : 0x57 &+ low)
    }
  }
}

extension JSONText {
  /// Appends `bytes[start..<end]`, which is UTF-8, as a JSON string with its quotes; eight bytes at
  /// a time where nothing needs an escape.
  @inlinable
  package static func append<Sink: ByteSink & ~Copyable>(
    _ bytes: ByteView, _ start: Int, _ end: Int, to output: inout Sink
  ) {
    output.append(0x22)
    var plain = start
    var index = start
    while index < end {
      let stops = SWAR.stringStops(bytes.word(at: index))
      guard stops != 0 else {
        index &+= 8
        continue
      }
      // A stop behind the first may be none, so the byte decides.
      index &+= stops.trailingZeroBitCount &>> 3
      guard index < end else { break }
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C {
        output.append(bytes, plain, index)
        appendEscape(byte, to: &output)
        plain = index &+ 1
      }
      index &+= 1
    }
    output.append(bytes, plain, end)
    output.append(0x22)
  }
}
