/// What a template may ask while it is expanded.
package struct TemplateContext {
  /// The evaluation's time, milliseconds since 1970.
  package let time: Int64
  /// Where this collector is reached; empty when it is not known.
  package let externalURL: String
  let query: (String) throws(RuleFailure) -> [RuleSample]

  /// A context at `time` whose `query` answers an expression at that time.
  package init(
    time: Int64, externalURL: String = "",
    query: @escaping (String) throws(RuleFailure) -> [RuleSample]
  ) {
    self.time = time
    self.externalURL = externalURL
    self.query = query
  }
}

/// What an expansion may cost.
enum TemplateLimits {
  /// Nodes and commands run.
  static let steps = 100_000
  /// Bytes of the text, and of a text inside it.
  static let outputBytes = 65_536
  /// Bytes that a replacement may come to at worst, known before it is made.
  static let replacementBytes = 1 << 24
  /// Templates inside templates.
  static let depth = 50
}
