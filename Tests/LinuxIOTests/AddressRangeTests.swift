import LinuxIO
import Testing

@Suite struct AddressRangeTests {
  @Test(
    "addresses lie in ranges",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
      ("192.168.4.0/22", "192.168.7.255", true), ("192.168.4.0/22", "192.168.8.0", false),
      ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("::/0", "::1", true),
      ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
      ("192.0.2.7/32", "192.0.2.7", true), ("fd00::/8", "fdff::1", true),
      ("fd00::/8", "fe00::1", false), ("::1", "::1", true),
      ("127.0.0.0/8", "::ffff:127.0.0.1", true),
      ("::ffff:10.0.0.1", "10.0.0.1", true), ("10.0.0.0/8", "unix", false),
      ("10.0.0.0/8", "", false), ("10.0.0.0/8", "10.0.0.1:80", false),
    ])
  func contains(range: String, host: String, isIn: Bool) throws {
    let range = try #require(AddressRange(range))
    #expect(range.contains(host) == isIn)
  }

  @Test(
    "what is no range is refused",
    arguments: [
      "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.1/8", "10.0.0/8",
      "::/129", "localhost", "10.0.0.0/8/8", "10.0.0.0/ 8",
    ])
  func refused(text: String) {
    #expect(AddressRange(text) == nil)
  }

  @Test func `every prefix holds what begins with its bits`() throws {
    let base: [UInt8] = [0b1010_1010, 0b1100_1100, 0b1111_0000, 0b0101_0101]
    for bits in 0...32 {
      let kept = (0..<4).map { index -> UInt8 in
        let left = max(0, min(8, bits - index * 8))
        return base[index] & ~UInt8(truncatingIfNeeded: 0xFF >> left)
      }
      let text = kept.map(String.init).joined(separator: ".")
      let range = try #require(AddressRange("\(text)/\(bits)"))
      #expect(range.contains(.ipv4(base, port: 1)))
      for bit in 0..<32 {
        var other = base
        other[bit / 8] ^= 0x80 >> UInt8(bit % 8)
        #expect(range.contains(.ipv4(other, port: 1)) == (bit >= bits), "\(range), bit \(bit)")
      }
    }
  }
}
