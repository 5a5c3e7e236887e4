/// Why an expression was refused, and at which byte of its source.
package struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Byte offset into the source where the refused part begins.
  package let position: Int
  /// The cause, without the source's text.
  package let message: String

  package var description: String {
    "cannot compile expression: \(message) at byte \(position)"
  }
}
