internal import Telemetry
package import Windows

/// How the store keeps what it is given.
package struct StoreSettings: Equatable, Sendable {
  /// What a commit survives.
  package enum Durability: String, Sendable {
    /// Loss of power: the write-ahead log is synced before the answer.
    case fsync
    /// The end of the process, however sudden; not the loss of power.
    case commit
  }

  /// What a commit survives.
  package var durability = Durability.fsync
  /// Nanoseconds for which an identity is remembered.
  package var dedupWindow: Int64 = 3_600_000_000_000
  /// Identities remembered at most; the oldest leave first.
  package var dedupEntries = 4 << 20
  /// Bytes of write-ahead log after which `tidy` moves it into the file.
  package var checkpointBytes = 16 << 20
  /// Bytes of write-ahead log after which `append` itself does, before it goes on.
  package var walBytes = 32 << 20
  /// Bytes of write-ahead log, kept from the file by another program that reads, beyond which
  /// nothing is taken.
  package var walLimit = 512 << 20

  /// Series of metrics at hand at most; samples of one more are counted as dropped.
  package var mostSeries = Limits.series

  /// What history is broken down by, besides the standard breakdowns.
  package var breakdowns = Breakdown.standard

  /// How long what is kept.
  package var retention = RetentionPolicy()

  /// The defaults of the contract.
  package init() {}
}
