package import Codec

/// Makes identities: the one place that says what two records must share to be the same event. The
/// key is the installation's, so identities hold across restarts and nobody outside can aim at one.
///
/// `scope` is the id of the tenant that the sender's key is bound to, 0 without keys.
package struct IdentityKey: Sendable {
  // unsafe because texts are read within the call that is given them.
  private let key: HashKey

  /// Identities under an installation's secret.
  package init(_ key: HashKey) {
    self.key = key
  }

  /// By the sender's own `event_id`.
  package func eventID(scope: UInt32, _ text: UnsafeRawBufferPointer) -> Hash128 {
    unsafe key.hash(text, salt: salt(.eventID, scope))
  }

  /// By the place in a numbered stream.
  package func stream(scope: UInt32, src: UnsafeRawBufferPointer, sequence: Int64) -> Hash128 {
    let stream = unsafe key.hash(src, salt: salt(.stream, scope))
    return key.hash(stream.high ^ UInt64(bitPattern: sequence), stream.low, salt: 1)
  }

  /// By trace and span, for calls and spans alike; `attempt` may be `Event.absent`.
  package func span(
    scope: UInt32, traceHigh: UInt64, traceLow: UInt64, span: UInt64, attempt: Int64
  ) -> Hash128 {
    let trace = key.hash(traceHigh, traceLow, salt: salt(.span, scope))
    let attempt = attempt == Event.absent ? 0 : UInt64(bitPattern: attempt) &+ 1
    return key.hash(trace.high ^ span, trace.low ^ attempt &* 0x9E37_79B9_7F4A_7C15, salt: 2)
  }

  /// By what is scored, by whom, when.
  package func score(
    scope: UInt32, target: [UInt8], name: [UInt8], evaluator: [UInt8], time: Int64
  ) -> Hash128 {
    let text = target + [0] + name + [0] + evaluator
    let what = unsafe text.withUnsafeBytes { unsafe key.hash($0, salt: salt(.score, scope)) }
    return key.hash(what.high ^ UInt64(bitPattern: time), what.low, salt: 3)
  }

  /// By the request's `Idempotency-Key` and the record's number in it.
  package func idempotency(scope: UInt32, key text: [UInt8], record: Int64) -> Hash128 {
    let request = unsafe text.withUnsafeBytes {
      unsafe key.hash($0, salt: salt(.idempotencyKey, scope))
    }
    return key.hash(request.high ^ UInt64(bitPattern: record), request.low, salt: 4)
  }

  /// By the record's bytes.
  package func bytes(scope: UInt32, _ record: UnsafeRawBufferPointer) -> Hash128 {
    unsafe key.hash(record, salt: salt(.bytes, scope))
  }

  private func salt(_ rule: IdentityRule, _ scope: UInt32) -> UInt64 {
    UInt64(scope) << 8 | UInt64(rule.rawValue)
  }
}
