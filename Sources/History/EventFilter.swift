internal import Codec
internal import Telemetry

/// What a list of events is narrowed to: conditions on single fields, all of which must hold.
package struct EventFilter: Sendable {
  /// A condition that cannot be understood.
  package struct Fault: Error, Sendable {
    package let field: String
    package let message: String
  }

  /// An argument of the statement.
  enum Argument: Sendable {
    case integer(Int64)
    case text(String)
    case blob([UInt8])
  }

  /// SQL over the row `e` of `event_columns`; each `?` takes the next argument.
  private(set) var conditions: [String] = []
  private(set) var arguments: [Argument] = []
  /// Nothing that ended before this can match, in ns since 1970.
  private(set) var from: Int64?

  /// Every name that can be asked for, beside `attrs.NAME`.
  package static let names =
    Dimension.allCases.map(\.name) + columnFields.filter { !["limit", "cursor"].contains($0) }
    + quantities + detailFields

  /// Everything.
  package init() {}

  /// The filter that `fields` say; names that are not fields of an event are a fault.
  package init(_ fields: [(name: String, value: String)]) throws(Fault) {
    for (name, value) in fields { try add(name, value) }
  }

  private mutating func add(_ name: String, _ value: String) throws(Fault) {
    if let dimension = Dimension.allCases.first(where: { $0.name == name }) {
      return add(dimension, value)
    }
    switch name {
    case "type": try add(name, word: EventType.self, value)
    case "status": try add(name, word: Status.self, value)
    case "error_type": try add(name, word: ErrorType.self, value)
    case "level": try add(name, word: Level.self, value)
    case "min_level": try addMinimum(value)
    case "cost_status": try add(name, word: CostStatus.self, value)
    case "trace_id": try add(name, hex: value, bytes: 16)
    case "span_id", "parent_span_id": try add(name, hex: value, bytes: 8)
    case "user", "session", "request_id", "response_id", "event_id", "message":
      add("e.\(name) = ?", .text(value))
    case "attempt", "seq", "http_status":
      guard let number = Int64(value) else {
        throw Fault(field: name, message: "expected a number")
      }
      add("e.\(name) = ?", .integer(number))
    case "time": add("e.time = ?", .integer(try Self.time(name, value)))
    case "start":
      add("ifnull(e.start, e.time - e.duration) = ?", .integer(try Self.time(name, value)))
    case "from": addFrom(try Self.time(name, value))
    case "to": add("e.time < ?", .integer(try Self.time(name, value)))
    case "text": addText(value)
    default:
      if try !addQuantity(name, value) { try addOther(name, value) }
    }
  }

  mutating func add(_ condition: String, _ argument: Argument) {
    conditions.append(condition)
    arguments.append(argument)
  }

  private mutating func add(_ dimension: Dimension, _ value: String) {
    let (table, column) =
      switch dimension.family {
      case .source: ("sources", "source")
      case .operation: ("operations", "operation")
      case .tenant: ("tenants", "tenant")
      }
    let sets = "SELECT id FROM \(table) WHERE \(dimension.name) = ?"
    if dimension == .service, value == "unknown" {
      let named = "SELECT id FROM sources WHERE service IS NOT NULL AND service <> ?"
      return add("e.source NOT IN (\(named))", .text(value))
    }
    add("e.\(column) IN (\(sets))", .text(value))
  }

  private mutating func add<Vocabulary: Word>(
    _ name: String, word: Vocabulary.Type, _ value: String
  ) throws(Fault) {
    guard let word = Vocabulary.allCases.first(where: { $0.text == value }) else {
      let known = Vocabulary.allCases.map(\.text).joined(separator: ", ")
      throw Fault(field: name, message: "expected one of \(known)")
    }
    add("e.\(name) = ?", .integer(Int64(word.rawValue)))
  }

  private mutating func addMinimum(_ value: String) throws(Fault) {
    guard let level = Level.allCases.first(where: { $0.text == value }) else {
      throw Fault(field: "min_level", message: "expected a level")
    }
    add("e.level >= ?", .integer(Int64(level.rawValue)))
  }

  private mutating func add(_ name: String, hex value: String, bytes count: Int) throws(Fault) {
    let digits = value.utf8.filter { $0 != UInt8(ascii: "-") }
    guard let bytes = Hex.decode(Array(digits)), bytes.count == count else {
      throw Fault(field: name, message: "expected \(count * 2) hex digits")
    }
    add("e.\(name) = ?", .blob(bytes))
  }

  private mutating func addFrom(_ time: Int64) {
    from = max(from ?? .min, time)
    add("e.time >= ?", .integer(time))
  }

  private static func time(_ name: String, _ value: String) throws(Fault) -> Int64 {
    guard let time = time(value) else {
      throw Fault(field: name, message: "expected RFC 3339 or a number since 1970")
    }
    return time
  }

  /// A time as users write it, in ns since 1970, or nil.
  package static func time(_ value: String) -> Int64? {
    let slab = ByteSlab(capacity: value.utf8.count + 1)
    slab.append(Array(value.utf8))
    return unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: .max / 2)
  }

  private mutating func addText(_ value: String) {
    var pattern = "%"
    for character in value {
      if character == "%" || character == "_" || character == "\\" { pattern += "\\" }
      pattern.append(character)
    }
    pattern += "%"
    conditions.append(
      "(e.message LIKE ? ESCAPE '\\' OR e.details LIKE ? ESCAPE '\\' OR e.attrs LIKE ? ESCAPE '\\')"
    )
    arguments += Array(repeating: .text(pattern), count: 3)
  }

  /// A field that lives in `details`, or an attribute as `attrs.NAME`.
  private mutating func addOther(_ name: String, _ value: String) throws(Fault) {
    if name.hasPrefix("attrs."), name.count > 6 {
      try addAttribute(name, key: String(name.dropFirst(6)), value)
    } else if Self.detailFields.contains(name) {
      add("\(Self.plain("e.details", "'$.\(name)'")) = ?", .text(value))
    } else {
      let known =
        Dimension.allCases.map(\.name) + Self.columnFields + Self.quantities + Self.detailFields
      let nearest = NearestWord.of(name, in: known)
      throw Fault(field: name, message: "is no field of an event; the nearest is \(nearest)")
    }
  }

  /// An attribute by its name, which may hold dots, or by the way to it in nested objects.
  private mutating func addAttribute(
    _ name: String, key: String, _ value: String
  ) throws(Fault) {
    guard !key.contains("\""), !key.contains("\\"), !key.contains("\0") else {
      throw Fault(field: name, message: "expected a plain name")
    }
    let flat = Self.plain("e.attrs", "'$.\"' || ? || '\"'")
    let steps = key.split(separator: ".", omittingEmptySubsequences: false)
    // What is no path of SQLite's would fail the whole statement.
    guard !key.contains("["), steps.count > 1, steps.allSatisfy({ !$0.isEmpty }) else {
      conditions.append("\(flat) = ?")
      arguments += [.text(key), .text(key), .text(value)]
      return
    }
    conditions.append("? IN (\(flat), \(Self.plain("e.attrs", "'$.' || ?")))")
    arguments += [.text(value), .text(key), .text(key), .text(key), .text(key)]
  }

  /// A JSON value as text: `true`, `3`, `hit`.
  private static func plain(_ column: String, _ path: String) -> String {
    "CASE json_type(\(column), \(path)) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
      + " ELSE CAST(json_extract(\(column), \(path)) AS TEXT) END"
  }

  private static let columnFields = [
    "type", "status", "error_type", "level", "min_level", "cost_status", "trace_id", "span_id",
    "parent_span_id", "user", "session", "request_id", "response_id", "event_id", "attempt", "seq",
    "http_status", "message", "time", "start", "from", "to", "text", "limit", "cursor",
  ]

  static let detailFields = [
    "error", "fallback_from", "degraded", "retry_wait_ms", "gate_wait_ms", "queue_ms",
    "pool_wait_ms", "pool_in_use", "pool_size", "breaker", "ratelimit_remaining_requests",
    "ratelimit_remaining_tokens", "cache", "verdict", "value", "comment", "estimated_tokens",
    "input_includes_cache",
  ]
}
