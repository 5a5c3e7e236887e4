package import PromQL

/// Somebody looks after an alert.
package struct Acknowledgement: Equatable, Sendable {
  package let by: String
  package let comment: String
  /// When that was said, in milliseconds since 1970.
  package let at: Int64
  /// Which time of firing it is about.
  package let startsAt: Int64
}

/// What keeps alerts silent.
extension AlertRouter {
  /// What is said of an alert beside its state.
  package struct Standing: Equatable, Sendable {
    package var acknowledgement: Acknowledgement?
    package var cause: AlertCause?
    /// Ids of silences, fingerprints of alerts, names of mute times.
    package var silencedBy: [String] = []
    package var inhibitedBy: [String] = []
    package var mutedBy: [String] = []
    /// Who hears of it.
    package var receivers: [String] = []
  }

  /// How an alert with these labels stands at `time`.
  package func standing(_ labels: Labels, at time: Int64) -> Standing {
    let routes = policy.route.matches(labels).map(\.route)
    var standing = Standing()
    standing.acknowledgement = acknowledgements[labels.fingerprint]
    standing.cause = merged(labels)?.cause
    standing.silencedBy = silencing(labels, at: time)
    standing.inhibitedBy = inhibiting(labels).map { AlertIdentity.fingerprint($0) }
    standing.mutedBy = routes.flatMap { muting($0, at: time) }
    for route in routes where !standing.receivers.contains(route.receiver) {
      standing.receivers.append(route.receiver)
    }
    return standing
  }

  /// The ids of the silences that count for an alert.
  func silencing(_ labels: Labels, at time: Int64) -> [String] {
    silences.values.filter { $0.state(at: time) == .active && $0.matchers.match(labels) }
      .map(\.id).sorted()
  }

  /// The names of the times of a route that it is silent in.
  func muting(_ route: AlertRoute, at time: Int64) -> [String] {
    route.muteTimes.filter { name in
      policy.muteTimes.contains { $0.name == name && $0.contains(time) }
    }
  }

  /// The alerts that keep one with these labels silent.
  func inhibiting(_ labels: Labels) -> [Labels] {
    var found: [Labels] = []
    for inhibition in policy.inhibitions where inhibition.target.match(labels) {
      let isSource = inhibition.source.match(labels)
      for other in alerts.keys where other != labels {
        guard inhibition.equal.allSatisfy({ other[$0] == labels[$0] }),
          inhibition.source.match(other), merged(other)?.endsAt == nil,
          // Of two that would silence each other, neither does.
          !(isSource && inhibition.target.match(other))
        else { continue }
        found.append(other)
      }
    }
    return found.sorted { $0.precedes($1) }
  }

  /// All silences, those that count first, then by end.
  package func allSilences(at time: Int64) -> [Silence] {
    silences.values.sorted { left, right in
      let isOver = (left.state(at: time) == .expired, right.state(at: time) == .expired)
      if isOver.0 != isOver.1 { return isOver.1 }
      return (left.endsAt, left.id) < (right.endsAt, right.id)
    }
  }

  /// Takes a silence; false when there are too many.
  package mutating func add(_ silence: Silence, at time: Int64) -> Bool {
    for old in silences.values where time - old.endsAt > Silence.retention {
      silences[old.id] = nil
      changed.insert(Self.silencePrefix + old.id)
    }
    guard silences.count < Silence.limit || silences[silence.id] != nil else { return false }
    silences[silence.id] = silence
    changed.insert(Self.silencePrefix + silence.id)
    return true
  }

  /// Ends a silence; nil when there is none of that id.
  package mutating func expire(_ id: String, at time: Int64) -> Silence? {
    guard var silence = silences[id] else { return nil }
    silence.endsAt = min(silence.endsAt, max(time, silence.startsAt))
    silences[id] = silence
    changed.insert(Self.silencePrefix + id)
    return silence
  }
}

// MARK: Acknowledging
extension AlertRouter {
  /// The alert with this id that fires.
  package func firing(_ id: String) -> NotifiedAlert? {
    alerts.keys.lazy.filter { AlertIdentity.fingerprint($0) == id }.compactMap { merged($0) }
      .first { $0.endsAt == nil }
  }

  /// The rule that makes an alert.
  package func rule(of labels: Labels) -> String? { alerts[labels]?.keys.min() }

  /// Notes that somebody looks after an alert that fires, and tells those who keep track of that.
  /// Until it is over it is neither repeated nor escalated.
  package mutating func acknowledge(
    _ labels: Labels, by person: String, comment: String, at time: Int64
  ) -> [Notification] {
    guard let alert = merged(labels), alert.endsAt == nil else { return [] }
    acknowledgements[labels.fingerprint] = Acknowledgement(
      by: person, comment: comment, at: time, startsAt: alert.startsAt)
    changed.insert(Self.acknowledgementPrefix + labels.fingerprintText)
    var messages: [Notification] = []
    for key in groups.keys.sorted() where members[key]?.contains(labels) == true {
      guard var group = groups[key] else { continue }
      messages += acknowledgement(of: &group, by: person, at: time)
      groups[key] = group
      changed.insert(Self.groupPrefix + key)
    }
    return messages
  }

  /// Takes an acknowledgement back; false when there was none.
  package mutating func withdrawAcknowledgement(_ labels: Labels) -> Bool {
    guard acknowledgements[labels.fingerprint] != nil else { return false }
    forgetAcknowledgement(labels)
    for key in groups.keys where members[key]?.contains(labels) == true {
      groups[key]?.acknowledgedBy = nil
      changed.insert(Self.groupPrefix + key)
    }
    return true
  }

  mutating func forgetAcknowledgement(_ labels: Labels) {
    guard acknowledgements.removeValue(forKey: labels.fingerprint) != nil else { return }
    changed.insert(Self.acknowledgementPrefix + labels.fingerprintText)
  }
}
