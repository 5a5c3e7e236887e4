internal import PromQL

/// Decides who is told of which alerts, and when. It sends nothing; time is an argument, in
/// milliseconds since 1970. What it knows can be saved and restored at any point: what it decides
/// after that is what it would have decided without.
package struct AlertRouter: Sendable {
  /// Who hears of what.
  package internal(set) var policy: AlertPolicy
  /// Alerts that fire, or that are over while somebody does not know it yet, by their labels and by
  /// the rule that makes them.
  var alerts: [Labels: [String: NotifiedAlert]] = [:]
  var groups: [String: AlertGroup] = [:]
  /// Which alerts belong to a group by the present routes.
  var members: [String: Set<Labels>] = [:]
  var silences: [String: Silence] = [:]
  var acknowledgements: [UInt64: Acknowledgement] = [:]
  /// Records to be saved.
  var changed: Set<String> = []

  /// Nobody knows of anything yet.
  package init(_ policy: AlertPolicy) { self.policy = policy }

  /// When there is something to decide next.
  package var due: Int64? {
    groups.values.lazy.map { min($0.due, $0.escalationDue ?? .max) }.min()
  }

  /// Takes the alerts of a rule as they stand at `time`: those that fire, and those just over. What
  /// fired before and is not among them is over.
  package mutating func take(_ given: [NotifiedAlert], of rule: String, at time: Int64) {
    let names = Set(given.map(\.labels))
    for alert in given { set(alert, of: rule, at: time) }
    for (labels, byRule) in alerts where !names.contains(labels) {
      guard let alert = byRule[rule], alert.endsAt == nil else { continue }
      set(alert.ended(at: time), of: rule, at: time)
    }
  }

  /// What is to be told at the time that `due` names.
  package mutating func decide() -> [Notification] {
    guard let time = due else { return [] }
    var told: [Notification] = []
    for key in groups.keys.sorted() {
      guard var group = groups[key] else { continue }
      let isDue = group.due <= time
      guard isDue || (group.escalationDue ?? .max) <= time else { continue }
      told += decide(&group, at: time, onlyEscalations: !isDue)
      if isDue { group.due = time + pace(group) }
      store(group)
    }
    return told
  }

  /// Lets time pass without a word, after nobody was there to decide: what was due before `time` is
  /// due then.
  package mutating func skip(to time: Int64) {
    for (key, group) in groups where group.due < time {
      groups[key]?.due = time
      changed.insert(Self.groupPrefix + key)
    }
  }

  /// Goes by another policy from `time` on. Who was told by a route that is gone still hears that
  /// it is over.
  package mutating func follow(_ policy: AlertPolicy, at time: Int64) {
    self.policy = policy
    reroute(at: time)
  }
}

// MARK: Alerts
extension AlertRouter {
  private mutating func set(_ alert: NotifiedAlert, of rule: String, at time: Int64) {
    let known = alerts[alert.labels]?[rule]
    guard known != alert else { return }
    // What was over before anybody could hear of it is nothing to tell.
    if known == nil, alert.endsAt != nil { return }
    alerts[alert.labels, default: [:]][rule] = alert
    changed.insert(Self.alertPrefix + alert.labels.fingerprintText)
    if alert.endsAt != nil || known.map({ $0.startsAt != alert.startsAt }) == true {
      forgetAcknowledgement(alert.labels)
    }
    guard alert.endsAt == nil else { return }
    for match in policy.route.matches(alert.labels) { join(alert.labels, match, at: time) }
  }

  private mutating func join(_ labels: Labels, _ match: AlertRoute.Match, at time: Int64) {
    let common = match.route.groupLabels(labels)
    let key = Self.key(match, common)
    members[key, default: []].insert(labels)
    if groups[key] == nil {
      let due = time + match.route.wait
      groups[key] = AlertGroup(key: key, labels: common, since: time, due: due, route: nil)
      changed.insert(Self.groupPrefix + key)
    }
    groups[key]?.route = match.route
  }

  private static func key(_ match: AlertRoute.Match, _ labels: Labels) -> String {
    let texts = labels.entries.map { "\($0.name)=\(TemplateQuote.text($0.value))" }
    return "\(match.path):{\(texts.joined(separator: ","))}"
  }

  /// An alert as it stands over all rules that make it: the one that fires longest, else the one
  /// that was over last.
  func merged(_ labels: Labels) -> NotifiedAlert? {
    alerts[labels]?.values.min { left, right in
      switch (left.endsAt, right.endsAt) {
      case (nil, nil): left.startsAt < right.startsAt
      case (nil, _): true
      case (_, nil): false
      case (let mine?, let other?): mine > other
      }
    }
  }

  /// Finds for each alert which groups it belongs to by the present routes.
  mutating func reroute(at time: Int64) {
    members = [:]
    for key in groups.keys { groups[key]?.route = nil }
    for labels in alerts.keys.sorted(by: { $0.precedes($1) }) {
      guard let alert = merged(labels) else { continue }
      for match in policy.route.matches(labels) {
        let isKnown = groups[Self.key(match, match.route.groupLabels(labels))] != nil
        if alert.endsAt == nil || isKnown { join(labels, match, at: time) }
      }
    }
    var names: [UInt64: Labels] = [:]
    for labels in alerts.keys { names[labels.fingerprint] = labels }
    for (key, group) in groups {
      for receiver in group.told.keys where policy.receivers[receiver] == nil {
        groups[key]?.told[receiver]?.episodes = []
        changed.insert(Self.groupPrefix + key)
      }
      let told = group.told.values.flatMap(\.episodes).compactMap { names[$0.fingerprint] }
      if !told.isEmpty { members[key, default: []].formUnion(told) }
    }
  }

  /// Keeps a group, unless nothing is left to tell of it.
  private mutating func store(_ group: AlertGroup) {
    let key = group.key
    if groups[key] != group { changed.insert(Self.groupPrefix + key) }
    groups[key] = group
    for labels in members[key] ?? [] {
      guard let alert = merged(labels), alert.endsAt != nil,
        !group.isTold(AlertGroup.Episode(alert))
      else { continue }
      members[key]?.remove(labels)
      forget(labels)
    }
    guard members[key, default: []].isEmpty, group.told.values.allSatisfy(\.episodes.isEmpty)
    else { return }
    members[key] = nil
    groups[key] = nil
    changed.insert(Self.groupPrefix + key)
  }

  /// Drops an alert that is over once no group has to tell it.
  private mutating func forget(_ labels: Labels) {
    guard !members.values.contains(where: { $0.contains(labels) }) else { return }
    alerts[labels] = nil
    changed.insert(Self.alertPrefix + labels.fingerprintText)
  }
}
