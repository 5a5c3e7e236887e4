/// What one event adds to the counters of one series, gathered so that the array that holds them is
/// asked for once.
struct SeriesAdds {
  private(set) var counters = InlineArray<16, Int>(repeating: 0)
  private(set) var amounts = InlineArray<16, Int64>(repeating: 0)
  private(set) var count = 0

  /// Adds to a counter; at most 16 in all, and a call, which has most, adds to 14.
  @inline(__always)
  mutating func add(_ amount: Int64, to counter: Int) {
    counters[count] = counter
    amounts[count] = amount
    count &+= 1
  }
}
