internal import Codec
internal import Intake
package import LinuxIO
internal import Synchronization
package import Telemetry
package import Windows

/// Intake for our own threads: decodes a text or takes samples, waits until they are stored. One
/// caller at a time; the others wait.
package final class DirectIntake: @unchecked Sendable {
  // @unchecked because the decoder is only touched under the lock.

  private let journal: Journal
  private let epoll: Epoll
  private let lock = Mutex(())
  private var decoder: EventDecoder
  private let windows: WindowShard
  private let finished: Mutex<EventLoop.Sight?> = Mutex(nil)
  /// What was taken in this way.
  package let books = IntakeBook()

  /// An intake that stores through `journal`, which nobody else may push to.
  package init(
    journal: Journal, dimensions: DimensionTable, windows: WindowShard,
    settings: ServingSettings
  ) throws(Errno) {
    self.journal = journal
    self.windows = windows
    decoder = EventDecoder(dimensions: dimensions, settings: settings.intake)
    epoll = try Epoll()
    try epoll.add(journal.bell.raw, .read, token: 0)
  }

  /// Takes on new rules, after a reload.
  package func follow(_ settings: ServingSettings) {
    lock.withLock { _ in decoder.follow(settings.intake) }
  }

  /// Shows each stored batch with finished calls to `sight`, on the thread that brought it.
  package func show(to sight: @escaping EventLoop.Sight) {
    finished.withLock { $0 = sight }
  }

  /// Takes in newline-separated records that first came from `peer`; `scope` is what their sender's
  /// key scopes identities by, and `tenant`, where there is one, whose they are whatever they say.
  package func takeIn(
    _ text: [UInt8], peer: [UInt8], door: Door, tenant: [UInt8] = [], scope: UInt32 = 0
  ) -> EventBatch {
    lock.withLock { _ in
      let body = ByteSlab(capacity: text.count + 1)
      body.append(text)
      let batch = EventBatch(body: body)
      batch.door = door
      batch.receivedAt = Clock.wall
      batch.peer = peer
      batch.bind(to: tenant, scope: scope)
      decoder.decodeLines(batch, RecordExtent(end: text.count))
      _ = store(batch)
      if !batch.callTexts.isEmpty { finished.withLock { $0 }?(batch) }
      return batch
    }
  }

  /// Takes in samples of our own making; whether they are stored. The books count what was
  /// received, so they do not count these.
  package func takeIn(_ samples: MetricSamples) -> Bool {
    lock.withLock { _ in
      let batch = EventBatch(body: ByteSlab(capacity: 0))
      batch.receivedAt = Clock.wall
      batch.samples = samples
      return commit(batch)
    }
  }

  /// Looks after the windows of what came this way; now and then.
  package func tend(now: Int64) {
    lock.withLock { _ in windows.tend(now: now) }
  }

  /// Hands a batch to the writer and waits for what becomes of it: whether it is stored.
  private func store(_ batch: EventBatch) -> Bool {
    books.enter(batch)
    let isStored = commit(batch)
    let now = Clock.wall
    if isStored { windows.record(batch, now: now) }
    books.settle(batch, now: now)
    return isStored
  }

  private func commit(_ batch: EventBatch) -> Bool {
    let hasRoom = journal.push(batch)
    precondition(hasRoom, "one batch at a time fits")
    waitForVerdict()
    return batch.outcome == .committed
  }

  private func waitForVerdict() {
    let events = EpollEvents(capacity: 1)
    while journal.takeVerdict() == nil {
      do throws(Errno) {
        try epoll.wait(into: events, milliseconds: -1)
      } catch {
        preconditionFailure("an epoll of our own eventfd works: \(error)")
      }
      journal.bell.drain()
    }
  }
}
