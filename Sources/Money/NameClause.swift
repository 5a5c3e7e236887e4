internal import Pattern

/// A rule of a price file about names. Names and words are compared in lower case.
indirect enum NameClause: Sendable {
  case equals([UInt8])
  case startsWith([UInt8])
  case endsWith([UInt8])
  case contains([UInt8])
  /// The number of an expression among those of the source.
  case regex(Int)
  case or([NameClause])
  case and([NameClause])

  /// Whether a lower-case name fits; `isFound` answers for expressions.
  func fits(_ name: ArraySlice<UInt8>, _ isFound: (Int, ArraySlice<UInt8>) -> Bool) -> Bool {
    switch self {
    case .equals(let word): name.elementsEqual(word)
    case .startsWith(let word): name.starts(with: word)
    case .endsWith(let word): name.count >= word.count && name.suffix(word.count) == word[...]
    case .contains(let word): Self.contains(name, word)
    case .regex(let number): isFound(number, name)
    case .or(let clauses): clauses.contains { $0.fits(name, isFound) }
    case .and(let clauses): clauses.allSatisfy { $0.fits(name, isFound) }
    }
  }

  private static func contains(_ name: ArraySlice<UInt8>, _ word: [UInt8]) -> Bool {
    guard let first = word.first else { return true }
    guard name.count >= word.count else { return false }
    for start in name.startIndex...(name.endIndex - word.count) where name[start] == first {
      if name[start..<start + word.count] == word[...] { return true }
    }
    return false
  }
}

/// Expressions of a price file. Two of the public ones use a negative look-ahead, which our
/// pattern engine decides in linear time when it is asked to.
enum NameExpression {
  /// Compiles an expression that is searched anywhere in a name.
  static func compile(_ source: [UInt8]) throws(PatternError) -> BytePattern {
    try BytePattern(source, options: .negativeLookahead)
  }
}
