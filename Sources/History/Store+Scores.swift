internal import Codec
internal import Telemetry
internal import Windows

/// Scores count under the dimensions of what they score, which may come later than they do.
extension Store {
  // unsafe because it reads the event in its place in the batch.
  /// Takes note of an event that matters to scores.
  @inline(__always)
  func noteScore(_ event: UnsafePointer<Event>, _ batch: EventBatch, _ verdict: Verdict) {
    switch unsafe event.pointee.type {
    case .log: break
    case .llm, .span:
      guard verdict != .duplicate else { return }
      if targets.responses.isOpen { unsafe noteResponse(event, batch, verdict) }
      guard scores.isWaiting else { return }
      unsafe scores.note(event.pointee)
      if scores.sessionsWaiting > 0, unsafe !event.pointee.session.isAbsent {
        unsafe scores.note(
          session: Array(batch.text(event.pointee.session)), tenant: event.pointee.tenant)
      }
    case .score:
      guard verdict == .stored else { return }
      scores.arrive(
        unsafe score(event.pointee, of: batch, row: nextRow - 1, scope: batch.tenantScope))
    }
  }

  /// Takes note of the response id of a call, for scores that have come or will.
  private func noteResponse(
    _ event: UnsafePointer<Event>, _ batch: EventBatch, _ verdict: Verdict
  ) {
    guard unsafe event.pointee.type == .llm, unsafe !event.pointee.responseID.isAbsent else {
      return
    }
    let id = unsafe batch.text(event.pointee.responseID)
    let row = verdict == .amended ? batch.amendments.last?.row : nextRow - 1
    if let row { unsafe targets.responses.note(id, row: row) }
    if scores.responsesWaiting > 0 { scores.note(response: unsafe Array(id)) }
  }

  /// A score of a batch that is a row.
  func score(
    _ event: Event, of batch: EventBatch, row: Int64, scope: UInt32
  ) -> StoreScores.Score {
    StoreScores.Score(event, of: batch, row: row, scope: scope, totals.sets)
  }

  /// Looks for the targets of new scores and of those that waited for what came, once all rows of
  /// the open transaction are written; what is decided goes along with the first batch.
  func resolveScores(_ batches: [EventBatch], now: Int64) throws(StoreError) {
    let due = scores.due(now: now)
    if !due.isEmpty { targets.renew() }
    for score in due {
      let mayWait = scores.mayWait(score, now: now)
      if let found = try resolved(score, isLast: !mayWait) {
        scores.resolve(score.row, found)
      } else if !mayWait {
        scores.resolve(score.row, score.score)
      }
    }
    batches.first?.resolvedScores = scores.results
  }

  /// Takes in the scores that waited when the process ended, and those that came after the saved
  /// totals.
  func restoreScores(_ found: [StoreScores.Score]) throws(StoreError) {
    for score in found {
      targets.renew()
      if let resolved = try resolved(score, isLast: false) ?? (score.hasTarget ? nil : score.score)
      {
        totals.count([resolved])
        rollups.count([resolved])
      } else {
        scores.wait(score)
      }
    }
  }

  /// The score under the dimensions of its target, as far as that is there. A score that names a
  /// response is no other call's of its session until the `isLast` look.
  func resolved(
    _ score: StoreScores.Score, isLast: Bool
  ) throws(StoreError) -> ResolvedScore? {
    guard score.hasTarget, let target = try target(of: score, isLast: isLast) else { return nil }
    return score.score.under(
      source: target.source,
      operation: operation(of: target.operation, scoredBy: score.score.event.operation),
      tenant: target.tenant)
  }

  private func target(
    of score: StoreScores.Score, isLast: Bool
  ) throws(StoreError) -> ScoreTargets.Target? {
    let event = score.score.event
    if !score.response.isEmpty {
      try targets.responses.open(upTo: nextRow - 1)
      if let found = try targets.responses.find(score.response, scope: score.scope) {
        return found
      }
      guard event.hasTrace || isLast else { return nil }
    }
    guard !score.session.isEmpty else {
      return try targets.find(
        event, scope: score.scope, rowIdentity.key, deduplicator, traces)
    }
    let known = sessions.firstRow(of: score.session, tenant: event.tenant, scope: score.scope)
    // A session may have got its first call with the open transaction.
    for first in [known, .some(firstRow)] {
      guard let first else { continue }
      let found = try targets.find(
        session: score.session, tenant: event.tenant, scope: score.scope, from: first)
      if let found { return found }
    }
    return nil
  }

  /// The target's dimensions with the score's own name and evaluator.
  private func operation(of target: UInt32, scoredBy score: UInt32) -> UInt32 {
    guard let target = totals.sets.set(.operation, target),
      let score = totals.sets.set(.operation, score)
    else { return score }
    let values = DimensionFamily.operation.dimensions.map { dimension in
      dimension == .score || dimension == .evaluator
        ? score[dimension] : target[dimension] ?? score[dimension]
    }
    return dimensions.intern(.operation, values: values)
  }
}

extension StoreScores.Score {
  /// A score of a batch that is a row, with the response id that stands for a span, and the session
  /// it is for, where that is all it names: one that says which model it is about needs no other of
  /// its session to say it.
  init(_ event: Event, of batch: EventBatch, row: Int64, scope: UInt32, _ sets: StoreSets) {
    var session: [UInt8] = []
    var response: [UInt8] = []
    if event.spanID == 0, !event.responseID.isAbsent {
      // unsafe because the text is copied where it lies in the batch.
      response = unsafe Array(batch.text(event.responseID))
    }
    if !event.hasTrace, event.spanID == 0, !event.session.isAbsent,
      sets.set(.operation, event.operation)?[.model] == nil
    {
      // unsafe because the text is copied where it lies in the batch.
      session = unsafe Array(batch.text(event.session))
    }
    self.init(
      row: row, scope: scope, score: batch.score(event), response: response, session: session)
  }
}

extension EventBatch {
  /// A score of this batch, as it came.
  func score(_ event: Event) -> ResolvedScore {
    let first = Int(event.firstMeasure)
    let own = Array(measures[first..<(first + Int(event.measureCount))])
    var bare = event.withoutTexts
    bare.firstMeasure = 0
    return ResolvedScore(
      event: bare, measures: own, receivedAt: receivedAt, word: scoreWord(of: event))
  }
}
