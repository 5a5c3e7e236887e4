extension PatternParser {
  /// The class whose opening bracket was just read.
  mutating func parseClass(from start: Int) throws(PatternError) -> CodepointSet {
    var isNegated = false
    if peek == "^" {
      index += 1
      isNegated = true
    }
    var ranges: [CodepointRange] = []
    var isFirst = true
    while true {
      guard let scalar = peek else { throw error("class without closing ]", at: start) }
      if scalar == "]", !isFirst { break }
      isFirst = false
      if let set = try parseNamedSet() {
        try spend(set.ranges.count, at: start)
        ranges += set.ranges
        continue
      }
      try spend(1, at: start)
      ranges.append(try parseRange(classStart: start))
    }
    index += 1
    var set = CodepointSet(ranges)
    if options.contains(.caseInsensitive) { set = set.caseFolded }
    try spend(set.ranges.count, at: start)
    return isNegated ? set.inverted : set
  }

  private mutating func parseRange(classStart: Int) throws(PatternError) -> CodepointRange {
    let start = index
    let low = try parseClassScalar(classStart: classStart)
    let isRange =
      peek == "-" && index + 1 < scalars.count && scalars[index + 1] != 0x5D
    guard isRange else { return CodepointRange(low: low, high: low) }
    index += 1
    let high = try parseClassScalar(classStart: classStart)
    guard low <= high else { throw error("range out of order in class", at: start) }
    return CodepointRange(low: low, high: high)
  }

  private mutating func parseClassScalar(classStart: Int) throws(PatternError) -> UInt32 {
    guard index < scalars.count else { throw error("class without closing ]", at: classStart) }
    let start = index
    index += 1
    guard scalars[start] == 0x5C else { return scalars[start] }
    return try parseScalarEscape(from: start)
  }

  /// `[:alpha:]`, `\d`, `\pL` and their negations.
  private mutating func parseNamedSet() throws(PatternError) -> CodepointSet? {
    if peek == "[", index + 1 < scalars.count, scalars[index + 1] == 0x3A {
      return try parsePOSIXClass()
    }
    guard peek == "\\", index + 1 < scalars.count else { return nil }
    let start = index
    index += 1
    if let set = try parseSetEscape(from: start) { return set }
    index = start
    return nil
  }

  private mutating func parsePOSIXClass() throws(PatternError) -> CodepointSet? {
    let start = index
    var name = String.UnicodeScalarView()
    var cursor = index + 2
    while cursor < scalars.count, scalars[cursor] != 0x3A, cursor - start < 12 {
      if let scalar = Unicode.Scalar(scalars[cursor]) { name.append(scalar) }
      cursor += 1
    }
    let isClosed =
      cursor + 1 < scalars.count && scalars[cursor] == 0x3A && scalars[cursor + 1] == 0x5D
    guard isClosed else { return nil }
    let isNegated = name.first == "^"
    guard let set = CodepointSet.posix(String(isNegated ? .init(name.dropFirst()) : name)) else {
      throw error("unknown class name", at: start)
    }
    index = cursor + 2
    return isNegated ? set.inverted : set
  }
}
