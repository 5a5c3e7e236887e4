internal import Synchronization

/// What one intake thread took in by one door, counted when the verdict is known. At rest
/// `received = stored + duplicate + amended + rejected + shed + queued`, and queued is 0.
package struct IntakeCounts: Equatable, Sendable {
  package var received: Int64 = 0
  package var stored: Int64 = 0
  package var duplicate: Int64 = 0
  package var amended: Int64 = 0
  /// Records that waited for their verdict when this was read.
  package var queued: Int64 = 0
  /// By `RejectCode`.
  package var rejected = [Int64](repeating: 0, count: RejectCode.allCases.count)
  /// By `ShedReason`.
  package var shed = [Int64](repeating: 0, count: ShedReason.allCases.count)
  /// By `Warning`.
  package var warnings = [Int64](repeating: 0, count: Warning.allCases.count)
  /// Stored without any identity.
  package var unidentified: Int64 = 0

  /// From receipt to the end of the commit, by record.
  package var freshness = DurationHistogram()
  /// From the sender's time to receipt, by event that carries its own.
  package var lateness = DurationHistogram()

  /// Nothing was taken in.
  package init() {}

  /// Adds the counts of another thread.
  package mutating func add(_ other: IntakeCounts) {
    received += other.received
    stored += other.stored
    duplicate += other.duplicate
    amended += other.amended
    queued += other.queued
    unidentified += other.unidentified
    freshness.add(other.freshness)
    lateness.add(other.lateness)
    for index in rejected.indices { rejected[index] += other.rejected[index] }
    for index in shed.indices { shed[index] += other.shed[index] }
    for index in warnings.indices { warnings[index] += other.warnings[index] }
  }

  /// All records refused for what they are.
  package var rejectedTotal: Int64 { rejected.reduce(0, +) }
  /// All records not taken for want of room.
  package var shedTotal: Int64 { shed.reduce(0, +) }
}

/// Why a record was not taken though nothing was wrong with it.
package enum ShedReason: UInt8, Word {
  case queueFull = 0
  case memory, store

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .queueFull: "queue_full"
    case .memory: "memory"
    case .store: "store"
    }
  }
}

/// One intake thread's counts by door, readable from any thread; locked once a batch.
package final class IntakeBook: Sendable {
  private let counts = Mutex([IntakeCounts](repeating: .init(), count: Door.allCases.count))

  /// An empty book.
  package init() {}

  /// Counts a batch whose records have been decoded and now wait.
  package func enter(_ batch: EventBatch) {
    let records = Int64(batch.recordCount)
    change(batch.door) {
      $0.received += records
      $0.queued += records
    }
  }

  /// Takes back `enter`, for a batch that found no room after all.
  package func leave(_ batch: EventBatch) {
    let records = Int64(batch.recordCount)
    change(batch.door) {
      $0.received -= records
      $0.queued -= records
    }
  }

  /// Counts what became of a batch that was entered; `now` is the wall time.
  package func settle(_ batch: EventBatch, now: Int64) {
    let records = Int64(batch.recordCount)
    change(batch.door) { counts in
      counts.queued -= records
      guard batch.outcome == .committed else {
        counts.shed[Int(ShedReason.store.rawValue)] += records
        return
      }
      counts.freshness.record(nanoseconds: now - batch.receivedAt, weight: records)
      Self.count(batch, in: &counts)
    }
  }

  /// Counts a batch that found no room.
  package func shed(_ batch: EventBatch, _ reason: ShedReason) {
    let records = Int64(batch.recordCount)
    change(batch.door) {
      $0.received += records
      $0.shed[Int(reason.rawValue)] += records
    }
  }

  /// The counts of a door.
  package func counts(_ door: Door) -> IntakeCounts {
    counts.withLock { $0[Int(door.rawValue)] }
  }

  private func change(_ door: Door, _ body: (inout IntakeCounts) -> Void) {
    counts.withLock { body(&$0[Int(door.rawValue)]) }
  }

  private static func count(_ batch: EventBatch, in counts: inout IntakeCounts) {
    for index in 0..<batch.count {
      let event = batch[index]
      switch batch.verdict(index) {
      case .stored:
        counts.stored += 1
        if event.hasOwnTime {
          counts.lateness.record(nanoseconds: batch.receivedAt - event.time)
        }
        if event.identityRule == .none { counts.unidentified += 1 }
        guard !event.warnings.isEmpty else { continue }
        for warning in Warning.allCases where event.warnings.contains(warning) {
          counts.warnings[Int(warning.rawValue)] += 1
        }
      case .duplicate: counts.duplicate += 1
      case .amended: counts.amended += 1
      }
    }
    for verdict in batch.samples.verdicts {
      if let refusal = verdict.refusal {
        counts.rejected[Int(refusal.code.rawValue)] += 1
      } else if verdict == .duplicate {
        counts.duplicate += 1
      } else {
        counts.stored += 1
      }
    }
    for rejection in batch.rejections { counts.rejected[Int(rejection.code.rawValue)] += 1 }
    let unnamed = batch.rejectedCount - batch.rejections.count
    if unnamed > 0, let last = batch.rejections.last {
      counts.rejected[Int(last.code.rawValue)] += Int64(unnamed)
    }
  }
}
