internal import Codec
internal import Exposition
internal import LinuxIO
internal import Quality
internal import Redaction
internal import Serving
internal import Synchronization
internal import Telemetry

/// Runs the evaluators on finished calls, on a thread of its own, and takes their scores in as
/// events; hands calls on to judges.
final class EvaluatorDesk: @unchecked Sendable {
  // @unchecked because `room` belongs to the thread that this starts; the rest is thread-safe.

  /// Hands a call to the judges that look at it, as much of it as they may read.
  typealias Offer = @Sendable (FinishedCall, CallTarget) -> Void

  /// Calls whose scores are stored together.
  private static let turn = 512
  /// ns after which calls that still wait at the end are given up.
  private static let patience: Int64 = 5_000_000_000

  private let queue: CallQueue
  private let dimensions: DimensionTable
  private let own: OwnLines
  private let log: Log
  private let offer: Offer?
  private var room: EvaluatorRoom
  private let ending = Atomic(Int64.max)
  private var thread: Thread?

  /// A desk without a plan, whose calls may hold so many bytes.
  init(
    capacity: Int, dimensions: DimensionTable, direct: DirectIntake, log: Log, offer: Offer? = nil
  ) throws(Errno) {
    (self.dimensions, self.log, self.offer) = (dimensions, log, offer)
    own = OwnLines(direct)
    queue = try CallQueue(capacity: capacity)
    room = EvaluatorRoom(queue.plan.0)
    thread = try Thread(name: "evaluators") { [self] in run() }
  }

  /// Takes on other evaluators; calls that wait still go by those that chose them.
  func follow(_ plan: QualityPlan) {
    queue.book.open(plan)
    queue.follow(plan)
  }

  /// A sieve for one intake thread.
  func sieve() -> CallSieve { CallSieve(queue, dimensions: dimensions) }

  /// What is shown of it: its book, and what it remembers of announced calls.
  var families: [MetricFamily] { queue.book.families() + queue.announced.families }

  /// Bytes of calls that wait, and that may wait.
  var length: Int { queue.length }
  var capacity: Int { queue.capacity }

  /// Looks at what waits, for a few seconds at most, and ends the thread.
  func close() {
    ending.store(Clock.coarseMonotonic + Self.patience, ordering: .relaxed)
    queue.end()
    thread?.join()
  }

  private func run() {
    while true {
      let calls = queue.take()
      if calls.isEmpty { return }
      var start = 0
      while start < calls.count {
        let end = min(calls.count, start + Self.turn)
        if Clock.coarseMonotonic > ending.load(ordering: .relaxed) {
          giveUp(calls[start...])
          break
        }
        look(at: calls[start..<end])
        start = end
      }
    }
  }

  private func giveUp(_ calls: ArraySlice<WaitingCall>) {
    for call in calls { queue.book.count(.dropped, call.members, call.plan) }
    log.write(.warning, "\(calls.count) calls were not evaluated before the end")
  }

  private func look(at calls: ArraySlice<WaitingCall>) {
    var turn = EvaluationTurn(room.plan)
    for call in calls {
      if room.plan !== call.plan {
        finish(turn)
        room = EvaluatorRoom(call.plan)
        turn = EvaluationTurn(call.plan)
      }
      room.look(at: call, dimensions, into: &turn, offer: offer)
    }
    finish(turn)
  }

  private func finish(_ turn: EvaluationTurn) {
    var turn = turn
    for (scope, scores) in turn.scores {
      turn.settle(scores.counts, isStored: own.store(scores.lines, scope: scope))
    }
    queue.book.add(turn.pages, of: room.plan)
  }
}
