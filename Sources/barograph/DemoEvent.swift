internal import Codec

/// One made-up event: its fields, and the door it comes through.
struct DemoEvent {
  /// How it reaches the collector.
  enum Door: Equatable, Sendable {
    case http, datagram, otlp
  }

  enum Value {
    case text(String)
    case number(Double)
    case whole(Int)
    case flag(Bool)
  }

  let door: Door
  /// When it happened, in ns since 1970: not before is it sent.
  let time: Int64
  /// What came first in the traces of OTLP: begin and length of a span. Other events are logs.
  var start: Int64?
  var isSpan = false
  var fields: [(name: String, value: Value)] = []

  init(_ door: Door, at time: Int64) {
    self.door = door
    self.time = time
  }

  mutating func add(_ name: String, _ text: String?) {
    if let text { fields.append((name, .text(text))) }
  }

  mutating func add(_ name: String, _ number: Double) {
    fields.append((name, .number((number * 100).rounded() / 100)))
  }

  mutating func add(_ name: String, _ whole: Int) { fields.append((name, .whole(whole))) }

  mutating func add(_ name: String, _ flag: Bool) { fields.append((name, .flag(flag))) }

  subscript(name: String) -> String? {
    for field in fields where field.name == name {
      if case .text(let text) = field.value { return text }
    }
    return nil
  }

  /// As a JSON line of the collector's own form.
  var line: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    if let start {
      json.key("start")
      json.value(Timestamp.text(start))
    }
    if start == nil || time != start {
      json.key("time")
      json.value(Timestamp.text(time))
    }
    for field in fields {
      json.key(field.name)
      Self.write(field.value, to: &json)
    }
    json.endObject()
    return json.bytes + [0x0A]
  }

  private static func write(_ value: Value, to json: inout JSONWriter) {
    switch value {
    case .text(let text): json.value(text)
    case .number(let number): json.value(number)
    case .whole(let whole): json.value(whole)
    case .flag(let flag): json.value(flag)
    }
  }
}

/// Events as requests of OpenTelemetry, in JSON.
enum DemoOTLP {
  /// What has a place of its own in a span or a log record.
  private static let framed: Set<String> = [
    "type", "service", "env", "release", "trace_id", "span_id", "parent_span_id", "name", "status",
    "error", "level", "message", "duration_ms",
  ]
  /// What the conventions for generative models call it.
  private static let names = [
    "provider": "gen_ai.provider.name", "model": "gen_ai.request.model",
    "operation": "gen_ai.operation.name", "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens", "tool": "gen_ai.tool.name",
    "session": "session.id", "user": "user.id", "error_type": "error.type",
  ]

  /// A request to `/v1/traces` with the spans of `events`.
  static func traces(_ events: [DemoEvent]) -> [UInt8] {
    request("resourceSpans", "scopeSpans", "spans", events, write: span)
  }

  /// A request to `/v1/logs` with what is no span.
  static func logs(_ events: [DemoEvent]) -> [UInt8] {
    request("resourceLogs", "scopeLogs", "logRecords", events, write: log)
  }

  private static func request(
    _ resources: StaticString, _ scopes: StaticString, _ records: StaticString,
    _ events: [DemoEvent], write: (DemoEvent, inout JSONWriter) -> Void
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key(resources)
    json.beginArray()
    for (service, own) in Dictionary(grouping: events, by: { $0["service"] ?? "" })
      .sorted(by: { $0.key < $1.key })
    {
      json.beginObject()
      json.key("resource")
      json.beginObject()
      attributes(
        [
          ("service.name", .text(service)),
          ("deployment.environment.name", .text(own.first?["env"] ?? "")),
          ("service.version", .text(own.first?["release"] ?? "")),
        ], to: &json)
      json.endObject()
      json.key(scopes)
      json.beginArray()
      json.beginObject()
      json.key(records)
      json.beginArray()
      for event in own { write(event, &json) }
      json.endArray()
      json.endObject()
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func span(_ event: DemoEvent, _ json: inout JSONWriter) {
    json.beginObject()
    identity(event, &json)
    json.key("name")
    json.value(event["name"] ?? "span")
    json.key("kind")
    json.value(event["type"] == "llm" ? 3 : 1)
    json.key("startTimeUnixNano")
    json.value(String(event.start ?? event.time))
    json.key("endTimeUnixNano")
    json.value(String(event.time))
    json.key("status")
    json.beginObject()
    if event["status"] == "error" {
      json.key("code")
      json.value(2)
      json.key("message")
      json.value(event["error"] ?? "")
    }
    json.endObject()
    others(event, &json)
    json.endObject()
  }

  private static func log(_ event: DemoEvent, _ json: inout JSONWriter) {
    json.beginObject()
    identity(event, &json)
    json.key("timeUnixNano")
    json.value(String(event.time))
    json.key("severityNumber")
    json.value(["error": 17, "warning": 13][event["level"] ?? ""] ?? 9)
    json.key("body")
    json.beginObject()
    json.key("stringValue")
    json.value(event["message"] ?? "")
    json.endObject()
    others(event, &json)
    json.endObject()
  }

  private static func identity(_ event: DemoEvent, _ json: inout JSONWriter) {
    json.key("traceId")
    json.value(event["trace_id"] ?? "")
    json.key("spanId")
    json.value(event["span_id"] ?? "")
    if let parent = event["parent_span_id"], event.isSpan {
      json.key("parentSpanId")
      json.value(parent)
    }
  }

  private static func others(_ event: DemoEvent, _ json: inout JSONWriter) {
    attributes(
      event.fields.filter { !framed.contains($0.name) }.map {
        (names[$0.name] ?? $0.name, $0.value)
      },
      to: &json)
  }

  private static func attributes(
    _ pairs: [(String, DemoEvent.Value)], to json: inout JSONWriter
  ) {
    json.key("attributes")
    json.beginArray()
    for (name, value) in pairs {
      json.beginObject()
      json.key("key")
      json.value(name)
      json.key("value")
      json.beginObject()
      switch value {
      case .text(let text):
        json.key("stringValue")
        json.value(text)
      case .number(let number):
        json.key("doubleValue")
        json.value(number)
      case .whole(let whole):
        json.key("intValue")
        json.value(String(whole))
      case .flag(let flag):
        json.key("boolValue")
        json.value(flag)
      }
      json.endObject()
      json.endObject()
    }
    json.endArray()
  }
}
