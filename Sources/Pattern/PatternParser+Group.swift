extension PatternParser {
  /// What follows an opening parenthesis; `nil` when it only set flags.
  mutating func parseGroup(from start: Int) throws(PatternError) -> PatternNode? {
    try enterGroup(at: start)
    defer { leaveGroup() }
    let outerOptions = options
    if peek == "?" {
      index += 1
      return try parseSpecialGroup(from: start, outerOptions: outerOptions)
    }
    let group = addGroup(named: nil)
    return .group(try parseBody(from: start, restoring: outerOptions), index: group)
  }

  private mutating func parseSpecialGroup(
    from start: Int, outerOptions: PatternOptions
  ) throws(PatternError) -> PatternNode? {
    switch peek {
    case "P":
      index += 1
      guard peek == "<" else { throw error("back-references are not supported", at: start) }
      return try parseNamedGroup(from: start, outerOptions: outerOptions)
    case "<":
      if index + 1 < scalars.count, scalars[index + 1] == 0x3D || scalars[index + 1] == 0x21 {
        throw error("look-behind is not supported", at: start)
      }
      return try parseNamedGroup(from: start, outerOptions: outerOptions)
    case "=": throw error("look-ahead is not supported", at: start)
    case "!":
      guard options.contains(.negativeLookahead) else {
        throw error("look-ahead is not supported", at: start)
      }
      index += 1
      let body = try parseBody(from: start, restoring: outerOptions)
      return addLookahead(body)
    default: return try parseFlags(from: start, outerOptions: outerOptions)
    }
  }

  private mutating func parseNamedGroup(
    from start: Int, outerOptions: PatternOptions
  ) throws(PatternError) -> PatternNode {
    index += 1
    var name = String.UnicodeScalarView()
    while let scalar = peek, scalar != ">" {
      guard CodepointSet.word.contains(scalar.value) else {
        throw error("group name with a character that is not a letter, digit or _", at: index)
      }
      name.append(scalar)
      index += 1
    }
    guard peek == ">" else { throw error("group name without closing >", at: start) }
    index += 1
    guard !name.isEmpty else { throw error("empty group name", at: start) }
    guard !groupNames.contains(String(name)) else {
      throw error("group name used twice", at: start)
    }
    let group = addGroup(named: String(name))
    return .group(try parseBody(from: start, restoring: outerOptions), index: group)
  }

  private mutating func parseFlags(
    from start: Int, outerOptions: PatternOptions
  ) throws(PatternError) -> PatternNode? {
    var isSetting = true
    var hasFlag = false
    while let scalar = peek {
      index += 1
      switch scalar {
      case "i": set(.caseInsensitive, isSetting)
      case "m": set(.multiline, isSetting)
      case "s": set(.dotMatchesNewline, isSetting)
      case "U": set(.ungreedy, isSetting)
      case "-":
        guard isSetting else { throw error("unknown group syntax", at: start) }
        isSetting = false
        hasFlag = false
        continue
      case ":" where isSetting || hasFlag:
        return try parseBody(from: start, restoring: outerOptions)
      case ")" where hasFlag:
        return nil
      default: throw error("unknown group syntax", at: start)
      }
      hasFlag = true
    }
    throw error("group without closing )", at: start)
  }

  private mutating func parseBody(
    from start: Int, restoring outerOptions: PatternOptions
  ) throws(PatternError) -> PatternNode {
    let body = try parseAlternation()
    guard peek == ")" else { throw error("group without closing )", at: start) }
    index += 1
    options = outerOptions
    return body
  }

  private mutating func set(_ option: PatternOptions, _ isSetting: Bool) {
    if isSetting { options.insert(option) } else { options.remove(option) }
  }
}

extension CodepointSet {
  func contains(_ scalar: UInt32) -> Bool {
    ranges.contains { $0.low <= scalar && scalar <= $0.high }
  }
}
