internal import LinuxIO
internal import Serving
internal import Synchronization

/// Where readers of what the writer saves less often than it commits wait until it has saved.
final class SavingDesk: Sendable {
  private final class Reader: Sendable {
    let bell: WriterBell
    let isServed = Atomic(false)

    init() throws(Errno) { bell = try WriterBell() }
  }

  /// Milliseconds that a reader waits; then it reads what there is.
  private static let patience: Int32 = 300

  private let readers = Mutex<[Reader]>([])
  private let writer: WriterBell

  /// A desk at which `writer` wakes the one thread that serves it.
  init(writer: WriterBell) {
    self.writer = writer
  }

  /// Whether anybody waits.
  var hasReaders: Bool { readers.withLock { !$0.isEmpty } }

  /// Waits until all that was committed before is saved, or a moment is over.
  func wait() {
    do throws(Errno) {
      let reader = try Reader()
      readers.withLock { $0.append(reader) }
      writer.ring()
      try reader.bell.sleep(milliseconds: Self.patience) {
        reader.isServed.load(ordering: .acquiring)
      }
    } catch {
      // Without a descriptor to wait on the answer is as old as the last save, at most a second.
      return
    }
  }

  /// Serves all who wait: `save` is called if there is anybody.
  func serve(_ save: () -> Void) {
    let waiting = readers.withLock { readers in
      defer { readers.removeAll() }
      return readers
    }
    guard !waiting.isEmpty else { return }
    save()
    for reader in waiting {
      reader.isServed.store(true, ordering: .releasing)
      reader.bell.ring()
    }
  }
}
