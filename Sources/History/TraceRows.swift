internal import Codec
internal import Money
internal import Telemetry

/// The rows of one trace, and what they add up to.
package struct TraceRows {
  package private(set) var spans: [(start: Int64, json: [UInt8])] = []
  package private(set) var logs: [(start: Int64, json: [UInt8])] = []
  package private(set) var scores: [(start: Int64, json: [UInt8])] = []
  /// Whether every row of the store was looked at.
  package private(set) var isWhole = true
  /// What each span says for the nesting of costs, and counts once `settle` was called.
  private var ledger: [LedgerSpan] = []
  private var contributions: [Contribution] = []
  private var total = CostTotal()
  /// By places in `ledger`: the models of calls without usage, and what such calls cost.
  private var silent: [Int: SimilarCallModels] = [:]
  private var bounds: [Int: SimilarCalls.Bounds] = [:]
  /// The greatest share of its model's window that a call filled.
  private var contextUsed: Double?
  /// The rows' ids.
  private(set) var ids: [Int64] = []
  /// The response ids of its calls.
  private(set) var responses: Set<[UInt8]> = []
  private let keepsRows: Bool
  private var (spanCount, errorCount) = (0, 0)
  /// From the first start to the last end; scores, which may come days later, count only where
  /// there is nothing else.
  private var extent = Extent()
  private var scoredExtent = Extent()
  /// Members of the span that has no parent, or that began first, and whose it was.
  private var root: [String: [UInt8]] = [:]
  private var rootStart = Int64.max

  private static let (time, begin, type, status, parent, response) = (
    EventRowJSON.column("time"), EventRowJSON.column("start"), EventRowJSON.column("type"),
    EventRowJSON.column("status"), EventRowJSON.column("parent_span_id"),
    EventRowJSON.column("response_id")
  )
  private static let told = ["service", "name", "user", "session", "tenant", "model"].map {
    (name: $0, column: EventRowJSON.column($0))
  }

  private struct Extent {
    var start = Int64.max
    var end = Int64.min

    mutating func add(_ start: Int64, _ end: Int64) {
      self.start = min(self.start, start)
      self.end = max(self.end, end)
    }
  }

  /// No rows; those that come are kept whole, or only added up.
  init(keepsRows: Bool = true) {
    self.keepsRows = keepsRows
  }

  /// Whether nothing carries the trace's id.
  package var isEmpty: Bool { ids.isEmpty }
  /// Picodollars, or nil where none is known.
  var knownCost: Int128? { total.hasCost ? total.cost : nil }
  /// Nanoseconds from the first start to the last end.
  var duration: Int64 { isEmpty ? 0 : whole.end - whole.start }
  private var whole: Extent { extent.end < extent.start ? scoredExtent : extent }
  /// Whether any of its calls or spans failed.
  var hasFailed: Bool { errorCount > 0 }

  /// The response ids as a JSON array.
  var responseList: [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for response in responses { json.value(utf8: response) }
    json.endArray()
    return json.bytes
  }

  /// The rows as an answer that time cut short.
  func cut() -> TraceRows {
    var cut = self
    cut.isWhole = false
    cut.settle()
    return cut
  }

  mutating func add(_ row: Statement) {
    let time = row.integer(Self.time)
    let start = row.optionalInteger(Self.begin) ?? time
    ids.append(row.integer(0))
    let type = EventType(rawValue: UInt8(truncatingIfNeeded: row.integer(Self.type))) ?? .log
    if type == .llm, let response = row.bytes(Self.response) { responses.insert(response) }
    if type == .score { scoredExtent.add(start, time) } else { extent.add(start, time) }
    let span = EventRowJSON.ledgerSpan(row)
    if let span {
      if span.status == .noUsage { silent[ledger.count] = SimilarCallModels(row) }
      if let used = span.contextUsed { contextUsed = max(contextUsed ?? 0, used) }
      ledger.append(span)
    }
    if keepsRows {
      let json = EventRowJSON.row(row)
      switch type {
      case .log: logs.append((start, json))
      case .score: scores.append((start, json))
      case .llm, .span:
        spans.append((start, json))
        if span == nil { ledger.append(LedgerSpan()) }
      }
    }
    guard span != nil else { return }
    spanCount += 1
    if row.optionalInteger(Self.status) == Int64(Status.error.rawValue) { errorCount += 1 }
    note(row, start)
  }

  /// Works out what counts, after the last row: calls once, roll-ups by what is left of them.
  mutating func settle() {
    var solver = NestingSolver()
    contributions = solver.solve(ledger, rowOf: PriceBook.row)
    for part in contributions { total.add(part) }
  }

  /// The models of calls that count without usage, after `settle`.
  var modelsWithoutUsage: Set<SimilarCallModels> {
    Set(silent.filter { contributions[$0.key].why == .noUsage }.values)
  }

  /// Takes what calls of these models cost.
  mutating func bound(by known: [SimilarCallModels: SimilarCalls.Bounds]) {
    for (index, models) in silent where contributions[index].why == .noUsage {
      bounds[index] = known[models]
    }
  }

  /// Between which amounts the trace's cost lies, with its calls without usage; nil where there are
  /// none or one of them has no bounds.
  private var costBounds: (low: Int128, high: Int128)? {
    guard !bounds.isEmpty, bounds.count == total.callsWithoutUsage else { return nil }
    return bounds.values.reduce((total.cost, total.cost)) {
      ($0.0 + Int128($1.low), $0.1 + Int128($1.high))
    }
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

  /// `{"trace":{…},"spans":[…],"scores":[…],"logs":[…]}`, each list by start.
  package func json(traceID: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("trace")
    json.value(json: summary(traceID: traceID))
    appendSpans(&json)
    append("scores", scores, &json)
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
      json.value(Timestamp.text(whole.start))
      json.key("end")
      json.value(Timestamp.text(whole.end))
      json.key("duration_ms")
      json.value(json: Milliseconds.text(duration))
    }
    json.key("status")
    json.value(hasFailed ? Status.error.text : Status.ok.text)
    let counts = [
      ("span_count", spanCount), ("error_count", errorCount), ("counted_calls", total.countedCalls),
      ("calls_without_usage", total.callsWithoutUsage),
    ]
    for (name, count) in counts {
      json.key(name)
      json.value(count)
    }
    json.key("cost_usd")
    if total.hasCost { json.value(Picodollars.text(total.cost)) } else { json.null() }
    json.key("cost_status")
    if let status = total.status { json.value(status.text) } else { json.null() }
    json.key("coverage")
    if let coverage = total.coverage {
      json.value((coverage * 1_000).rounded() / 1_000)
    } else {
      json.null()
    }
    if let (low, high) = costBounds { Self.append(low, high, &json) }
    if let contextUsed {
      json.key("context_used")
      json.value(contextUsed)
    }
    json.key("is_whole")
    json.value(isWhole)
    json.endObject()
    return json.bytes
  }

  private static func append(_ low: Int128, _ high: Int128, _ json: inout JSONWriter) {
    json.key("cost_low_usd")
    json.value(Picodollars.text(low))
    json.key("cost_high_usd")
    json.value(Picodollars.text(high))
  }

  /// Each span with whether and why it counts, and what of it where that is not all.
  private func appendSpans(_ json: inout JSONWriter) {
    json.key("spans")
    json.beginArray()
    let order = spans.indices.sorted { spans[$0].start < spans[$1].start }
    for index in order {
      let part = contributions[index]
      json.beginObject()
      json.members(json: Array(spans[index].json.dropFirst().dropLast()))
      json.key("counted")
      json.value(part.isCounted)
      json.key("why")
      if let why = part.why { json.value(why.text) } else { json.null() }
      if part.why == .residual, part.cost != Event.absent {
        json.key("counted_cost_usd")
        json.value(Picodollars.text(part.cost))
      }
      if let known = bounds[index] {
        Self.append(Int128(known.low), Int128(known.high), &json)
        json.key("similar_calls")
        json.value(known.calls)
      }
      json.endObject()
    }
    json.endArray()
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
