internal import Synchronization

/// Readers of one file, made as they are needed and used by one thread at a time.
package final class ReadPool: Sendable {
  private struct Idle: @unchecked Sendable {
    // @unchecked because a reader in here belongs to nobody, and leaves for one thread.
    var readers: [EventReader] = []
    /// How often another file has taken the place of the one read.
    var files = 0
  }

  private let path: String
  private let idle = Mutex(Idle())

  /// A pool over the file at `path`.
  package init(path: String) {
    self.path = path
  }

  /// Runs `body` with a reader that nobody else uses meanwhile and that sees what is in `scope`.
  package func read<Answer, Failure: Error>(
    _ scope: TenantScope, _ body: (EventReader) throws(Failure) -> Answer,
    orElse failure: (StoreError) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    let reader: EventReader
    let files = idle.withLock { $0.files }
    do throws(StoreError) {
      reader = try take()
      // A reader that could not be narrowed is dropped, whatever it would show.
      try reader.narrow(to: scope)
    } catch {
      return try failure(error)
    }
    defer { giveBack(reader, files) }
    return try body(reader)
  }

  /// Forgets every reader, because another file has taken the place of theirs.
  package func renew() {
    idle.withLock { idle in
      idle.files += 1
      idle.readers.removeAll()
    }
  }

  /// Whether the file can be read just now.
  package var isReadable: Bool {
    read(.all) { reader in
      do throws(StoreError) {
        _ = try reader.newest()
        return true
      } catch {
        return false
      }
    } orElse: { _ in
      false
    }
  }

  private func take() throws(StoreError) -> EventReader {
    let known = idle.withLock { idle in
      Handover(idle.readers.popLast())
    }
    if let reader = known.reader { return reader }
    return try EventReader(path: path)
  }

  private func giveBack(_ reader: EventReader, _ files: Int) {
    let handover = Handover(reader)
    idle.withLock { idle in
      // One that was made before the file changed would go on reading the old one.
      if let reader = handover.reader, files == idle.files { idle.readers.append(reader) }
    }
  }
}

/// Carries a reader over the lock's border.
private struct Handover: @unchecked Sendable {
  // @unchecked because the reader changes hands here and is used by its new owner only.
  let reader: EventReader?

  init(_ reader: EventReader?) {
    self.reader = reader
  }
}
