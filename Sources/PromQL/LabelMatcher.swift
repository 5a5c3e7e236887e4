internal import Pattern

/// One condition on a label of a selector; regular expressions match the whole value.
package struct LabelMatcher: Sendable {
  /// How value and pattern compare.
  package enum Operator: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case matchesNot = "!~"
  }

  /// The label asked for.
  package let name: String
  /// How it is compared.
  package let operation: Operator
  /// What it is compared with, as written.
  package let value: String
  private let pattern: BytePattern?

  /// A matcher; throws when `value` is no regular expression where one is needed.
  package init(_ name: String, _ operation: Operator, _ value: String) throws(QueryError) {
    self.name = name
    self.operation = operation
    self.value = value
    guard operation == .matches || operation == .matchesNot else {
      pattern = nil
      return
    }
    do {
      pattern = try BytePattern(value, options: .dotMatchesNewline)
    } catch {
      throw QueryError(.badData, "cannot read regular expression: \(error)")
    }
  }

  /// A test of many values by one thread, which keeps what it learns of the expression.
  package func test() -> LabelTest { LabelTest(self, pattern.map { PatternMatcher($0) }) }

  /// Whether a series without this label passes.
  package var matchesEmpty: Bool { test().passes("") }
}

extension LabelMatcher: Equatable {
  package static func == (left: Self, right: Self) -> Bool {
    left.name == right.name && left.operation == right.operation && left.value == right.value
  }
}

/// A matcher at work; used by one thread.
package final class LabelTest {
  // unsafe because a string lends its bytes for the length of a call.

  /// The condition tested.
  package let matcher: LabelMatcher
  private let machine: PatternMatcher?
  private var answers: [String: Bool] = [:]

  init(_ matcher: LabelMatcher, _ machine: PatternMatcher?) {
    self.matcher = matcher
    self.machine = machine
  }

  /// Whether `labels` fulfil the condition.
  package func passes(_ labels: Labels) -> Bool { passes(labels[matcher.name]) }

  /// Whether `value` fulfils the condition.
  package func passes(_ value: String) -> Bool {
    switch matcher.operation {
    case .equal: value == matcher.value
    case .notEqual: value != matcher.value
    case .matches: isMatched(value)
    case .matchesNot: !isMatched(value)
    }
  }

  private func isMatched(_ value: String) -> Bool {
    guard let machine else { return false }
    if let known = answers[value] { return known }
    var text = value
    let answer = text.withUTF8 { bytes in
      unsafe machine.fullyMatches(UnsafeRawBufferPointer(bytes))
    }
    if answers.count < 4096 { answers[value] = answer }
    return answer
  }
}
