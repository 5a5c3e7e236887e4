internal import Codec
internal import Money
internal import Telemetry

/// The rows of one trace, and what they add up to.
package struct TraceRows {
  package private(set) var spans: [(start: Int64, json: [UInt8])] = []
  package private(set) var logs: [(start: Int64, json: [UInt8])] = []
  /// Whether every row of the store was looked at.
  package private(set) var isWhole = true
  /// The rows' ids.
  private(set) var ids: [Int64] = []
  private let keepsRows: Bool
  private var (spanCount, callCount, errorCount) = (0, 0, 0)
  private var cost: Int64?
  private var tokens: Int64 = 0
  private var pricedTokens: Int64 = 0
  private var start = Int64.max
  private var end = Int64.min
  /// Members of the span that has no parent, or that began first, and whose it was.
  private var root: [String: [UInt8]] = [:]
  private var rootStart = Int64.max

  private static let (time, begin, type, status, parent) = (
    EventRowJSON.column("time"), EventRowJSON.column("start"), EventRowJSON.column("type"),
    EventRowJSON.column("status"), EventRowJSON.column("parent_span_id")
  )
  private static let told = ["service", "name", "user", "session", "tenant", "model"].map {
    (name: $0, column: EventRowJSON.column($0))
  }

  /// No rows; those that come are kept whole, or only added up.
  init(keepsRows: Bool = true) {
    self.keepsRows = keepsRows
  }

  /// Whether nothing carries the trace's id.
  package var isEmpty: Bool { ids.isEmpty }
  /// Picodollars, or nil where none is known.
  var knownCost: Int64? { cost }
  /// Nanoseconds from the first start to the last end.
  var duration: Int64 { isEmpty ? 0 : end - start }
  /// Whether any of its calls or spans failed.
  var hasFailed: Bool { errorCount > 0 }

  /// The rows as an answer that time cut short.
  func cut() -> TraceRows {
    var cut = self
    cut.isWhole = false
    return cut
  }

  mutating func add(_ row: Statement) {
    let time = row.integer(Self.time)
    let start = row.optionalInteger(Self.begin) ?? time
    self.start = min(self.start, start)
    end = max(end, time)
    ids.append(row.integer(0))
    let type = EventType(rawValue: UInt8(truncatingIfNeeded: row.integer(Self.type))) ?? .log
    let sums = EventRowJSON.sums(row)
    if let cost = sums.cost { self.cost = (self.cost ?? 0) + cost }
    tokens += sums.tokens
    if sums.cost != nil { pricedTokens += sums.tokens }
    if keepsRows {
      let json = EventRowJSON.row(row)
      if type == .log { logs.append((start, json)) } else { spans.append((start, json)) }
    }
    guard type == .llm || type == .span else { return }
    spanCount += 1
    if type == .llm { callCount += 1 }
    if row.optionalInteger(Self.status) == Int64(Status.error.rawValue) { errorCount += 1 }
    note(row, start)
  }

  private mutating func note(_ row: Statement, _ start: Int64) {
    // A span without a parent is the root even if a clock makes it begin later than another.
    let rank = row.isNull(Self.parent) ? Int64.min : start
    let leads = rank < rootStart
    if leads { rootStart = rank }
    for (name, column) in Self.told {
      guard let text = row.bytes(column) else { continue }
      if leads || root[name] == nil { root[name] = text }
    }
  }

  /// `{"trace":{…},"spans":[…],"logs":[…]}`, spans and logs by their start.
  package func json(traceID: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("trace")
    json.value(json: summary(traceID: traceID))
    append("spans", spans, &json)
    append("logs", logs, &json)
    json.endObject()
    return json.bytes
  }

  /// What the trace adds up to, as JSON.
  func summary(traceID: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("trace_id")
    json.value(traceID)
    for (name, _) in Self.told {
      guard let text = root[name] else { continue }
      json.key(name)
      json.value(utf8: text)
    }
    if !isEmpty {
      json.key("start")
      json.value(Timestamp.text(start))
      json.key("end")
      json.value(Timestamp.text(end))
      json.key("duration_ms")
      json.value(json: Milliseconds.text(end - start))
    }
    json.key("status")
    json.value(hasFailed ? Status.error.text : Status.ok.text)
    for (name, count) in [("span_count", spanCount), ("call_count", callCount)] {
      json.key(name)
      json.value(count)
    }
    json.key("error_count")
    json.value(errorCount)
    json.key("cost_usd")
    if let cost { json.value(Picodollars.text(cost)) } else { json.null() }
    json.key("coverage")
    if tokens > 0 {
      json.value((Double(pricedTokens) / Double(tokens) * 1_000).rounded() / 1_000)
    } else {
      json.null()
    }
    json.key("is_whole")
    json.value(isWhole)
    json.endObject()
    return json.bytes
  }

  private func append(
    _ name: StaticString, _ rows: [(start: Int64, json: [UInt8])], _ json: inout JSONWriter
  ) {
    json.key(name)
    json.beginArray()
    for row in rows.sorted(by: { $0.start < $1.start }) { json.value(json: row.json) }
    json.endArray()
  }
}
