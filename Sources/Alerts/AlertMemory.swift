/// What alerts have to remember over a restart: small records by key, and which of them changed
/// since they were last saved.
package struct AlertMemory: Equatable, Sendable {
  /// A record that is to be saved, or deleted where it has no bytes.
  package struct Change: Equatable, Sendable {
    package let key: String
    package let bytes: [UInt8]?
  }

  private var records: [String: [UInt8]] = [:]
  private var changed: Set<String> = []

  /// Nothing remembered.
  package init() {}

  /// What was saved.
  package init(saved: [(key: String, bytes: [UInt8])]) {
    for record in saved { records[record.key] = record.bytes }
  }

  /// The record under a key; nil for none. One that is set to what it is does not count as changed.
  package subscript(key: String) -> [UInt8]? {
    get { records[key] }
    set {
      guard records[key] != newValue else { return }
      records[key] = newValue
      changed.insert(key)
    }
  }

  /// The keys that begin with `prefix`, sorted.
  package func keys(_ prefix: String) -> [String] {
    records.keys.filter { $0.hasPrefix(prefix) }.sorted()
  }

  /// What is to be saved, by rising key; it counts as saved from now on.
  package mutating func takeChanges() -> [Change] {
    defer { changed = [] }
    return changed.sorted().map { Change(key: $0, bytes: records[$0]) }
  }
}
