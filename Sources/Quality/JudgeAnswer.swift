/// What a provider answered with success.
package struct JudgeAnswer: Equatable, Sendable {
  /// Tokens as reported; nil where they are not. Input is without what the cache gave.
  package struct Usage: Equatable, Sendable {
    package var input: Int?
    package var output: Int?
    package var cacheRead: Int?
    package var cacheWrite: Int?

    /// Nothing is known.
    package init() {}

    /// All tokens that were reported.
    package var total: Int { (input ?? 0) + (output ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0) }
  }

  /// What the judge says, why, and what had to be put right to read it.
  package let value: ScoreValue
  package let reason: String
  package let repairs: [JSONRepair]

  /// An answer of these parts.
  package init(value: ScoreValue, reason: String, repairs: [JSONRepair]) {
    self.value = value
    self.reason = reason
    self.repairs = repairs
  }
}

/// An answer's parts before the score is read out of it: usage counts whatever the score is.
package struct JudgeReply: Equatable, Sendable {
  /// What was used, which model answered, and the score or why there is none.
  package let usage: JudgeAnswer.Usage
  package let model: String?
  package let result: Result<JudgeAnswer, JudgeFailure>

  /// Bytes of a reason that are kept.
  package static let reasonLimit = 2_000
  /// The most tokens a report is believed.
  private static let tokenLimit = 1_000_000_000

  /// Reads the body of a successful response.
  package init(_ body: [UInt8], from provider: JudgeProvider, scale: JudgeScale) {
    guard case .object(let root)? = Self.strict(body) else {
      (usage, model, result) = (JudgeAnswer.Usage(), nil, .failure(.malformed))
      return
    }
    model = Self.string(root["model"])
    usage = Self.usage(root, provider)
    switch Self.content(root, provider) {
    case .failure(let failure): result = .failure(failure)
    case .success(let content): result = Self.judgement(content, scale)
    }
  }

  private static func strict(_ body: [UInt8]) -> JSONValue? {
    do {
      return try JSONReader.read(body)
    } catch {
      return nil
    }
  }

  private static func string(_ value: JSONValue?) -> String? {
    if case .string(let text)? = value { String(decoding: text, as: UTF8.self) } else { nil }
  }

  private static func object(_ value: JSONValue?) -> JSONObject? {
    if case .object(let object)? = value { object } else { nil }
  }

  private static func tokens(_ value: JSONValue?) -> Int? {
    guard case .number(let number)? = value, let count = number.int,
      (0...tokenLimit).contains(count)
    else { return nil }
    return count
  }
}

// MARK: What providers say
extension JudgeReply {
  private static func usage(_ root: JSONObject, _ provider: JudgeProvider) -> JudgeAnswer.Usage {
    var usage = JudgeAnswer.Usage()
    switch provider {
    case .openai:
      let report = object(root["usage"])
      let cached = tokens(object(report?["prompt_tokens_details"])?["cached_tokens"])
      usage.input = tokens(report?["prompt_tokens"]).map { max(0, $0 - (cached ?? 0)) }
      usage.cacheRead = cached
      usage.output = tokens(report?["completion_tokens"])
    case .anthropic:
      let report = object(root["usage"])
      usage.input = tokens(report?["input_tokens"])
      usage.output = tokens(report?["output_tokens"])
      usage.cacheRead = tokens(report?["cache_read_input_tokens"])
      usage.cacheWrite = tokens(report?["cache_creation_input_tokens"])
    case .ollama:
      usage.input = tokens(root["prompt_eval_count"])
      usage.output = tokens(root["eval_count"])
    }
    return usage
  }

  private static func content(
    _ root: JSONObject, _ provider: JudgeProvider
  ) -> Result<JSONValue, JudgeFailure> {
    switch provider {
    case .openai: openAI(root)
    case .anthropic: anthropic(root)
    case .ollama: ollama(root)
    }
  }

  private static func openAI(_ root: JSONObject) -> Result<JSONValue, JudgeFailure> {
    guard case .array(let choices)? = root["choices"], let choice = object(choices.first),
      let message = object(choice["message"])
    else { return .failure(.malformed) }
    if let refusal = string(message["refusal"]), !refusal.isEmpty { return .failure(.refused) }
    switch string(choice["finish_reason"]) {
    case "content_filter": return .failure(.contentFilter)
    case "length": return .failure(.truncated)
    default: break
    }
    guard case .string(let text)? = message["content"] else { return .failure(.malformed) }
    return .success(.string(text))
  }

  private static func anthropic(_ root: JSONObject) -> Result<JSONValue, JudgeFailure> {
    guard case .array(let blocks)? = root["content"] else { return .failure(.malformed) }
    switch string(root["stop_reason"]) {
    case "refusal": return .failure(.refused)
    case "max_tokens": return .failure(.truncated)
    default: break
    }
    var texts: [[UInt8]] = []
    for case .object(let block) in blocks {
      if string(block["type"]) == "tool_use", let input = block["input"] { return .success(input) }
      if case .string(let text)? = block["text"] { texts.append(text) }
    }
    return texts.isEmpty
      ? .failure(.malformed) : .success(.string(Array(texts.joined(separator: [0x0A]))))
  }

  private static func ollama(_ root: JSONObject) -> Result<JSONValue, JudgeFailure> {
    guard let message = object(root["message"]), case .string(let text)? = message["content"]
    else { return .failure(.malformed) }
    if case .bool(false)? = root["done"] { return .failure(.truncated) }
    return string(root["done_reason"]) == "length"
      ? .failure(.truncated) : .success(.string(text))
  }

  /// The score in what the model wrote, which may need to be put right.
  private static func judgement(
    _ content: JSONValue, _ scale: JudgeScale
  ) -> Result<JudgeAnswer, JudgeFailure> {
    var (value, repairs): (JSONValue, [JSONRepair]) = (content, [])
    if case .string(let text) = content {
      guard let found = JSONFinder.find(in: text) else {
        return .failure(RefusalDetector().find(in: text) == nil ? .offScale : .refused)
      }
      (value, repairs) = (found.value, found.repairs)
    }
    // Some models answer with the bare score.
    guard case .object(let object) = value else {
      guard let score = scale.score(value) else { return .failure(.offScale) }
      return .success(JudgeAnswer(value: score, reason: "", repairs: repairs))
    }
    guard let given = object["score"], let score = scale.score(given) else {
      return .failure(.offScale)
    }
    let reason: [UInt8] = if case .string(let text)? = object["reason"] { text } else { [] }
    return .success(
      JudgeAnswer(
        value: score, reason: String(decoding: reason.prefix(reasonLimit), as: UTF8.self),
        repairs: repairs))
  }
}
