package import PromQL

/// One rule of a group.
package enum Rule: Equatable, Sendable {
  /// Makes series of an expression's samples.
  case recording(RecordingRule)
  /// Makes alerts of them.
  case alerting(AlertingRule)

  /// The metric or alert it makes.
  package var name: String {
    switch self {
    case .recording(let rule): rule.name
    case .alerting(let rule): rule.name
    }
  }

  /// What it asks.
  package var query: RuleQuery {
    switch self {
    case .recording(let rule): rule.query
    case .alerting(let rule): rule.query
    }
  }
}

/// An expression as a rule holds it.
package struct RuleQuery: Equatable, Sendable {
  /// As written.
  package let text: String
  /// As read.
  package let expression: Expression
}

/// Writes the samples of an expression as a series of its own.
package struct RecordingRule: Equatable, Sendable {
  /// The metric's name.
  package let name: String
  package let query: RuleQuery
  /// Set on every sample; an empty value removes the label. Sorted by name.
  package let labels: [Label]
}

/// Watches an expression: what it gives is wrong.
package struct AlertingRule: Equatable, Sendable {
  /// What the alert is called.
  package let name: String
  package let query: RuleQuery
  /// Milliseconds a series must be there before its alert fires.
  package let hold: Int64
  /// Milliseconds an alert goes on firing after its series went.
  package let keepFiring: Int64
  /// Labels and annotations by name, sorted by it.
  package let labels: [NamedTemplate]
  package let annotations: [NamedTemplate]

  /// A template and what its text is called.
  package struct NamedTemplate: Equatable, Sendable {
    package let name: String
    package let template: Template
  }
}

/// Rules that are evaluated one after the other at the same time.
package struct RuleGroup: Equatable, Sendable {
  /// Unique in its file.
  package let name: String
  /// Milliseconds between evaluations; nil for the collector's own.
  package let interval: Int64?
  /// Milliseconds by which evaluations look back, for samples that come late.
  package let queryOffset: Int64
  /// The most series or alerts a rule may make; 0 for no bound.
  package let limit: Int
  package let rules: [Rule]
}

/// The groups of a file.
package struct RuleFile: Equatable, Sendable {
  /// The path it was read from, for messages.
  package let path: String
  package let groups: [RuleGroup]

  /// How many rules it has.
  package var ruleCount: Int { groups.reduce(0) { $0 + $1.rules.count } }
}
