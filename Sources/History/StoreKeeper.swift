package import Telemetry

/// Keeps a store at hand: where its file turns out damaged, the file is set aside and another store
/// goes on with a new one, so that the batches that met the damage are stored all the same. Not
/// Sendable, as the store.
package final class StoreKeeper {
  /// What is told when a file was found damaged.
  package enum Notice: Sendable {
    /// A new file took its place.
    case replaced(SetAside)
    /// No new file can be made; it is tried again with the next batches.
    case stuck(StoreError)
  }

  /// The store of the file in use.
  package private(set) var store: Store
  private let clock: @Sendable () -> Int64
  private let notify: @Sendable (Notice) -> Void
  private var stuck: StoreError?

  /// Keeps `store`; `clock` tells the time in ns since 1970, `notify` hears of damage on the thread
  /// that owns the store.
  package init(
    _ store: Store, clock: @escaping @Sendable () -> Int64,
    notify: @escaping @Sendable (Notice) -> Void
  ) {
    self.store = store
    self.clock = clock
    self.notify = notify
  }

  /// As `Store.append`, on the old file or a new one; a batch is in one of them whole.
  package func append(_ batches: [EventBatch]) {
    store.append(batches)
    guard replaceIfDamaged() else { return }
    store.append(batches.filter { $0.outcome != .committed })
  }

  /// As `Store.maintain`.
  package func maintain(now: Int64) {
    store.maintain(now: now)
    _ = replaceIfDamaged()
  }

  /// As `Store.save`.
  package func save() {
    store.save()
    _ = replaceIfDamaged()
  }

  /// As `Store.upkeep`.
  package func upkeep(now: Int64, isIdle: Bool) -> Bool {
    let hasMore = store.upkeep(now: now, isIdle: isIdle)
    return replaceIfDamaged() || hasMore
  }

  /// As `Store.packPayloads`.
  package func packPayloads() -> Bool {
    let hasMore = store.packPayloads()
    return replaceIfDamaged() || hasMore
  }

  /// As `Store.close`.
  package func close() {
    store.close()
  }

  /// Whether another store has taken over.
  private func replaceIfDamaged() -> Bool {
    guard store.damage != nil else { return false }
    do throws(StoreError) {
      store = try store.successor(now: clock())
      stuck = nil
      if let setAside = store.setAside { notify(.replaced(setAside)) }
      return true
    } catch {
      if error != stuck { notify(.stuck(error)) }
      stuck = error
      return false
    }
  }
}
