package import PromQL

/// Conditions on an alert's labels, all of which must hold.
package struct AlertMatchers: Equatable, Sendable {
  /// The conditions, in the order written.
  package let all: [LabelMatcher]

  /// These conditions; none match every alert.
  package init(_ all: [LabelMatcher] = []) { self.all = all }

  /// Conditions as text: `severity="critical"`, `model=~"gpt.*"`; a value may stand without quotes.
  package init(texts: [String]) throws(QueryError) {
    var all: [LabelMatcher] = []
    for text in texts { all += try Self.read(text) }
    self.all = all
  }

  /// Whether the labels meet all of them.
  package func match(_ labels: Labels) -> Bool {
    all.allSatisfy { matcher in
      switch matcher.operation {
      case .equal: labels[matcher.name] == matcher.value
      case .notEqual: labels[matcher.name] != matcher.value
      case .matches, .matchesNot: matcher.test().passes(labels)
      }
    }
  }

  /// Each condition as PromQL writes it.
  package var texts: [String] {
    all.map { "\($0.name)\($0.operation.rawValue)\(TemplateQuote.text($0.value))" }
  }

  /// A selector of series must not match them all, conditions on alerts may: one more condition,
  /// which all series meet, lets them pass.
  private static func read(_ text: String) throws(QueryError) -> [LabelMatcher] {
    let isWhole = text.hasPrefix("{") && text.hasSuffix("}")
    let inner = isWhole ? String(text.dropFirst().dropLast()) : text
    do throws(QueryError) {
      let all = try Parser.parseSelector("{__name__=~\".+\",\(inner)}").matchers
      return Array(all.dropFirst())
    } catch {
      guard !isWhole, let matcher = try bare(text) else { throw error }
      return [matcher]
    }
  }

  /// `severity=critical`, as people type it in a shell.
  private static func bare(_ text: String) throws(QueryError) -> LabelMatcher? {
    guard let start = text.firstIndex(where: { $0 == "=" || $0 == "!" }) else { return nil }
    let rest = text[start...]
    let operations: [LabelMatcher.Operator] = [.matches, .matchesNot, .notEqual, .equal]
    guard
      let operation = operations.first(where: { rest.hasPrefix($0.rawValue) }),
      LabelName.isPlain(String(text[..<start]))
    else { return nil }
    let value = rest.dropFirst(operation.rawValue.count)
    guard !value.contains("\"") else { return nil }
    return try LabelMatcher(String(text[..<start]), operation, String(value))
  }
}
