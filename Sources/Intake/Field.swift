internal import Telemetry

/// The fields of an event, by the concept they say. Many names lead to one field: `FieldNames`.
package enum Field: UInt8, CaseIterable, Sendable {
  case type, time, timeNanoseconds, start, duration
  case service, env, release, instance, src, sequence, eventID
  case traceID, spanID, parentSpanID, traceparent, requestID, session, user, tenant
  case name, kind, agent, tool
  case status, httpStatus, errorType, error, stack
  case level, message, logger
  case provider, model, responseModel, operation, responseID, answerResponseID, finishReason
  case stream, serviceTier
  case inputTokens, outputTokens, totalTokens, cacheReadTokens, cacheWriteTokens
  case cacheWrite1hTokens, reasoningTokens, audioInputTokens, audioOutputTokens, imageInputTokens
  case inputIncludesCache, estimatedTokens, cost, timeToFirstToken
  case attempt, fallbackFrom, degraded, retryWait, gateWait, queueWait, poolWait, poolInUse
  case poolSize, breaker, remainingRequests, remainingTokens, cache
  case prompt, promptVersion, variant, documents, toolCalls, verdict, input, output, timings
  case score, value, evaluator, comment, sampleRate, attributes

  /// The field's own name in Barograph's JSON.
  package var name: String { FieldNames.ownName(of: self) }

  /// The dimension that the field's value becomes, if it is one.
  var dimension: Dimension? {
    switch self {
    case .service: .service
    case .env: .env
    case .release: .release
    case .instance: .instance
    case .logger: .logger
    case .src: .src
    case .kind: .kind
    case .name: .name
    case .agent: .agent
    case .tool: .tool
    case .provider: .provider
    case .model: .model
    case .responseModel: .responseModel
    case .operation: .operation
    case .prompt: .prompt
    case .promptVersion: .promptVersion
    case .variant: .variant
    case .serviceTier: .serviceTier
    case .finishReason: .finishReason
    case .score: .score
    case .evaluator: .evaluator
    case .tenant: .tenant
    default: nil
    }
  }
}

/// A set of fields, as bits.
struct FieldSet: Equatable, Sendable {
  private var bits: UInt128 = 0

  init() {}

  init(_ fields: [Field]) {
    for field in fields { insert(field) }
  }

  @inline(__always)
  func contains(_ field: Field) -> Bool { bits &>> UInt128(field.rawValue) & 1 != 0 }

  @inline(__always)
  mutating func insert(_ field: Field) { bits |= 1 &<< UInt128(field.rawValue) }

  @inline(__always)
  mutating func remove(_ field: Field) { bits &= ~(1 &<< UInt128(field.rawValue)) }

  /// Whether the sets share a field.
  func meets(_ other: FieldSet) -> Bool { bits & other.bits != 0 }

  /// Takes out and gives back the first field, or nil when the set is empty.
  @inline(__always)
  mutating func popFirst() -> Field? {
    guard bits != 0 else { return nil }
    let first = UInt8(truncatingIfNeeded: bits.trailingZeroBitCount)
    bits &= bits &- 1
    return Field(rawValue: first)
  }
}
