/// How an expression is read; the flags an expression can also set itself come first.
package struct PatternOptions: OptionSet, Sendable {
  package let rawValue: UInt8

  /// The set with these bits.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `(?i)`: letters match in either case.
  package static let caseInsensitive = Self(rawValue: 1)
  /// `(?m)`: `^` and `$` also match at line ends.
  package static let multiline = Self(rawValue: 2)
  /// `(?s)`: `.` also matches a newline (what Prometheus matchers want).
  package static let dotMatchesNewline = Self(rawValue: 4)
  /// `(?U)`: plain repetition is lazy and `?` makes it greedy.
  package static let ungreedy = Self(rawValue: 8)
  /// Allows `(?!…)`, which RE2 refuses; each costs one more linear pass over the text.
  package static let negativeLookahead = Self(rawValue: 16)
}

/// The bounds that keep compiling and matching cheap whatever the expression is.
package enum PatternLimits {
  /// Bytes of source.
  package static let sourceBytes = 65_536
  /// Groups inside groups.
  package static let nesting = 200
  /// The largest count in `{n,m}`.
  package static let repetitions = 1000
  /// Instructions of a compiled program.
  package static let instructions = 50_000
  /// Instructions times capture slots: what bounds a matcher's memory.
  package static let captureCells = 2_000_000
  /// Code point ranges read from all classes of one expression.
  package static let classRanges = 500_000
  /// States kept by a matcher's lazily built automaton before it starts afresh.
  package static let automatonStates = 2_000
  /// Transitions kept by a matcher's lazily built automaton before it starts afresh.
  package static let automatonTransitions = 131_072
}
