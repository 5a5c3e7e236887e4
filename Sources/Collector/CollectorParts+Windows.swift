internal import History
internal import LinuxIO

extension CollectorParts {
  /// Fills the windows from what the store received within the longest one. Where its file turns
  /// out damaged, they hold what could be read, and another store takes its place.
  static func rebuild(
    _ windows: CollectorWindows, from store: inout Store, _ log: Log
  ) throws(StartError) {
    do throws(StoreError) {
      try windows.rebuild(from: store)
    } catch {
      store.note(damage: error)
      guard store.damage != nil else {
        throw StartError("cannot rebuild the windows from the store: \(error)")
      }
      store = try successor(of: store)
      if let setAside = store.setAside { log.write(.error, setAside.notice) }
    }
  }

  private static func successor(of store: Store) throws(StartError) -> Store {
    do throws(StoreError) {
      return try store.successor(now: Clock.wall)
    } catch {
      throw StartError("\(error)")
    }
  }

  /// Says that a file was damaged, and lets readers look at the one that took its place.
  static func report(_ notice: StoreKeeper.Notice, _ reads: ReadPool, _ log: Log) {
    switch notice {
    case .replaced(let setAside):
      reads.renew()
      log.write(.error, setAside.notice)
    case .stuck(let error):
      log.write(.error, "the store is damaged and takes nothing: \(error)")
    }
  }
}
