internal import Synchronization

/// How many hits of each kind were replaced, by all threads together.
package final class RedactionBook: Sendable {
  private let counts = Mutex<[String: Int64]>([:])

  /// Kinds that are told apart; further ones count as `other`.
  private static let most = 256

  /// A book in which the built-in kinds stand at nothing.
  package init() {
    counts.withLock { counts in
      for (name, _) in RedactionLabel.builtIn { counts[name] = 0 }
    }
  }

  /// The counts by kind, in the order of their names.
  package var all: [(kind: String, count: Int64)] {
    counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  func add(_ kinds: [String], _ added: [Int]) {
    counts.withLock { counts in
      for (kind, count) in zip(kinds, added) where count > 0 {
        let isKnown = counts[kind] != nil || counts.count < Self.most
        counts[isKnown ? kind : "other", default: 0] += Int64(count)
      }
    }
  }
}

extension Redactor {
  /// Adds what was replaced since the last time to `book`.
  package mutating func report(to book: RedactionBook) {
    guard counts.total > 0 else { return }
    book.add(policy.labels, counts.all)
    counts = RedactionCounts(customCount: counts.custom.count)
  }

  /// What stands in place of a field of this name where the policy lists it; nil where it does not.
  package mutating func marker(ofField name: String) -> [UInt8]? {
    let index = policy.fields.firstIndex { $0.lowercased() == name.lowercased() }
    guard let index else { return nil }
    let label = RedactionLabel(
      index: RedactionLabel.firstCustom + policy.expressions.count + index)
    counts.add(label)
    return markers[label.index]
  }

  /// Whether the policy lists a field of this name.
  package func hides(field name: String) -> Bool {
    policy.fields.contains { $0.lowercased() == name.lowercased() }
  }

  /// Whether the policy lists any fields.
  package var hidesFields: Bool { !policy.fields.isEmpty }
}
