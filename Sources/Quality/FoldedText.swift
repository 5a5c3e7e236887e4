/// Text made comparable: small letters, one kind of apostrophe, one blank for any white space.
enum FoldedText {
  /// The folded form of the first `limit` bytes of `text`; what is no UTF-8 becomes U+FFFD.
  static func bytes(of text: some Collection<UInt8>, limit: Int = .max) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(min(text.count, limit) + 4)
    var source = text.prefix(limit).makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    while true {
      switch parser.parseScalar(from: &source) {
      case .emptyInput: return output
      case .error: output += [0xEF, 0xBF, 0xBD]
      case .valid(let encoded):
        append(Unicode.UTF8.decode(encoded), to: &output)
      }
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
    switch scalar.value {
    case 0x41...0x5A: output.append(UInt8(truncatingIfNeeded: scalar.value) | 0x20)
    case 0...0x20, 0x7F, 0xA0, 0x2000...0x200A, 0x202F, 0x3000:
      if output.last != 0x20 { output.append(0x20) }
    case 0x21...0x7E: output.append(UInt8(truncatingIfNeeded: scalar.value))
    case 0x2018, 0x2019, 0x02BC, 0xB4: output.append(UInt8(ascii: "'"))
    case 0x200B...0x200F, 0xFEFF, 0x00AD: return
    default:
      output += Unicode.UTF8.encode(lower(scalar)).map { Array($0) } ?? []
    }
  }

  /// The small letter, for the scripts that have capitals and one small letter to each.
  static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let value = scalar.value
    let mapped: UInt32
    switch value {
    case 0x41...0x5A, 0xC0...0xD6, 0xD8...0xDE, 0x391...0x3A9, 0x410...0x42F: mapped = value + 0x20
    case 0x400...0x40F: mapped = value + 0x50
    case 0x386...0x38F, 0x130, 0x178: return properLower(scalar)
    case 0x100...0x137, 0x14A...0x177, 0x1E00...0x1EFF, 0x460...0x4FF: mapped = value | 1
    case 0x139...0x148, 0x179...0x17E: mapped = value + (value & 1)
    case 0x1A0, 0x1A2, 0x1A4, 0x218, 0x21A: mapped = value + 1
    case 0x1AF: mapped = 0x1B0
    default: return scalar
    }
    return Unicode.Scalar(mapped) ?? scalar
  }

  private static func properLower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
  }
}
