internal import Codec
internal import Telemetry

/// Makes an identity again from what a row holds.
struct RowIdentity {
  let key: IdentityKey

  /// Which rule a row falls under, by the order of the contract. The rule has no column of its
  /// own, since the columns that are there tell it.
  static func rule(
    type: EventType, hasEventID: Bool, hasStream: Bool, hasSpan: Bool, hasIdentity: Bool
  ) -> IdentityRule {
    if hasEventID { return .eventID }
    if hasStream { return .stream }
    if hasSpan, type == .llm || type == .span { return .span }
    guard hasIdentity else { return .none }
    return type == .score ? .score : .bytes
  }

  /// The identity that the row of `event` tells by its other columns, or nil where it must be
  /// stored: hashes of bytes, and ids that redaction replaced.
  func recomputed(
    _ event: Event, scope: UInt32, src: [UInt8]?, texts: BatchTexts
  ) -> Hash128? {
    switch event.identityRule {
    case .eventID:
      return event.eventID.isAbsent
        ? nil : unsafe key.eventID(scope: scope, texts.raw(event.eventID))
    case .stream:
      guard let src else { return nil }
      return unsafe src.withUnsafeBytes { raw in
        unsafe key.stream(scope: scope, src: raw, sequence: event.sequence)
      }
    case .span:
      return key.span(
        scope: scope, traceHigh: event.traceHigh, traceLow: event.traceLow, span: event.spanID,
        attempt: event.attempt)
    case .none, .score, .idempotencyKey, .bytes:
      return nil
    }
  }
}
