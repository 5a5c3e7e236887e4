/// Where some bytes stand in the buffer that was parsed. Says nothing about who owns them.
package struct ByteRange: Equatable, Sendable {
  private let low: UInt32
  private let high: UInt32

  /// The bytes `start..<end`; both below 4 GiB.
  package init(_ start: Int, _ end: Int) {
    precondition(start <= end, "a range does not end before it starts")
    low = UInt32(start)
    high = UInt32(end)
  }

  /// The first byte's index.
  package var start: Int { Int(low) }
  /// The index behind the last byte.
  package var end: Int { Int(high) }
  /// How many bytes the range holds.
  package var count: Int { Int(high &- low) }
  /// Whether the range holds no byte.
  package var isEmpty: Bool { low == high }
}
