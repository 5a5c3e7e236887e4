/// The messages of OTLP that a request of JSON is made of: names in lowerCamelCase, numbers and
/// layouts as in opentelemetry-proto.
struct OTLPSchema: Sendable {
  /// How a field's value is written in JSON and in protobuf.
  enum Layout: UInt8, Sendable {
    case message, text, base64, hex, fixed64, fixed32, varint, zigzag, flag, double
  }

  /// A message's kind.
  enum Message: UInt8, CaseIterable, Sendable {
    case tracesRequest, logsRequest, resourceSpans, resourceLogs, resource, scopeSpans, scopeLogs
    case scope, span, event, link, status, logRecord, keyValue, value, list, map
    case metricsRequest, resourceMetrics, scopeMetrics, metric, numbers, sums, histograms
    case exponentials, summaries, number, histogram, exponential, buckets, summary, quantile
  }

  /// A field: its name packed for comparing, its number, and what it holds.
  struct Field: Sendable {
    let first: UInt64
    let second: UInt64
    let last: UInt64
    let length: Int
    let number: UInt32
    let layout: Layout
    let message: Message
    /// Whether a list of values may stand for it.
    let isRepeated: Bool

    init(
      _ name: String, _ number: UInt32, _ layout: Layout, _ message: Message = .value,
      isRepeated: Bool = false
    ) {
      let bytes = Array(name.utf8)
      first = Self.word(bytes.prefix(8))
      second = Self.word(bytes.dropFirst(8).prefix(8))
      last = bytes.count > 16 ? Self.word(bytes.suffix(8)) : 0
      length = bytes.count
      self.number = number
      self.layout = layout
      self.message = message
      self.isRepeated = isRepeated || layout == .message
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// The message that a request is.
  static func request(of signal: OTLPSignal) -> Message {
    switch signal {
    case .traces: .tracesRequest
    case .logs: .logsRequest
    case .metrics: .metricsRequest
    }
  }

  /// The fields of all messages, in the order of the messages, of each the common ones first.
  static let fields = Message.allCases.flatMap(fields(of:))
  /// Where the fields of each message stand.
  static let extents: [Range<Int>] = Message.allCases.map { message in
    let before = Message.allCases.prefix(Int(message.rawValue))
    let start = before.reduce(0) { $0 + fields(of: $1).count }
    return start..<start + fields(of: message).count
  }

  private static func fields(of message: Message) -> [Field] {
    switch message {
    case .tracesRequest: [Field("resourceSpans", 1, .message, .resourceSpans)]
    case .logsRequest: [Field("resourceLogs", 1, .message, .resourceLogs)]
    case .resourceSpans:
      [
        Field("resource", 1, .message, .resource),
        Field("scopeSpans", 2, .message, .scopeSpans), Field("schemaUrl", 3, .text),
      ]
    case .resourceLogs:
      [
        Field("resource", 1, .message, .resource),
        Field("scopeLogs", 2, .message, .scopeLogs), Field("schemaUrl", 3, .text),
      ]
    case .resource:
      [
        Field("attributes", 1, .message, .keyValue),
        Field("droppedAttributesCount", 2, .varint),
      ]
    case .scopeSpans:
      [
        Field("scope", 1, .message, .scope), Field("spans", 2, .message, .span),
        Field("schemaUrl", 3, .text),
      ]
    case .scopeLogs:
      [
        Field("scope", 1, .message, .scope), Field("logRecords", 2, .message, .logRecord),
        Field("schemaUrl", 3, .text),
      ]
    case .scope:
      [
        Field("name", 1, .text), Field("version", 2, .text),
        Field("attributes", 3, .message, .keyValue), Field("droppedAttributesCount", 4, .varint),
      ]
    case .span: span
    case .event:
      [
        Field("timeUnixNano", 1, .fixed64), Field("name", 2, .text),
        Field("attributes", 3, .message, .keyValue), Field("droppedAttributesCount", 4, .varint),
      ]
    case .link:
      [
        Field("traceId", 1, .hex), Field("spanId", 2, .hex), Field("traceState", 3, .text),
        Field("attributes", 4, .message, .keyValue), Field("droppedAttributesCount", 5, .varint),
        Field("flags", 6, .fixed32),
      ]
    case .status: [Field("code", 3, .varint), Field("message", 2, .text)]
    case .logRecord: logRecord
    case .keyValue: [Field("key", 1, .text), Field("value", 2, .message, .value)]
    case .value:
      [
        Field("stringValue", 1, .text), Field("intValue", 3, .varint),
        Field("doubleValue", 4, .double), Field("boolValue", 2, .flag),
        Field("arrayValue", 5, .message, .list), Field("kvlistValue", 6, .message, .map),
        Field("bytesValue", 7, .base64),
      ]
    case .list: [Field("values", 1, .message, .value)]
    case .map: [Field("values", 1, .message, .keyValue)]
    default: metricFields(of: message)
    }
  }

  private static let span = [
    Field("traceId", 1, .hex), Field("spanId", 2, .hex), Field("parentSpanId", 4, .hex),
    Field("name", 5, .text), Field("kind", 6, .varint), Field("startTimeUnixNano", 7, .fixed64),
    Field("endTimeUnixNano", 8, .fixed64), Field("attributes", 9, .message, .keyValue),
    Field("events", 11, .message, .event), Field("links", 13, .message, .link),
    Field("status", 15, .message, .status), Field("traceState", 3, .text),
    Field("flags", 16, .fixed32), Field("droppedAttributesCount", 10, .varint),
    Field("droppedEventsCount", 12, .varint), Field("droppedLinksCount", 14, .varint),
  ]

  private static let logRecord = [
    Field("timeUnixNano", 1, .fixed64), Field("observedTimeUnixNano", 11, .fixed64),
    Field("severityNumber", 2, .varint), Field("severityText", 3, .text),
    Field("body", 5, .message, .value), Field("attributes", 6, .message, .keyValue),
    Field("traceId", 9, .hex), Field("spanId", 10, .hex), Field("flags", 8, .fixed32),
    Field("eventName", 12, .text), Field("droppedAttributesCount", 7, .varint),
  ]

  /// The number that an enumeration's name stands for. OTLP forbids names, protobuf's own JSON
  /// readers take them.
  static func number(ofName name: String) -> UInt64? {
    let kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
    if name.hasPrefix("SPAN_KIND_") {
      return kinds.firstIndex(of: String(name.dropFirst(10))).map { UInt64($0) }
    }
    if name.hasPrefix("STATUS_CODE_") {
      return ["UNSET", "OK", "ERROR"].firstIndex(of: String(name.dropFirst(12))).map { UInt64($0) }
    }
    let temporality = "AGGREGATION_TEMPORALITY_"
    if name.hasPrefix(temporality) {
      return ["UNSPECIFIED", "DELTA", "CUMULATIVE"].firstIndex(
        of: String(name.dropFirst(temporality.count))
      ).map { UInt64($0) }
    }
    guard name.hasPrefix("SEVERITY_NUMBER_") else { return nil }
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    let word = name.dropFirst(16)
    let level = word.last?.isNumber == true ? word.dropLast() : word
    let step = word.last.flatMap { $0.wholeNumberValue } ?? 1
    return levels.firstIndex(of: String(level)).map { UInt64($0 * 4 + step) }
  }
}
