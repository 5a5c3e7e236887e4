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

/// Watches something: what it finds is wrong.
package struct AlertingRule: Equatable, Sendable {
  /// What the alert is called; of a budget, the budget's name.
  package let name: String
  /// What is watched.
  package let kind: AlertKind
  /// The expression; of a budget the one for what was spent, of an absence for what was counted.
  package let query: RuleQuery
  /// Milliseconds a series must be there before its alert fires.
  package let hold: Int64
  /// Milliseconds an alert goes on firing after its series went.
  package let keepFiring: Int64
  /// Labels and annotations by name, sorted by it.
  package let labels: [NamedTemplate]
  package let annotations: [NamedTemplate]
  /// What else keeps a firing alert, and what counts as there.
  package let steadiness: Steadiness

  /// A template and what its text is called.
  package struct NamedTemplate: Equatable, Sendable {
    package let name: String
    package let template: Template
  }
}

/// How much it takes for an alert to come and to go, beside time.
package struct Steadiness: Equatable, Sendable {
  /// What to make of an expression whose input has no data at all.
  package enum NoData: String, CaseIterable, Sendable {
    /// Nothing is wrong.
    case ok
    /// That itself is wrong: an alert with the label `no_data="true"`.
    case alert
    /// What was before stays.
    case keep
  }

  /// A firing alert goes on while this gives its labels.
  package var until: RuleQuery?
  /// An alert is there when it was found at least `hits` times in the last `of` evaluations.
  package var hits = 1
  package var of = 1
  package var noData = NoData.ok

  /// What Prometheus does.
  package init() {}

  /// The most evaluations that `of` looks back over.
  package static let windowLimit = 64
}

/// Rules that are evaluated one after the other at the same time.
package struct RuleGroup: Equatable, Sendable {
  /// Unique in its file.
  package let name: String
  /// Milliseconds between evaluations; nil for the collector's own.
  package let interval: Int64?
  /// Milliseconds by which evaluations look back, for samples that come late.
  package let queryOffset: Int64
  /// Milliseconds by which the whole evaluation happens as of an earlier time, alerts' times
  /// included.
  package let delay: Int64
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
