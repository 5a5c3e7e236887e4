package import LinuxIO
internal import Synchronization
package import Telemetry

/// The way of batches from one intake thread to the writer and back: two bounded rings and two
/// bells. The intake thread pushes and takes back; the writer takes and gives back.
package final class Journal: Sendable {
  private let entries: SingleProducerRing<EventBatch>
  private let verdicts: SingleProducerRing<EventBatch>
  private let writerBell: WriterBell
  /// Rings at the intake thread.
  let bell: EventNotifier
  /// Batches the intake thread has out; only it reads and writes this.
  private let outstanding = Atomic(0)
  /// What the writer has to tell windows though no batch came; at most one in 200 ms.
  private let notices = Mutex<[EventBatch]>([])

  /// Rings for up to `capacity` batches each.
  package init(capacity: Int, writerBell: WriterBell) throws(Errno) {
    entries = SingleProducerRing(capacity: capacity)
    verdicts = SingleProducerRing(capacity: capacity)
    self.writerBell = writerBell
    bell = try EventNotifier()
  }

  /// Batches the ring holds at most.
  package var capacity: Int { entries.capacity }
  /// Batches handed over and not yet given back.
  package var length: Int { outstanding.load(ordering: .relaxed) }

  /// Hands a batch to the writer; false when there is no room. On the intake thread.
  func push(_ batch: EventBatch) -> Bool {
    // Counting what is out, not what waits, keeps room in the ring for every verdict.
    guard outstanding.load(ordering: .relaxed) < entries.capacity, entries.push(batch) else {
      return false
    }
    outstanding.add(1, ordering: .relaxed)
    writerBell.ring()
    return true
  }

  /// The next batch the writer is done with. On the intake thread.
  func takeVerdict() -> EventBatch? {
    guard let batch = verdicts.pop() else { return nil }
    outstanding.subtract(1, ordering: .relaxed)
    return batch
  }

  /// What the writer told of its own accord. On the intake thread.
  func takeNotices() -> [EventBatch] {
    notices.withLock { notices in
      defer { notices.removeAll() }
      return notices
    }
  }

  /// Tells windows of changes that came without a batch. On the writer's thread.
  package func tell(_ batch: EventBatch) {
    notices.withLock { $0.append(batch) }
    ringBack()
  }

  /// The next batch to store. On the writer's thread.
  package func take() -> EventBatch? { entries.pop() }

  /// Whether a batch waits to be taken. On the writer's thread.
  package var hasEntries: Bool { entries.count > 0 }

  /// Gives a batch back; call `ringBack` once after several. On the writer's thread.
  package func giveBack(_ batch: EventBatch) {
    let hasRoom = verdicts.push(batch)
    precondition(hasRoom, "there is room for every batch that is out")
  }

  /// Wakes the intake thread. On the writer's thread.
  package func ringBack() { bell.signal() }
}

/// Wakes the writer, but only when it sleeps: a busy writer costs its callers no system call.
package final class WriterBell: Sendable {
  private let notifier: EventNotifier
  private let epoll: Epoll
  /// Sequentially consistent on both sides: the writer announces its sleep and then looks at the
  /// rings once more; a pusher fills its ring and then looks here. One of the two must see the
  /// other.
  private let isAsleep = Atomic(false)

  /// A bell nobody has rung.
  package init() throws(Errno) {
    notifier = try EventNotifier()
    epoll = try Epoll()
    try epoll.add(notifier.raw, .read, token: 0)
  }

  /// Wakes the writer if it sleeps.
  package func ring() {
    if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { notifier.signal() }
  }

  /// Sleeps until rung or `milliseconds` are over, unless `hasWork` says there is no need.
  package func sleep(milliseconds: Int32, unless hasWork: () -> Bool) throws(Errno) {
    isAsleep.store(true, ordering: .sequentiallyConsistent)
    if hasWork() {
      isAsleep.store(false, ordering: .sequentiallyConsistent)
      return
    }
    let events = EpollEvents(capacity: 1)
    try epoll.wait(into: events, milliseconds: milliseconds)
    notifier.drain()
    isAsleep.store(false, ordering: .sequentiallyConsistent)
  }
}
