internal import PromQL

/// What a group's receivers are told.
extension AlertRouter {
  /// A group as it is being decided upon.
  private struct Hearing {
    let time: Int64
    /// Its alerts, those that fire first; each by rising start, then by labels.
    let present: [NotifiedAlert]
    /// Those that fire and that nothing keeps silent.
    let audible: [NotifiedAlert]
    /// Whether somebody looks after all of the audible ones.
    let isAcknowledged: Bool
  }

  /// How often a group is looked at.
  func pace(_ group: AlertGroup) -> Int64 {
    // Whoever is told by a route that is gone hears of the end as soon as others would.
    let route = group.route ?? policy.route
    let refresh = ([route.receiver] + group.escalated).compactMap { policy.receivers[$0]?.refresh }
    return max(min(route.interval, refresh.min() ?? .max), 1_000)
  }

  mutating func decide(
    _ group: inout AlertGroup, at time: Int64, onlyEscalations: Bool
  ) -> [Notification] {
    let hearing = hearing(of: group, at: time)
    group.lastLook = time
    if group.acknowledgedBy != nil, !hearing.audible.isEmpty, !hearing.isAcknowledged {
      // Something new came: time runs anew until somebody else is told.
      group.acknowledgedBy = nil
      group.firstTold = time
    }
    var messages: [Notification] = []
    if !onlyEscalations {
      let main = group.route.map { [$0.receiver] } ?? []
      let others = Set(group.told.keys).union(group.escalated).subtracting(main)
      for receiver in main + others.sorted() {
        let isNew = receiver == main.first || group.escalated.contains(receiver)
        if let message = message(to: receiver, hearing, &group, tellsNew: isNew) {
          messages.append(message)
        }
      }
    }
    messages += escalations(of: &group, hearing)
    if group.told.values.allSatisfy(\.episodes.isEmpty) {
      group.firstTold = nil
      group.escalated = []
      group.acknowledgedBy = nil
    } else if group.firstTold == nil {
      group.firstTold = time
    }
    return messages
  }

  private func hearing(of group: AlertGroup, at time: Int64) -> Hearing {
    let present = (members[group.key] ?? []).compactMap { merged($0) }.sorted { left, right in
      if (left.endsAt == nil) != (right.endsAt == nil) { return left.endsAt == nil }
      if left.startsAt != right.startsAt { return left.startsAt < right.startsAt }
      return left.labels.precedes(right.labels)
    }
    var audible: [NotifiedAlert] = []
    if let route = group.route, muting(route, at: time).isEmpty {
      audible = present.filter { alert in
        alert.endsAt == nil && silencing(alert.labels, at: time).isEmpty
          && inhibiting(alert.labels).isEmpty
      }
    }
    let isAcknowledged =
      !audible.isEmpty
      && audible.allSatisfy { acknowledgements[$0.labels.fingerprint]?.startsAt == $0.startsAt }
    return Hearing(
      time: time, present: present, audible: audible, isAcknowledged: isAcknowledged)
  }

  /// Tells those whose turn it is because nobody acknowledged.
  private func escalations(of group: inout AlertGroup, _ hearing: Hearing) -> [Notification] {
    guard let route = group.route, let first = group.firstTold, !hearing.isAcknowledged,
      !hearing.audible.isEmpty
    else { return [] }
    var messages: [Notification] = []
    for escalation in route.escalations
    where first + escalation.after <= hearing.time && !group.escalated.contains(escalation.receiver)
    {
      group.escalated.insert(escalation.receiver)
      let message = message(
        to: escalation.receiver, hearing, &group, tellsNew: true, reason: .escalation)
      if let message { messages.append(message) }
    }
    return messages
  }

  /// What a receiver is told now; nil for nothing. Afterwards it knows.
  private func message(
    to receiver: String, _ hearing: Hearing, _ group: inout AlertGroup, tellsNew: Bool,
    reason: Notification.Reason = .state
  ) -> Notification? {
    guard let traits = policy.receivers[receiver] else { return nil }
    var told = group.told[receiver] ?? AlertGroup.Told(time: hearing.time)
    let key = group.messageKey(receiver)
    let firing = Set(hearing.present.filter { $0.endsAt == nil }.map(AlertGroup.Episode.init))
    let audible = tellsNew ? hearing.audible : []
    let new = Set(audible.map(AlertGroup.Episode.init))
    let over = told.episodes.subtracting(firing)
    let ended = hearing.present.filter { $0.endsAt != nil && over.contains(AlertGroup.Episode($0)) }
    let isFresh = !new.isSubset(of: told.episodes)
    let pause = min(
      traits.refresh ?? .max,
      hearing.isAcknowledged ? .max : group.route?.repetition ?? .max)
    let isRepeated = !audible.isEmpty && told.count > 0 && hearing.time - told.time >= pause
    // What ended and fires again, unheard, still fires as far as the receiver knows.
    let names = Set(told.episodes.map(\.fingerprint))
    let again = firing.filter { names.contains($0.fingerprint) }
    told.episodes = told.episodes.subtracting(over).union(new).union(again)
    defer { group.told[receiver] = told }
    let heard = traits.hearsResolved ? ended : []
    guard isFresh || isRepeated || !heard.isEmpty else { return nil }
    told.time = hearing.time
    told.count += 1
    let all = audible + heard
    return Notification(
      key: key, receiver: receiver, reason: reason, groupKey: group.key,
      groupLabels: group.labels, alerts: Array(all.prefix(Notification.alertLimit)),
      omitted: max(0, all.count - Notification.alertLimit), time: hearing.time)
  }

  /// What those who keep track of acknowledgements are told of a group, if anything.
  mutating func acknowledgement(
    of group: inout AlertGroup, by person: String, at time: Int64
  ) -> [Notification] {
    let hearing = hearing(of: group, at: time)
    guard hearing.isAcknowledged, group.acknowledgedBy == nil else { return [] }
    group.acknowledgedBy = person
    var messages: [Notification] = []
    for receiver in group.told.keys.sorted() {
      guard policy.receivers[receiver]?.hearsAcknowledged == true,
        let told = group.told[receiver], !told.episodes.isEmpty
      else { continue }
      let alerts = hearing.audible.prefix(Notification.alertLimit)
      messages.append(
        Notification(
          key: group.messageKey(receiver), receiver: receiver, reason: .acknowledged,
          groupKey: group.key, groupLabels: group.labels, alerts: Array(alerts),
          omitted: hearing.audible.count - alerts.count, time: time, acknowledgedBy: person))
      group.told[receiver]?.count += 1
    }
    return messages
  }
}
