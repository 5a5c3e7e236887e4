package import LinuxIO
internal import Synchronization

/// A few threads that answer what takes longer than an intake thread may wait.
package final class QueryPool: Sendable {
  /// Work for one of the threads.
  package typealias Job = @Sendable () -> Void

  private struct State {
    var jobs: [Job] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let bell: EventNotifier
  private let limit: Int
  private let threads = Mutex<[Thread]>([])
  /// Relaxed: a plain count.
  private let refused = Atomic(0)

  /// A pool of `threads` threads, named by number after `name`, and room for `limit` waiting jobs.
  package init(_ name: String, threads count: Int, limit: Int) throws(Errno) {
    bell = try EventNotifier()
    self.limit = limit
    for index in 0..<count {
      let thread = try Thread(name: "\(name)-\(index)") { [self] in work() }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Hands in a job; false when too many wait.
  package func submit(_ job: @escaping Job) -> Bool {
    let isTaken = state.withLock { state in
      guard !state.isClosed, state.jobs.count < limit else { return false }
      state.jobs.append(job)
      return true
    }
    if isTaken { bell.signal() } else { refused.add(1, ordering: .relaxed) }
    return isTaken
  }

  /// Jobs that wait.
  package var length: Int { state.withLock { $0.jobs.count } }
  /// Jobs that wait at most.
  package var capacity: Int { limit }
  /// Jobs that found no room.
  package var refusals: Int { refused.load(ordering: .relaxed) }

  /// Lets the waiting jobs finish and ends the threads.
  package func close() {
    state.withLock { $0.isClosed = true }
    bell.signal()
    for thread in threads.withLock({ $0 }) { thread.join() }
  }

  private func work() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while true {
        try epoll.wait(into: events, milliseconds: -1)
        bell.drain()
        if runAll() {
          // The next thread must wake to see the end too.
          bell.signal()
          return
        }
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }

  /// Runs jobs until none waits; whether the pool is closed.
  private func runAll() -> Bool {
    while true {
      let (job, more, isClosed) = state.withLock { state -> (Job?, Bool, Bool) in
        guard !state.jobs.isEmpty else { return (nil, false, state.isClosed) }
        return (state.jobs.removeFirst(), !state.jobs.isEmpty, state.isClosed)
      }
      guard let job else { return isClosed }
      if more { bell.signal() }
      job()
    }
  }
}
