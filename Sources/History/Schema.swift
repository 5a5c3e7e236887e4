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
/// - `rollup_blocks`: what the groups of `rollup_groups` counted, an hour a row or many, by
///   stretches of `step` seconds: `RollupBlock`, packed where the step is 60. Rows of one hour add
///   up.
/// - `rollup_hours`: what the groups of `rollup_hour_groups` counted in an hour by one of the
///   `rollup_breakdowns`: for people as columns, and whole in `data`. Rows of one group add up.
/// - `event_counts`: the rows that do not count as they stand, because another row is the same call
///   or they are runs over calls: why, and what of their usage counts.
/// - `prices`: the price rows that stored calls refer to by `price_row`: when they hold (ns), and
///   US dollars a million tokens by kind, with `>n` where prompts of more than n tokens cost more.
/// - `session_visits`: the figures of sessions, and `error_groups`: those of errors that have the
///   same pattern; a row or several of each, which add up. People read `sessions` and `errors`.
/// - `series`: a metric's name and labels (JSON, by rising name), what it is, and the hour it was
///   last heard of. `samples`: those of two to three hours in order of arrival, some of a commit
///   and an hour a row: `SampleChunk`. `sample_blocks`: older ones, a series and an hour a row:
///   `SamplePacking`. Their times are ms; a sample that is in both is one, and the row counts.
/// - `alerts`: each time that an alert fired, by its labels' fingerprint, its rule and its start;
///   `notifications`: the outbox, `state` being queued, sent or failed, and what left it;
///   `alert_memory`: what rules and groups of alerts have to remember, by key.
/// - `streams`: the books of every source; `meta`: facts about the file.
/// - `audit`: every administrative act, each row's `hash` over the row before: `AuditTrail`;
///   `audit_checkpoint`: the last of the rows that retention removed. `holds`: what neither
///   retention nor erasure may remove.
package enum Schema {
  /// `barograph.db`'s `application_id`: "baro".
  package static let applicationID: Int64 = 0x6261_726F

  /// The newest version this program writes and reads; kept in `user_version`.
  package static var version: Int64 { Int64(migrations.count) }

  /// The statement at n takes a file from version n to n + 1.
  package static let migrations = [
    first, traceIndex, totals, pricing, rollups, groups, payloadCompression, samples,
    counts, alerts, privacy,
  ]

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

  private static let rollups = """
    CREATE TABLE rollup_groups (id INTEGER PRIMARY KEY, labels TEXT NOT NULL UNIQUE,
      last INTEGER NOT NULL) STRICT;
    CREATE TABLE rollup_hour_groups (id INTEGER PRIMARY KEY, labels TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE rollup_breakdowns (id INTEGER PRIMARY KEY, type TEXT NOT NULL,
      labels TEXT NOT NULL, UNIQUE (type, labels)) STRICT;
    CREATE TABLE rollup_blocks (id INTEGER PRIMARY KEY, step INTEGER NOT NULL,
      hour INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
    CREATE INDEX rollup_blocks_by_hour ON rollup_blocks (step, hour);
    CREATE TABLE rollup_hours (breakdown INTEGER NOT NULL, hour INTEGER NOT NULL,
      group_id INTEGER NOT NULL, part INTEGER NOT NULL,
      starts REAL NOT NULL, finished REAL NOT NULL, errors REAL NOT NULL, cancelled REAL NOT NULL,
      retries REAL NOT NULL, no_usage REAL NOT NULL,
      input_uncached INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
      cache_write_1h INTEGER NOT NULL, audio_input INTEGER NOT NULL, image_input INTEGER NOT NULL,
      output_text INTEGER NOT NULL, reasoning INTEGER NOT NULL, audio_output INTEGER NOT NULL,
      unpriced_tokens INTEGER NOT NULL, cost INTEGER NOT NULL,
      duration_sum INTEGER NOT NULL, duration_min INTEGER, duration_max INTEGER,
      ttft_sum INTEGER NOT NULL, ttft_count REAL NOT NULL, ttft_max INTEGER,
      data BLOB NOT NULL,
      PRIMARY KEY (breakdown, hour, group_id, part)) STRICT, WITHOUT ROWID;
    ALTER TABLE totals_amended ADD COLUMN rollup BLOB;
    """

  private static let groups = """
    CREATE TABLE session_visits (id INTEGER PRIMARY KEY, session TEXT NOT NULL,
      tenant INTEGER NOT NULL, scope INTEGER NOT NULL, user TEXT,
      first INTEGER NOT NULL, last INTEGER NOT NULL, events INTEGER NOT NULL,
      calls REAL NOT NULL, errors REAL NOT NULL, input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL,
      cost INTEGER NOT NULL, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL) STRICT;
    CREATE TABLE error_groups (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL,
      tenant INTEGER NOT NULL, scope INTEGER NOT NULL, type TEXT NOT NULL, message TEXT NOT NULL,
      count REAL NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
      sample INTEGER NOT NULL, trace_id BLOB, source INTEGER NOT NULL,
      operation INTEGER NOT NULL) STRICT;
    """

  private static let counts = """
    CREATE TABLE event_counts (id INTEGER PRIMARY KEY, why INTEGER, status INTEGER, cost INTEGER,
      priced_tokens INTEGER NOT NULL, input_uncached INTEGER, cache_read INTEGER,
      cache_write INTEGER, cache_write_1h INTEGER, audio_input INTEGER, image_input INTEGER,
      output_text INTEGER, reasoning INTEGER, audio_output INTEGER) STRICT;
    CREATE TABLE prices (id INTEGER PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL,
      tier TEXT NOT NULL, valid_from INTEGER, valid_to INTEGER, context_window INTEGER,
      prices TEXT NOT NULL) STRICT;
    """

  private static let alerts = """
    CREATE TABLE alert_memory (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE alerts (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, rule TEXT NOT NULL,
      name TEXT NOT NULL, labels TEXT NOT NULL, annotations TEXT NOT NULL, value TEXT NOT NULL,
      active_at INTEGER NOT NULL, fired_at INTEGER NOT NULL, resolved_at INTEGER,
      acknowledged_at INTEGER, acknowledged_by TEXT, comment TEXT, cause TEXT,
      UNIQUE (fingerprint, rule, fired_at)) STRICT;
    CREATE TABLE notifications (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
      receiver TEXT NOT NULL, reason TEXT NOT NULL, group_key TEXT NOT NULL,
      alerts INTEGER NOT NULL, created_at INTEGER NOT NULL, state TEXT NOT NULL,
      attempts INTEGER NOT NULL, tried_at INTEGER, error TEXT, document TEXT NOT NULL) STRICT;
    CREATE INDEX notifications_queued ON notifications (id) WHERE state = 'queued';
    """

  private static let privacy = """
    CREATE TABLE audit (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, principal TEXT NOT NULL,
      act TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL,
      hash BLOB NOT NULL) STRICT;
    CREATE TABLE audit_checkpoint (id INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
    CREATE TABLE holds (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL,
      reason TEXT NOT NULL, placed_at INTEGER NOT NULL, placed_by TEXT NOT NULL,
      UNIQUE (kind, value)) STRICT;
    """

  private static let samples = """
    CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL,
      tenant TEXT, type TEXT NOT NULL, unit TEXT NOT NULL, help TEXT NOT NULL,
      last INTEGER NOT NULL, UNIQUE (name, labels)) STRICT;
    CREATE TABLE samples (id INTEGER PRIMARY KEY, hour INTEGER NOT NULL, first INTEGER NOT NULL,
      last INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
    CREATE INDEX samples_by_hour ON samples (hour);
    CREATE TABLE sample_blocks (series INTEGER NOT NULL, hour INTEGER NOT NULL,
      data BLOB NOT NULL, PRIMARY KEY (hour, series)) STRICT, WITHOUT ROWID;
    """

  private static let traceIndex = """
    CREATE TABLE trace_index (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
    """

  private static let totals = """
    CREATE TABLE totals (id INTEGER PRIMARY KEY, labels BLOB NOT NULL, data BLOB NOT NULL) STRICT;
    CREATE TABLE totals_amended (id INTEGER PRIMARY KEY, row INTEGER NOT NULL, before BLOB) STRICT;
    CREATE TABLE totals_waiting (row INTEGER PRIMARY KEY) STRICT;
    """
}
