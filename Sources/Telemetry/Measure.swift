/// A further number of an event that windows count but that has no column of its own; its text is
/// also in the event's `details`.
package struct Measure: Sendable {
  /// What is measured.
  package enum Quantity: UInt8, Sendable {
    case retryWait, gateWait, queueWait, poolWait
    case poolInUse, poolSize, breaker
    case remainingRequests, remainingTokens
    case cacheResult, estimatedTokens, scoreValue, unpricedTokens
  }

  /// What is measured.
  package let quantity: Quantity
  /// Milliseconds for waits, the word's number for words, a share of 1 for the context used, a
  /// count otherwise.
  package let value: Double

  /// A quantity with its value.
  package init(_ quantity: Quantity, _ value: Double) {
    self.quantity = quantity
    self.value = value
  }
}
