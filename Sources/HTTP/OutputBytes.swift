// unsafe because a literal's bytes are only reachable by their address; it is valid for ever.
extension [UInt8] {
  /// Adds the bytes of `text`.
  mutating func append(text: StaticString) {
    unsafe append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The bytes of `text`.
  init(text: StaticString) {
    self = []
    append(text: text)
  }

  /// Adds `number`, which is not negative, in decimal digits.
  mutating func append(decimal number: Int, digits: Int = 1) {
    precondition(number >= 0, "lengths and dates are not negative")
    var scale = 1
    var width = 1
    while number / scale >= 10 || width < digits {
      scale *= 10
      width += 1
    }
    while scale > 0 {
      append(ASCII.zero + UInt8(number / scale % 10))
      scale /= 10
    }
  }

  mutating func appendLineEnd() {
    append(ASCII.carriageReturn)
    append(ASCII.lineFeed)
  }

  /// Whether these are the bytes of `text`.
  func isText(_ text: StaticString) -> Bool {
    unsafe elementsEqual(
      UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
