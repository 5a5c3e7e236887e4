internal import Telemetry

/// Whose names a call is told in, the most telling last: one set of names may hold another's.
enum Dialect: UInt8, CaseIterable {
  case none = 0
  case deprecatedGenAI, genAI, pydanticAI, liteLLM, mlflow, vercelAI, openLLMetry, openInference
  case langfuse

  /// The word as users read it.
  var text: String {
    switch self {
    case .none: "barograph"
    case .deprecatedGenAI: "otel_genai_deprecated"
    case .genAI: "otel_genai"
    case .pydanticAI: "pydantic_ai"
    case .liteLLM: "litellm"
    case .mlflow: "mlflow"
    case .vercelAI: "vercel_ai"
    case .openLLMetry: "openllmetry"
    case .openInference: "openinference"
    case .langfuse: "langfuse"
    }
  }

  /// The word as JSON.
  var json: [UInt8] { Array("\"\(text)\"".utf8) }

  /// The dialect that a name belongs to.
  init(of name: String) {
    self = Self.names[name] ?? Self.prefixes.first { name.hasPrefix($0.0) }?.1 ?? .none
  }

  private static let names: [String: Dialect] = [
    "gen_ai.system": .deprecatedGenAI, "gen_ai.usage.prompt_tokens": .deprecatedGenAI,
    "gen_ai.usage.completion_tokens": .deprecatedGenAI, "gen_ai.prompt": .deprecatedGenAI,
    "gen_ai.completion": .deprecatedGenAI, "gen_ai.is_streaming": .openLLMetry,
    "llm.is_streaming": .openLLMetry, "llm.response.model": .openLLMetry,
    "operation.cost": .pydanticAI, "llm.model": .none,
  ]

  private static let prefixes: [(String, Dialect)] = [
    ("openinference.", .openInference), ("llm.usage.", .openLLMetry),
    ("llm.request.type", .openLLMetry), ("llm.request.model", .openLLMetry),
    ("traceloop.", .openLLMetry), ("langfuse.", .langfuse), ("mlflow.", .mlflow),
    ("gen_ai.cost.", .liteLLM), ("metadata.user_api_key", .liteLLM),
    ("gen_ai.aggregated_usage.", .pydanticAI), ("gen_ai.", .genAI), ("ai.", .vercelAI),
    ("llm.", .openInference), ("embedding.", .openInference), ("reranker.", .openInference),
  ]
}

extension EventBuilder {
  /// Fields by whose names a dialect is known.
  private static let tellingFields: [Field] = [
    .kind, .operation, .provider, .model, .responseModel, .inputTokens, .outputTokens,
    .totalTokens, .cost, .stream,
  ]

  /// Notes in whose names a call was told, where they are not Barograph's own.
  mutating func noteDialect() {
    guard event.type == .llm else { return }
    var told = Dialect.none
    for field in Self.tellingFields where scanner.present.contains(field) {
      let dialect = scanner.entry(of: scanner.slot(field)).dialect
      if dialect.rawValue > told.rawValue { told = dialect }
    }
    if told != .none { details.add("dialect", json: told.json) }
  }
}
