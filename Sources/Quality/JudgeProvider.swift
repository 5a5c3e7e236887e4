/// The ways to ask a model.
package enum JudgeProvider: String, CaseIterable, Sendable {
  case openai, anthropic, ollama

  /// The way for a model of this name: `claude…` is Anthropic's; `ollama/…` and names with a tag
  /// behind a colon are Ollama's; all else speaks OpenAI's.
  package static func of(model: String) -> JudgeProvider {
    let name = model.lowercased()
    if name.hasPrefix("ollama/") { return .ollama }
    if name.hasPrefix("claude") || name.hasPrefix("anthropic/") { return .anthropic }
    return name.contains(":") && !name.contains("/") && !name.hasPrefix("ft:") ? .ollama : .openai
  }

  /// Whether a name can be a model's: printable ASCII without blanks, at most 200 bytes.
  package static func isModelName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 200
      && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
  }

  /// What is behind the base URL.
  package var path: String {
    switch self {
    case .openai: "/chat/completions"
    case .anthropic: "/messages"
    case .ollama: "/api/chat"
    }
  }

  /// The header fields of a request, in small letters. Without a key, none for it.
  package func fields(key: String?) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = [
      ("content-type", "application/json"), ("accept", "application/json"),
    ]
    switch self {
    case .openai, .ollama:
      if let key { fields.append(("authorization", "Bearer \(key)")) }
    case .anthropic:
      fields.append(("anthropic-version", "2023-06-01"))
      if let key { fields.append(("x-api-key", key)) }
    }
    return fields
  }

  /// The name the provider itself knows the model by.
  package func ownName(of model: String) -> String {
    let prefix = "\(rawValue)/"
    if self != .openai, model.lowercased().hasPrefix(prefix) {
      return String(model.dropFirst(prefix.count))
    }
    return model
  }

  /// The body that asks `model` for a judgement of `prompt` on `scale`.
  package func body(
    model: String, prompt: [UInt8], scale: JudgeScale, maxTokens: Int
  ) -> [UInt8] {
    var writer = JSONBody()
    writer.text("model", ownName(of: model))
    switch self {
    case .openai: openAI(&writer, prompt, scale, maxTokens)
    case .anthropic: anthropic(&writer, prompt, scale, maxTokens)
    case .ollama: ollama(&writer, prompt, scale, maxTokens)
    }
    return writer.finished()
  }

  private func openAI(
    _ writer: inout JSONBody, _ prompt: [UInt8], _ scale: JudgeScale, _ maxTokens: Int
  ) {
    writer.value(
      "messages",
      .array([
        JSONBody.message("system", Array(scale.instruction.utf8)),
        JSONBody.message("user", prompt),
      ]))
    let schema = JSONObject([
      ("name", .text("judgement")), ("strict", .bool(true)), ("schema", scale.schema),
    ])
    writer.value(
      "response_format",
      .object(JSONObject([("type", .text("json_schema")), ("json_schema", .object(schema))])))
    writer.value("max_completion_tokens", .number(JSONNumber(maxTokens)))
  }

  /// A tool the model has to call is Anthropic's way to structured output.
  private func anthropic(
    _ writer: inout JSONBody, _ prompt: [UInt8], _ scale: JudgeScale, _ maxTokens: Int
  ) {
    writer.value("max_tokens", .number(JSONNumber(maxTokens)))
    writer.text("system", scale.instruction)
    writer.value("messages", .array([JSONBody.message("user", prompt)]))
    let tool = JSONObject([
      ("name", .text("judgement")), ("description", .text("Hands in the judgement.")),
      ("input_schema", scale.schema),
    ])
    writer.value("tools", .array([.object(tool)]))
    writer.value(
      "tool_choice",
      .object(JSONObject([("type", .text("tool")), ("name", .text("judgement"))])))
  }

  private func ollama(
    _ writer: inout JSONBody, _ prompt: [UInt8], _ scale: JudgeScale, _ maxTokens: Int
  ) {
    writer.value(
      "messages",
      .array([
        JSONBody.message("system", Array(scale.instruction.utf8)),
        JSONBody.message("user", prompt),
      ]))
    writer.value("stream", .bool(false))
    writer.value("format", scale.schema)
    writer.value(
      "options",
      .object(
        JSONObject([
          ("num_predict", .number(JSONNumber(maxTokens))), ("temperature", .number(JSONNumber(0))),
        ])))
  }
}

/// The members of a request's body as they are put together.
struct JSONBody {
  private var object = JSONObject()

  mutating func text(_ name: String, _ text: String) { value(name, .text(text)) }

  mutating func value(_ name: String, _ value: JSONValue) {
    object.set(Array(name.utf8), to: value)
  }

  func finished() -> [UInt8] { JSONValue.object(object).json }

  static func message(_ role: String, _ content: [UInt8]) -> JSONValue {
    .object(JSONObject([("role", .text(role)), ("content", .string(content))]))
  }
}
