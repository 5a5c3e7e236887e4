import Codec
import Testing

@testable import Collector

/// Inputs of announced calls, until the calls' ends.
@Suite struct AnnouncedInputsTests {
  private static let minute: Int64 = 60_000_000_000

  private static func identity(_ number: Int) -> Hash128 {
    Hash128(high: UInt64(number), low: 7)
  }

  private static func text(_ number: Int) -> [UInt8] { Array("input \(number)".utf8) }

  @Test func `an input is fetched once`() {
    let inputs = AnnouncedInputs(capacity: 1 << 16)
    inputs.keep(Self.text(1), of: Self.identity(1), now: 0)
    inputs.keep(Self.text(2), of: Self.identity(2), now: 0)
    #expect(inputs.fetch(Self.identity(1)) == Self.text(1))
    #expect(inputs.fetch(Self.identity(1)) == nil)
    #expect(inputs.fetch(Self.identity(3)) == nil)
    inputs.keep(Self.text(9), of: Self.identity(2), now: 0)
    #expect(inputs.fetch(Self.identity(2)) == Self.text(9))
  }

  @Test func `the oldest makes room, and what has none is not kept`() {
    let inputs = AnnouncedInputs(capacity: 10 * (Self.text(1).count + 128))
    for number in 0..<9 { inputs.keep(Self.text(number), of: Self.identity(number), now: 0) }
    #expect(inputs.fetch(Self.identity(3)) == Self.text(3))
    inputs.keep([UInt8](repeating: 0x61, count: 100_000), of: Self.identity(90), now: 0)
    #expect(inputs.fetch(Self.identity(90)) == nil)
    for number in 10..<15 { inputs.keep(Self.text(number), of: Self.identity(number), now: 0) }
    let left = (0..<20).filter { inputs.fetch(Self.identity($0)) != nil }
    #expect(left == [5, 6, 7, 8, 10, 11, 12, 13, 14])
  }

  @Test func `after ten minutes nobody waits for the end`() {
    let inputs = AnnouncedInputs(capacity: 1 << 16)
    inputs.keep(Self.text(1), of: Self.identity(1), now: 0)
    inputs.keep(Self.text(2), of: Self.identity(2), now: 5 * Self.minute)
    inputs.keep(Self.text(3), of: Self.identity(3), now: 10 * Self.minute)
    #expect(inputs.fetch(Self.identity(1)) == nil)
    #expect(inputs.fetch(Self.identity(2)) == Self.text(2))
  }

  @Test func `calls that come and go leave nothing behind one that stays`() {
    let inputs = AnnouncedInputs(capacity: 1 << 16)
    inputs.keep(Self.text(0), of: Self.identity(0), now: 0)
    for number in 1...100_000 {
      inputs.keep(Self.text(number), of: Self.identity(number), now: 0)
      #expect(inputs.fetch(Self.identity(number)) != nil)
    }
    #expect(inputs.fetch(Self.identity(0)) == Self.text(0))
    #expect(inputs.places <= 1_100)
  }
}
