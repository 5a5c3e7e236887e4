internal import Synchronization

/// The last records that were refused, redacted, for people to read and to replay.
package final class RejectStore: Sendable {
  /// One refused record and where it came from.
  package struct Entry: Sendable {
    /// Rises by one with every refusal since the start.
    package let number: Int64
    package let receivedAt: Int64
    package let door: Door
    package let peer: [UInt8]
    /// The tenant that its sender is bound to, empty for none, and what scopes identities to it.
    package let tenant: [UInt8]
    package let tenantScope: UInt32
    package let rejection: Rejection
  }

  private struct State {
    var entries: [Entry] = []
    var next: Int64 = 1
  }

  private let state = Mutex(State())

  /// An empty store.
  package init() {}

  /// Keeps a batch's refusals, dropping the oldest beyond `Limits.keptRejections`.
  package func keep(_ batch: EventBatch) {
    let refusals = batch.refusals
    guard !refusals.isEmpty else { return }
    state.withLock { state in
      for rejection in refusals {
        state.entries.append(
          Entry(
            number: state.next, receivedAt: batch.receivedAt, door: batch.door, peer: batch.peer,
            tenant: batch.tenant, tenantScope: batch.tenantScope, rejection: rejection))
        state.next += 1
      }
      state.entries.removeFirst(max(0, state.entries.count - Limits.keptRejections))
    }
  }

  /// What is kept, newest first.
  package func newest() -> [Entry] {
    state.withLock { $0.entries.reversed() }
  }

  /// Forgets records by their texts; gives how many.
  package func forget(where isGone: @Sendable (_ text: [UInt8]) -> Bool) -> Int {
    state.withLock { state in
      let before = state.entries.count
      state.entries.removeAll { entry in
        let rejection = entry.rejection
        return [rejection.text, rejection.field, Array(rejection.message.utf8)]
          .contains(where: isGone)
      }
      return before - state.entries.count
    }
  }

  /// Keeps a record that was taken out and could not be taken in.
  package func putBack(_ entry: Entry) {
    state.withLock { $0.entries.append(entry) }
  }

  /// Takes the kept records out, oldest first, to take them in again. Those without a text, as
  /// points of metrics are, stay, and so do those that are not wanted.
  package func takeAll(where isWanted: @Sendable (Entry) -> Bool = { _ in true }) -> [Entry] {
    state.withLock { state in
      let isTaken = { (entry: Entry) in !entry.rejection.text.isEmpty && isWanted(entry) }
      let taken = state.entries.filter(isTaken)
      state.entries.removeAll(where: isTaken)
      return taken
    }
  }
}
