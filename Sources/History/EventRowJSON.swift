internal import Codec
internal import Money
internal import Telemetry
internal import Windows

/// The one rendering of a stored event as the product's JSON: absent is left out, never 0.
enum EventRowJSON {
  /// How a column becomes a member.
  enum Form: Sendable {
    case number, text, payload, hex, time, word(@Sendable (Int64) -> String?), milliseconds, money,
      flag, json
  }

  private static let plan: [(sql: String, name: String, form: Form)] = [
    ("e.id", "id", .number),
    ("e.type", "type", .word(EventType.name)),
    ("e.time", "time", .time),
    ("ifnull(e.start, e.time - e.duration)", "start", .time),
    ("e.time + ifnull(e.lag, 0) * 1000000", "received_at", .time),
    ("e.duration", "duration_ms", .milliseconds),
    ("e.ttft", "ttft_ms", .milliseconds),
    ("ifnull(s.service, 'unknown')", "service", .text), ("s.env", "env", .text),
    ("s.release", "release", .text), ("s.instance", "instance", .text),
    ("s.logger", "logger", .text), ("s.src", "src", .text), ("e.seq", "seq", .number),
    ("t.tenant", "tenant", .text), ("e.user", "user", .text), ("e.session", "session", .text),
    ("e.trace_id", "trace_id", .hex), ("e.span_id", "span_id", .hex),
    ("e.parent_span_id", "parent_span_id", .hex), ("e.request_id", "request_id", .text),
    ("e.event_id", "event_id", .text), ("o.kind", "kind", .text), ("o.name", "name", .text),
    ("o.agent", "agent", .text), ("o.tool", "tool", .text),
    ("e.status", "status", .word(Status.name)), ("e.http_status", "http_status", .number),
    ("e.error_type", "error_type", .word(ErrorType.name)),
    ("e.level", "level", .word(Level.name)), ("e.message", "message", .text),
    ("o.provider", "provider", .text), ("o.model", "model", .text),
    ("o.response_model", "response_model", .text), ("o.operation", "operation", .text),
    ("e.response_id", "response_id", .text), ("o.finish_reason", "finish_reason", .text),
    ("o.stream", "stream", .flag), ("o.service_tier", "service_tier", .text),
    ("e.attempt", "attempt", .number), ("o.prompt", "prompt", .text),
    ("o.prompt_version", "prompt_version", .text), ("o.variant", "variant", .text),
    ("o.score", "score", .text), ("o.evaluator", "evaluator", .text),
    ("e.cost", "cost_usd", .money), ("e.reported_cost", "reported_cost_usd", .money),
    ("e.cost_status", "cost_status", .word(CostStatus.name)),
    ("e.computed_cost", "computed_cost_usd", .money),
    (Schema.costDifference, "cost_difference_usd", .money),
    ("e.usage_rule", "usage_rule", .word(UsageRule.name)),
    ("e.sample_rate", "sample_rate", .number),
    ("p.input", "input", .payload), ("p.output", "output", .payload),
    ("p.stack", "stack", .payload),
  ]

  private static let leafColumns = [
    ("e.input_uncached", "input"), ("e.cache_read", "cache_read"),
    ("e.cache_write", "cache_write"), ("e.cache_write_1h", "cache_write_1h"),
    ("e.audio_input", "audio_input"), ("e.image_input", "image_input"),
    ("e.output_text", "output"), ("e.reasoning", "reasoning"), ("e.audio_output", "audio_output"),
  ]

