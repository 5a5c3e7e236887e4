internal import LinuxIO
internal import Serving
internal import Synchronization

/// Finished calls that wait for those who look at them: filled by the intake threads, emptied by
/// one thread, bounded. What does not fit is counted and forgotten; nobody waits for room.
final class CallQueue: Sendable {
  private struct State: Sendable {
    var calls: [WaitingCall] = []
    var bytes = 0
    var plan = QualityPlan(evaluators: [])
    var isEnding = false
  }

  /// What became of calls.
  let book = EvaluationBook()
  /// What announced calls were asked.
  let announced: AnnouncedInputs
  /// Bytes that may wait.
  let capacity: Int
  private let state = Mutex(State())
  private let bell: WriterBell
  /// How often the plan changed. Relaxed: who reads an old number goes by the old plan a moment
  /// longer.
  private let plans = Atomic(0)

  /// A queue for calls of this many bytes.
  init(capacity: Int) throws(Errno) {
    self.capacity = capacity
    announced = AnnouncedInputs(capacity: capacity / 4)
    bell = try WriterBell()
  }

  /// Bytes that wait.
  var length: Int { state.withLock { $0.bytes } }

  /// Counts the plans there were.
  var generation: Int { plans.load(ordering: .relaxed) }

  /// The plan by which calls are chosen, and its generation.
  var plan: (QualityPlan, Int) {
    state.withLock { ($0.plan, plans.load(ordering: .relaxed)) }
  }

  /// Takes on another plan; calls that wait keep theirs.
  func follow(_ plan: QualityPlan) {
    state.withLock { state in
      state.plan = plan
      plans.add(1, ordering: .relaxed)
    }
  }

  /// Adds calls, as many as there is room for.
  func add(_ calls: [WaitingCall]) {
    guard !calls.isEmpty else { return }
    let left = state.withLock { state -> ArraySlice<WaitingCall> in
      for (index, call) in calls.enumerated() {
        guard state.bytes + call.size <= capacity else { return calls[index...] }
        state.bytes += call.size
        state.calls.append(call)
      }
      return []
    }
    for call in left { book.count(.dropped, call.members, call.plan) }
    bell.ring()
  }

  /// All calls that wait, in order; waits for some, and gives none once the queue has ended.
  func take() -> [WaitingCall] {
    while true {
      let (calls, isEnding) = state.withLock { state in
        defer {
          state.calls = []
          state.bytes = 0
        }
        return (state.calls, state.isEnding)
      }
      if isEnding || !calls.isEmpty { return calls }
      do throws(Errno) {
        try bell.sleep(milliseconds: -1) {
          state.withLock { !$0.calls.isEmpty || $0.isEnding }
        }
      } catch {
        preconditionFailure("an epoll of our own eventfd works: \(error)")
      }
    }
  }

  /// Ends the queue: what waits is still taken, and then nothing.
  func end() {
    state.withLock { $0.isEnding = true }
    bell.ring()
  }
}
