/// A condition on a position that consumes nothing.
enum PatternAssertion: UInt8, Sendable {
  case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary
}

/// The syntax tree of an expression.
indirect enum PatternNode: Sendable {
  case empty
  case set(CodepointSet)
  case assertion(PatternAssertion)
  case concatenation([PatternNode])
  case alternation([PatternNode])
  case repetition(PatternRepetition)
  case group(PatternNode, index: Int)
  case negativeLookahead(index: Int)
}

/// `body{least,most}`; `most` is `nil` when unbounded.
struct PatternRepetition: Sendable {
  let body: PatternNode
  let least: Int
  let most: Int?
  let isGreedy: Bool
  let isBodyNullable: Bool

  init(body: PatternNode, least: Int, most: Int?, isGreedy: Bool) {
    self.body = body
    self.least = least
    self.most = most
    self.isGreedy = isGreedy
    isBodyNullable = body.isNullable
  }
}

extension PatternNode {
  /// Whether it can match without consuming anything.
  var isNullable: Bool {
    switch self {
    case .empty, .assertion, .negativeLookahead: true
    case .set: false
    case .concatenation(let parts): parts.allSatisfy(\.isNullable)
    case .alternation(let branches): branches.contains(where: \.isNullable)
    case .repetition(let repetition): repetition.least == 0 || repetition.isBodyNullable
    case .group(let body, _): body.isNullable
    }
  }

  /// Whether every match begins at the start of the text.
  var isAnchoredAtStart: Bool {
    switch self {
    case .assertion(.textStart): true
    case .concatenation(let parts): parts.first(where: { !$0.isEmpty })?.isAnchoredAtStart ?? false
    case .alternation(let branches): branches.allSatisfy(\.isAnchoredAtStart)
    case .group(let body, _): body.isAnchoredAtStart
    case .repetition(let repetition): repetition.least > 0 && repetition.body.isAnchoredAtStart
    case .empty, .set, .assertion, .negativeLookahead: false
    }
  }

  /// The code points every match begins with, and whether they are the whole expression.
  var literalPrefix: (scalars: [UInt32], isWhole: Bool) {
    switch self {
    case .empty: return ([], true)
    case .set(let set):
      guard let scalar = set.single else { return ([], false) }
      return ([scalar], true)
    case .concatenation(let parts):
      var scalars: [UInt32] = []
      for part in parts {
        let prefix = part.literalPrefix
        scalars += prefix.scalars
        if !prefix.isWhole { return (scalars, false) }
      }
      return (scalars, true)
    case .group(let body, _): return (body.literalPrefix.scalars, false)
    case .repetition(let repetition):
      guard repetition.least > 0 else { return ([], false) }
      return (repetition.body.literalPrefix.scalars, false)
    case .assertion, .alternation, .negativeLookahead: return ([], false)
    }
  }

  private var isEmpty: Bool {
    guard case .empty = self else { return false }
    return true
  }
}
