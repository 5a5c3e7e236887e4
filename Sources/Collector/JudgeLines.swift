internal import Codec
internal import Judging
internal import LinuxIO
internal import Money
internal import Quality

/// What judges did as lines of our own event format.
struct JudgeLines {
  let settings: JudgeSettings
  /// Whether no person has given scores of the judge's name.
  let isUncalibrated: Bool

  private static let service = "barograph"

  /// The calls of one question, each a line with its end. `queued` is how long the question waited
  /// before the first, in ns.
  func calls(_ calls: [JudgeCall], about target: CallTarget, queued: Int64) -> [UInt8] {
    var lines: [UInt8] = []
    for (index, call) in calls.enumerated() {
      lines += line(call, target, queued: call.slotWait + (index == 0 ? queued : 0))
      lines.append(0x0A)
    }
    return lines
  }

  /// The score of the call at `target`, with the line's end.
  func score(_ answer: JudgeAnswer, by call: JudgeCall?, of target: CallTarget) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.text("judge_model", call?.responseModel ?? call?.model)
    json.text("judge_prompt_version", settings.prompt.version)
    if isUncalibrated {
      json.key("uncalibrated")
      json.value(true)
    }
    json.endObject()
    return target.line(
      score: settings.name, answer.value, evaluator: settings.name, comment: answer.reason,
      attributes: json.bytes) + [0x0A]
  }

  private func line(_ call: JudgeCall, _ target: CallTarget, queued: Int64) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.text("type", "llm")
    json.text("event_id", "judge-\(String(Random.word(), radix: 16))")
    json.text("service", Self.service)
    json.text("name", "judge \(settings.name)")
    json.text("operation", "chat")
    json.text("start", Timestamp.text(call.start))
    json.milliseconds("duration_ms", call.duration)
    json.text("provider", call.provider.rawValue)
    json.text("model", call.provider.ownName(of: call.model))
    json.text("response_model", call.responseModel)
    json.text("prompt", settings.name)
    json.text("prompt_version", settings.prompt.version)
    json.whole("attempt", call.attempt)
    json.text("fallback_from", call.fallbackFrom)
    write(statusOf: call, to: &json)
    write(usageOf: call, to: &json)
    json.milliseconds("retry_wait_ms", call.retryWait)
    json.milliseconds("gate_wait_ms", call.gateWait)
    json.milliseconds("queue_ms", queued)
    json.text("breaker", call.breaker.rawValue)
    json.whole("ratelimit_remaining_requests", call.remainingRequests)
    json.whole("ratelimit_remaining_tokens", call.remainingTokens)
    write(attributesOf: call, target, to: &json)
    json.endObject()
    return json.bytes
  }

  private func write(statusOf call: JudgeCall, to json: inout JSONWriter) {
    json.whole("http_status", call.status)
    switch call.failure {
    case nil: json.text("status", "ok")
    case .cancelled?: json.text("status", "cancelled")
    case let failure?:
      json.text("status", "error")
      json.text("error_type", failure.errorType)
    }
  }

  private func write(usageOf call: JudgeCall, to json: inout JSONWriter) {
    let usage = call.usage
    if usage.total > 0 {
      json.whole("input_tokens", usage.total - (usage.output ?? 0))
      json.whole("output_tokens", usage.output)
      json.whole("cache_read_tokens", usage.cacheRead)
      json.whole("cache_write_tokens", usage.cacheWrite)
      json.key("input_includes_cache")
      json.value(true)
    }
    // Tries after the first would count one question as several misses.
    let isTold = call.cache != .miss || settings.cacheLifetime > 0 && call.attempt == 1
    if isTold { json.text("cache", call.cache.rawValue) }
  }

  private func write(
    attributesOf call: JudgeCall, _ target: CallTarget, to json: inout JSONWriter
  ) {
    json.key("attrs")
    json.beginObject()
    json.text("judge", settings.name)
    json.text("judge_failure", call.failure?.word)
    json.text("judged_trace_id", target.traceID)
    json.text("judged_span_id", target.spanID)
    json.text("charged_usd", call.charged > 0 ? Picodollars.text(call.charged) : nil)
    if let reported = call.doubtful, reported != JudgeAnswer.Usage() {
      json.key("doubtful_usage")
      json.beginObject()
      json.whole("input", reported.input)
      json.whole("output", reported.output)
      json.whole("cache_read", reported.cacheRead)
      json.whole("cache_write", reported.cacheWrite)
      json.endObject()
    }
    json.endObject()
  }
}

extension JudgeFailure {
  /// The word of our events that comes next to it.
  fileprivate var errorType: String {
    switch self {
    case .rateLimited, .quota, .gate: "rate_limit"
    case .timeout: "timeout"
    case .network: "network"
    case .server, .malformed: "server"
    case .auth: "auth"
    case .notFound: "not_found"
    case .contextLength: "context_length"
    case .contentFilter, .refused: "content_filter"
    case .invalidRequest: "invalid_request"
    case .breakerOpen: "circuit_open"
    default: "other"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func text(_ name: StaticString, _ text: String?) {
    guard let text else { return }
    key(name)
    value(text)
  }

  fileprivate mutating func whole(_ name: StaticString, _ number: Int?) {
    guard let number else { return }
    key(name)
    value(number)
  }

  fileprivate mutating func milliseconds(_ name: StaticString, _ nanoseconds: Int64) {
    key(name)
    value(Double(nanoseconds / 1_000) / 1_000)
  }
}
