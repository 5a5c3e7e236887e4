/// What changed about alerts, to be stored in one transaction. Times are ns since 1970.
package struct AlertSave: Sendable {
  /// What the alerts have to remember; a record without bytes is deleted.
  package var memory: [(key: String, bytes: [UInt8]?)] = []
  /// Alerts that began to fire, or about which something is new.
  package var records: [AlertRecord] = []
  /// Messages for the outbox; one that is there already stays as it is.
  package var messages: [OutboxMessage] = []
  /// What became of messages.
  package var outcomes: [OutboxOutcome] = []
  /// Whether all that was remembered before is to go.
  package var replacesMemory = false

  /// Nothing.
  package init() {}

  /// Whether there is nothing to store.
  package var isEmpty: Bool {
    memory.isEmpty && records.isEmpty && messages.isEmpty && outcomes.isEmpty && !replacesMemory
  }

  /// Adds what changed later.
  package mutating func add(_ later: AlertSave) {
    memory += later.memory
    records += later.records
    messages += later.messages
    outcomes += later.outcomes
    replacesMemory = replacesMemory || later.replacesMemory
  }
}

/// One time that an alert fired, as it is kept. Its fingerprint, rule and start say which.
package struct AlertRecord: Equatable, Sendable {
  package var fingerprint: String
  package let rule: String
  package let name: String
  /// JSON objects of texts.
  package let labels: [UInt8]
  package let annotations: [UInt8]
  package let value: String
  package let activeAt: Int64
  package let firedAt: Int64
  package var resolvedAt: Int64?
  package var acknowledgedAt: Int64?
  package var acknowledgedBy: String?
  package var comment: String?
  /// A JSON object.
  package let cause: [UInt8]?

  /// An alert that fires, or did.
  package init(
    fingerprint: String, rule: String, name: String, labels: [UInt8], annotations: [UInt8],
    value: String, activeAt: Int64, firedAt: Int64, resolvedAt: Int64?, cause: [UInt8]?
  ) {
    self.fingerprint = fingerprint
    self.rule = rule
    self.name = name
    self.labels = labels
    self.annotations = annotations
    self.value = value
    self.activeAt = activeAt
    self.firedAt = firedAt
    self.resolvedAt = resolvedAt
    self.cause = cause
  }
}

/// A message as the outbox keeps it.
package struct OutboxMessage: Equatable, Sendable {
  /// Its own, the same however often it is decided.
  package let key: String
  package let receiver: String
  package let reason: String
  package let groupKey: String
  /// How many alerts it tells of.
  package let alerts: Int
  package let createdAt: Int64
  /// The whole message, JSON.
  package let document: [UInt8]

  /// A message to be delivered.
  package init(
    key: String, receiver: String, reason: String, groupKey: String, alerts: Int,
    createdAt: Int64, document: [UInt8]
  ) {
    self.key = key
    self.receiver = receiver
    self.reason = reason
    self.groupKey = groupKey
    self.alerts = alerts
    self.createdAt = createdAt
    self.document = document
  }
}

/// How far the delivery of a message is.
package struct OutboxOutcome: Equatable, Sendable {
  /// What became of it so far.
  package enum State: String, Sendable {
    /// It is still to be delivered.
    case queued
    case sent
    /// It was given up.
    case failed
  }

  /// Which message it is about; how far that is, after how many tries, the last of them when; and
  /// what went wrong then.
  package let key: String
  package let state: State
  package let attempts: Int
  package let at: Int64
  package let error: String?

  /// An outcome of these.
  package init(key: String, state: State, attempts: Int, at: Int64, error: String?) {
    self.key = key
    self.state = state
    self.attempts = attempts
    self.at = at
    self.error = error
  }
}
