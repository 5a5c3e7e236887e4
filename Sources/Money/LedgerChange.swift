/// That a stored event counts something else than it did: take `before` off every sum at the
/// event's own time and add `after`.
package struct LedgerChange: Sendable {
  /// The caller's number for the event.
  package let row: Int64
  package let before: Contribution
  package let after: Contribution
}
