internal import PromQL

/// Which rules can be asked for many steps at once.
struct ReplayPlan {
  /// Of each rule of each group, whether it can.
  let groups: [[Bool]]
  /// The names of all series that rules write.
  let written: Set<String>
  /// Those of them that somebody reads; nil where that cannot be told.
  let kept: Set<String>?

  init(_ groups: [RuleGroup]) {
    let rules = groups.flatMap(\.rules)
    var written: Set<String> = []
    var isTemplated = false
    for rule in rules {
      switch rule {
      case .recording(let rule): written.insert(rule.name)
      case .alerting(let rule):
        written.formUnion([AlertName.series, AlertName.forStateSeries])
        isTemplated =
          isTemplated || (rule.labels + rule.annotations).contains { $0.template.mayQuery }
      }
    }
    var read: Set<String> = []
    self.groups = groups.map { group in
      // Names that a rule may read at once: those of recording rules that are done at once, and
      // that nobody else writes.
      var early: Set<String> = []
      return group.rules.map { rule in
        let names = written.filter { name in
          rule.selectors.contains { Self.mayRead($0, name) }
        }
        read.formUnion(names)
        let isAtOnce = names.isSubset(of: early) && !rule.isBoundToQuery
        guard case .recording(let recording) = rule else { return isAtOnce }
        let isOnly = rules.count { $0.name == recording.name } == 1
        if isAtOnce, isOnly, recording.labels.allSatisfy({ $0.name != LabelName.metric }) {
          early.insert(recording.name)
        }
        return isAtOnce
      }
    }
    self.written = written
    kept = isTemplated ? nil : read
  }

  private static func mayRead(_ selector: Selector, _ name: String) -> Bool {
    selector.matchers.allSatisfy { $0.name != LabelName.metric || $0.test().passes(name) }
  }
}

extension Template {
  fileprivate var mayQuery: Bool { source.contains("query") }
}

extension Rule {
  fileprivate var questions: [Expression] {
    switch self {
    case .recording(let rule): [rule.query.expression]
    case .alerting(let rule): RuleQuestions.all(of: rule)
    }
  }

  /// What its expressions read.
  fileprivate var selectors: [Selector] { questions.flatMap(\.selectors) }

  /// Whether it asks for the query's own times, which are others for many steps at once.
  fileprivate var isBoundToQuery: Bool { questions.contains { $0.isBoundToQuery } }
}

extension Expression {
  fileprivate var selectors: [Selector] {
    switch node {
    case .selector(let selector), .range(let selector, _): [selector]
    default: node.children.flatMap(\.selectors)
    }
  }

  fileprivate var isBoundToQuery: Bool {
    let spans: [TimeSpan?]
    let moment: TimeShift.Moment?
    switch node {
    case .selector(let selector): (spans, moment) = ([selector.shift.offset], selector.shift.moment)
    case .range(let selector, let span):
      (spans, moment) = ([span, selector.shift.offset], selector.shift.moment)
    case .subquery(_, let subquery):
      spans = [subquery.range, subquery.step, subquery.shift.offset]
      moment = subquery.shift.moment
    default: (spans, moment) = ([], nil)
    }
    if moment == .start || moment == .end { return true }
    return spans.contains { $0?.isBoundToQuery ?? false }
      || node.children.contains { $0.isBoundToQuery }
  }
}

extension TimeSpan {
  fileprivate var isBoundToQuery: Bool {
    switch self {
    case .seconds: false
    case .step, .range: true
    case .negated(let inner), .parenthesis(let inner): inner.isBoundToQuery
    case .combined(_, let left, let right): left.isBoundToQuery || right.isBoundToQuery
    }
  }
}
