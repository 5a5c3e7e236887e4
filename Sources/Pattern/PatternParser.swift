/// Reads RE2's syntax into a tree. A recursive descent whose depth `PatternLimits.nesting` bounds.
struct PatternParser {
  let scalars: [UInt32]
  private let offsets: [Int]
  var index = 0
  var options: PatternOptions
  private var depth = 0
  private(set) var groupNames: [String?] = [nil]
  private(set) var lookaheads: [PatternNode] = []
  private var rangesLeft = PatternLimits.classRanges
  private var isQuoting = false

  init(_ source: [UInt8], options: PatternOptions) throws(PatternError) {
    guard source.count <= PatternLimits.sourceBytes else {
      throw PatternError(
        position: PatternLimits.sourceBytes,
        message: "expression is longer than \(PatternLimits.sourceBytes) bytes")
    }
    var scalars: [UInt32] = []
    var offsets: [Int] = []
    var iterator = source.makeIterator()
    var decoder = UTF8()
    var offset = 0
    decoding: while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar):
        scalars.append(scalar.value)
        offsets.append(offset)
        offset += UTF8.width(scalar)
      case .emptyInput: break decoding
      case .error: throw PatternError(position: offset, message: "invalid UTF-8")
      }
    }
    offsets.append(offset)
    self.scalars = scalars
    self.offsets = offsets
    self.options = options
  }

  mutating func parse() throws(PatternError) -> PatternNode {
    let node = try parseAlternation()
    guard index == scalars.count else { throw error("unexpected )", at: index) }
    return node
  }
}

extension PatternParser {
  mutating func parseAlternation() throws(PatternError) -> PatternNode {
    var branches = [try parseConcatenation()]
    while peek == "|" {
      index += 1
      branches.append(try parseConcatenation())
    }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func parseConcatenation() throws(PatternError) -> PatternNode {
    var parts: [PatternNode] = []
    while index < scalars.count {
      if !isQuoting, peek == "|" || peek == ")" { break }
      guard let atom = try parseAtom() else { continue }
      parts.append(try parseRepetition(of: atom))
    }
    switch parts.count {
    case 0: return .empty
    case 1: return parts[0]
    default: return .concatenation(parts)
    }
  }

  /// One atom, or `nil` when only flags or quoting changed.
  private mutating func parseAtom() throws(PatternError) -> PatternNode? {
    if isQuoting { return parseQuoted() }
    let start = index
    let scalar = scalars[index]
    index += 1
    switch Unicode.Scalar(scalar) {
    case "(": return try parseGroup(from: start)
    case "[": return .set(try parseClass(from: start))
    case "\\": return try parseEscape(from: start)
    case ".": return .set(options.contains(.dotMatchesNewline) ? .any : .anyButNewline)
    case "^": return .assertion(options.contains(.multiline) ? .lineStart : .textStart)
    case "$": return .assertion(options.contains(.multiline) ? .lineEnd : .textEnd)
    case "*", "+", "?": throw error("nothing to repeat", at: start)
    case "{":
      index = start
      if try parseCounts() != nil { throw error("nothing to repeat", at: start) }
      index = start + 1
      return literal(scalar)
    default: return literal(scalar)
    }
  }

  func literal(_ scalar: UInt32) -> PatternNode {
    let set = CodepointSet(scalar, scalar)
    return .set(options.contains(.caseInsensitive) ? set.caseFolded : set)
  }

  private mutating func parseQuoted() -> PatternNode? {
    if endsQuoting() { return nil }
    let scalar = scalars[index]
    index += 1
    // Quoting ends before the next atom is asked for, so that `\Qab\E*` repeats the `b`.
    _ = endsQuoting()
    return literal(scalar)
  }

  private mutating func endsQuoting() -> Bool {
    guard peek == "\\", index + 1 < scalars.count, scalars[index + 1] == 0x45 else { return false }
    index += 2
    isQuoting = false
    return true
  }

  mutating func beginQuoting() { isQuoting = true }
}

extension PatternParser {
  private mutating func parseRepetition(of atom: PatternNode) throws(PatternError) -> PatternNode {
    guard !isQuoting else { return atom }
    let start = index
    guard let (least, most) = try parseCounts() else { return atom }
    var isGreedy = !options.contains(.ungreedy)
    if peek == "?" {
      index += 1
      isGreedy.toggle()
    }
    let afterFirst = index
    if try parseCounts() != nil { throw error("repetition of a repetition", at: start) }
    index = afterFirst
    return .repetition(
      PatternRepetition(body: atom, least: least, most: most, isGreedy: isGreedy))
  }

  /// The counts of a repetition operator here, or `nil` (and no move) when there is none.
  private mutating func parseCounts() throws(PatternError) -> (Int, Int?)? {
    switch peek {
    case "*":
      index += 1
      return (0, nil)
    case "+":
      index += 1
      return (1, nil)
    case "?":
      index += 1
      return (0, 1)
    case "{": return try parseBraces()
    default: return nil
    }
  }

  /// `{n}`, `{n,}` or `{n,m}`; anything else after a brace is a literal brace, as in RE2.
  private mutating func parseBraces() throws(PatternError) -> (Int, Int?)? {
    let start = index
    index += 1
    guard let least = parseNumber() else {
      index = start
      return nil
    }
    var most: Int? = least
    if peek == "," {
      index += 1
      most = parseNumber()
    }
    guard peek == "}" else {
      index = start
      return nil
    }
    index += 1
    let largest = PatternLimits.repetitions
    guard least <= largest, (most ?? 0) <= largest else {
      throw error("repetition count above \(largest)", at: start)
    }
    if let most, most < least { throw error("repetition counts out of order", at: start) }
    return (least, most)
  }

  private mutating func parseNumber() -> Int? {
    let start = index
    var value = 0
    while index < scalars.count, (0x30...0x39).contains(scalars[index]) {
      value = min(value * 10 + Int(scalars[index] - 0x30), PatternLimits.repetitions + 1)
      index += 1
    }
    let hasLeadingZero = index - start > 1 && scalars[start] == 0x30
    return index == start || hasLeadingZero ? nil : value
  }
}

extension PatternParser {
  var peek: Unicode.Scalar? {
    index < scalars.count ? Unicode.Scalar(scalars[index]) : nil
  }

  func error(_ message: String, at scalarIndex: Int) -> PatternError {
    PatternError(position: offsets[min(scalarIndex, scalars.count)], message: message)
  }

  mutating func spend(_ ranges: Int, at start: Int) throws(PatternError) {
    rangesLeft -= ranges
    if rangesLeft < 0 { throw error("classes with too many ranges", at: start) }
  }

  mutating func enterGroup(at start: Int) throws(PatternError) {
    depth += 1
    if depth > PatternLimits.nesting {
      throw error("groups nested deeper than \(PatternLimits.nesting)", at: start)
    }
  }

  mutating func leaveGroup() { depth -= 1 }

  mutating func addGroup(named name: String?) -> Int {
    groupNames.append(name)
    return groupNames.count - 1
  }

  mutating func addLookahead(_ body: PatternNode) -> PatternNode {
    lookaheads.append(body)
    return .negativeLookahead(index: lookaheads.count - 1)
  }
}
