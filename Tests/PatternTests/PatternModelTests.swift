import Pattern
import TestSupport
import Testing

/// An expression the slow, obvious matcher understands.
indirect enum Model: Sendable {
  case character(UInt8)
  case any
  case start
  case end
  case boundary
  case nothing
  case sequence(Model, Model)
  case choice(Model, Model)
  case loop(Model, least: Int, most: Int, isGreedy: Bool, suffix: String)
  case group(Model)

  var source: String {
    switch self {
    case .character(let byte): String(UnicodeScalar(byte))
    case .any: "."
    case .start: "^"
    case .end: "$"
    case .boundary: "\\b"
    case .nothing: "(?:)"
    case .sequence(let first, let second): "(?:\(first.source))(?:\(second.source))"
    case .choice(let first, let second): "\(first.source)|\(second.source)"
    case .loop(let body, _, _, _, let suffix): "(?:\(body.source))\(suffix)"
    case .group(let body): "(\(body.source))"
    }
  }

  /// The end of the first match at `position` in order of preference that `next` accepts.
  func match(_ text: [UInt8], _ position: Int, _ next: (Int) -> Int?) -> Int? {
    switch self {
    case .character(let byte):
      position < text.count && text[position] == byte ? next(position + 1) : nil
    case .any: position < text.count && text[position] != 10 ? next(position + 1) : nil
    case .start: position == 0 ? next(position) : nil
    case .end: position == text.count ? next(position) : nil
    case .boundary:
      Self.isWord(text, position - 1) != Self.isWord(text, position) ? next(position) : nil
    case .nothing: next(position)
    case .sequence(let first, let second):
      first.match(text, position) { second.match(text, $0, next) }
    case .choice(let first, let second):
      first.match(text, position, next) ?? second.match(text, position, next)
    case .group(let body): body.match(text, position, next)
    case .loop(let body, let least, let most, let isGreedy, _):
      Self.matchLoop(body, least, most, isGreedy, text, position, next)
    }
  }

  private static func matchLoop(
    _ body: Model, _ least: Int, _ most: Int, _ isGreedy: Bool, _ text: [UInt8],
    _ position: Int, _ next: (Int) -> Int?
  ) -> Int? {
    func again() -> Int? {
      guard most > 0 else { return nil }
      return body.match(text, position) { end in
        // A round that consumed nothing ends the loop.
        if end == position, least <= 1 { return next(end) }
        return matchLoop(body, max(0, least - 1), most - 1, isGreedy, text, end, next)
      }
    }
    if least > 0 { return again() }
    return isGreedy ? again() ?? next(position) : next(position) ?? again()
  }

  private static func isWord(_ text: [UInt8], _ index: Int) -> Bool {
    text.indices.contains(index) && text[index] >= 0x61
  }

  /// Whether it can match nothing.
  private var isNullable: Bool {
    switch self {
    case .character, .any: false
    case .start, .end, .boundary, .nothing: true
    case .sequence(let first, let second): first.isNullable && second.isNullable
    case .choice(let first, let second): first.isNullable || second.isNullable
    case .loop(let body, let least, _, _, _): least == 0 || body.isNullable
    case .group(let body): body.isNullable
    }
  }

  /// Whether a round of a loop may consume nothing: which of the ends is preferred then differs
  /// between backtracking and lock-step matchers (RE2's too), the set of matches does not.
  var hasEmptyRounds: Bool {
    switch self {
    case .character, .any, .start, .end, .boundary, .nothing: false
    case .sequence(let first, let second), .choice(let first, let second):
      first.hasEmptyRounds || second.hasEmptyRounds
    case .loop(let body, _, _, _, _): body.isNullable || body.hasEmptyRounds
    case .group(let body): body.hasEmptyRounds
    }
  }

  func firstMatch(_ text: [UInt8]) -> Range<Int>? {
    for start in 0...text.count {
      if let end = match(text, start, { $0 }) { return start..<end }
    }
    return nil
  }

  func isWhole(_ text: [UInt8]) -> Bool {
    match(text, 0) { $0 == text.count ? $0 : nil } != nil
  }
}

