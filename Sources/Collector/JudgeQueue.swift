internal import LinuxIO
internal import Quality
internal import Synchronization

/// Calls that wait for one judge, and the threads that ask it. Bounded: what does not fit is
/// counted and forgotten; nobody waits for room.
final class JudgeQueue: Sendable {
  /// A call to be judged.
  struct Job: Sendable {
    let call: FinishedCall
    let target: CallTarget
    /// When it was offered, on the monotonic clock.
    let offered: Int64
  }

  /// Why calls were not judged.
  enum Loss: String, CaseIterable, Sendable {
    case queueFull = "queue_full"
    /// The judge was taken out of the configuration, or the collector stops.
    case ended
  }

  private struct State: Sendable {
    var jobs: [Job] = []
    var first = 0
    var bytes = 0
    var byteCapacity = JudgeQueue.byteCapacity
    var threads: [Thread] = []
    /// Threads that there may be, that run and that wait for a call.
    var most = 0
    var running = 0
    var idle = 0
    var isEnding = false
    var losses: [Loss: Int64] = [:]

    var length: Int { jobs.count - first }
  }

  /// Calls that may wait for a judge, and the most bytes of their texts.
  static let capacity = 1_000
  private static let byteCapacity = 16 << 20

  private let work: @Sendable (Job) -> Void
  private let bell: EventNotifier
  private let state = Mutex(State())

  /// A queue whose calls `work` is done for, on up to so many threads as `follow` says.
  init(_ work: @escaping @Sendable (Job) -> Void) throws(Errno) {
    self.work = work
    bell = try EventNotifier()
  }

  /// How many wait, and what was lost.
  var report: (length: Int, losses: [Loss: Int64]) {
    state.withLock { ($0.length, $0.losses) }
  }

  /// Takes on how many threads there may be, where calls wait without one, and bytes of texts.
  func follow(threads: Int, bytes: Int) {
    let wanted = state.withLock { state in
      state.byteCapacity = min(bytes, Self.byteCapacity)
      state.most = threads
      return min(state.length, max(0, threads - state.running))
    }
    for _ in 0..<wanted { startThread() }
    bell.signal()
  }

  /// Adds a call if there is room.
  func add(_ job: Job) {
    let size = Self.size(of: job)
    let needsThread = state.withLock { state -> Bool in
      guard !state.isEnding, state.length < Self.capacity,
        state.bytes + size <= state.byteCapacity
      else {
        state.losses[state.isEnding ? .ended : .queueFull, default: 0] += 1
        return false
      }
      state.jobs.append(job)
      state.bytes += size
      return state.idle < state.length && state.running < state.most
    }
    if needsThread { startThread() }
    bell.signal()
  }

  /// Gives up what waits and ends the threads, each after the call it asks about; `wait` for that.
  func end() {
    state.withLock { state in
      state.isEnding = true
      state.losses[.ended, default: 0] += Int64(state.length)
      (state.jobs, state.first, state.bytes) = ([], 0, 0)
    }
    bell.signal()
  }

  /// Waits until the threads have ended. After `end`.
  func join() {
    for thread in state.withLock({ $0.threads }) { thread.join() }
  }

  private static func size(of job: Job) -> Int {
    let call = job.call
    let documents = call.documents.reduce(0) { $0 + $1.count }
    return (call.input?.count ?? 0) + (call.output?.count ?? 0) + (call.expected?.count ?? 0)
      + documents
  }

  private func startThread() {
    let isWanted = state.withLock { state in
      guard !state.isEnding, state.running < state.most else { return false }
      state.running += 1
      return true
    }
    guard isWanted else { return }
    do throws(Errno) {
      let thread = try Thread(name: "judge") { [self] in run() }
      state.withLock { $0.threads.append(thread) }
    } catch {
      // The calls wait for the threads there are; the next call tries again.
      state.withLock { $0.running -= 1 }
    }
  }

  private func run() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while true {
        switch next() {
        case .job(let job): work(job)
        case .end: return
        case .none:
          try epoll.wait(into: events, milliseconds: -1)
          state.withLock { $0.idle -= 1 }
        }
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }

  private enum Next {
    case job(Job)
    case none
    case end
  }

  private func next() -> Next {
    let (next, hasMore) = state.withLock { state -> (Next, Bool) in
      if state.isEnding || state.running > state.most {
        state.running -= 1
        return (.end, false)
      }
      guard state.length > 0 else {
        // Drained under the lock, so that no signal of a later call is taken; at the end it is
        // left for the others.
        bell.drain()
        state.idle += 1
        return (.none, false)
      }
      let job = state.jobs[state.first]
      state.first += 1
      state.bytes -= Self.size(of: job)
      if state.first == state.jobs.count || state.first >= Self.capacity {
        state.jobs.removeFirst(state.first)
        state.first = 0
      }
      return (.job(job), true)
    }
    if hasMore { bell.signal() }
    return next
  }
}
