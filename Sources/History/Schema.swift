internal import Telemetry

/// The tables of `barograph.db`. They are public: people read them with any SQLite tool, so a
/// column is never renamed or given another meaning without a migration.
///
/// - `events`: a row an event, `id` in order of arrival. Times and durations are ns; money is
///   picodollars; words (`type`, `status`, …) are numbers of their vocabularies; NULL is absent.
///   `lag` is receipt − `time` in ms, NULL where the sender gave no time and `time` is the receipt.
///   `source`, `operation`, `tenant` are rows of the tables `sources`, `operations`, `tenants`, 0
///   where all of their columns are absent. `scope` is the tenant of the sender's key. `identity`
///   is there only where it cannot be made again from the row's other columns.
/// - `event_extras`: what few events have, under the same `id`; a row only where there is any.
///   Every column of `events` costs each row a byte and each insert some 10 ns, also where null.
/// - `payloads`: input, output and stack, under the same `id`; a value that is a BLOB is a zlib
///   stream of the text. `payload_texts`: a view of the texts, which needs the SQLite shell's
///   function `sqlar_uncompress`.
/// - `event_columns`: a view of `events` with its extras; `event_rows`: the same for people.
/// - `trace_index`: for each full segment of rows, in which of them a trace may be: `TraceIndex`.
/// - `totals`: the counters of `/metrics` as of the row `totals_row` of `meta`, a row a label set:
///   numbers as `SavedSeries` writes them. What came after that row is counted again at start.
/// - `totals_amended`: rows that were amended since, with what their old version had counted.
/// - `totals_waiting`: scores up to that row that wait for what they score.
/// - `streams`: the books of every source; `meta`: facts about the file.
package enum Schema {
  /// `barograph.db`'s `application_id`: "baro".
  package static let applicationID: Int64 = 0x6261_726F

  /// The newest version this program writes and reads; kept in `user_version`.
  package static var version: Int64 { Int64(migrations.count) }

  /// The statement at n takes a file from version n to n + 1.
  package static let migrations = [first, traceIndex, totals, pricing, payloadCompression]

  private static let first = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
    CREATE TABLE sources (id INTEGER PRIMARY KEY, service TEXT, env TEXT, release TEXT,
      instance TEXT, logger TEXT, src TEXT) STRICT;
    CREATE TABLE operations (id INTEGER PRIMARY KEY, kind TEXT, name TEXT, agent TEXT, tool TEXT,
      provider TEXT, model TEXT, response_model TEXT, operation TEXT, prompt TEXT,
      prompt_version TEXT, variant TEXT, service_tier TEXT, finish_reason TEXT, stream TEXT,
      score TEXT, evaluator TEXT) STRICT;
    CREATE TABLE tenants (id INTEGER PRIMARY KEY, tenant TEXT) STRICT;
    CREATE TABLE events (id INTEGER PRIMARY KEY,
      type INTEGER NOT NULL, time INTEGER NOT NULL, lag INTEGER,
      source INTEGER NOT NULL, operation INTEGER NOT NULL, tenant INTEGER NOT NULL,
      scope INTEGER NOT NULL,
      trace_id BLOB, span_id BLOB, parent_span_id BLOB, attempt INTEGER, seq INTEGER,
      event_id TEXT, identity BLOB,
      status INTEGER, error_type INTEGER, level INTEGER, duration INTEGER, ttft INTEGER,
      input_uncached INTEGER, cache_read INTEGER, cache_write INTEGER, output_text INTEGER,
      reasoning INTEGER, cost INTEGER, cost_status INTEGER, price_row INTEGER,
      user TEXT, session TEXT, request_id TEXT, response_id TEXT, message TEXT,
      details TEXT, attrs TEXT) STRICT;
    CREATE TABLE event_extras (id INTEGER PRIMARY KEY,
      start INTEGER, is_open INTEGER, http_status INTEGER, cache_write_1h INTEGER,
      audio_input INTEGER, image_input INTEGER, audio_output INTEGER, reported_cost INTEGER,
      sample_rate REAL, warnings INTEGER) STRICT;
    CREATE TABLE payloads (id INTEGER PRIMARY KEY, input TEXT, output TEXT, stack TEXT) STRICT;
    CREATE TABLE streams (src TEXT NOT NULL, service TEXT NOT NULL, peer TEXT NOT NULL,
      door INTEGER NOT NULL, scope INTEGER NOT NULL, stored INTEGER NOT NULL,
      duplicate INTEGER NOT NULL, rejected INTEGER NOT NULL, shed INTEGER NOT NULL,
      unidentified INTEGER NOT NULL, resent INTEGER NOT NULL, highest INTEGER,
      forgotten_lost INTEGER NOT NULL, gaps TEXT NOT NULL, last_seen INTEGER NOT NULL,
      PRIMARY KEY (src, service, peer, door, scope)) STRICT, WITHOUT ROWID;
    """

  private static let pricing = """
    ALTER TABLE events ADD COLUMN computed_cost INTEGER;
    ALTER TABLE events ADD COLUMN usage_rule INTEGER;
    """

  // The values become ANY, so that some can be streams. A table made anew would copy every payload;
  // this change leaves rows as they are, and the last line tells other connections to look again.
  private static let payloadCompression = """
    PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = 'CREATE TABLE payloads (id INTEGER PRIMARY KEY, input ANY,
      output ANY, stack ANY) STRICT' WHERE type = 'table' AND name = 'payloads';
    PRAGMA writable_schema = RESET;
    CREATE TABLE payloads_changed (id INTEGER) STRICT; DROP TABLE payloads_changed;
    """

  private static let traceIndex = """
    CREATE TABLE trace_index (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
    """

  private static let totals = """
    CREATE TABLE totals (id INTEGER PRIMARY KEY, labels BLOB NOT NULL, data BLOB NOT NULL) STRICT;
    CREATE TABLE totals_amended (id INTEGER PRIMARY KEY, row INTEGER NOT NULL, before BLOB) STRICT;
    CREATE TABLE totals_waiting (row INTEGER PRIMARY KEY) STRICT;
    """

  /// The views, by name. They hold no data: each start makes them anew where they differ.
  package static let views = [
    "event_columns": eventColumns, "event_rows": eventRows, "payload_texts": payloadTexts,
  ]

  private static let payloadTexts = """
    CREATE VIEW payload_texts AS
    SELECT id, \(text("input")) AS input, \(text("output")) AS output, \(text("stack")) AS stack
    FROM payloads
    """

  private static let eventColumns = """
    CREATE VIEW event_columns AS
    SELECT e.id, e.type, e.time, e.lag, x.start, e.duration, e.ttft, e.source, e.operation,
      e.tenant, e.scope, e.trace_id, e.span_id, e.parent_span_id, e.status, e.error_type, e.level,
      x.http_status, e.attempt, e.seq, x.is_open, e.input_uncached, e.cache_read, e.cache_write,
      x.cache_write_1h, x.audio_input, x.image_input, e.output_text, e.reasoning, x.audio_output,
      e.cost, x.reported_cost, e.cost_status, e.price_row, e.computed_cost,
      e.usage_rule, x.sample_rate, e.user, e.session, e.request_id, e.response_id, e.event_id,
      e.message, x.warnings, e.identity, e.details, e.attrs
    FROM events e LEFT JOIN event_extras x ON x.id = e.id
    """

  private static let eventRows = """
    CREATE VIEW event_rows AS
    SELECT e.id, \(words(EventType.self, "e.type")) AS type, \(instant("e.time")) AS time,
      \(instant("e.time + ifnull(e.lag, 0) * 1000000")) AS received_at,
      ifnull(e.start, e.time - e.duration) AS start_ns,
      e.duration / 1e6 AS duration_ms, e.ttft / 1e6 AS ttft_ms,
      s.service, s.env, s.release, s.instance, s.logger, s.src, t.tenant,
      lower(hex(e.trace_id)) AS trace_id, lower(hex(e.span_id)) AS span_id,
      lower(hex(e.parent_span_id)) AS parent_span_id,
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
      \(words(UsageRule.self, "e.usage_rule")) AS usage_rule,
      ifnull(e.sample_rate, 1.0) AS sample_rate, e.user, e.session, e.request_id, e.response_id,
      e.event_id, e.message, e.warnings, e.details, e.attrs
    FROM event_columns e LEFT JOIN sources s ON s.id = e.source
      LEFT JOIN operations o ON o.id = e.operation LEFT JOIN tenants t ON t.id = e.tenant
    """

  private static func words<Vocabulary: Word>(_: Vocabulary.Type, _ column: String) -> String {
    let cases = Vocabulary.allCases.map { "WHEN \($0.rawValue) THEN '\($0.text)'" }
    return "CASE \(column) \(cases.joined(separator: " ")) END"
  }

  private static func text(_ column: String) -> String {
    "iif(typeof(\(column)) = 'blob',"
      + " CAST(sqlar_uncompress(\(column), \(PayloadText.limit)) AS TEXT), \(column))"
  }

  private static func instant(_ nanoseconds: String) -> String {
    "strftime('%Y-%m-%dT%H:%M:%S', (\(nanoseconds)) / 1000000000, 'unixepoch')"
      + " || printf('.%09dZ', (\(nanoseconds)) % 1000000000)"
  }

  private static func dollars(_ picodollars: String) -> String {
    // printf takes NULL for 0, and an unknown cost must never look like none.
    "iif((\(picodollars)) IS NULL, NULL, rtrim(rtrim(printf('%d.%012d',"
      + " (\(picodollars)) / 1000000000000, (\(picodollars)) % 1000000000000), '0'), '.'))"
  }
}
