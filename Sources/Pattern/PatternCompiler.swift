/// Turns a tree into instructions, from the last to the first, so that equal tails are shared.
struct PatternCompiler {
  private(set) var instructions: [PatternInstruction] = []
  private var known: [PatternInstruction: Int32] = [:]
  private var visits = 0
  private let isReversed: Bool

  /// `isReversed` compiles for reading the text from its end to its start.
  init(isReversed: Bool) {
    self.isReversed = isReversed
  }

  /// The start of the program for `tree`.
  mutating func compile(_ tree: PatternNode) throws(PatternError) -> Int32 {
    let match = try emit(PatternInstruction(kind: .match))
    if isReversed { return try compile(tree, next: match) }
    let close = try emit(PatternInstruction(kind: .save, next: match, other: 1))
    let body = try compile(tree, next: close)
    return try emit(PatternInstruction(kind: .save, next: body, other: 0))
  }

  private mutating func compile(
    _ node: PatternNode, next: Int32
  ) throws(PatternError) -> Int32 {
    visits += 1
    // Repetitions of nothing make no instructions but still take time.
    guard visits <= PatternLimits.instructions * 4 else { throw Self.tooLarge }
    switch node {
    case .empty: return next
    case .set(let set): return try compile(set, next: next)
    case .assertion(let assertion):
      return try emit(
        PatternInstruction(kind: .assertion, low: assertion.rawValue, next: next))
    case .concatenation(let parts):
      var start = next
      for part in isReversed ? parts : parts.reversed() {
        start = try compile(part, next: start)
      }
      return start
    case .alternation(let branches):
      var heads: [Int32] = []
      for branch in branches { heads.append(try compile(branch, next: next)) }
      return try chain(heads)
    case .group(let body, let index):
      if isReversed { return try compile(body, next: next) }
      let close = try emit(
        PatternInstruction(kind: .save, next: next, other: Int32(index * 2 + 1)))
      let start = try compile(body, next: close)
      return try emit(PatternInstruction(kind: .save, next: start, other: Int32(index * 2)))
    case .negativeLookahead(let index):
      return try emit(PatternInstruction(kind: .lookahead, next: next, other: Int32(index)))
    case .repetition(let repetition): return try compile(repetition, next: next)
    }
  }

  private mutating func emit(
    _ instruction: PatternInstruction, isShared: Bool = true
  ) throws(PatternError) -> Int32 {
    if isShared, let index = known[instruction] { return index }
    guard instructions.count < PatternLimits.instructions else { throw Self.tooLarge }
    let index = Int32(instructions.count)
    instructions.append(instruction)
    if isShared { known[instruction] = index }
    return index
  }

  private static let tooLarge = PatternError(
    position: 0,
    message: "expression compiles to more than \(PatternLimits.instructions) instructions")

  /// Tries each of `heads` in order.
  private mutating func chain(_ heads: [Int32]) throws(PatternError) -> Int32 {
    guard var start = heads.last else { return try emit(PatternInstruction(kind: .fail)) }
    for head in heads.dropLast().reversed() where head != start {
      start = try emit(PatternInstruction(kind: .split, next: head, other: start))
    }
    return start
  }
}

extension PatternCompiler {
  private mutating func compile(
    _ repetition: PatternRepetition, next: Int32
  ) throws(PatternError) -> Int32 {
    var start = next
    var copies = repetition.least
    if let most = repetition.most {
      for _ in 0..<(most - repetition.least) {
        let body = try compile(repetition.body, next: start)
        start = try emit(Self.choice(body, next, isGreedy: repetition.isGreedy))
      }
    } else {
      start = try compileLoop(repetition, next: next)
      copies = max(0, copies - 1)
    }
    for _ in 0..<copies { start = try compile(repetition.body, next: start) }
    return start
  }

  private mutating func compileLoop(
    _ repetition: PatternRepetition, next: Int32
  ) throws(PatternError) -> Int32 {
    let loop = try emit(PatternInstruction(kind: .fail), isShared: false)
    let body = try compile(repetition.body, next: loop)
    let choice = Self.choice(body, next, isGreedy: repetition.isGreedy)
    instructions[Int(loop)] = choice
    if repetition.least > 0 { return body }
    // An empty first round must leave the loop, not die at its already visited head: (x+)?
    return repetition.isBodyNullable ? try emit(choice, isShared: false) : loop
  }

  private static func choice(
    _ body: Int32, _ next: Int32, isGreedy: Bool
  ) -> PatternInstruction {
    isGreedy
      ? PatternInstruction(kind: .split, next: body, other: next)
      : PatternInstruction(kind: .split, next: next, other: body)
  }
}

extension PatternCompiler {
  private mutating func compile(
    _ set: CodepointSet, next: Int32
  ) throws(PatternError) -> Int32 {
    let sequences = set.ranges.flatMap(UTF8Sequences.sequences(covering:))
    if !isReversed { return try compile(sequences[...], at: 0, next: next) }
    var heads: [Int32] = []
    for sequence in sequences {
      var start = next
      for range in sequence {
        start = try emit(
          PatternInstruction(kind: .byte, low: range.low, high: range.high, next: start))
      }
      heads.append(start)
    }
    return try chain(heads)
  }

  /// A trie: sequences whose ranges agree at `depth` share that instruction.
  private mutating func compile(
    _ sequences: ArraySlice<[UTF8Sequences.ByteRange]>, at depth: Int, next: Int32
  ) throws(PatternError) -> Int32 {
    var heads: [Int32] = []
    var first = sequences.startIndex
    while first < sequences.endIndex {
      let range = sequences[first][depth]
      var end = first + 1
      while end < sequences.endIndex, sequences[end][depth] == range { end += 1 }
      let isLast = sequences[first].count == depth + 1
      let tail = isLast ? next : try compile(sequences[first..<end], at: depth + 1, next: next)
      heads.append(
        try emit(PatternInstruction(kind: .byte, low: range.low, high: range.high, next: tail)))
      first = end
    }
    return try chain(heads)
  }
}
