/// The columns of `events` in the order in which they are bound; a raw value is an argument's
/// number in the insert.
enum EventColumn: Int32, CaseIterable {
  case id = 1
  case type, time, lag, source, operation, tenant, scope
  case trace, span, parent, attempt, seq, eventID, identity
  case status, errorType, level, duration, ttft
  case input, cacheRead, cacheWrite, output, reasoning
  case cost, costStatus, priceRow, computedCost, usageRule
  case user, session, requestID, responseID, message, details, attrs

  var name: String {
    switch self {
    case .trace: "trace_id"
    case .span: "span_id"
    case .parent: "parent_span_id"
    case .eventID: "event_id"
    case .errorType: "error_type"
    case .input: "input_uncached"
    case .cacheRead: "cache_read"
    case .cacheWrite: "cache_write"
    case .output: "output_text"
    case .costStatus: "cost_status"
    case .priceRow: "price_row"
    case .computedCost: "computed_cost"
    case .usageRule: "usage_rule"
    case .requestID: "request_id"
    case .responseID: "response_id"
    default: "\(self)"
    }
  }

  /// How many columns there are.
  static let count = Int32(allCases.count)

  /// A statement that puts `rows` rows into `events`.
  static func insert(rows: Int, replacing: Bool) -> String {
    let names = allCases.map(\.name).joined(separator: ", ")
    // Places without numbers: SQLite looks numbered ones up in a list, which takes n² steps.
    let places = repeatElement("?", count: Int(count)).joined(separator: ", ")
    let tuples = repeatElement("(\(places))", count: rows)
    return "INSERT\(replacing ? " OR REPLACE" : "") INTO events (\(names)) VALUES "
      + tuples.joined(separator: ", ")
  }
}

/// The columns of `event_extras` in the order in which they are bound.
enum ExtraColumn: Int32, CaseIterable {
  case id = 1
  case start, isOpen, httpStatus, cacheWrite1h, audioInput, imageInput, audioOutput
  case reportedCost, sampleRate, warnings

  var name: String {
    switch self {
    case .isOpen: "is_open"
    case .httpStatus: "http_status"
    case .cacheWrite1h: "cache_write_1h"
    case .audioInput: "audio_input"
    case .imageInput: "image_input"
    case .audioOutput: "audio_output"
    case .reportedCost: "reported_cost"
    case .sampleRate: "sample_rate"
    default: "\(self)"
    }
  }

  static var insert: String {
    let names = allCases.map(\.name).joined(separator: ", ")
    let places = allCases.map { "?\($0.rawValue)" }.joined(separator: ", ")
    return "INSERT OR REPLACE INTO event_extras (\(names)) VALUES (\(places))"
  }
}
