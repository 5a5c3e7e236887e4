internal import PromQL

/// An alerting rule with its alerts. Time is an argument; nothing is sent.
package struct AlertEvaluation: Sendable {
  /// What is evaluated.
  package let rule: AlertingRule
  /// What the rule asks, as `RuleQuestions` numbers it.
  let questions: [Expression]
  var watch: AlertWatch
  private(set) var byLabels: [Labels: ActiveAlert] = [:]
  /// Of each alert lately found, one bit an evaluation, the last one lowest; only with `of`.
  private(set) var findings: [Labels: UInt64] = [:]
  /// Alerts and findings that are not as they were last saved.
  var unsaved: Set<Labels> = []
  /// The keys under which they were saved.
  var savedKeys: Set<String> = []

  /// Asks a question as of a time.
  typealias Asking = (_ question: Int, _ time: Int64) throws(RuleFailure) -> [RuleSample]

  /// A rule without alerts.
  package init(_ rule: AlertingRule) {
    self.rule = rule
    questions = RuleQuestions.all(of: rule)
    watch = AlertWatch(rule)
  }

  /// A rule with the alerts of an earlier version of it.
  init(_ rule: AlertingRule, resuming old: AlertEvaluation) {
    self.init(rule)
    (byLabels, savedKeys) = (old.byLabels, old.savedKeys)
    unsaved = Set(byLabels.keys).union(old.findings.keys)
    if rule.steadiness.of == old.rule.steadiness.of { findings = old.findings }
    if rule.kind == old.rule.kind, rule.query == old.rule.query { watch = old.watch }
    watch.forgetSaving()
  }

  /// The alerts, those lately resolved among them, sorted by labels.
  package var alerts: [ActiveAlert] {
    byLabels.values.sorted { $0.labels.precedes($1.labels) }
  }

  /// Whether nothing comes of an evaluation at which nothing is found.
  var isQuiet: Bool {
    byLabels.isEmpty && findings.isEmpty && rule.kind == .expression
      && rule.steadiness.noData == .ok
  }

  /// Takes the state one step further and gives the samples of its series. On failure the alerts
  /// are those of before, but none is left when there are more than `limit`.
  mutating func step(
    at time: Int64, limit: Int, settings: EvaluationSettings, ask: Asking,
    query: @escaping (String) throws(RuleFailure) -> [RuleSample]
  ) throws(RuleFailure) -> [RuleSample] {
    var (candidates, isBlank) = try watch.candidates(
      of: rule, at: time, zone: settings.timeZone, ask)
    if isBlank, rule.steadiness.noData != .ok, try hasNoData(at: time, ask) {
      if rule.steadiness.noData == .keep { return series }
      candidates = [AlertCandidate.noData(rule)]
    }
    if candidates.isEmpty, byLabels.isEmpty, findings.isEmpty { return [] }
    let texts = AlertTexts(rule, at: time, settings, query)
    let found = try texts.alerts(of: candidates)
    try checkCount(max(found.count, findings.count))
    let given = counted(found)
    for labels in given { take(found[labels], labels) }
    let kept = try keptFiring(beside: given, at: time, ask, texts)
    advance(given.union(kept), at: time, settings)
    let shown = byLabels.values.count { $0.state != .resolved }
    if limit > 0, shown > limit {
      unsaved.formUnion(byLabels.keys)
      byLabels = [:]
      throw RuleFailure("exceeded limit of \(limit) with \(shown) alerts")
    }
    return series
  }

  /// The samples of the alerts that are pending or fire.
  var series: [RuleSample] {
    byLabels.isEmpty ? [] : alerts.filter { $0.state != .resolved }.flatMap(\.series)
  }

  /// Alerts of a rule, whatever its group's limit.
  static let alertLimit = 10_000

  private func checkCount(_ count: Int) throws(RuleFailure) {
    guard count > Self.alertLimit else { return }
    throw RuleFailure("a rule has at most \(Self.alertLimit) alerts, this one has \(count)")
  }
}

