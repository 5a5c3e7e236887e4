/// The bounds of a ledger's memory and patience. Each has a counter in `LedgerBooks`.
package struct LedgerLimits: Equatable, Sendable {
  /// Spans held, of all traces together: about 100 bytes each, 300 with usage. Beyond, the traces
  /// that were quiet longest are closed and forgotten.
  package var spans = 131_072
  /// Spans held of one trace; what comes after them counts as if it had no relatives.
  package var spansOfTrace = 16_384
  /// Nanoseconds without a new span after which a trace whose root has ended is closed.
  package var quiet: Int64 = 30 * 1_000_000_000
  /// The same for a trace whose root has not ended or never came.
  package var patience: Int64 = 600 * 1_000_000_000
  /// Nanoseconds for which a closed trace is remembered, so that later spans reopen it.
  package var memory: Int64 = 3_600 * 1_000_000_000

  /// The default bounds.
  package init() {}
}

/// What a ledger did so far and holds now.
package struct LedgerBooks: Equatable, Sendable {
  package internal(set) var spans = 0
  package internal(set) var traces = 0
  package internal(set) var closed = 0
  package internal(set) var reopened = 0
  /// Closed before their time because memory was full.
  package internal(set) var closedEarly = 0
  /// Spans beyond `spansOfTrace`.
  package internal(set) var oversize = 0
  /// Spans whose count was corrected after it had been given.
  package internal(set) var corrections = 0

  /// A new ledger's books.
  package init() {}
}
