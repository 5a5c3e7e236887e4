/// Why a judge gave no score.
package enum JudgeFailure: Error, Equatable, Sendable {
  /// The provider says that it was asked too much; in ns, if it says so, when to come back.
  case rateLimited(retryAfter: Int64?)
  case timeout
  case network
  case server(status: Int, retryAfter: Int64?)
  case auth
  case notFound
  case contextLength
  case contentFilter
  case invalidRequest
  /// The account behind the key has no money left: asking again is of no use today.
  case quota
  /// The answer is no message of this provider.
  case malformed
  /// The answer stops before it is whole.
  case truncated
  /// The model would not judge.
  case refused
  /// What the model answered has no score, or none of the scale.
  case offScale
  /// It was not even asked.
  case breakerOpen
  case budget
  case prompt(PromptTemplate.Refusal)
  /// The model has no price, so that the budget cannot be kept.
  case unpriced
  /// The gate would have kept it too long, or lets no call of its size out at all.
  case gate
  /// A key or a library is missing.
  case notSetUp
  /// There is no judge of this name.
  case unknown
  /// Everything is being stopped.
  case cancelled

  /// The word for it in metrics.
  package var word: String {
    switch self {
    case .rateLimited: "rate_limit"
    case .timeout: "timeout"
    case .network: "network"
    case .server: "server"
    case .auth: "auth"
    case .notFound: "not_found"
    case .contextLength: "context_length"
    case .contentFilter: "content_filter"
    case .invalidRequest: "invalid_request"
    case .quota: "quota"
    case .malformed: "malformed"
    case .truncated: "truncated"
    case .refused: "refused"
    case .offScale: "off_scale"
    case .breakerOpen: "breaker_open"
    case .budget: "budget"
    case .prompt(.missing): "missing_text"
    case .prompt(.tooLong): "too_long"
    case .unpriced: "unpriced"
    case .gate: "gate"
    case .notSetUp: "not_set_up"
    case .unknown: "unknown"
    case .cancelled: "cancelled"
    }
  }

  /// Whether asking the same again may help.
  package var isRetryable: Bool {
    switch self {
    case .rateLimited, .timeout, .network, .server, .malformed, .truncated, .offScale: true
    default: false
    }
  }

  /// Whether it tells that the provider is in trouble, which the breaker counts.
  package var isProviderTrouble: Bool {
    switch self {
    case .timeout, .network, .server, .malformed: true
    // Who says when to come back is well, and is left alone until then anyway.
    case .rateLimited(let after): after == nil
    default: false
    }
  }

  /// Whether another model of the fallback chain may do better.
  package var isWorthFallback: Bool {
    switch self {
    case .budget, .prompt, .unknown, .cancelled: false
    default: true
    }
  }

  /// What an answer with this status that is no success means. The body decides between what
  /// providers call by one status.
  package init(status: Int, retryAfter: Int64?, body: [UInt8]) {
    let said = Self.words(of: body)
    func says(_ words: String...) -> Bool { words.contains { said.contains($0) } }
    if says("context_length", "context length", "maximum context", "prompt is too long") {
      self = .contextLength
      return
    }
    switch status {
    case 429:
      self =
        says("insufficient_quota", "billing") ? .quota : .rateLimited(retryAfter: retryAfter)
    case 401, 403: self = .auth
    case 402: self = .quota
    case 404: self = .notFound
    case 408, 504: self = .timeout
    case 413: self = .contextLength
    case 500...599: self = .server(status: status, retryAfter: retryAfter)
    default:
      self = says("content_filter", "content_policy", "safety") ? .contentFilter : .invalidRequest
    }
  }

  /// The error's type, code and message, in small letters, of any provider's shape.
  private static func words(of body: [UInt8]) -> String {
    guard case .object(let root)? = JSONFinder.find(in: Array(body.prefix(16 << 10)))?.value else {
      return ""
    }
    var words: [[UInt8]] = []
    let error: JSONObject = if case .object(let inner)? = root["error"] { inner } else { root }
    for name in ["type", "code", "message"] {
      if case .string(let text)? = error[name] { words.append(FoldedText.bytes(of: text)) }
    }
    if case .string(let text)? = root["error"] { words.append(FoldedText.bytes(of: text)) }
    return String(decoding: Array(words.joined(separator: [0x20])), as: UTF8.self)
  }
}
