internal import Codec
internal import LinuxIO
internal import Quality
internal import Telemetry

/// Picks out of stored batches the finished calls that somebody looks at, on one intake thread,
/// after its answers are given. A call nobody looks at costs a look into a table and a hash.
final class CallSieve: @unchecked Sendable {
  // @unchecked because everything but the queue and the table, which are thread-safe, belongs to
  // the one thread that calls `see`.

  private let queue: CallQueue
  private let dimensions: DimensionTable
  private var plan: QualityPlan
  private var generation = -1
  /// Who looks at calls of a combination of dimension sets, as far as these decide.
  private var invited: [Combination: Invitation] = [:]
  private var last = (combination: Combination(), invitation: Invitation.none)
  /// Calls that each of the audience left out, since the last report.
  private var skipped: [Int64] = []

  /// Combinations that are remembered at a time.
  private static let remembered = 8_192
  /// The service of the collector's own calls, of which no judge is asked.
  private static let ownService = "barograph"

  private struct Combination: Hashable {
    var source: UInt32 = 0
    var operation: UInt32 = 0
    var tenant: UInt32 = 0
  }

  /// Who may look at calls of a combination.
  private enum Invitation {
    case none
    /// The collector's own calls.
    case nobody
    case members(UInt64)
  }

  /// A sieve that hands on to `queue`.
  init(_ queue: CallQueue, dimensions: DimensionTable) {
    (self.queue, self.dimensions) = (queue, dimensions)
    plan = QualityPlan(evaluators: [])
  }

  /// Takes note of a batch that was stored and answered.
  func see(_ batch: EventBatch) {
    guard batch.outcome == .committed, batch.door != .own else { return }
    takePlan()
    guard plan.hasAudience else { return }
    var calls: [WaitingCall] = []
    for texts in batch.callTexts {
      guard batch.verdict(texts.index) != .duplicate, batch.countings[texts.index] == nil else {
        continue
      }
      if batch[texts.index].isOpen {
        remember(texts, in: batch)
      } else if let call = call(texts, in: batch) {
        calls.append(call)
      }
    }
    queue.add(calls)
    queue.book.skip(skipped, plan)
    for index in skipped.indices { skipped[index] = 0 }
  }

  private func takePlan() {
    guard generation != queue.generation else { return }
    (plan, generation) = queue.plan
    invited.removeAll()
    last = (Combination(), .none)
    skipped = Array(repeating: 0, count: plan.audience.viewers.count)
  }

  private func call(_ texts: CallTexts, in batch: EventBatch) -> WaitingCall? {
    let event = event(texts.index, of: batch)
    guard case .members(let invited) = invitation(to: event) else { return nil }
    let identity = identity(of: event)
    let members = plan.audience.sampled(invited, identity)
    for index in skipped.indices where members >> UInt64(index) & 1 == 0 { skipped[index] += 1 }
    // Whoever looks at it now: it is not waited for any longer.
    let announced =
      batch.verdict(texts.index) == .amended ? queue.announced.fetch(event.identity) : nil
    guard members != 0 else { return nil }
    return WaitingCall(
      event, texts, in: batch, announced: announced, members: members, plan: plan,
      identity: identity)
  }

  /// Keeps the input of a call that has begun, where anybody looks at inputs: who looks at this one
  /// is known when it has ended.
  private func remember(_ texts: CallTexts, in batch: EventBatch) {
    let event = batch[texts.index]
    guard batch.verdict(texts.index) == .stored, event.identityRule == .span,
      plan.audience.wantsInputs
    else { return }
    // unsafe because the text is copied where it lies in the batch.
    let input = unsafe Array(batch.text(texts.input))
    queue.announced.keep(input, of: event.identity, now: Clock.coarseMonotonic)
  }

  /// The event as it counts: with what an earlier version of it said, where it completed one. Its
  /// texts are those that came now.
  private func event(_ index: Int, of batch: EventBatch) -> Event {
    var event = batch[index]
    guard batch.verdict(index) == .amended,
      let whole = batch.amendments.first(where: { $0.index == index })?.after
    else { return event }
    (event.source, event.operation, event.tenant) = (whole.source, whole.operation, whole.tenant)
    (event.status, event.errorType, event.level) = (whole.status, whole.errorType, whole.level)
    (event.duration, event.cost) = (whole.duration, whole.cost)
    (event.httpStatus, event.timeToFirstToken) = (whole.httpStatus, whole.timeToFirstToken)
    return event
  }

  /// What makes the decisions of samples and the ids of scores the same for the same call; a call
  /// that says nothing of the kind is another one each time.
  private func identity(of event: Event) -> Hash128 {
    event.identityRule == .none
      ? Hash128(high: Random.word(), low: Random.word()) : event.identity
  }

  private func invitation(to event: Event) -> Invitation {
    let combination = Combination(
      source: event.source, operation: event.operation, tenant: event.tenant)
    if last.combination == combination, case .members = last.invitation { return last.invitation }
    let invitation = invited[combination] ?? decide(combination)
    last = (combination, invitation)
    return invitation
  }

  private func decide(_ combination: Combination) -> Invitation {
    if invited.count >= Self.remembered { invited.removeAll(keepingCapacity: true) }
    let words = CallDimensions.words(
      source: combination.source, operation: combination.operation, tenant: combination.tenant,
      in: dimensions)
    let invitation: Invitation =
      words[Dimension.service.name] == Self.ownService
      ? .nobody : .members(plan.audience.invited(by: words))
    invited[combination] = invitation
    return invitation
  }
}

/// The dimensions of an event as words.
enum CallDimensions {
  /// The words by the names they have in events.
  static func words(
    source: UInt32, operation: UInt32, tenant: UInt32, in table: DimensionTable
  ) -> [String: String] {
    var words: [String: String] = [:]
    let sets: [(DimensionFamily, UInt32)] = [
      (.source, source), (.operation, operation), (.tenant, tenant),
    ]
    for (family, id) in sets {
      guard let set = table.set(family, id) else { continue }
      for dimension in family.dimensions {
        if let value = set[dimension] {
          words[dimension.name] = String(decoding: value, as: UTF8.self)
        }
      }
    }
    return words
  }
}
