package import PromQL

/// A message to one receiver about the alerts of one group, as it is kept until it is delivered.
/// What a receiver's service wants to read is made of it when it is sent.
package struct Notification: Equatable, Sendable {
  /// Why it is sent.
  package enum Reason: String, Sendable {
    /// The group's alerts changed, or its time to repeat has come.
    case state
    /// Nobody acknowledged the group in time.
    case escalation
    /// Somebody acknowledged the group; sent only to services that keep track of that.
    case acknowledged
    /// Somebody tries the receiver.
    case trial
  }

  /// The same for every attempt to deliver it, and for no other message.
  package let key: String
  /// The receiver's name.
  package let receiver: String
  package let reason: Reason
  /// Which group it is about: the same for all messages of the group.
  package let groupKey: String
  /// The labels that the group's alerts are grouped by.
  package let groupLabels: Labels
  /// The alerts, those that fire first; each by rising start, then by labels.
  package let alerts: [NotifiedAlert]
  /// How many more there are than the message holds.
  package let omitted: Int
  /// When it was decided, in milliseconds since 1970, as are all times.
  package let time: Int64
  /// Who acknowledged the group, where somebody did.
  package let acknowledgedBy: String?

  /// A message of these.
  package init(
    key: String, receiver: String, reason: Reason, groupKey: String, groupLabels: Labels,
    alerts: [NotifiedAlert], omitted: Int = 0, time: Int64, acknowledgedBy: String? = nil
  ) {
    self.key = key
    self.receiver = receiver
    self.reason = reason
    self.groupKey = groupKey
    self.groupLabels = groupLabels
    self.alerts = alerts
    self.omitted = omitted
    self.time = time
    self.acknowledgedBy = acknowledgedBy
  }

  /// Alerts of one message; more are counted in `omitted`.
  package static let alertLimit = 100
}

/// An alert as a message tells of it.
package struct NotifiedAlert: Equatable, Sendable {
  package let labels: Labels
  /// Sorted by name.
  package let annotations: [Label]
  /// When it began to fire.
  package let startsAt: Int64
  /// When it was over; nil while it fires.
  package let endsAt: Int64?
  /// What the rule's expression gave last, as text: `0.12`.
  package let value: String
  /// What changed, where that could be told.
  package let cause: AlertCause?
  /// Where the rule's expression can be looked at; empty without `external_url`.
  package let generatorURL: String

  /// An alert of these.
  package init(
    labels: Labels, annotations: [Label], startsAt: Int64, endsAt: Int64?, value: String,
    cause: AlertCause?, generatorURL: String
  ) {
    self.labels = labels
    self.annotations = annotations
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.value = value
    self.cause = cause
    self.generatorURL = generatorURL
  }
}

/// What is behind an alert, as far as the numbers tell: never payloads.
package struct AlertCause: Equatable, Sendable {
  /// The value of a dimension that explains most of the change.
  package struct Part: Equatable, Sendable {
    /// `model`
    package let dimension: String
    /// `gpt-4o`
    package let value: String
    /// Its share of the change, 0 to 1.
    package let share: Double

    /// A value and its share.
    package init(dimension: String, value: String, share: Double) {
      (self.dimension, self.value, self.share) = (dimension, value, share)
    }
  }

  /// What explains most of the change; nil where nothing does.
  package let part: Part?
  /// What is watched, when the alert began to fire; nil where the rule compares nothing.
  package let now: Double?
  /// The same as it mostly was in the hours before.
  package let usual: Double?
  /// How much of the tokens is priced, 0 to 1, where the rule is about money.
  package let coverage: Double?
  /// Calls to look at, at most five, newest first.
  package let traceIDs: [String]
  /// The hour before, in block characters; empty where the rule compares nothing.
  package let sparkline: String

  /// A cause of these.
  package init(
    part: Part? = nil, now: Double? = nil, usual: Double? = nil, coverage: Double? = nil,
    traceIDs: [String] = [], sparkline: String = ""
  ) {
    self.part = part
    self.now = now
    self.usual = usual
    self.coverage = coverage
    self.traceIDs = traceIDs
    self.sparkline = sparkline
  }
}

extension Notification {
  /// Whether an alert of it still fires.
  package var isFiring: Bool { alerts.contains { $0.endsAt == nil } }
}
