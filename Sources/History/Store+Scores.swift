internal import Codec
package import Telemetry
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
      if scores.isWaiting, verdict != .duplicate { unsafe scores.note(event.pointee) }
    case .score:
      guard verdict == .stored else { return }
      let score = unsafe batch.score(event.pointee)
      scores.arrive(.init(row: nextRow - 1, scope: batch.tenantScope, score: score))
    }
  }

  /// Looks for the targets of new scores and of those that waited for what came, once all rows of
  /// the open transaction are written; what is decided goes along with the first batch.
  func resolveScores(_ batches: [EventBatch], now: Int64) throws(StoreError) {
    let due = scores.due(now: now)
    if !due.isEmpty { targets.renew() }
    for score in due {
      if let found = try resolved(score) {
        scores.resolve(score.row, found)
      } else if !scores.mayWait(score, now: now) {
        scores.resolve(score.row, score.score)
      }
    }
    batches.first?.resolvedScores = scores.results
  }

  /// Takes in the scores that waited when the process ended, and those that came after the saved
  /// totals.
  func restoreScores(_ found: [StoreScores.Score]) throws(StoreError) {
    for score in found {
      if let resolved = try resolved(score) ?? (score.hasTarget ? nil : score.score) {
        totals.count([resolved])
        rollups.count([resolved])
      } else {
        scores.wait(score)
      }
    }
  }

  /// The score of a row under the dimensions of its target, or nil while that is not known. For
  /// rebuilding windows from rows; `scope` is the row's. The events' texts are not needed.
  package func resolved(
    _ event: Event, measures: [Measure], receivedAt: Int64, scope: UInt32
  ) throws(StoreError) -> ResolvedScore? {
    targets.renew()
    let score = ResolvedScore(event: event, measures: measures, receivedAt: receivedAt, word: nil)
    return try resolved(StoreScores.Score(row: 0, scope: scope, score: score))
  }

  func resolved(_ score: StoreScores.Score) throws(StoreError) -> ResolvedScore? {
    guard score.hasTarget,
      let target = try targets.find(
        score.score.event, scope: score.scope, rowIdentity.key, deduplicator, traces)
    else { return nil }
    return score.score.under(
      source: target.source,
      operation: operation(of: target.operation, scoredBy: score.score.event.operation),
      tenant: target.tenant)
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
