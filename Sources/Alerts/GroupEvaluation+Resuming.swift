internal import PromQL

extension GroupEvaluation {
  /// A group that goes on where `old` stopped, for a rule file that was read again: rules of the
  /// same kind, name and labels keep their alerts and series, the first of several the first. The
  /// series of rules that are gone end with the next evaluation.
  package init(_ group: RuleGroup, resuming old: GroupEvaluation) {
    self.init(group)
    var left = Dictionary(grouping: old.parts.indices) { old.group.rules[$0].identity }
    for index in parts.indices {
      guard let place = left[group.rules[index].identity]?.first else { continue }
      left[group.rules[index].identity]?.removeFirst()
      adopt(place, of: old, at: index)
    }
    abandon(left.values.joined().flatMap { old.series(of: $0) } + old.abandoned)
  }
}

extension Rule {
  /// What makes a rule the same after its file was read again.
  fileprivate var identity: [String] {
    switch self {
    case .recording(let rule):
      ["record", rule.name] + rule.labels.flatMap { [$0.name, $0.value] }
    case .alerting(let rule):
      ["alert", rule.name] + rule.labels.flatMap { [$0.name, $0.template.source] }
    }
  }
}
