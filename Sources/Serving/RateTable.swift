internal import Synchronization

/// How much each of many clients may still do: a bucket a client and kind of work, which fills at
/// the client's rate and holds what comes in one second. What a client does beyond its bucket is a
/// debt that it waits off, so a large request is possible and the mean still holds.
///
/// Bounded: full buckets are forgotten when there is no room; where none is full, new clients share
/// one.
package final class RateTable: Sendable {
  /// What is counted.
  package enum Kind: Hashable, Sendable {
    case requests, events, datagrams
    /// Requests of one route, by its place.
    case route(Int)
    /// Keys that were none.
    case failures
  }

  /// Buckets kept.
  package static let most = 20_000

  fileprivate struct Key: Hashable {
    let kind: Kind
    let client: String
  }

  fileprivate struct Bucket {
    var tokens: Double
    var time: Int64
    let rate: Double
    let size: Double

    mutating func fill(to now: Int64) {
      tokens = min(size, tokens + Double(max(0, now - time)) / 1e9 * rate)
      time = max(time, now)
    }
  }

  fileprivate struct State {
    var buckets: [Key: Bucket] = [:]
    var overflows: Int64 = 0
    var nextSweep: Int64 = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  /// A table of up to `limit` buckets.
  package init(limit: Int = RateTable.most) {
    self.limit = limit
  }

  /// How often a client shared a bucket for want of room.
  package var overflows: Int64 { state.withLock { $0.overflows } }
  /// Buckets held.
  package var count: Int { state.withLock { $0.buckets.count } }

  /// Takes `amount` from a client's bucket if it holds one whole unit at a monotonic time; else
  /// gives the seconds after which it will, 1 at least. The bucket holds `burst` units, or what the
  /// rate brings in a second.
  package func take(
    _ amount: Double, _ kind: Kind, of client: String, rate: Double, burst: Double? = nil,
    at now: Int64
  ) -> Int? {
    withBucket(kind, client, rate, burst, now) { bucket in
      guard bucket.tokens >= 1 else { return Self.wait(bucket) }
      bucket.tokens -= amount
      return nil
    }
  }

  /// Takes `amount` whether or not it is there.
  package func charge(
    _ amount: Double, _ kind: Kind, to client: String, rate: Double, burst: Double? = nil,
    at now: Int64
  ) {
    _ = withBucket(kind, client, rate, burst, now) { bucket in
      bucket.tokens -= amount
      return nil
    }
  }

  private static func wait(_ bucket: Bucket) -> Int {
    max(1, Int(min(3_600, ((1 - bucket.tokens) / bucket.rate).rounded(.up))))
  }

  private func withBucket(
    _ kind: Kind, _ client: String, _ rate: Double, _ burst: Double?, _ now: Int64,
    _ body: (inout Bucket) -> Int?
  ) -> Int? {
    state.withLock { state in
      var key = Key(kind: kind, client: client)
      if state.buckets[key] == nil, !state.hasRoom(limit, now) {
        state.overflows += 1
        key = Key(kind: kind, client: "")
      }
      let size = max(1, burst ?? rate)
      var bucket = state.buckets[key] ?? Bucket(tokens: size, time: now, rate: rate, size: size)
      if bucket.rate != rate || bucket.size != size {
        bucket = Bucket(tokens: min(bucket.tokens, size), time: now, rate: rate, size: size)
      }
      bucket.fill(to: now)
      defer { state.buckets[key] = bucket }
      return body(&bucket)
    }
  }
}

extension RateTable.State {
  /// Whether there is room for another bucket; looks for full ones once a second at most.
  fileprivate mutating func hasRoom(_ limit: Int, _ now: Int64) -> Bool {
    guard buckets.count >= limit else { return true }
    guard now >= nextSweep else { return false }
    nextSweep = now + 1_000_000_000
    buckets = buckets.filter { _, bucket in
      var bucket = bucket
      bucket.fill(to: now)
      return bucket.tokens < bucket.size
    }
    return buckets.count < limit
  }
}
