internal import PromQL

/// Who hears of which alerts, and when: what the configuration says of it. Times are milliseconds.
package struct AlertPolicy: Equatable, Sendable {
  /// The route that takes every alert.
  package var route: AlertRoute
  /// Which alerts keep others silent.
  package var inhibitions: [Inhibition] = []
  /// When routes that name them send nothing.
  package var muteTimes: [MuteTime] = []
  /// What receivers want, by name; each that a route names is here.
  package var receivers: [String: ReceiverTraits]
  /// What links begin with; empty for none.
  package var externalURL = ""

  /// Everything to one receiver.
  package init(route: AlertRoute, receivers: [String: ReceiverTraits]) {
    self.route = route
    self.receivers = receivers
  }
}

/// What a receiver's service can do with messages.
package struct ReceiverTraits: Equatable, Sendable {
  /// Whether it wants to hear that alerts are over.
  package var hearsResolved: Bool
  /// Whether it keeps track of who acknowledged what.
  package var hearsAcknowledged: Bool
  /// Whether it wants each alert that fires told again within some milliseconds, whatever the
  /// route's repetition.
  package var refresh: Int64?

  /// A receiver that hears these.
  package init(hearsResolved: Bool = true, hearsAcknowledged: Bool = false, refresh: Int64? = nil) {
    self.hearsResolved = hearsResolved
    self.hearsAcknowledged = hearsAcknowledged
    self.refresh = refresh
  }
}

/// A node of the tree of routes: which alerts it takes, and how they are told.
package struct AlertRoute: Equatable, Sendable {
  /// Somebody else who is told when nobody acknowledged in time.
  package struct Escalation: Equatable, Sendable {
    /// Milliseconds after the first message.
    package var after: Int64
    package var receiver: String

    /// A receiver and when it is its turn.
    package init(after: Int64, receiver: String) {
      (self.after, self.receiver) = (after, receiver)
    }
  }

  /// What makes alerts one message.
  package enum Grouping: Equatable, Sendable {
    /// The same values of these labels, sorted.
    case by([String])
    /// Each alert is a message.
    case each
  }

  /// Who is told; of which alerts; and which of them make one message.
  package var receiver: String
  package var matchers = AlertMatchers()
  package var grouping = Grouping.by(["alertname"])
  /// How long a new group gathers alerts before it is told.
  package var wait: Int64 = 10_000
  /// How often what changed in a group is told.
  package var interval: Int64 = 60_000
  /// How often a group that goes on is told again.
  package var repetition: Int64 = 14_400_000
  /// Names of times at which nothing is told.
  package var muteTimes: [String] = []
  package var escalations: [Escalation] = []
  /// Whether routes after this one may take an alert that this one took.
  package var goesOn = false
  /// Routes that take some of its alerts in its place.
  package var routes: [AlertRoute] = []

  /// A route to a receiver.
  package init(receiver: String) { self.receiver = receiver }
}

extension AlertRoute {
  /// A route that takes an alert, and where it stands in the tree.
  struct Match: Equatable, Sendable {
    let route: AlertRoute
    /// The conditions and receivers from the root down.
    let path: String
  }

  /// The routes that take alerts with these labels: the deepest ones, the first of each level
  /// unless it lets others follow.
  func matches(_ labels: Labels, under path: String = "") -> [Match] {
    guard matchers.match(labels) else { return [] }
    let own = "\(path)/{\(matchers.texts.joined(separator: ","))}"
    var found: [Match] = []
    for route in routes {
      let taken = route.matches(labels, under: own)
      found += taken
      if !taken.isEmpty, !route.goesOn { break }
    }
    return found.isEmpty ? [Match(route: self, path: "\(own)>\(receiver)")] : found
  }

  /// The labels that an alert's group has in common.
  func groupLabels(_ labels: Labels) -> Labels {
    switch grouping {
    case .each: labels
    case .by(let names): Labels(labels.entries.filter { names.contains($0.name) })
    }
  }
}

/// An alert that fires keeps others silent that it explains.
package struct Inhibition: Equatable, Sendable {
  /// Which alerts keep others silent.
  package var source: AlertMatchers
  /// Which are kept silent.
  package var target: AlertMatchers
  /// Labels that must have the same value in both, absent ones too.
  package var equal: [String]

  /// Alerts like `source` keep those like `target` silent where the labels `equal` are the same.
  package init(source: AlertMatchers, target: AlertMatchers, equal: [String]) {
    (self.source, self.target, self.equal) = (source, target, equal)
  }
}