  private static let usageNames = [
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
    "cache_write_1h_tokens", "audio_input_tokens", "image_input_tokens", "reasoning_tokens",
    "audio_output_tokens",
  ]
  private static let lastNames = [
    "documents", "tool_calls", "timings", "arguments_hash", "unpriced", "unpriced_tokens",
    "usage_anomalies", "other_reading_cost_usd", "usage_reported", "leaves", "context_used",
    "dialect", "answer_response_id", "warnings", "attrs",
  ]
  /// The column of a member's value, for those who look at single ones.
  static func column(_ name: String) -> Int32 {
    guard let index = plan.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("\(name) is a member with a column")
    }
    return Int32(index)
  }

  /// How the member called `name` is read, where one column tells it.
  static func member(_ name: String) -> (sql: String, form: Form)? {
    plan.first { $0.name == name }.map { ($0.sql, $0.form) }
  }

  /// Every name that a row may have, for tables.
  static let names = plan.map(\.name) + usageNames + EventFilter.detailFields + lastNames

  private static let tail = ["e.warnings", "e.details", "e.attrs", "e.is_open", "e.price_row"]

  /// The columns of a statement whose rows this can render; the id comes first.
  static let columns =
    (plan.map(\.sql) + leafColumns.map(\.0) + tail).joined(separator: ", ")

  /// How many those are.
  static let columnCount = Int32(plan.count + leafColumns.count + tail.count)

  /// The current row of a statement over `columns`, as a JSON object.
  static func row(_ statement: Statement) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for (index, (_, name, form)) in plan.enumerated() {
      append(statement, Int32(index), name, form, &json)
    }
    var next = Int32(plan.count)
    appendUsage(leaves(statement, from: next), statement, &json)
    if let used = contextUsed(statement) {
      json.key("context_used")
      json.value(used)
    }
    next += Int32(leafColumns.count)
    if let bits = statement.optionalInteger(next) { appendWarnings(bits, &json) }
    if let details = statement.bytes(next + 1) { splice(details, &json) }
    if let attributes = statement.bytes(next + 2) {
      json.key("attrs")
      json.value(json: attributes)
    }
    json.endObject()
    return json.bytes
  }

  /// Adds the member called `name`, from a column of the current row; nothing where it is null.
  static func append(
    _ statement: Statement, _ index: Int32, _ name: String, _ form: Form, _ json: inout JSONWriter
  ) {
    guard !statement.isNull(index) else { return }
    if case .word(let word) = form {
      guard let text = word(statement.integer(index)) else { return }
      json.key(name)
      return json.value(text)
    }
    json.key(name)
    switch form {
    case .number:
      if name == "sample_rate" {
        json.value(statement.double(index))
      } else {
        json.value(statement.integer(index))
      }
    case .text: json.value(utf8: statement.bytes(index) ?? [])
    case .payload: json.value(utf8: PayloadText.bytes(statement, index) ?? [])
    case .hex: json.value(utf8: Hex.encode(statement.bytes(index) ?? []))
    case .time: json.value(Timestamp.text(statement.integer(index)))
    case .milliseconds: json.value(json: Milliseconds.text(statement.integer(index)))
    case .money: json.value(Picodollars.text(statement.integer(index)))
    case .flag: json.value(["true", "1"].contains(statement.text(index)))
    case .json: json.value(json: statement.bytes(index) ?? [])
    case .word: break
    }
  }

  private static func leaves(_ statement: Statement, from first: Int32) -> [Int64?] {
    (0..<Int32(leafColumns.count)).map { statement.optionalInteger(first + $0) }
  }

  /// What the nesting of costs must know of the current row; nil for logs and scores.
  static func ledgerSpan(_ row: Statement) -> LedgerSpan? { ledgerColumns.span(row) }

  private static let ledgerColumns: LedgerColumns = {
    let details = Int32(plan.count + leafColumns.count + 1)
    return LedgerColumns(
      type: column("type"), spanID: column("span_id"), parentID: column("parent_span_id"),
      attempt: column("attempt"), responseID: column("response_id"),
      firstLeaf: Int32(plan.count), cost: column("cost_usd"), costStatus: column("cost_status"),
      details: details, isOpen: details + 2, priceRow: details + 3)
  }()

  /// The share of the model's window that a call filled, where its price row says how large it is.
  private static func contextUsed(_ row: Statement) -> Double? {
    guard row.integer(ledgerColumns.type) == Int64(EventType.llm.rawValue),
      let price = row.optionalInteger(ledgerColumns.priceRow)
    else { return nil }
    return PriceBook.row(UInt32(truncatingIfNeeded: price))?.contextUsed(
      LedgerColumns.leaves(row, from: ledgerColumns.firstLeaf))
  }

  /// Totals inclusive of their parts, the parts under the names they came by, and the leaves.
  private static func appendUsage(
    _ leaves: [Int64?], _ statement: Statement, _ json: inout JSONWriter
  ) {
    guard leaves.contains(where: { $0 != nil }) else { return }
    let input = total(leaves[0...5])
    let output = total(leaves[6...8])
    let cacheWrite = total(leaves[3...3]).map { $0 + (leaves[2] ?? 0) } ?? leaves[2]
    let totals: [(StaticString, Int64?)] = [
      ("input_tokens", input), ("output_tokens", output), ("cache_read_tokens", leaves[1]),
      ("cache_write_tokens", cacheWrite), ("cache_write_1h_tokens", leaves[3]),
      ("audio_input_tokens", leaves[4]), ("image_input_tokens", leaves[5]),
      ("reasoning_tokens", leaves[7]), ("audio_output_tokens", leaves[8]),
    ]
    append(totals, &json)
    if !holdsUsage(statement) {
      json.key("usage_reported")
      json.beginObject()
      append(totals, &json)
      json.endObject()
    }
    json.key("leaves")
    json.beginObject()
    for ((_, name), count) in zip(leafColumns, leaves) {
      guard let count else { continue }
      json.key(name)
      json.value(count)
    }
    json.endObject()
  }

  private static func append(_ totals: [(StaticString, Int64?)], _ json: inout JSONWriter) {
    for (name, count) in totals {
      guard let count else { continue }
      json.key(name)
      json.value(count)
    }
  }

  private static func total(_ leaves: ArraySlice<Int64?>) -> Int64? {
    let present = leaves.compactMap { $0 }
    return present.isEmpty ? nil : present.reduce(0, +)
  }

  /// Whether intake kept the counts as they were reported, which it does where they differ from
  /// what the leaves add up to.
  private static func holdsUsage(_ statement: Statement) -> Bool {
    let index = Int32(plan.count + leafColumns.count + 1)
    return statement.text(index)?.contains("\"usage_reported\":") ?? false
  }

  private static func appendWarnings(_ bits: Int64, _ json: inout JSONWriter) {
    json.key("warnings")
    json.beginArray()
    for warning in Warning.allCases where bits >> Int64(warning.rawValue) & 1 == 1 {
      json.value(warning.text)
    }
    json.endArray()
  }

  /// Adds the members of an object of our own making.
  private static func splice(_ object: [UInt8], _ json: inout JSONWriter) {
    let members = object.dropFirst().dropLast()
    if !members.isEmpty { json.members(json: Array(members)) }
  }
}

extension Word {
  /// The word with this stored number.
  static func name(_ number: Int64) -> String? {
    UInt8(exactly: number).flatMap { Self(rawValue: $0) }?.text
  }
}

/// Nanoseconds as milliseconds in decimal, exactly.
enum Milliseconds {
  static func text(_ nanoseconds: Int64) -> [UInt8] {
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
    guard rest != 0 else { return Array(String(whole).utf8) }
    var digits = String(rest.magnitude)
    digits = String(repeating: "0", count: 6 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    let sign = nanoseconds < 0 && whole == 0 ? "-" : ""
    return Array("\(sign)\(whole).\(digits)".utf8)
  }
}
