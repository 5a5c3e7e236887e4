/// The SHA-256 digest (FIPS 180-4) of a stream of bytes.
package struct SHA256: Sendable {
  /// Bytes in a finished digest.
  package static let digestLength = 32

  private var state: InlineArray<8, UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var block = InlineArray<64, UInt8>(repeating: 0)
  private var buffered = 0
  private var length: UInt64 = 0

  /// The digest of no bytes yet.
  package init() {}

  /// The digest of one array.
  package static func digest(of bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }

  /// Takes the next bytes of the message.
  package mutating func update(_ bytes: [UInt8]) {
    // unsafe because a span calls any raw view unsafe; bytes seen as bytes are what they are.
    unsafe update(bytes.span.bytes)
  }

  /// Takes the next bytes of the message; the buffer is only read during the call.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // unsafe because the caller vouches for the buffer's lifetime; the span checks every index.
    update(unsafe bytes.bytes)
  }

  /// Takes the next bytes of the message.
  package mutating func update(_ bytes: RawSpan) {
    length &+= UInt64(bytes.byteCount)
    var position = fillBlock(from: bytes)
    while bytes.byteCount - position >= 64 {
      compress(Self.words(of: bytes, at: position))
      position += 64
    }
    while position < bytes.byteCount {
      block[buffered] = Self.byte(of: bytes, at: position)
      buffered += 1
      position += 1
    }
  }

  /// The 32 bytes of the digest; the value is spent afterwards.
  package consuming func finalize() -> [UInt8] {
    let bits = length &* 8
    var padding = [UInt8](repeating: 0, count: (buffered < 56 ? 56 : 120) - buffered)
    padding[0] = 0x80
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      padding.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
    unsafe update(padding.span.bytes)
    precondition(buffered == 0, "padding fills the last block")
    var digest: [UInt8] = []
    digest.reserveCapacity(Self.digestLength)
    for index in state.indices {
      let word = state[index]
      digest.append(UInt8(truncatingIfNeeded: word >> 24))
      digest.append(UInt8(truncatingIfNeeded: word >> 16))
      digest.append(UInt8(truncatingIfNeeded: word >> 8))
      digest.append(UInt8(truncatingIfNeeded: word))
    }
    return digest
  }

  /// Tops up a partly filled block, compressing it when full, and says how many bytes that took.
  private mutating func fillBlock(from bytes: RawSpan) -> Int {
    guard buffered > 0 else { return 0 }
    let taken = min(64 - buffered, bytes.byteCount)
    for index in 0..<taken {
      block[buffered + index] = Self.byte(of: bytes, at: index)
    }
    buffered += taken
    if buffered == 64 {
      buffered = 0
      compress(unsafe Self.words(of: block.span.bytes, at: 0))
    }
    return taken
  }

  private static func byte(of bytes: RawSpan, at offset: Int) -> UInt8 {
    // unsafe because the load is typed by us; every bit pattern is a UInt8, the bound is checked.
    unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  private static func words(of bytes: RawSpan, at offset: Int) -> InlineArray<16, UInt32> {
    var words = InlineArray<16, UInt32>(repeating: 0)
    for index in 0..<16 {
      // unsafe because the load is typed by us; every bit pattern is a UInt32.
      let word = unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: offset + index * 4, as: UInt32.self)
      words[index] = UInt32(bigEndian: word)
    }
    return words
  }

  /// One round per constant, sixteen at a time, so that the schedule stays a ring of 16 words.
  private mutating func compress(_ message: InlineArray<16, UInt32>) {
    var words = message
    var work = state
    for group in stride(from: 0, to: 64, by: 16) {
      if group > 0 { Self.extend(&words) }
      for index in 0..<16 {
        Self.round(&work, adding: words[index] &+ Self.constants[group + index])
      }
    }
    for index in 0..<8 { state[index] &+= work[index] }
  }

  @inline(__always)
  private static func extend(_ words: inout InlineArray<16, UInt32>) {
    for index in 0..<16 {
      let early = words[(index + 1) & 15]
      let late = words[(index + 14) & 15]
      let sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >> 3)
      let sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >> 10)
      words[index] &+= sigma0 &+ words[(index + 9) & 15] &+ sigma1
    }
  }

  @inline(__always)
  private static func round(_ work: inout InlineArray<8, UInt32>, adding input: UInt32) {
    let (a, b, c, e) = (work[0], work[1], work[2], work[4])
    let sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    let choice = (e & work[5]) ^ (~e & work[6])
    let first = work[7] &+ sum1 &+ choice &+ input
    let sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    let second = sum0 &+ ((a & b) ^ (a & c) ^ (b & c))
    work[7] = work[6]
    work[6] = work[5]
    work[5] = e
    work[4] = work[3] &+ first
    work[3] = c
    work[2] = b
    work[1] = a
    work[0] = first &+ second
  }

  @inline(__always)
  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    (word &>> count) | (word &<< (32 &- count))
  }

  private static let constants: InlineArray<64, UInt32> = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