struct PatternModelTests {
  static let atoms: [Model] = [
    .character(0x61), .character(0x62), .any, .start, .end, .boundary, .nothing,
  ]

  static func loops(of body: Model) -> [Model] {
    [
      .loop(body, least: 0, most: .max, isGreedy: true, suffix: "*"),
      .loop(body, least: 0, most: .max, isGreedy: false, suffix: "*?"),
      .loop(body, least: 1, most: .max, isGreedy: true, suffix: "+"),
      .loop(body, least: 1, most: .max, isGreedy: false, suffix: "+?"),
      .loop(body, least: 0, most: 1, isGreedy: true, suffix: "?"),
      .loop(body, least: 1, most: 2, isGreedy: true, suffix: "{1,2}"),
    ]
  }

  static func texts(upTo length: Int) -> [[UInt8]] {
    var all: [[UInt8]] = [[]]
    var last = all
    for _ in 0..<length {
      last = last.flatMap { text in [0x61, 0x62, 0x2D].map { text + [$0] } }
      all += last
    }
    return all
  }

  private func compare(_ model: Model, on texts: [[UInt8]], _ note: String) throws {
    let matcher = try matcher(model.source)
    for text in texts {
      let expected = model.firstMatch(text)
      let found = matcher.match(text)
      let isWhole = model.isWhole(text)
      let isSame =
        model.hasEmptyRounds ? found?.lowerBound == expected?.lowerBound : found == expected
      if !isSame || matcher.isWhole(text) != isWhole {
        Issue.record(
          "\(model.source) on \(text): \(found as Range?), \(expected as Range?), \(note)")
        return
      }
    }
  }

  @Test func `every pair of small expressions agrees with a backtracking matcher`() throws {
    let small = Self.atoms + Self.atoms.prefix(3).flatMap(Self.loops(of:))
    let texts = Self.texts(upTo: 3)
    for first in small {
      for second in small {
        try compare(.sequence(first, second), on: texts, "sequence")
        try compare(.choice(first, second), on: texts, "choice")
      }
    }
  }

  @Test func `every loop over a pair of atoms agrees with a backtracking matcher`() throws {
    let texts = Self.texts(upTo: 3)
    for first in Self.atoms {
      for second in Self.atoms {
        for body in [Model.sequence(first, second), .choice(first, second)] {
          for loop in Self.loops(of: body) {
            try compare(loop, on: texts, "loop")
            try compare(.sequence(.group(loop), .character(0x62)), on: texts, "loop, b")
          }
        }
      }
    }
  }

  private func random(_ depth: Int, _ generator: inout Dice) -> Model {
    if depth == 0 { return Self.atoms.randomElement(using: &generator) ?? .any }
    switch Int.random(in: 0..<7, using: &generator) {
    case 0, 1: return .sequence(random(depth - 1, &generator), random(depth - 1, &generator))
    case 2, 3: return .choice(random(depth - 1, &generator), random(depth - 1, &generator))
    case 4: return .group(random(depth - 1, &generator))
    case 5:
      return Self.loops(of: random(depth - 1, &generator)).randomElement(using: &generator)
        ?? .any
    default: return Self.atoms.randomElement(using: &generator) ?? .any
    }
  }

  @Test(arguments: [UInt64.random(in: 0...UInt64.max), 1])
  func `random expressions agree with a backtracking matcher`(_ seed: UInt64) throws {
    var generator = Dice(seed: seed)
    for _ in 0..<400 {
      let model = random(4, &generator)
      let texts: [[UInt8]] = (0..<12).map { _ -> [UInt8] in
        (0..<Int.random(in: 0...7, using: &generator)).map { _ -> UInt8 in
          [UInt8(0x61), 0x62, 0x2D, 0x0A].randomElement(using: &generator) ?? 0x61
        }
      }
      try compare(model, on: texts, "seed \(seed)")
    }
  }
}
