internal import Alerts
internal import Codec
internal import History
internal import LinuxIO
internal import PromQL

/// What changed about alerts and is not saved yet.
struct UnsavedAlerts {
  /// Milliseconds after which changes that brought nothing about are saved.
  private static let pause: Int64 = 10_000
  /// Messages and records that wait while nothing can be saved; more are left out, oldest first.
  private static let limit = 10_000

  private var memory: [String: [UInt8]?] = [:]
  private var rest = AlertSave()
  private var last: Int64 = 0
  private var hasFailed = false

  /// Whether what changed should be saved at `time`, in milliseconds, though nothing came of it.
  func isDue(at time: Int64) -> Bool {
    (!memory.isEmpty || !rest.isEmpty) && (time - last >= Self.pause || time < last)
  }

  /// All that is to be saved; nil for nothing.
  var saving: AlertSave? {
    var saving = rest
    saving.memory = memory.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return saving.isEmpty ? nil : saving
  }

  mutating func add(memory changes: [AlertMemory.Change]) {
    for change in changes { memory[change.key] = .some(change.bytes) }
  }

  /// All there is to remember, for a file that knows nothing.
  mutating func add(whole known: AlertMemory) {
    rest.replacesMemory = true
    memory = [:]
    for key in known.keys("") { memory[key] = .some(known[key]) }
  }

  mutating func add(records: [AlertRecord], messages: [Notification]) {
    rest.records += records
    rest.messages += messages.map(OutboxMessage.init)
    rest.records.removeFirst(max(0, rest.records.count - Self.limit))
    rest.messages.removeFirst(max(0, rest.messages.count - Self.limit))
  }

  /// Takes all as saved at `time`.
  mutating func keep(at time: Int64) {
    memory = [:]
    rest = AlertSave()
    (last, hasFailed) = (time, false)
  }

  /// Notes that saving failed at `time`; whether it worked before.
  mutating func fail(at time: Int64) -> Bool {
    defer { (last, hasFailed) = (time, true) }
    return !hasFailed
  }
}

extension AlertRecord {
  /// An alert that changed, as it is kept.
  init(_ change: AlertChange) {
    let alert = change.alert
    self.init(
      fingerprint: AlertIdentity.fingerprint(alert.labels), rule: change.rule,
      name: alert.labels[AlertName.label], labels: LabelsJSON.object(alert.labels.entries),
      annotations: LabelsJSON.object(alert.annotations), value: alert.value,
      activeAt: change.activeAt * 1_000_000, firedAt: alert.startsAt * 1_000_000,
      resolvedAt: alert.endsAt.map { $0 * 1_000_000 },
      cause: alert.cause.map { cause in
        var json = JSONWriter()
        cause.write(to: &json)
        return json.bytes
      })
  }
}

extension OutboxMessage {
  /// A message as the outbox keeps it.
  init(_ notification: Notification) {
    self.init(
      key: notification.key, receiver: notification.receiver,
      reason: notification.reason.rawValue, groupKey: notification.groupKey,
      alerts: notification.alerts.count + notification.omitted,
      createdAt: notification.time * 1_000_000, document: notification.document)
  }
}

/// Labels as a JSON object.
enum LabelsJSON {
  static func object(_ labels: [Label]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for label in labels {
      json.key(label.name)
      json.value(label.value)
    }
    json.endObject()
    return json.bytes
  }
}
