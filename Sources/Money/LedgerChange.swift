package import Codec

/// Who a span is outside of its trace: what the ledger keeps for its caller and gives back.
package struct LedgerOwner: Equatable, Sendable {
  /// The caller's number for the stored event, such as its row.
  package var reference: Int64
  /// The event's time, in ns since 1970: the second at which it counts.
  package var time: Int64
  /// Ids of its dimension sets.
  package var source: UInt32
  package var operation: UInt32
  package var tenant: UInt32
  /// The event stands for 1/r like it: to weigh what it counts.
  package var sampleRate: Double

  /// An owner with these.
  package init(
    reference: Int64, time: Int64, source: UInt32 = 0, operation: UInt32 = 0, tenant: UInt32 = 0,
    sampleRate: Double = 1
  ) {
    (self.reference, self.time) = (reference, time)
    (self.source, self.operation, self.tenant) = (source, operation, tenant)
    self.sampleRate = sampleRate
  }
}

/// That a span now counts something else than it did: take `before` off every sum at the span's
/// own time and add `after`.
package struct LedgerChange: Sendable {
  package let trace: Hash128
  package let spanID: UInt64
  package let owner: LedgerOwner
  package let before: Contribution
  package let after: Contribution
  /// Nothing was said of this span before.
  package let isFirst: Bool
}
