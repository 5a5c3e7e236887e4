/// One step of a program.
struct PatternInstruction: Hashable, Sendable {
  enum Kind: UInt8, Sendable {
    /// Consumes a byte in `low...high`.
    case byte
    /// Tries `next`, then `other`.
    case split
    /// Stores the position in slot `other`.
    case save
    /// Goes on where the `PatternAssertion` with raw value `low` holds.
    case assertion
    /// Goes on where look-ahead `other` does not match.
    case lookahead
    case match
    case fail
  }

  var kind: Kind
  var low: UInt8 = 0
  var high: UInt8 = 0
  var next: Int32 = 0
  var other: Int32 = 0
}

/// A compiled, immutable expression: instructions over bytes and what searching needs to know.
struct PatternProgram: Sendable {
  let instructions: [PatternInstruction]
  let start: Int32
  let slotCount: Int
  let isAnchoredAtStart: Bool
  /// The bytes every match begins with, at most `prefixLimit` of them.
  let prefix: [UInt8]
  /// Whether the expression is `prefix` and nothing else.
  let isLiteral: Bool
  /// One program per look-ahead, compiled backwards.
  let lookaheads: [PatternProgram]
  /// Bytes that no instruction tells apart share a class.
  let classes: [UInt8]
  /// A byte of each class.
  let representatives: [UInt8]
  /// Which facts about the byte before a position the assertions ask for.
  let contexts: PatternContext

  static let prefixLimit = 16
}

/// What lies before a position, as far as assertions can tell.
struct PatternContext: OptionSet, Hashable, Sendable {
  let rawValue: UInt8
  static let textStart = Self(rawValue: 1)
  static let afterNewline = Self(rawValue: 2)
  static let afterWord = Self(rawValue: 4)

  static func after(_ byte: UInt8) -> Self {
    if byte == 0x0A { return .afterNewline }
    return ByteTraits.isWord(byte) ? .afterWord : []
  }
}

enum ByteTraits {
  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
    default: false
    }
  }

  static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}

extension PatternAssertion {
  /// Whether it holds between `before` and the byte `next`, `nil` at the end of the text.
  func holds(after before: PatternContext, next: UInt8?) -> Bool {
    switch self {
    case .textStart: before.contains(.textStart)
    case .textEnd: next == nil
    case .lineStart: before.contains(.textStart) || before.contains(.afterNewline)
    case .lineEnd: next == nil || next == 0x0A
    case .wordBoundary: before.contains(.afterWord) != (next.map(ByteTraits.isWord) ?? false)
    case .notWordBoundary: before.contains(.afterWord) == (next.map(ByteTraits.isWord) ?? false)
    }
  }

  var neededContext: PatternContext {
    switch self {
    case .textStart: .textStart
    case .lineStart: [.textStart, .afterNewline]
    case .wordBoundary, .notWordBoundary: .afterWord
    case .textEnd, .lineEnd: []
    }
  }
}

extension PatternProgram {
  /// Compiles `tree`; look-aheads only tell where they match, so they are compiled backwards.
  init(
    _ tree: PatternNode, slotCount: Int, lookaheads: [PatternNode]
  ) throws(PatternError) {
    var compiled: [PatternProgram] = []
    for body in lookaheads {
      compiled.append(
        try PatternProgram(body, isReversed: true, slotCount: 0, lookaheads: []))
    }
    try self.init(tree, isReversed: false, slotCount: slotCount, lookaheads: compiled)
  }

  private init(
    _ tree: PatternNode, isReversed: Bool, slotCount: Int, lookaheads: [PatternProgram]
  ) throws(PatternError) {
    var compiler = PatternCompiler(isReversed: isReversed)
    start = try compiler.compile(tree)
    instructions = compiler.instructions
    guard instructions.count * slotCount <= PatternLimits.captureCells else {
      throw PatternError(position: 0, message: "too many groups for an expression of this size")
    }
    self.slotCount = slotCount
    self.lookaheads = lookaheads
    isAnchoredAtStart = tree.isAnchoredAtStart
    let literal = tree.literalPrefix
    let bytes = Self.encoded(literal.scalars)
    prefix = Array(bytes.prefix(Self.prefixLimit))
    isLiteral = literal.isWhole && bytes.count <= Self.prefixLimit && !bytes.isEmpty
    (classes, representatives) = Self.byteClasses(of: instructions)
    contexts = instructions.reduce(into: []) { contexts, instruction in
      guard instruction.kind == .assertion,
        let assertion = PatternAssertion(rawValue: instruction.low)
      else { return }
      contexts.formUnion(assertion.neededContext)
    }
  }

  private static func encoded(_ scalars: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    for value in scalars {
      // A surrogate has no bytes, so nothing behind it is part of a usable prefix.
      guard let scalar = Unicode.Scalar(value) else { break }
      bytes += Array(UTF8.encode(scalar) ?? .init())
    }
    return bytes
  }

  private static func byteClasses(
    of instructions: [PatternInstruction]
  ) -> (classes: [UInt8], representatives: [UInt8]) {
    var isBoundary = [Bool](repeating: false, count: 257)
    // A match starts at no continuation byte, so those never share a class with others.
    isBoundary[0x80] = true
    isBoundary[0xC0] = true
    for instruction in instructions {
      switch instruction.kind {
      case .byte:
        isBoundary[Int(instruction.low)] = true
        isBoundary[Int(instruction.high) + 1] = true
      case .assertion:
        for edge in [0x0A, 0x0B, 0x30, 0x3A, 0x41, 0x5B, 0x5F, 0x60, 0x61, 0x7B] {
          isBoundary[edge] = true
        }
      case .split, .save, .lookahead, .match, .fail: break
      }
    }
    var classes: [UInt8] = [0]
    var representatives: [UInt8] = [0]
    for byte in 1...255 {
      if isBoundary[byte] { representatives.append(UInt8(byte)) }
      classes.append(UInt8(representatives.count - 1))
    }
    return (classes, representatives)
  }
}
