internal import Money
internal import Telemetry

/// The faces of the tables that people read. A column is never renamed or given another meaning
/// without a line in the changelog.
extension Schema {
  /// The views, by name. They hold no data: each start makes them anew where they differ.
  package static let views = [
    "event_columns": eventColumns, "event_rows": eventRows, "llm_calls": calls, "spans": spans,
    "logs": logs, "scores": scores, "actions": actions, "sessions": sessions, "errors": errors,
    "hours": hours, "payload_texts": payloadTexts,
  ]

  private static let call = EventType.llm.rawValue
  private static let noUsage = CostStatus.noUsage.rawValue

  private static let eventColumns = """
    CREATE VIEW event_columns AS
    SELECT e.id, e.type, e.time, e.lag, x.start, e.duration, e.ttft, e.source, e.operation,
      e.tenant, e.scope, e.trace_id, e.span_id, e.parent_span_id, e.status, e.error_type, e.level,
      x.http_status, e.attempt, e.seq, x.is_open, e.input_uncached, e.cache_read, e.cache_write,
      x.cache_write_1h, x.audio_input, x.image_input, e.output_text, e.reasoning, x.audio_output,
      e.cost, x.reported_cost, e.cost_status, e.price_row, e.computed_cost,
      e.usage_rule, x.sample_rate, e.user, e.session, e.request_id, e.response_id, e.event_id,
      e.message, x.warnings, e.identity, e.details, e.attrs,
      iif(c.id IS NULL, e.type = \(call), ifnull(c.status, \(noUsage)) <> \(noUsage)) AS counted,
      c.why, iif(c.id IS NULL, iif(e.type = \(call), e.cost, NULL), c.cost) AS counted_cost
    FROM events e LEFT JOIN event_extras x ON x.id = e.id
      LEFT JOIN event_counts c ON c.id = e.id
    """

  private static let eventRows = """
    CREATE VIEW event_rows AS
    SELECT e.id, \(words(EventType.self, "e.type")) AS type, \(instant("e.time")) AS time,
      \(instant("e.time + ifnull(e.lag, 0) * 1000000")) AS received_at,
      ifnull(e.start, e.time - e.duration) AS start_ns,
      e.duration / 1e6 AS duration_ms, e.ttft / 1e6 AS ttft_ms,
      s.service, s.env, s.release, s.instance, s.logger, s.src, t.tenant,
      \(digits("e.trace_id")) AS trace_id, \(digits("e.span_id")) AS span_id,
      \(digits("e.parent_span_id")) AS parent_span_id,
      o.kind, o.name, o.agent, o.tool, o.provider, o.model, o.response_model, o.operation,
      o.prompt, o.prompt_version, o.variant, o.service_tier, o.finish_reason, o.stream,
      o.score, o.evaluator,
      \(words(Status.self, "e.status")) AS status,
      \(words(ErrorType.self, "e.error_type")) AS error_type,
      \(words(Level.self, "e.level")) AS level, e.http_status, e.attempt, e.seq, e.is_open,
      e.input_uncached, e.cache_read, e.cache_write, e.cache_write_1h, e.audio_input,
      e.image_input, e.output_text, e.reasoning, e.audio_output,
      \(dollars("e.cost")) AS cost_usd,
      \(dollars("ifnull(e.reported_cost, iif(e.cost_status = 0, e.cost, NULL))"))
        AS reported_cost_usd,
      \(words(CostStatus.self, "e.cost_status")) AS cost_status, e.price_row,
      \(dollars("e.computed_cost")) AS computed_cost_usd,
      iif(\(costDifference) < 0, '-', '') || \(dollars("abs(\(costDifference))"))
        AS cost_difference_usd,
      \(words(UsageRule.self, "e.usage_rule")) AS usage_rule,
      ifnull(e.sample_rate, 1.0) AS sample_rate, e.user, e.session, e.request_id, e.response_id,
      e.event_id, e.message, e.warnings, e.details, e.attrs, e.counted,
      \(words(CountReason.self, "e.why")) AS why, \(dollars("e.counted_cost")) AS counted_cost_usd
    FROM event_columns e LEFT JOIN sources s ON s.id = e.source
      LEFT JOIN operations o ON o.id = e.operation LEFT JOIN tenants t ON t.id = e.tenant
    """

