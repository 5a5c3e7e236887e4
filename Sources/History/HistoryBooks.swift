package import Telemetry

/// What the store has done and how it is, as a plain value.
package struct HistoryBooks: Equatable, Sendable {
  package var stored: Int64 = 0
  package var duplicate: Int64 = 0
  package var amended: Int64 = 0
  package var commits: Int64 = 0
  /// Transactions that were rolled back.
  package var rollbacks: Int64 = 0
  /// Seconds from the first row of a transaction to the end of its commit.
  package var commitSeconds = CommitTimes()
  /// Bytes of the file and of its write-ahead log.
  package var storeBytes: Int64 = 0
  package var walBytes: Int64 = 0
  /// Identities remembered, and for how long an identity is remembered just now.
  package var dedupEntries: Int64 = 0
  package var dedupWindowSeconds: Double = 0
  /// Events removed because the policy keeps them no longer, and hours whose rollups were folded.
  package var expired: Int64 = 0
  package var foldedHours: Int64 = 0
  /// Samples of metrics stored; those of a time that is not kept, or added too late to be told from
  /// a repeat; those of more series than there may be; repeats; and series at hand.
  package var samples: Int64 = 0
  package var lateSamples: Int64 = 0
  package var droppedSamples: Int64 = 0
  package var repeatedSamples: Int64 = 0
  package var series: Int64 = 0
  /// Turns of upkeep that failed, and why the last one did, until one goes well.
  package var upkeepFailures: Int64 = 0
  package var upkeepTrouble: String?
  /// What ails the store; nil when the last commit went well.
  package var trouble: StoreTrouble?
  /// The trouble in words, for logs; never holds payload text.
  package var troubleText: String?
  /// When the last commit ended, in ns since 1970; 0 before the first.
  package var lastCommit: Int64 = 0

  /// Books in which nothing is written.
  package init() {}
}

/// How long commits took, as Prometheus counts them.
package struct CommitTimes: Equatable, Sendable {
  /// The upper bounds of the buckets in seconds; beyond them all lies one more.
  package static let bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

  /// How many fell into each bucket alone.
  package private(set) var counts = Array(repeating: Int64(0), count: bounds.count + 1)
  package private(set) var sum = 0.0
  package private(set) var max = 0.0

  /// No commit yet.
  package init() {}

  /// Counts one commit.
  package mutating func record(seconds: Double) {
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
    max = Swift.max(max, seconds)
  }
}
