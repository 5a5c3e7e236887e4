internal import Synchronization

/// What was counted in each of the last seconds, by the finest groups that history counts by: the
/// one place that knows single seconds of groups that are told apart by status and error.
///
/// Some 100 ns an event; then 30 bytes or more a group and second, at most `byteLimit` of them and
/// `heldSeconds` back. A plain value: a copy is a consistent picture.
package struct RecentCounts: Sendable {
  /// How far back seconds are held: what windows hold singly.
  package static let heldSeconds: Int64 = 340
  private static let byteLimit = 32 << 20
  /// Groups whose names are held.
  private static let nameLimit = 40_000
  /// Stretches that are counted before they are packed.
  private static let openLimit = 2_048
  /// Seconds that are counted before they are packed.
  private static let openSeconds: Int64 = 2

  private struct Chunk: Sendable {
    /// The newest second when it was packed.
    let second: Int64
    let hour: Int64
    let bytes: [UInt8]
  }

  private var open = RollupCounter(step: 1)
  private var openSince: Int64 = 0
  private var chunks: [Chunk] = []
  private var bytes = 0
  private var names: [UInt32: [UInt8]] = [:]
  /// The first second of which all that was counted is held.
  private var first: Int64 = .max

  /// The newest second that anything was counted in.
  private var newest: Int64 = 0

  /// Nothing is held, and nothing will be until `begin`.
  init() {}

  /// The first second, a multiple of ten, of which everything is held when it is the second `now`.
  package func firstSecond(at now: Int64) -> Int64 {
    guard first != .max else { return .max }
    let oldest = max(first, now - Self.heldSeconds + 10)
    return WindowReach.floor(oldest + 9, to: 10)
  }

  /// The name of a group that `forEach` gives.
  package func name(_ group: UInt32) -> [UInt8]? { names[group] }

  /// Lets `body` see what each group counted, in no order, second by second; a second may come in
  /// parts. Some 150 ns a part.
  package func forEach(_ body: (_ group: UInt32, _ second: Int64, _ rollup: Rollup) -> Void) {
    for chunk in chunks {
      var cursor = RollupCursor(chunk.bytes, hour: chunk.hour, step: 1)
      while let group = cursor.group {
        cursor.stretches { body(group, $0, $1) }
        cursor.next()
      }
    }
    for (key, rollup) in zip(open.keys, open.rollups) { body(key.group, key.time, rollup) }
  }
}

// MARK: Counting
extension RecentCounts {
  /// Everything that ends after the second `second` is going to be counted here.
  mutating func begin(after second: Int64) {
    first = second + 1
    newest = second
  }

  /// Lets `count` add what ended at `end` (ns) to the seconds, unless it is too old to be held;
  /// `name` is asked for when the group is new.
  @inline(__always)
  mutating func count(
    end: Int64, group: UInt32, name: () -> [UInt8], _ count: (inout RollupCounter) -> Void
  ) {
    let second = end / 1_000_000_000
    guard first != .max, second > newest - Self.heldSeconds else { return }
    newest = max(newest, second)
    if names[group] == nil { learn(group, name()) }
    if open.isEmpty { openSince = newest }
    count(&open)
    if open.keys.count >= Self.openLimit || newest >= openSince + Self.openSeconds { pack() }
  }

  /// Gives groups other names, where `renamed` has one.
  mutating func rename(_ renamed: ([UInt8]) -> [UInt8]?) {
    for (group, name) in names { if let other = renamed(name) { names[group] = other } }
  }

  private mutating func learn(_ group: UInt32, _ name: [UInt8]) {
    if names.count >= Self.nameLimit {
      self = RecentCounts()
      begin(after: newest)
    }
    names[group] = name
  }

  private mutating func pack() {
    for block in open.blocks() {
      chunks.append(Chunk(second: newest, hour: block.hour, bytes: block.bytes))
      bytes += block.bytes.count
    }
    open.removeAll()
    var gone = 0
    while gone < chunks.count {
      let isOld = chunks[gone].second < newest - Self.heldSeconds
      guard isOld || bytes > Self.byteLimit else { break }
      // Nothing in a chunk ended after the second that was the newest when it was packed.
      first = max(first, chunks[gone].second + 1)
      bytes -= chunks[gone].bytes.count
      gone += 1
    }
    chunks.removeFirst(gone)
  }
}

/// The counts of the last seconds, changed by the thread that commits within `SeriesBoard.update`.
package final class RecentBoard: Sendable {
  private let counts = Mutex(RecentCounts())

  /// The counts as they are.
  var snapshot: RecentCounts { counts.withLock { $0 } }

  /// Everything that ends after the second of `now` (ns since 1970) is going to be counted here.
  package func begin(after now: Int64) {
    counts.withLock { $0.begin(after: now / 1_000_000_000) }
  }

  /// Gives groups other names, where `renamed` has one.
  package func rename(_ renamed: ([UInt8]) -> [UInt8]?) {
    counts.withLock { $0.rename(renamed) }
  }

  /// Lets `count` add to the seconds what ended at `end` (ns), unless it is too old to be held;
  /// `name` gives the group's name.
  @inline(__always)
  package func count(
    end: Int64, group: UInt32, name: () -> [UInt8], _ count: (inout RollupCounter) -> Void
  ) {
    counts.withLock { $0.count(end: end, group: group, name: name, count) }
  }
}
