/// What reading a body further gave.
package enum BodyStep: Equatable, Sendable {
  /// Everything that came has been consumed and the body goes on.
  case needMore
  /// These bytes of the view are body; ask again for what follows.
  case data(ByteRange)
  /// The body is complete; the position stands behind it.
  case finished
  /// The body cannot be read.
  case failure(HTTPFailure)
}
