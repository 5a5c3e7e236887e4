internal import LinuxIO
internal import Synchronization

/// Threads that work on one job each at a time. One other thread hands out the jobs and takes what
/// came of them, so that it alone reads and writes.
final class WorkerPool<Job: Sendable, Outcome: Sendable> {
  private final class Slot: Sendable {
    struct State {
      var job: Job?
      var outcome: Outcome?
      var isClosed = false
    }

    let state = Mutex(State())
    let bell: EventNotifier

    init() throws(Errno) {
      bell = try EventNotifier()
    }
  }

  private static var pause: Int32 { 1_000 }
  private let slots: [Slot]
  private let threads: [Thread]
  private let bell: Bell
  /// Which slots have a job or an outcome.
  private var busy: Set<Int> = []

  private final class Bell: Sendable {
    let notifier: EventNotifier

    init() throws(Errno) {
      notifier = try EventNotifier()
    }
  }

  /// So many threads; `work` makes what each of them works with, on that thread.
  init(
    _ count: Int, _ work: @escaping @Sendable () -> (Job) -> Outcome
  ) throws(Errno) {
    let bell = try Bell()
    var slots: [Slot] = []
    var threads: [Thread] = []
    for _ in 0..<count {
      let slot = try Slot()
      slots.append(slot)
      threads.append(
        try Thread(name: "worker") { Self.run(slot, bell, work()) })
    }
    (self.slots, self.threads, self.bell) = (slots, threads, bell)
  }

  /// Whether a thread has nothing to do, or none has.
  var hasIdle: Bool { busy.count < slots.count }
  var isIdle: Bool { busy.isEmpty }

  /// Gives a job to an idle thread; there must be one.
  func give(_ job: Job) {
    guard let index = slots.indices.first(where: { !busy.contains($0) }) else {
      preconditionFailure("jobs are for idle threads")
    }
    busy.insert(index)
    slots[index].state.withLock { $0.job = job }
    slots[index].bell.signal()
  }

  /// Waits until jobs are done, and gives what came of them.
  func take() -> [Outcome] {
    while true {
      let done = busy.sorted().compactMap { index in
        slots[index].state.withLock { state in
          state.outcome.map { outcome in
            state.outcome = nil
            return (index, outcome)
          }
        }
      }
      if !done.isEmpty || isIdle {
        busy.subtract(done.map(\.0))
        return done.map(\.1)
      }
      Self.wait(bell.notifier)
    }
  }

  /// Ends the threads, after the jobs that they have.
  func close() {
    for slot in slots {
      slot.state.withLock { $0.isClosed = true }
      slot.bell.signal()
    }
    for thread in threads { thread.join() }
  }

  private static func run(_ slot: Slot, _ bell: Bell, _ work: (Job) -> Outcome) {
    while true {
      let (job, isClosed) = slot.state.withLock { state in
        defer { state.job = nil }
        return (state.job, state.isClosed)
      }
      if let job {
        let outcome = work(job)
        slot.state.withLock { $0.outcome = outcome }
        bell.notifier.signal()
      } else if isClosed {
        return
      } else {
        wait(slot.bell)
      }
    }
  }

  private static func wait(_ bell: borrowing EventNotifier) {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      try epoll.wait(into: EpollEvents(capacity: 1), milliseconds: pause)
      _ = bell.drain()
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }
}
