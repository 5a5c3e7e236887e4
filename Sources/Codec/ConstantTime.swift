/// Comparisons whose duration tells nothing of the values compared.
package enum ConstantTime {
  /// Whether both arrays hold the same bytes; only their lengths show in the time taken.
  @inline(never)
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices {
      difference |= left[index] ^ right[index]
    }
    return difference == 0
  }
}
