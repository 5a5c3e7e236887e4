internal import History

extension CollectorParts {
  /// Fills the windows from what the store received within the longest one.
  static func rebuild(_ windows: CollectorWindows, from store: Store) throws(StartError) {
    do throws(StoreError) {
      try windows.rebuild(from: store)
    } catch {
      throw StartError("cannot rebuild the windows from the store: \(error)")
    }
  }
}