  private static func words<Vocabulary: Word>(_: Vocabulary.Type, _ column: String) -> String {
    let cases = Vocabulary.allCases.map { "WHEN \($0.rawValue) THEN '\($0.text)'" }
    return "CASE \(column) \(cases.joined(separator: " ")) END"
  }

  private static let payloadTexts = """
    CREATE VIEW payload_texts AS
    SELECT id, \(text("input")) AS input, \(text("output")) AS output, \(text("stack")) AS stack
    FROM payloads
    """

  private static func text(_ column: String) -> String {
    "iif(typeof(\(column)) = 'blob',"
      + " CAST(sqlar_uncompress(\(column), \(PayloadText.limit)) AS TEXT), \(column))"
  }

  private static func instant(_ nanoseconds: String) -> String {
    "strftime('%Y-%m-%dT%H:%M:%S', (\(nanoseconds)) / 1000000000, 'unixepoch')"
      + " || printf('.%09dZ', (\(nanoseconds)) % 1000000000)"
  }

  private static func digits(_ bytes: String) -> String {
    // hex takes NULL for an empty text.
    "iif(\(bytes) IS NULL, NULL, lower(hex(\(bytes))))"
  }

  /// What the sender says a call cost less what it costs by the prices, in picodollars; NULL where
  /// one of them is not known. Where both agree only one is kept.
  static let costDifference = """
    iif(e.cost_status = \(CostStatus.reported.rawValue) AND ifnull(e.price_row, 0) <> 0,
      e.cost - ifnull(e.computed_cost, e.cost), NULL)
    """

  private static func dollars(_ picodollars: String) -> String {
    // printf takes NULL for 0, and an unknown cost must never look like none.
    "iif((\(picodollars)) IS NULL, NULL, rtrim(rtrim(printf('%d.%012d',"
      + " (\(picodollars)) / 1000000000000, (\(picodollars)) % 1000000000000), '0'), '.'))"
  }

  private static let origin = """
    service, env, release, instance, tenant, user, session, trace_id, span_id, parent_span_id,
      request_id
    """

  private static let contextUsed = """
    round((ifnull(input_uncached, 0) + ifnull(cache_read, 0) + ifnull(cache_write, 0)
        + ifnull(cache_write_1h, 0) + ifnull(audio_input, 0) + ifnull(image_input, 0)
        + ifnull(output_text, 0) + ifnull(reasoning, 0) + ifnull(audio_output, 0)) * 1.0
        / (SELECT nullif(context_window, 0) FROM prices p WHERE p.id = price_row), 6)
    """

  private static let calls = """
    CREATE VIEW llm_calls AS
    SELECT id, time, received_at, \(origin), response_id, provider, model, response_model,
      operation, prompt, prompt_version, variant, service_tier, stream, attempt, status, error_type,
      http_status, finish_reason, duration_ms, ttft_ms,
      iif(coalesce(input_uncached, cache_read, cache_write, cache_write_1h, audio_input,
        image_input) IS NULL, NULL, ifnull(input_uncached, 0) + ifnull(cache_read, 0)
        + ifnull(cache_write, 0)
        + ifnull(cache_write_1h, 0) + ifnull(audio_input, 0) + ifnull(image_input, 0))
        AS input_tokens,
      iif(coalesce(output_text, reasoning, audio_output) IS NULL, NULL, ifnull(output_text, 0)
        + ifnull(reasoning, 0) + ifnull(audio_output, 0)) AS output_tokens,
      cache_read AS cache_read_tokens, cache_write AS cache_write_tokens,
      reasoning AS reasoning_tokens, cost_usd, cost_status, reported_cost_usd, computed_cost_usd,
      cost_difference_usd, \(contextUsed) AS context_used,
      counted, why, counted_cost_usd, sample_rate, message, details ->> '$.error' AS error,
      details, attrs
    FROM event_rows WHERE type = 'llm'
    """

