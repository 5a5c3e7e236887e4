/// Which rows are wanted, as people write it: `model:gpt* and error_rate>1%`.
///
/// `label:glob` (`*` any run of characters, `?` one), `label!=glob`, `figure>number` with `>=`,
/// `<`, `<=`, `=`, `!=` and units `%`, `ms`, `s`, `m`, `k`, `M`, a bare word that any label holds,
/// `and`, `or`, `not` and parentheses. A figure that is not known fulfils nothing.
package struct WindowCondition: Equatable, Sendable {
  /// Comparisons of figures.
  enum Comparison: String, CaseIterable, Sendable {
    case notEqual = "!="
    case atLeast = ">="
    case atMost = "<="
    case above = ">"
    case below = "<"
    case equal = "="
  }

  indirect enum Term: Equatable, Sendable {
    case label(String, glob: String, isWanted: Bool)
    case figure(WindowFigure, Comparison, Double)
    case word(String)
    case and(Term, Term)
    case or(Term, Term)
    case not(Term)
  }

  let term: Term

  /// Reads a condition on rows that are told apart by `labels`.
  package init(_ text: String, labels: [String]) throws(WindowQuery.Fault) {
    var reader = ConditionReader(text, labels: labels)
    term = try reader.whole()
  }

  /// The figures it looks at.
  package var figures: Set<WindowFigure> { Self.figures(of: term) }

  private static func figures(of term: Term) -> Set<WindowFigure> {
    switch term {
    case .figure(let figure, _, _): [figure]
    case .and(let left, let right), .or(let left, let right):
      figures(of: left).union(figures(of: right))
    case .not(let inner): figures(of: inner)
    case .label, .word: []
    }
  }

  /// Whether a row with these labels and figures is wanted.
  package func holds(
    labels: [(name: String, value: String)], figure: (WindowFigure) -> Double?
  ) -> Bool {
    Self.holds(term, labels, figure)
  }

  private static func holds(
    _ term: Term, _ labels: [(name: String, value: String)], _ figure: (WindowFigure) -> Double?
  ) -> Bool {
    switch term {
    case .label(let name, let glob, let isWanted):
      let value = labels.first { $0.name == name }?.value ?? ""
      return Glob.matches(Array(glob.utf8), Array(value.utf8)) == isWanted
    case .word(let word):
      return labels.contains { $0.value.lowercased().contains(word) }
    case .figure(let name, let comparison, let wanted):
      guard let value = figure(name) else { return false }
      switch comparison {
      case .notEqual: return value != wanted
      case .atLeast: return value >= wanted
      case .atMost: return value <= wanted
      case .above: return value > wanted
      case .below: return value < wanted
      case .equal: return value == wanted
      }
    case .and(let left, let right):
      return holds(left, labels, figure) && holds(right, labels, figure)
    case .or(let left, let right):
      return holds(left, labels, figure) || holds(right, labels, figure)
    case .not(let inner): return !holds(inner, labels, figure)
    }
  }
}

