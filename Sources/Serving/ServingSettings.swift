package import Intake

/// The limits and rules of the doors.
package struct ServingSettings: Sendable {
  /// Bytes of a body as sent.
  package var body = 16 << 20
  /// Bytes of a body once inflated.
  package var inflated = 64 << 20
  /// Bytes of a request's head.
  package var head = 32 << 10
  /// Connections of all loops together.
  package var connections = 10_000
  /// Nanoseconds without a byte after which a connection is closed.
  package var idle: Int64 = 60_000_000_000
  /// Nanoseconds in which a head must be complete.
  package var headTime: Int64 = 30_000_000_000
  /// Names that a `Host` header may carry besides loopback's and the listening address's own.
  package var allowedHosts: [String] = []
  /// Web origins that may call.
  package var allowedOrigins: [String] = []
  /// The answer's `Barograph-Durability`.
  package var durability = "fsync"
  /// Whether events that the store refuses are still counted in the windows.
  package var countsUnstored = false
  package var intake: IntakeSettings

  /// The defaults around rules of decoding.
  package init(intake: IntakeSettings) {
    self.intake = intake
  }
}
