/// xxHash64 over a label set, laid out as Prometheus lays it out, so that `limit_ratio` picks the
/// same series here and there.
enum SampleHash {
  private static let primes: [UInt64] = [
    0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
  ]

  /// Each name and value behind its length: one byte, or 255 and three bytes.
  static func value(_ labels: Labels) -> UInt64 {
    var bytes: [UInt8] = []
    for label in labels.entries {
      for text in [label.name, label.value] {
        let count = text.utf8.count
        if count < 255 {
          bytes.append(UInt8(count))
        } else {
          bytes.append(255)
          for shift in [0, 8, 16] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        bytes.append(contentsOf: text.utf8)
      }
    }
    return value(bytes)
  }

  static func value(_ bytes: [UInt8]) -> UInt64 {
    var position = 0
    var hash: UInt64
    if bytes.count >= 32 {
      var lanes = [primes[0] &+ primes[1], primes[1], 0, 0 &- primes[0]]
      while position + 32 <= bytes.count {
        for lane in lanes.indices {
          lanes[lane] = round(lanes[lane], word(bytes, position + lane * 8, 8))
        }
        position += 32
      }
      hash =
        rotated(lanes[0], 1) &+ rotated(lanes[1], 7) &+ rotated(lanes[2], 12)
        &+ rotated(lanes[3], 18)
      for lane in lanes { hash = (hash ^ round(0, lane)) &* primes[0] &+ primes[3] }
    } else {
      hash = primes[4]
    }
    hash &+= UInt64(bytes.count)
    while position + 8 <= bytes.count {
      hash = rotated(hash ^ round(0, word(bytes, position, 8)), 27) &* primes[0] &+ primes[3]
      position += 8
    }
    if position + 4 <= bytes.count {
      hash = rotated(hash ^ word(bytes, position, 4) &* primes[0], 23) &* primes[1] &+ primes[2]
      position += 4
    }
    for byte in bytes[position...] {
      hash = rotated(hash ^ UInt64(byte) &* primes[4], 11) &* primes[0]
    }
    hash = (hash ^ hash >> 33) &* primes[1]
    hash = (hash ^ hash >> 29) &* primes[2]
    return hash ^ hash >> 32
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotated(lane &+ input &* primes[1], 31) &* primes[0]
  }

  private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    value << bits | value >> (64 - bits)
  }

  /// The little-endian number in `count` bytes.
  private static func word(_ bytes: [UInt8], _ position: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64($1 * 8) }
  }
}