/// Patterns with `*` and `?`, matched in time that grows with their product at worst.
enum Glob {
  static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (at, place) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while place < text.count {
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        star = (at, place)
        at += 1
      } else if at < pattern.count, pattern[at] == text[place] || pattern[at] == UInt8(ascii: "?") {
        (at, place) = (at + 1, place + 1)
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        (at, place) = (last.pattern + 1, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

/// Reads conditions by recursive descent.
private struct ConditionReader {
  private static let deepest = 50
  private let labels: [String]
  private var rest: Substring
  private var depth = 0

  init(_ text: String, labels: [String]) {
    self.labels = labels
    rest = text[...]
  }

  mutating func whole() throws(WindowQuery.Fault) -> WindowCondition.Term {
    let term = try alternatives()
    skipBlanks()
    guard rest.isEmpty else { throw Self.fault("\(rest) is left over; expected and, or") }
    return term
  }

  private mutating func alternatives() throws(WindowQuery.Fault) -> WindowCondition.Term {
    depth += 1
    guard depth < Self.deepest else { throw Self.fault("it is nested too deeply") }
    defer { depth -= 1 }
    var term = try conjunction()
    while takeWord("or") { term = .or(term, try conjunction()) }
    return term
  }

  private mutating func conjunction() throws(WindowQuery.Fault) -> WindowCondition.Term {
    var term = try factor()
    while takeWord("and") { term = .and(term, try factor()) }
    return term
  }

  private mutating func factor() throws(WindowQuery.Fault) -> WindowCondition.Term {
    var isNegated = false
    while takeWord("not") { isNegated.toggle() }
    let term: WindowCondition.Term
    if take("(") {
      term = try alternatives()
      guard take(")") else { throw Self.fault("a parenthesis is not closed") }
    } else {
      term = try comparison()
    }
    return isNegated ? .not(term) : term
  }

  private mutating func comparison() throws(WindowQuery.Fault) -> WindowCondition.Term {
    skipBlanks()
    let isQuoted = rest.first == "\""
    let name = try value(of: "a label, a figure or a word", isName: true)
    if !isQuoted, take(":") { return .label(try label(name), glob: try pattern(), isWanted: true) }
    guard !isQuoted,
      let sign = WindowCondition.Comparison.allCases.first(where: { take($0.rawValue) })
    else { return .word(name.lowercased()) }
    if let figure = WindowFigure(asWritten: name) {
      return .figure(figure, sign, try number(figure))
    }
    guard sign == .equal || sign == .notEqual else {
      throw Self.fault("\(name) is no figure; \(sign.rawValue) compares figures such as rpm")
    }
    return .label(try label(name), glob: try pattern(), isWanted: sign == .equal)
  }

  private func label(_ name: String) throws(WindowQuery.Fault) -> String {
    if labels.contains(name) { return name }
    throw Self.fault("there is no label \(name) here; there are \(labels.joined(separator: ", "))")
  }

  private mutating func pattern() throws(WindowQuery.Fault) -> String {
    if let first = rest.first, !first.isWhitespace, first != ")" {
      return try value(of: "a value", isName: false)
    }
    return ""
  }

  private mutating func number(_ figure: WindowFigure) throws(WindowQuery.Fault) -> Double {
    skipBlanks()
    _ = take("$")
    let digits = rest.prefix { $0.isASCII && ($0.isNumber || ".+-eE".contains($0)) }
    guard let number = Double(digits), number.isFinite else {
      throw Self.fault("\(figure.rawValue) is compared with a number")
    }
    rest = rest.dropFirst(digits.count)
    let unit = rest.prefix { $0.isLetter || $0 == "%" }
    let isTime = figure.rawValue.contains("_ms")
    let factor: Double? =
      switch unit {
      case "", "ms": 1
      case "%": 0.01
      case "s" where isTime: 1_000
      case "m" where isTime: 60_000
      case "k": 1e3
      case "M": 1e6
      default: nil
      }
    guard let factor else { throw Self.fault("\(unit) is no unit of \(figure.rawValue)") }
    rest = rest.dropFirst(unit.count)
    return number * factor
  }

  private mutating func value(
    of expected: String, isName: Bool
  ) throws(WindowQuery.Fault) -> String {
    if take("\"") {
      let text = rest.prefix { $0 != "\"" }
      rest = rest.dropFirst(text.count)
      guard take("\"") else { throw Self.fault("a quote is not closed") }
      return String(text)
    }
    let text = rest.prefix { character in
      !character.isWhitespace && character != "(" && character != ")"
        && !(isName && ":<>=!".contains(character))
    }
    guard !text.isEmpty else { throw Self.fault("expected \(expected)") }
    rest = rest.dropFirst(text.count)
    return String(text)
  }

  private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

  private mutating func take(_ text: String) -> Bool {
    if text != "\"" { skipBlanks() }
    guard rest.hasPrefix(text) else { return false }
    rest = rest.dropFirst(text.count)
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    skipBlanks()
    guard rest.lowercased().hasPrefix(word) else { return false }
    let after = rest.dropFirst(word.count)
    guard after.first.map({ $0.isWhitespace || $0 == "(" }) ?? false else { return false }
    rest = after
    return true
  }

  private static func fault(_ message: String) -> WindowQuery.Fault {
    WindowQuery.Fault(
      code: "bad_where", message: "the condition is not understood: \(message)",
      hint: "such as model:gpt* and error_rate>1%")
  }
}

extension WindowFigure {
  /// The figure of this name, or of a short one: p50, p90, p95 and p99 are of the latency.
  init?(asWritten name: String) {
    let short: [String: WindowFigure] = [
      "p50": .latencyP50, "p90": .latencyP90, "p95": .latencyP95, "p99": .latencyP99,
      "latency_ms": .latencyP95, "ttft_ms": .firstTokenP95,
    ]
    guard let figure = WindowFigure(rawValue: name) ?? short[name] else { return nil }
    self = figure
  }
}
