internal import Telemetry

/// Words as senders spell them, mapped to ours.
enum Vocabulary {
  /// The kinds of operations.
  static let kinds: Set<String> = [
    "llm", "embedding", "rerank", "tool", "retrieval", "memory", "agent", "workflow", "step",
    "cache", "gate", "guardrail", "evaluator", "http", "db", "queue", "other",
  ]

  private static let kindAliases: [String: String] = [
    "generation": "llm", "chat": "llm", "completion": "llm", "embeddings": "embedding",
    "reranker": "rerank", "function": "tool", "retriever": "retrieval", "chain": "workflow",
    "task": "step", "database": "db",
  ]

  /// Our kind for a sender's word, or nil when nobody knows it.
  static func kind(_ word: String) -> String? {
    let lower = word.lowercased()
    return kinds.contains(lower) ? lower : kindAliases[lower]
  }

  /// The type for a sender's word.
  static func type(_ word: String) -> EventType? {
    EventType.allCases.first { $0.text == word }
  }

  /// The status for a sender's word; nil for one that says nothing about the outcome.
  static func status(_ word: String) -> Status? {
    switch word.lowercased() {
    case "ok", "success", "succeeded", "successful", "completed", "complete", "done", "pass",
      "status_code_ok":
      .ok
    case "error", "failed", "failure", "fail", "errored", "exception", "status_code_error": .error
    case "cancelled", "canceled", "aborted", "abort": .cancelled
    default: nil
    }
  }

  /// The outcome of an HTTP exchange.
  static func status(http code: Int64) -> Status? {
    switch code {
    case 100..<400: .ok
    case 499: .cancelled
    case 400..<600: .error
    default: nil
    }
  }

  /// The level for a logger's word.
  static func level(_ word: String) -> Level? {
    switch word.lowercased() {
    case "trace", "silly", "finest", "verbose", "trace2", "trace3", "trace4": .trace
    case "debug", "fine", "debug2", "debug3", "debug4": .debug
    case "info", "information", "informational", "success", "http", "info2", "info3", "info4": .info
    case "notice": .notice
    case "warn", "warning", "warn2", "warn3", "warn4": .warning
    case "error", "err", "exception", "severe", "error2", "error3", "error4": .error
    case "fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic": .fatal
    case let other: slogLevel(other)
    }
  }

  /// Go's slog writes `INFO+2` for levels between the named ones.
  private static func slogLevel(_ word: String) -> Level? {
    guard let sign = word.firstIndex(where: { $0 == "+" || $0 == "-" }), sign > word.startIndex
    else { return nil }
    return level(String(word[..<sign]))
  }

  /// What a bare level number counts by, which depends on the logger that wrote it.
  enum LevelScale {
    case pino, syslog, python, severityNumber, logstash
  }

  /// The level for a logger's number.
  static func level(_ number: Int64, _ scale: LevelScale) -> Level? {
    switch scale {
    case .pino:
      ladder(number, [10, 20, 30, 40, 50, 60], [.trace, .debug, .info, .warning, .error, .fatal])
    case .python:
      ladder(number, [5, 10, 20, 30, 40, 50], [.trace, .debug, .info, .warning, .error, .fatal])
    case .severityNumber:
      ladder(number, [1, 5, 9, 13, 17, 21], [.trace, .debug, .info, .warning, .error, .fatal])
    case .logstash:
      ladder(
        number, [5_000, 10_000, 20_000, 30_000, 40_000, 50_000],
        [.trace, .debug, .info, .warning, .error, .fatal])
    case .syslog:
      switch number {
      case 0...2: .fatal
      case 3: .error
      case 4: .warning
      case 5: .notice
      case 6: .info
      case 7: .debug
      default: nil
      }
    }
  }

  private static func ladder(_ number: Int64, _ steps: [Int64], _ levels: [Level]) -> Level? {
    zip(steps, levels).reversed().first { $0.0 <= number }?.1
  }

  /// The error type for our own word, or for a known name or message of an exception.
  static func errorType(_ name: String) -> ErrorType {
    let word = name.lowercased()
    if let own = ErrorType.allCases.first(where: { $0.text == word }) { return own }
    return errorFragments.first { row in row.fragments.contains { word.contains($0) } }?.type
      ?? .other
  }

  /// Fragments of exception names; the first row that fits decides, so special ones come first.
  private static let errorFragments: [(type: ErrorType, fragments: [String])] = [
    (.circuitOpen, ["circuit", "breakeropen"]),
    (.rateLimit, ["ratelimit", "rate_limit", "too_many_requests", "toomanyrequests", "throttl", "429"]),
    (.rateLimit, ["resourceexhausted", "resource_exhausted", "quota"]),
    (.contextLength, ["context_length", "contextlength", "contextwindow", "context_window"]),
    (.contentFilter, ["content_filter", "contentfilter", "contentpolicy", "content_policy", "safety"]),
    (.timeout, ["timeout", "timedout", "timed_out", "deadline", "etimedout"]),
    (.auth, ["auth", "permission", "forbidden", "credential", "apikey", "api_key", "accessdenied"]),
    (.notFound, ["notfound", "not_found", "nosuch"]),
    (.cancelled, ["cancel", "aborterror"]),
    (.network, ["connect", "network", "socket", "dns", "econn", "unreachable", "reset", "sslerror"]),
    (.invalidRequest, ["badrequest", "bad_request", "invalid", "unprocessable", "validationerror"]),
    (.server, ["internalserver", "server_error", "servererror", "unavailable", "overloaded"]),
    (.server, ["badgateway", "bad_gateway", "internal_error"]),
  ]

  /// The error type that an HTTP status means.
  static func errorType(http code: Int64) -> ErrorType? {
    switch code {
    case 401, 403: .auth
    case 404: .notFound
    case 408, 504: .timeout
    case 429: .rateLimit
    case 499: .cancelled
    case 400..<500: .invalidRequest
    case 500..<600: .server
    default: nil
    }
  }

  static let breakers = ["closed", "open", "half_open"]
  static let cacheResults = ["hit", "miss", "bypass", "stale", "shared"]
  static let verdicts = ["pass", "block", "redact", "flag"]
}