// MARK: What is there
extension AlertEvaluation {
  /// Whether the expression's input gives nothing, its comparisons left out.
  private func hasNoData(at time: Int64, _ ask: Asking) throws(RuleFailure) -> Bool {
    for question in RuleQuestions.inputs(of: rule, questions) {
      guard try ask(question, time).isEmpty else { return false }
    }
    return true
  }

  /// Those that were found often enough, this evaluation included.
  private mutating func counted(_ found: [Labels: ActiveAlert]) -> Set<Labels> {
    let (hits, window) = (rule.steadiness.hits, rule.steadiness.of)
    guard window > 1 else { return Set(found.keys) }
    let mask: UInt64 = window >= 64 ? .max : (1 << UInt64(window)) - 1
    for labels in found.keys where findings[labels] == nil { findings[labels] = 0 }
    var given: Set<Labels> = []
    for (labels, bits) in findings {
      let now = (bits << 1 | (found[labels] == nil ? 0 : 1)) & mask
      findings[labels] = now == 0 ? nil : now
      unsaved.insert(labels)
      if now.nonzeroBitCount >= hits { given.insert(labels) }
    }
    return given
  }

  /// Firing alerts that are not there, but that `until` gives.
  private mutating func keptFiring(
    beside given: Set<Labels>, at time: Int64, _ ask: Asking, _ texts: AlertTexts
  ) throws(RuleFailure) -> Set<Labels> {
    guard rule.steadiness.until != nil,
      byLabels.values.contains(where: { $0.state == .firing && !given.contains($0.labels) })
    else { return [] }
    let candidates = try ask(RuleQuestions.until, time).map { sample in
      AlertCandidate(name: rule.name, sample: sample)
    }
    var kept: Set<Labels> = []
    for (labels, alert) in try texts.alerts(of: candidates)
    where byLabels[labels]?.state == .firing && !given.contains(labels) {
      kept.insert(labels)
      take(alert, labels)
    }
    return kept
  }

  /// Takes over what was found of an alert; one that is found no more but still counts has none.
  private mutating func take(_ found: ActiveAlert?, _ labels: Labels) {
    guard let found else { return }
    unsaved.insert(labels)
    guard var known = byLabels[labels], known.state != .resolved else {
      byLabels[labels] = found
      return
    }
    known.value = found.value
    known.annotations = found.annotations
    known.usual = found.usual
    byLabels[labels] = known
  }
}

// MARK: Going on
extension AlertEvaluation {
  private mutating func advance(
    _ given: Set<Labels>, at time: Int64, _ settings: EvaluationSettings
  ) {
    for (labels, alert) in byLabels {
      let next = advanced(alert, isGiven: given.contains(labels), at: time, settings)
      guard next != alert else { continue }
      byLabels[labels] = next
      unsaved.insert(labels)
    }
  }

  /// The alert after this evaluation; nil when it is forgotten.
  private func advanced(
    _ alert: ActiveAlert, isGiven: Bool, at time: Int64, _ settings: EvaluationSettings
  ) -> ActiveAlert? {
    var alert = alert
    if isGiven {
      alert.keepFiringSince = nil
    } else {
      switch alert.state {
      case .pending: return nil
      case .firing:
        guard rule.keepFiring > 0, time - (alert.keepFiringSince ?? time) < rule.keepFiring else {
          alert.state = .resolved
          alert.resolvedAt = time
          return alert
        }
        if alert.keepFiringSince == nil { alert.keepFiringSince = time }
      case .resolved:
        let age = time - (alert.resolvedAt ?? time)
        return age > settings.resolvedRetention ? nil : alert
      }
    }
    if alert.state == .pending, time - alert.activeAt >= rule.hold {
      alert.state = .firing
      alert.firedAt = time
    }
    return alert
  }

  /// Puts back what was remembered.
  mutating func restore(_ alerts: [ActiveAlert], findings: [Labels: UInt64]) {
    for alert in alerts { byLabels[alert.labels] = alert }
    self.findings = findings
  }
}