  private static let spans = """
    CREATE VIEW spans AS
    SELECT id, time, received_at, \(origin), kind, name, agent, tool, status, error_type,
      http_status, duration_ms, attempt, cost_usd, counted_cost_usd, sample_rate, message,
      details ->> '$.error' AS error,
      details, attrs
    FROM event_rows WHERE type = 'span'
    """

  private static let logs = """
    CREATE VIEW logs AS
    SELECT id, time, received_at, level, logger, message, \(origin), error_type, details, attrs
    FROM event_rows WHERE type = 'log'
    """

  private static let scores = """
    CREATE VIEW scores AS
    SELECT id, time, received_at, score AS name, details ->> '$.value' AS value, evaluator,
      details ->> '$.comment' AS comment, \(origin), sample_rate, attrs
    FROM event_rows WHERE type = 'score'
    """

  private static let actions = """
    CREATE VIEW actions AS
    SELECT id, time, service, agent, tenant, user, session, kind, name, tool,
      details ->> '$.verdict' AS decision, details ->> '$.arguments_hash' AS arguments_hash, status,
      error_type, duration_ms, trace_id, span_id, parent_span_id
    FROM event_rows
    WHERE tool IS NOT NULL OR kind IN ('tool', 'guardrail', 'gate', 'agent')
    """

  private static let sessions = """
    CREATE VIEW sessions AS
    SELECT v.session, t.tenant, max(v.user) AS user, \(instant("min(v.first)")) AS started,
      \(instant("max(v.last)")) AS ended, (max(v.last) - min(v.first)) / 1e9 AS length_s,
      sum(v.events) AS events, sum(v.calls) AS calls, sum(v.errors) AS errors,
      sum(v.input_tokens) AS input_tokens, sum(v.output_tokens) AS output_tokens,
      \(dollars("sum(v.cost)")) AS cost_usd,
      1 - sum(v.unpriced_tokens) * 1.0
        / nullif(sum(v.input_tokens) + sum(v.output_tokens), 0) AS coverage,
      max(v.last) / 1000000000 > unixepoch() - \(Limits.sessionActive) AS is_active
    FROM session_visits v LEFT JOIN tenants t ON t.id = v.tenant
    GROUP BY v.session, v.tenant, v.scope
    """

  private static let errors = """
    CREATE VIEW errors AS
    SELECT g.fingerprint, g.type, g.message, sum(g.count) AS count,
      \(instant("min(g.first)")) AS first_seen, \(instant("max(g.last)")) AS last_seen, t.tenant,
      s.service, o.provider, o.model, \(digits("g.trace_id")) AS trace_id, g.sample AS event
    FROM error_groups g LEFT JOIN tenants t ON t.id = g.tenant
      LEFT JOIN sources s ON s.id = g.source LEFT JOIN operations o ON o.id = g.operation
    GROUP BY g.fingerprint, g.tenant, g.scope
    """

  private static let hours = """
    CREATE VIEW hours AS
    SELECT strftime('%Y-%m-%dT%H:%M:%SZ', h.hour, 'unixepoch') AS hour, b.type,
      b.labels AS breakdown, g.labels, g.labels ->> '$.service' AS service,
      g.labels ->> '$.provider' AS provider, g.labels ->> '$.model' AS model,
      g.labels ->> '$.tenant' AS tenant, h.finished AS count, h.starts, h.errors, h.cancelled,
      h.retries, h.no_usage, h.input_uncached, h.cache_read, h.cache_write, h.cache_write_1h,
      h.audio_input, h.image_input, h.output_text, h.reasoning, h.audio_output, h.unpriced_tokens,
      \(dollars("h.cost")) AS cost_usd, h.duration_sum / 1e6 AS duration_sum_ms,
      h.duration_min / 1e6 AS duration_min_ms, h.duration_max / 1e6 AS duration_max_ms,
      h.ttft_sum / 1e6 AS ttft_sum_ms, h.ttft_count
    FROM rollup_hours h JOIN rollup_breakdowns b ON b.id = h.breakdown
      JOIN rollup_hour_groups g ON g.id = h.group_id
    """
}
