internal import Money

/// The one table: field → the names that say it, in order of precedence. The first name is
/// Barograph's own. A dotted name is looked for as a literal key and as a nested path.
package enum FieldNames {
  /// What a name's number means where names of one field differ in unit.
  enum Unit: UInt8, Sendable {
    case plain, seconds, severityNumber, pythonLevel, logstashLevel, goDuration
    /// A list whose first text counts.
    case list
  }

  struct Row: Sendable {
    let field: Field
    let names: [String]
    let unit: Unit
    /// How counts under these names contain each other, where the names say it.
    let convention: UsageConvention?
    /// Counts under these names are sums over a run.
    let isAggregate: Bool

    init(
      _ field: Field, _ names: String, _ convention: UsageConvention? = nil, unit: Unit = .plain,
      isAggregate: Bool = false
    ) {
      self.field = field
      self.names = names.split(separator: " ").map(String.init)
      self.unit = unit
      self.convention = convention
      self.isAggregate = isAggregate
    }
  }

  /// The field's own name.
  static func ownName(of field: Field) -> String { ownNames[Int(field.rawValue)] }

  /// The own names by the fields' numbers: asked for with every event.
  private static let ownNames = Field.allCases.map { field in
    guard let row = rows.first(where: { $0.field == field }) else {
      preconditionFailure("every field has a row of names")
    }
    return row.names[0]
  }

  /// All names of a field, best first.
  package static func names(of field: Field) -> [String] {
    rows.filter { $0.field == field }.flatMap(\.names)
  }

  static let rows: [Row] =
    origin + identity + outcome + logs + calls + usage + clientSide + content + dialects

  private static let origin = [
    Row(.type, "type"),
    Row(
      .time,
      """
      time timestamp @timestamp ts asctime @t datetime date timeMillis instant.epochSecond \
      record.time.timestamp eventTime timeUnixNano Timestamp end end_time endTime
      """),
    Row(.timeNanoseconds, "instant.nanoOfSecond"),
    Row(.start, "start start_time startTime started_at startTimeUnixNano"),
    Row(.duration, "duration_ms latency_ms elapsed_ms durationMs latencyMs response_time_ms"),
    Row(.duration, "responseTime elapsed"),
    Row(.duration, "latency_s duration_s response_time duration_seconds", unit: .seconds),
    Row(.duration, "duration", unit: .goDuration),
    Row(.service, "service service.name service_name app application dd.service"),
    Row(
      .env,
      """
      env environment deployment.environment deployment.environment.name dd.env \
      service.environment
      """),
    Row(.release, "release service.version dd.version"),
    Row(.instance, "instance service.instance.id"),
    Row(.src, "src"),
    Row(.sequence, "seq"),
  ]

  private static let identity = [
    Row(.eventID, "event_id eventId"),
    Row(
      .traceID,
      """
      trace_id traceId traceID trace.id traceid otelTraceID @tr dd.trace_id \
      logging.googleapis.com/trace record.extra.trace_id _trace_id
      """),
    Row(
      .spanID,
      """
      span_id spanId spanID span.id otelSpanID @sp dd.span_id logging.googleapis.com/spanId \
      record.extra.span_id _span_id
      """),
    Row(.parentSpanID, "parent_span_id parentSpanId parentSpanID parent_id parentId"),
    Row(.traceparent, "traceparent"),
    Row(
      .requestID,
      """
      request_id requestId req_id reqId x_request_id X-Request-ID X-Request-Id x-request-id \
      correlation_id correlationId http.request.id req.id
      """),
    Row(.session, "session session_id sessionId session.id"),
    Row(.user, "user user_id userId user.id"),
    Row(.tenant, "tenant tenant_id tenantId tenant.id org_id"),
  ]

  private static let outcome = [
    Row(.name, "name"),
    Row(.kind, "kind"),
    Row(.agent, "agent"),
    Row(.tool, "tool tool_name"),
    Row(.status, "status"),
    Row(
      .httpStatus,
      "http_status status_code http.status_code http.response.status_code http_status_code"),
    Row(
      .errorType,
      """
      error_type error.type error.kind error.class err.type err.name exc_type exception.type \
      record.exception.type
      """),
    Row(
      .error,
      """
      error error_message error.message err.message err exception.message \
      record.exception.value
      """),
    Row(
      .stack,
      """
      stack error.stack_trace error.stack err.stack stack_trace stacktrace exc_info exception \
      exception.stacktrace full_message errorVerbose record.exception.traceback @x
      """),
  ]

  private static let logs = [
    Row(
      .level,
      "level severity levelname log.level lvl loglevel LogLevel @l record.level.name severityText"),
    Row(.level, "level_name"),
    Row(.level, "severityNumber", unit: .severityNumber),
    Row(.level, "levelno", unit: .pythonLevel),
    Row(.level, "level_value", unit: .logstashLevel),
    Row(
      .message,
      """
      message msg event short_message @m @mt record.message text log body body.stringValue \
      Message
      """),
    Row(
      .logger,
      """
      logger logger_name loggerName log.logger record.name SourceContext Category component \
      _logger_name label
      """),
  ]

  private static let calls = [
    Row(.provider, "provider"),
    Row(.model, "model model_name llm_model llm.model gen_ai.request.model"),
    Row(.responseModel, "response_model response.model gen_ai.response.model"),
    Row(.operation, "operation"),
    Row(.responseID, "response_id response.id"),
    Row(.answerResponseID, LedgerSpan.answerDetail),
    Row(.finishReason, "finish_reason"),
    Row(.stream, "stream"),
    Row(.serviceTier, "service_tier"),
  ]

  private static let usage = [
    Row(
      .inputTokens,
      "input_tokens prompt_tokens tokens_in usage.prompt_tokens usage.input_tokens"),
    Row(
      .outputTokens,
      "output_tokens completion_tokens tokens_out usage.completion_tokens usage.output_tokens"),
    Row(.totalTokens, "total_tokens usage.total_tokens"),
    Row(
      .cacheReadTokens,
      """
      cache_read_tokens cached_tokens cache_read_input_tokens usage.cache_read_input_tokens \
      usage.prompt_tokens_details.cached_tokens prompt_tokens_details.cached_tokens
      """),
    Row(
      .cacheWriteTokens,
      """
      cache_write_tokens cache_creation_tokens cache_creation_input_tokens \
      usage.cache_creation_input_tokens
      """),
    Row(
      .cacheWrite1hTokens,
      "cache_write_1h_tokens usage.cache_creation.ephemeral_1h_input_tokens"),
    Row(
      .reasoningTokens,
      """
      reasoning_tokens usage.completion_tokens_details.reasoning_tokens \
      completion_tokens_details.reasoning_tokens
      """),
    Row(.audioInputTokens, "audio_input_tokens usage.prompt_tokens_details.audio_tokens"),
    Row(.audioOutputTokens, "audio_output_tokens usage.completion_tokens_details.audio_tokens"),
    Row(.imageInputTokens, "image_input_tokens"),
    Row(.inputIncludesCache, "input_includes_cache"),
    Row(.estimatedTokens, "estimated_tokens"),
    Row(.cost, "cost_usd cost response_cost"),
    Row(.timeToFirstToken, "ttft_ms"),
  ]

  private static let clientSide = [
    Row(.attempt, "attempt"),
    Row(.fallbackFrom, "fallback_from"),
    Row(.degraded, "degraded"),
    Row(.retryWait, "retry_wait_ms"),
    Row(.gateWait, "gate_wait_ms"),
    Row(.queueWait, "queue_ms"),
    Row(.poolWait, "pool_wait_ms"),
    Row(.poolInUse, "pool_in_use"),
    Row(.poolSize, "pool_size"),
    Row(.breaker, "breaker"),
    Row(.remainingRequests, "ratelimit_remaining_requests"),
    Row(.remainingTokens, "ratelimit_remaining_tokens"),
    Row(.cache, "cache"),
  ]

  private static let content = [
    Row(.prompt, "prompt"),
    Row(.promptVersion, "prompt_version"),
    Row(.variant, "variant"),
    Row(.documents, "documents"),
    Row(.toolCalls, "tool_calls"),
    Row(.verdict, "verdict"),
    Row(.input, "input"),
    Row(.output, "output"),
    Row(.timings, "timings"),
    Row(.score, "score"),
    Row(.value, "value"),
    Row(.evaluator, "evaluator"),
    Row(.comment, "comment"),
    Row(.sampleRate, "sample_rate"),
    Row(.attributes, "attrs"),
  ]
}
