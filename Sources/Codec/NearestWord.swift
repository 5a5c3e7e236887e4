/// Finds what somebody may have meant.
package enum NearestWord {
  /// How many letters must be put in, taken out or changed to make one text the other.
  package static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let replaced = diagonal + (byte == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, min(row[column], diagonal) + 1)
      }
    }
    return row[right.count]
  }

  /// The candidate that takes the fewest changes to become `word`; empty without candidates.
  package static func of(_ word: String, in candidates: [String]) -> String {
    candidates.min { distance($0, word) < distance($1, word) } ?? ""
  }
}
