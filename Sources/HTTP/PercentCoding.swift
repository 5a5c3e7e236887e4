/// Percent-encoding of paths, queries and forms (RFC 3986 2.1).
package enum PercentCoding {
  /// `bytes` decoded, or nil when a percent sign is not followed by two hexadecimal digits. In
  /// queries and forms a plus is a space.
  package static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var rest = bytes.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case ASCII.percent:
        guard let high = rest.next().flatMap(ASCII.hexValue),
          let low = rest.next().flatMap(ASCII.hexValue)
        else { return nil }
        output.append(high << 4 | low)
      case ASCII.plus where plusIsSpace: output.append(ASCII.space)
      default: output.append(byte)
      }
    }
    return output
  }

  /// Adds `bytes` to `output`, everything but RFC 3986's unreserved characters encoded.
  package static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
    let digits = [UInt8](text: "0123456789ABCDEF")
    for byte in bytes {
      if ASCII.isLetter(byte) || ASCII.isDigit(byte) || isMark(byte) {
        output.append(byte)
      } else {
        output.append(ASCII.percent)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
      }
    }
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || byte == ASCII.dot || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "~")
  }
}
