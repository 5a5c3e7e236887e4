internal import Codec
internal import PromQL

/// What the router remembers over a restart.
extension AlertRouter {
  static let groupPrefix = "group/"
  static let alertPrefix = "alert/"
  static let silencePrefix = "silence/"
  static let acknowledgementPrefix = "ack/"

  /// The router that remembers what was saved; records that cannot be read are left out.
  package init(_ policy: AlertPolicy, restoring memory: AlertMemory, at time: Int64) {
    self.init(policy)
    for key in memory.keys(Self.groupPrefix) {
      guard let group = memory[key].flatMap({ AlertGroup(record: $0) }) else { continue }
      groups[group.key] = group
    }
    for key in memory.keys(Self.alertPrefix) { restoreAlert(memory[key]) }
    for key in memory.keys(Self.silencePrefix) {
      guard let silence = memory[key].flatMap({ Silence(record: $0) }) else { continue }
      silences[silence.id] = silence
    }
    for key in memory.keys(Self.acknowledgementPrefix) {
      guard let node = memory[key].flatMap({ RecordNode($0) }),
        let fingerprint = Fingerprint.value(String(key.dropFirst(Self.acknowledgementPrefix.count)))
      else { continue }
      acknowledgements[fingerprint] = Acknowledgement(node)
    }
    reroute(at: time)
  }

  /// Writes what changed since the last time.
  package mutating func save(into memory: inout AlertMemory) {
    for key in changed { memory[key] = record(key) }
    changed = []
  }

  private func record(_ key: String) -> [UInt8]? {
    if key.hasPrefix(Self.groupPrefix) {
      return groups[String(key.dropFirst(Self.groupPrefix.count))]?.record
    }
    if key.hasPrefix(Self.silencePrefix) {
      return silences[String(key.dropFirst(Self.silencePrefix.count))]?.record
    }
    let word = key[key.index(after: key.firstIndex(of: "/") ?? key.startIndex)...]
    guard let fingerprint = Fingerprint.value(String(word)) else { return nil }
    if key.hasPrefix(Self.acknowledgementPrefix) { return acknowledgements[fingerprint]?.record }
    return alerts.first { $0.key.fingerprint == fingerprint }.map { Self.record($0.value) }
  }

  private static func record(_ byRule: [String: NotifiedAlert]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for (rule, alert) in byRule.sorted(by: { $0.key < $1.key }) {
      json.key(rule)
      alert.write(to: &json)
    }
    json.endObject()
    return json.bytes
  }

  private mutating func restoreAlert(_ record: [UInt8]?) {
    guard let node = record.flatMap({ RecordNode($0) }) else { return }
    for (rule, node) in node.members {
      guard let alert = NotifiedAlert(node) else { continue }
      alerts[alert.labels, default: [:]][rule] = alert
    }
  }
}

extension Acknowledgement {
  fileprivate var record: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.members(["by": by, "comment": comment])
    json.member("at", at)
    json.member("starts_at", startsAt)
    json.endObject()
    return json.bytes
  }

  fileprivate init(_ node: RecordNode) {
    self.init(
      by: node.text("by") ?? "", comment: node.text("comment") ?? "", at: node.whole("at") ?? 0,
      startsAt: node.whole("starts_at") ?? 0)
  }
}
