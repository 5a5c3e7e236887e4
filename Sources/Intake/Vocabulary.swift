internal import Telemetry

/// Words as senders spell them, mapped to ours.
enum Vocabulary {
  /// The kinds of operations, and other words for them.
  static let kinds = WordTable([
    ("llm", "llm generation chat completion chat_model"), ("embedding", "embedding embeddings"),
    ("rerank", "rerank reranker"), ("tool", "tool function"),
    ("retrieval", "retrieval retriever"), ("memory", "memory"), ("agent", "agent"),
    ("workflow", "workflow chain"), ("step", "step task span prompt parser"), ("cache", "cache"),
    ("gate", "gate"),
    ("guardrail", "guardrail"), ("evaluator", "evaluator"), ("http", "http"),
    ("db", "db database"), ("queue", "queue"), ("other", "other event unknown"),
  ])

  /// What an operation of a dialect is.
  static let operationKinds = WordTable([
    ("llm", "chat completion text_completion generate_content"),
    ("embedding", "embedding embeddings"), ("rerank", "rerank"), ("tool", "execute_tool"),
    ("agent", "invoke_agent create_agent"), ("workflow", "invoke_workflow"),
    ("retrieval", "retrieval"), ("step", "plan"),
    ("memory", "create_memory update_memory upsert_memory search_memory delete_memory"),
  ])

  /// The operation of a call whose dialect names only its kind, or names it in its own way.
  static let operations = WordTable([
    ("chat", "llm generation chat chat_model completion"), ("embeddings", "embedding"),
    ("rerank", "reranker"),
  ])

  /// Providers as dialects spell them, where OpenTelemetry's present name is another.
  static let providers = WordTable([
    ("azure.ai.openai", "az.ai.openai azure_openai azure"),
    ("azure.ai.inference", "az.ai.inference"),
    ("gcp.vertex_ai", "vertex_ai vertexai vertex"), ("gcp.gemini", "gemini google_genai"),
    ("x_ai", "xai"), ("mistral_ai", "mistralai mistral"),
    ("aws.bedrock", "bedrock aws_bedrock aws"),
  ])

  static let types = WordTable(EventType.allCases.map { ($0, $0.text) })

  /// Outcomes; a word that says nothing about the outcome is not there.
  static let statuses = WordTable<Status>([
    (.ok, "ok success succeeded successful completed complete done pass"),
    (.error, "error failed failure fail errored exception"),
    (.cancelled, "cancelled canceled aborted abort"),
  ])

  static let flags = WordTable([(true, "true"), (false, "false")])

  /// The outcome of an HTTP exchange.
  static func status(http code: Int64) -> Status? {
    switch code {
    case 100..<400: .ok
    case 499: .cancelled
    case 400..<600: .error
    default: nil
    }
  }

  private static let levels = WordTable<Level>([
    (.info, "info information informational success http info2 info3 info4"),
    (.error, "error err exception severe error2 error3 error4"),
    (.warning, "warn warning warn2 warn3 warn4"),
    (.debug, "debug fine debug2 debug3 debug4"),
    (.trace, "trace silly finest verbose trace2 trace3 trace4"),
    (.notice, "notice"),
    (.fatal, "fatal critical crit alert emerg emergency panic dpanic"),
  ])

  /// The level for a logger's word.
  static func level(_ word: PackedWord?, _ text: () -> String) -> Level? {
    levels[word] ?? slogLevel(text().lowercased())
  }

  /// Go's slog writes `INFO+2` for levels between the named ones.
  private static func slogLevel(_ word: String) -> Level? {
    guard let sign = word.firstIndex(where: { $0 == "+" || $0 == "-" }), sign > word.startIndex
    else { return nil }
    return levels[PackedWord(String(word[..<sign].prefix(16)))]
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
    (
      .rateLimit,
      ["ratelimit", "rate_limit", "too_many_requests", "toomanyrequests", "throttl", "429"]
    ),
    (.rateLimit, ["resourceexhausted", "resource_exhausted", "quota"]),
    (.contextLength, ["context_length", "contextlength", "contextwindow", "context_window"]),
    (
      .contentFilter,
      ["content_filter", "contentfilter", "contentpolicy", "content_policy", "safety"]
    ),
    (.timeout, ["timeout", "timedout", "timed_out", "deadline", "etimedout"]),
    (
      .auth, ["auth", "permission", "forbidden", "credential", "apikey", "api_key", "accessdenied"]
    ),
    (.notFound, ["notfound", "not_found", "nosuch"]),
    (.cancelled, ["cancel", "aborterror"]),
    (
      .network,
      ["connect", "network", "socket", "dns", "econn", "unreachable", "reset", "sslerror"]
    ),
    (
      .invalidRequest, ["badrequest", "bad_request", "invalid", "unprocessable", "validationerror"]
    ),
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

  static let breakers = words(BreakerState.allCases.map(\.text))
  static let cacheResults = words(CacheResult.allCases.map(\.text))
  static let verdicts = words(["pass", "block", "redact", "flag"])

  /// The words with their numbers, which are what windows measure.
  private static func words(_ words: [String]) -> WordTable<(text: String, number: Int)> {
    WordTable(words.enumerated().map { (($0.element, $0.offset), $0.element) })
  }
}
