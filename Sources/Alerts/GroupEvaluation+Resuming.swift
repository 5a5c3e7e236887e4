internal import PromQL

extension GroupEvaluation {
  /// A group that goes on where `old` stopped, for a rule file that was read again: rules of the
  /// same kind, name and labels keep their alerts and series, the first of several the first. The
  /// series of rules that are gone end with the next evaluation.
  package init(_ group: RuleGroup, resuming old: GroupEvaluation) {
    self.init(group)
    var left = Dictionary(grouping: old.group.rules.indices) { old.group.rules[$0].identity }
    for index in group.rules.indices {
      guard let place = left[group.rules[index].identity]?.first else { continue }
      left[group.rules[index].identity]?.removeFirst()
      adopt(place, of: old, at: index)
    }
    let gone = left.values.joined()
    abandon(gone.flatMap { old.previous[$0] } + old.abandoned)
    saving.leave(old.saving, rules: Array(gone))
    for index in gone { saving.orphans.formUnion(old.evaluations[index]?.savedKeys ?? []) }
  }
}

extension Rule {
  /// What makes a rule the same after its file was read again.
  var identity: [String] {
    switch self {
    case .recording(let rule):
      ["record", rule.name] + rule.labels.flatMap { [$0.name, $0.value] }
    case .alerting(let rule):
      [rule.kind.word, rule.name] + rule.labels.flatMap { [$0.name, $0.template.source] }
    }
  }
}

extension AlertKind {
  fileprivate var word: String {
    switch self {
    case .expression: "alert"
    case .anomaly: "anomaly"
    case .budget: "budget"
    case .absence: "absent"
    }
  }
}
