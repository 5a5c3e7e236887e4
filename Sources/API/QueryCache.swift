internal import Synchronization

/// Answers to queries over times that are past, kept as long as nothing of those times changed.
/// Bounded in bytes; what was used longest ago goes first.
package final class QueryCache: Sendable {
  /// What a query's answer depends on beside the samples.
  struct Key: Hashable {
    let text: String
    let start: Int64
    let end: Int64
    let step: Int64
    let lookback: Int64
    let limit: Int?
    let scope: String
  }

  /// An answer.
  struct Answer {
    let data: [UInt8]
    let warnings: [String]
    let infos: [String]
    let peakSamples: Int

    fileprivate var bytes: Int { data.count + 512 }
  }

  /// What the cache did and holds.
  package struct Report: Equatable, Sendable {
    /// Answers given out, and looked for in vain.
    package var hits = 0
    package var misses = 0
    /// Answers held, those of them that still hold good, and their bytes.
    package var entries = 0
    package var valid = 0
    package var bytes = 0
  }

  fileprivate struct Entry {
    let answer: Answer
    let revision: Int
    let made: Int64
    var used: Int64
  }

  fileprivate struct State {
    var entries: [Key: Entry] = [:]
    var bytes = 0
    var hits = 0
    var misses = 0
  }

  /// Milliseconds behind now up to which an answer may still change by itself.
  static let settling: Int64 = 10_000
  /// Nanoseconds that an answer is kept at most: what is known only of the present moves on without
  /// a commit, and tiers of time are folded.
  package static let lifetime: Int64 = 30_000_000_000

  private let state = Mutex(State())
  private let limit: Int
  private let isUnchanged: @Sendable (_ since: Int, _ through: Int64) -> Bool

  /// A cache of up to `limit` bytes over what `isUnchanged` tells of.
  init(limit: Int, isUnchanged: @escaping @Sendable (_ since: Int, _ through: Int64) -> Bool) {
    self.limit = limit
    self.isUnchanged = isUnchanged
  }

  /// The answer under `key`, if it still holds at a monotonic time; counted as hit or miss.
  func find(_ key: Key, at now: Int64) -> Answer? {
    state.withLock { state -> Answer? in
      guard var entry = state.entries[key] else {
        state.misses += 1
        return nil
      }
      guard holds(entry, key, at: now) else {
        state.drop(key)
        state.misses += 1
        return nil
      }
      entry.used = now
      state.entries[key] = entry
      state.hits += 1
      return entry.answer
    }
  }

  /// Keeps an answer that was read no earlier than `revision`.
  func keep(_ answer: Answer, as key: Key, revision: Int, at now: Int64) {
    guard answer.bytes <= limit / 8 else { return }
    state.withLock { state in
      state.drop(key)
      state.entries[key] = Entry(answer: answer, revision: revision, made: now, used: now)
      state.bytes += answer.bytes
      while state.bytes > limit,
        let oldest = state.entries.min(by: { $0.value.used < $1.value.used })?.key
      {
        state.drop(oldest)
      }
    }
  }

  /// Forgets every answer.
  package func clear() {
    state.withLock { state in
      state.entries.removeAll()
      state.bytes = 0
    }
  }

  /// What it did and holds at a monotonic time.
  package func report(at now: Int64) -> Report {
    state.withLock { state in
      Report(
        hits: state.hits, misses: state.misses, entries: state.entries.count,
        valid: state.entries.count { holds($0.value, $0.key, at: now) }, bytes: state.bytes)
    }
  }

  private func holds(_ entry: Entry, _ key: Key, at now: Int64) -> Bool {
    now - entry.made < Self.lifetime && isUnchanged(entry.revision, key.end)
  }
}

extension QueryCache.State {
  fileprivate mutating func drop(_ key: QueryCache.Key) {
    guard let entry = entries.removeValue(forKey: key) else { return }
    bytes -= entry.answer.bytes
  }
}
