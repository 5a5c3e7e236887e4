PRAGMA page_size = 4096;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1650553455;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE event_extras (id INTEGER PRIMARY KEY,
  start INTEGER, is_open INTEGER, http_status INTEGER, cache_write_1h INTEGER,
  audio_input INTEGER, image_input INTEGER, audio_output INTEGER, reported_cost INTEGER,
  sample_rate REAL, warnings INTEGER) STRICT;
INSERT INTO "event_extras" VALUES(2,NULL,NULL,429,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "events" VALUES(1,0,1795255200000000000,6041762,1,1,1,0,X'0AF7651916CD43DD8448EB211C80319C',X'B7AD6B7169203331',NULL,NULL,NULL,'call-1',NULL,0,NULL,NULL,812500000,90000000,1000,200,NULL,50,NULL,NULL,3,NULL,'u1','s1',NULL,NULL,NULL,NULL,'{"team":"blue","n":3}');
INSERT INTO "events" VALUES(2,0,1795255201000000000,6040762,2,2,0,0,NULL,NULL,NULL,2,NULL,'call-2',NULL,1,0,NULL,15000000,NULL,NULL,NULL,NULL,NULL,NULL,12500000000,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,1,1795255202000000000,6039762,2,3,0,0,X'0AF7651916CD43DD8448EB211C80319C',X'00F067AA0BA902B7',X'B7AD6B7169203331',NULL,NULL,NULL,NULL,0,NULL,NULL,30000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(4,2,1795255203000000000,6038762,3,0,0,0,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL,NULL,5,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'cannot reach "db": refused',NULL,NULL);
INSERT INTO "events" VALUES(5,2,1795255204000000000,6037762,3,0,0,0,NULL,NULL,NULL,NULL,4,NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'ready',NULL,NULL);
INSERT INTO "events" VALUES(6,3,1795255205000000000,6036762,0,4,0,0,X'0AF7651916CD43DD8448EB211C80319C',X'B7AD6B7169203331',NULL,NULL,NULL,NULL,X'B2EF9A7F2FE49185DFF62F58B2F0409A',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"value":0.75}',NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE operations (id INTEGER PRIMARY KEY, kind TEXT, name TEXT, agent TEXT, tool TEXT,
  provider TEXT, model TEXT, response_model TEXT, operation TEXT, prompt TEXT,
  prompt_version TEXT, variant TEXT, service_tier TEXT, finish_reason TEXT, stream TEXT,
  score TEXT, evaluator TEXT) STRICT;
INSERT INTO "operations" VALUES(1,NULL,NULL,NULL,NULL,'openai','gpt-4o',NULL,'chat',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "operations" VALUES(2,NULL,NULL,NULL,NULL,'anthropic','claude-sonnet-4',NULL,'chat',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "operations" VALUES(3,'tool','search',NULL,'web',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "operations" VALUES(4,NULL,'helpful',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'helpful','human');
CREATE TABLE payloads (id INTEGER PRIMARY KEY, input TEXT, output TEXT, stack TEXT) STRICT;
INSERT INTO "payloads" VALUES(1,'What is the weather in Paris, and what should a traveller wear on a day like this one? Please answer at length, with reasons, and mention the wind, the rain and the temperature in the morning and in the evening. What is the weather in Paris, and what should a traveller wear?','Rain. A coat.',NULL);
INSERT INTO "payloads" VALUES(4,NULL,NULL,'Error: refused
  at connect (net.js:12)
  at run (app.js:3)');
CREATE TABLE sources (id INTEGER PRIMARY KEY, service TEXT, env TEXT, release TEXT,
  instance TEXT, logger TEXT, src TEXT) STRICT;
INSERT INTO "sources" VALUES(1,'chat','prod',NULL,NULL,NULL,NULL);
INSERT INTO "sources" VALUES(2,'chat',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "sources" VALUES(3,'chat',NULL,NULL,NULL,NULL,'pod-1');
CREATE TABLE streams (src TEXT NOT NULL, service TEXT NOT NULL, peer TEXT NOT NULL,
  door INTEGER NOT NULL, scope INTEGER NOT NULL, stored INTEGER NOT NULL,
  duplicate INTEGER NOT NULL, rejected INTEGER NOT NULL, shed INTEGER NOT NULL,
  unidentified INTEGER NOT NULL, resent INTEGER NOT NULL, highest INTEGER,
  forgotten_lost INTEGER NOT NULL, gaps TEXT NOT NULL, last_seen INTEGER NOT NULL,
  PRIMARY KEY (src, service, peer, door, scope)) STRICT, WITHOUT ROWID;
INSERT INTO "streams" VALUES('','','127.0.0.1',0,0,1,0,0,0,0,0,NULL,0,'[]',1795261241762429255);
INSERT INTO "streams" VALUES('','chat','127.0.0.1',0,0,3,0,0,0,0,0,NULL,0,'[]',1795261241762429255);
INSERT INTO "streams" VALUES('pod-1','chat','',0,0,2,0,0,0,0,0,4,0,'[[2,3]]',1795261241762429255);
CREATE TABLE tenants (id INTEGER PRIMARY KEY, tenant TEXT) STRICT;
INSERT INTO "tenants" VALUES(1,'acme');
CREATE TABLE trace_index (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
CREATE VIEW event_columns AS
SELECT e.id, e.type, e.time, e.lag, x.start, e.duration, e.ttft, e.source, e.operation,
  e.tenant, e.scope, e.trace_id, e.span_id, e.parent_span_id, e.status, e.error_type, e.level,
  x.http_status, e.attempt, e.seq, x.is_open, e.input_uncached, e.cache_read, e.cache_write,
  x.cache_write_1h, x.audio_input, x.image_input, e.output_text, e.reasoning, x.audio_output,
  e.cost, x.reported_cost, e.cost_status, e.price_row, x.sample_rate, e.user, e.session,
  e.request_id, e.response_id, e.event_id, e.message, x.warnings, e.identity, e.details, e.attrs
FROM events e LEFT JOIN event_extras x ON x.id = e.id;
CREATE VIEW event_rows AS
SELECT e.id, CASE e.type WHEN 0 THEN 'llm' WHEN 1 THEN 'span' WHEN 2 THEN 'log' WHEN 3 THEN 'score' END AS type, strftime('%Y-%m-%dT%H:%M:%S', (e.time) / 1000000000, 'unixepoch') || printf('.%09dZ', (e.time) % 1000000000) AS time,
  strftime('%Y-%m-%dT%H:%M:%S', (e.time + ifnull(e.lag, 0) * 1000000) / 1000000000, 'unixepoch') || printf('.%09dZ', (e.time + ifnull(e.lag, 0) * 1000000) % 1000000000) AS received_at,
  ifnull(e.start, e.time - e.duration) AS start_ns,
  e.duration / 1e6 AS duration_ms, e.ttft / 1e6 AS ttft_ms,
  s.service, s.env, s.release, s.instance, s.logger, s.src, t.tenant,
  lower(hex(e.trace_id)) AS trace_id, lower(hex(e.span_id)) AS span_id,
  lower(hex(e.parent_span_id)) AS parent_span_id,
  o.kind, o.name, o.agent, o.tool, o.provider, o.model, o.response_model, o.operation,
  o.prompt, o.prompt_version, o.variant, o.service_tier, o.finish_reason, o.stream,
  o.score, o.evaluator,
  CASE e.status WHEN 0 THEN 'ok' WHEN 1 THEN 'error' WHEN 2 THEN 'cancelled' END AS status,
  CASE e.error_type WHEN 0 THEN 'rate_limit' WHEN 1 THEN 'timeout' WHEN 2 THEN 'auth' WHEN 3 THEN 'invalid_request' WHEN 4 THEN 'context_length' WHEN 5 THEN 'content_filter' WHEN 6 THEN 'not_found' WHEN 7 THEN 'server' WHEN 8 THEN 'network' WHEN 9 THEN 'circuit_open' WHEN 10 THEN 'cancelled' WHEN 11 THEN 'other' END AS error_type,
  CASE e.level WHEN 0 THEN 'trace' WHEN 1 THEN 'debug' WHEN 2 THEN 'info' WHEN 3 THEN 'notice' WHEN 4 THEN 'warning' WHEN 5 THEN 'error' WHEN 6 THEN 'fatal' END AS level, e.http_status, e.attempt, e.seq, e.is_open,
  e.input_uncached, e.cache_read, e.cache_write, e.cache_write_1h, e.audio_input,
  e.image_input, e.output_text, e.reasoning, e.audio_output,
  iif((e.cost) IS NULL, NULL, rtrim(rtrim(printf('%d.%012d', (e.cost) / 1000000000000, (e.cost) % 1000000000000), '0'), '.')) AS cost_usd,
  iif((ifnull(e.reported_cost, iif(e.cost_status = 0, e.cost, NULL))) IS NULL, NULL, rtrim(rtrim(printf('%d.%012d', (ifnull(e.reported_cost, iif(e.cost_status = 0, e.cost, NULL))) / 1000000000000, (ifnull(e.reported_cost, iif(e.cost_status = 0, e.cost, NULL))) % 1000000000000), '0'), '.'))
    AS reported_cost_usd,
  CASE e.cost_status WHEN 0 THEN 'reported' WHEN 1 THEN 'computed' WHEN 2 THEN 'partial' WHEN 3 THEN 'unpriced' WHEN 4 THEN 'no_usage' WHEN 5 THEN 'zero' END AS cost_status, e.price_row,
  ifnull(e.sample_rate, 1.0) AS sample_rate, e.user, e.session, e.request_id, e.response_id,
  e.event_id, e.message, e.warnings, e.details, e.attrs
FROM event_columns e LEFT JOIN sources s ON s.id = e.source
  LEFT JOIN operations o ON o.id = e.operation LEFT JOIN tenants t ON t.id = e.tenant;
COMMIT;
