extension PatternParser {
  /// What a backslash outside a class stands for; `nil` when it only began quoting.
  mutating func parseEscape(from start: Int) throws(PatternError) -> PatternNode? {
    guard let scalar = peek else { throw error("trailing backslash", at: start) }
    if let set = try parseSetEscape(from: start) {
      try spend(set.ranges.count, at: start)
      return .set(options.contains(.caseInsensitive) ? set.caseFolded : set)
    }
    switch scalar {
    case "A": return assertion(.textStart)
    case "z": return assertion(.textEnd)
    case "b": return assertion(.wordBoundary)
    case "B": return assertion(.notWordBoundary)
    case "C": throw error("\\C is not supported: text is read as UTF-8", at: start)
    case "Q":
      index += 1
      beginQuoting()
      return nil
    default: return literal(try parseScalarEscape(from: start))
    }
  }

  private mutating func assertion(_ kind: PatternAssertion) -> PatternNode {
    index += 1
    return .assertion(kind)
  }

  /// `\d \s \w \p…` and their negations, or `nil` (and no move) for any other escape.
  mutating func parseSetEscape(from start: Int) throws(PatternError) -> CodepointSet? {
    let set: CodepointSet
    switch peek {
    case "d": set = .digit
    case "D": set = CodepointSet.digit.inverted
    case "s": set = .space
    case "S": set = CodepointSet.space.inverted
    case "w": set = .word
    case "W": set = CodepointSet.word.inverted
    case "p": return try parseCategory(from: start, isNegated: false)
    case "P": return try parseCategory(from: start, isNegated: true)
    default: return nil
    }
    index += 1
    return set
  }

  private mutating func parseCategory(
    from start: Int, isNegated: Bool
  ) throws(PatternError) -> CodepointSet {
    index += 1
    var name = String.UnicodeScalarView()
    if peek == "{" {
      index += 1
      while let scalar = peek, scalar != "}" {
        name.append(scalar)
        index += 1
      }
      guard peek == "}" else { throw error("category without closing }", at: start) }
    } else if let scalar = peek {
      name.append(scalar)
    }
    index += 1
    let isInverted = name.first == "^"
    if isInverted { name.removeFirst() }
    guard let set = UnicodeCategories.set(named: String(name)) else {
      throw error(
        "unknown Unicode class: only general categories (L, Lu, Nd …) are supported", at: start)
    }
    return isNegated != isInverted ? set.inverted : set
  }

  /// The single code point an escape stands for; the cursor is behind the backslash.
  mutating func parseScalarEscape(from start: Int) throws(PatternError) -> UInt32 {
    guard let scalar = peek else { throw error("trailing backslash", at: start) }
    index += 1
    switch scalar {
    case "a": return 0x07
    case "f": return 0x0C
    case "t": return 0x09
    case "n": return 0x0A
    case "r": return 0x0D
    case "v": return 0x0B
    case "x": return try parseHexadecimal(from: start)
    case "0": return parseOctal(digits: 2, value: 0)
    case "1"..."7":
      guard let next = peek, ("0"..."7").contains(next) else {
        throw error("back-references are not supported", at: start)
      }
      return parseOctal(digits: 2, value: scalar.value - 0x30)
    case "8", "9": throw error("back-references are not supported", at: start)
    default:
      let isPunctuation =
        scalar.value < 0x80 && (scalar == "_" || !CodepointSet.word.contains(scalar.value))
      guard isPunctuation else { throw error("unknown escape", at: start) }
      return scalar.value
    }
  }

  private mutating func parseOctal(digits: Int, value: UInt32) -> UInt32 {
    var result = value
    var left = digits
    while left > 0, let scalar = peek, ("0"..."7").contains(scalar) {
      result = result * 8 + (scalar.value - 0x30)
      index += 1
      left -= 1
    }
    return result
  }

  private mutating func parseHexadecimal(from start: Int) throws(PatternError) -> UInt32 {
    let isBraced = peek == "{"
    if isBraced { index += 1 }
    var value: UInt32 = 0
    var digits = 0
    while let scalar = peek, let digit = hexadecimalValue(scalar), isBraced || digits < 2 {
      value = value * 16 + digit
      digits += 1
      index += 1
      if value > CodepointSet.maximum { throw error("code point above 10FFFF", at: start) }
    }
    if isBraced {
      guard peek == "}", digits > 0 else { throw error("unknown escape", at: start) }
      index += 1
    } else if digits < 2 {
      throw error("unknown escape", at: start)
    }
    return value
  }

  private func hexadecimalValue(_ scalar: Unicode.Scalar) -> UInt32? {
    switch scalar {
    case "0"..."9": scalar.value - 0x30
    case "a"..."f": scalar.value - 0x61 + 10
    case "A"..."F": scalar.value - 0x41 + 10
    default: nil
    }
  }
}
