internal import Money

/// The dialects of telemetry for LLMs. Among the names of one field those of OpenTelemetry GenAI
/// come first, current before deprecated; then OpenInference and OpenLLMetry, Langfuse, the Vercel
/// AI SDK, LiteLLM and MLflow.
extension FieldNames {
  static let dialects = dialectIdentity + dialectCalls + dialectUsage + dialectContent

  private static let dialectIdentity = [
    Row(
      .session,
      """
      gen_ai.conversation.id langfuse.session.id traceloop.association.properties.session_id \
      ai.telemetry.metadata.sessionId metadata.session_id mlflow.trace.session
      """),
    Row(
      .user,
      """
      enduser.id langfuse.user.id traceloop.association.properties.user_id gen_ai.user llm.user \
      ai.telemetry.metadata.userId metadata.user_api_key_end_user_id mlflow.trace.user
      """),
    Row(
      .tenant,
      """
      app.tenant.id metadata.tenant traceloop.association.properties.tenant \
      langfuse.trace.metadata.tenant ai.telemetry.metadata.tenant metadata.team_id \
      metadata.user_api_key_team_id
      """),
    Row(.service, "openinference.project.name"),
    Row(.env, "langfuse.environment"),
    Row(.release, "langfuse.release"),
    Row(
      .kind,
      """
      openinference.span.kind traceloop.span.kind langfuse.observation.type mlflow.spanType
      """),
    Row(.agent, "gen_ai.agent.name agent.name"),
    Row(.tool, "gen_ai.tool.name tool.name ai.toolCall.name"),
  ]

  private static let dialectCalls = [
    Row(
      .provider,
      """
      gen_ai.provider.name gen_ai.system llm.provider llm.system ai.model.provider \
      mlflow.llm.provider
      """),
    Row(
      .model,
      """
      llm.request.model_name llm.request.model langfuse.observation.model.parameters.model \
      ai.model.id llm.invocation_parameters.model embedding.invocation_parameters.model \
      mlflow.llm.model
      """),
    Row(
      .responseModel,
      """
      llm.response.model_name llm.model_name embedding.model_name llm.response.model \
      reranker.model_name langfuse.observation.model.name ai.response.model
      """),
    Row(.operation, "gen_ai.operation.name llm.request.type ai.operationId"),
    Row(.responseID, "gen_ai.response.id ai.response.id"),
    Row(.finishReason, "gen_ai.response.finish_reasons", unit: .list),
    Row(
      .finishReason,
      """
      llm.finish_reason gen_ai.response.finish_reason ai.response.finishReason \
      anthropic.message.stop_reason
      """),
    Row(
      .stream,
      """
      gen_ai.request.stream gen_ai.is_streaming llm.is_streaming llm.invocation_parameters.stream
      """),
    Row(
      .serviceTier,
      """
      openai.response.service_tier gen_ai.openai.response.service_tier \
      anthropic.response.service_tier openai.request.service_tier \
      gen_ai.openai.request.service_tier gen_ai.cost.service_tier
      """),
    Row(.timeToFirstToken, "gen_ai.response.time_to_first_chunk", unit: .seconds),
    Row(.timeToFirstToken, "ai.response.msToFirstChunk ai.stream.msToFirstChunk"),
  ]

  private static let dialectUsage = genAIUsage + otherUsage

  private static let genAIUsage = [
    Row(.inputTokens, "gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens", .inclusive),
    Row(.outputTokens, "gen_ai.usage.output_tokens gen_ai.usage.completion_tokens", .inclusive),
    Row(.totalTokens, "gen_ai.usage.total_tokens"),
    Row(
      .cacheReadTokens,
      """
      gen_ai.usage.cache_read.input_tokens gen_ai.usage.cache_read_input_tokens \
      gen_ai.usage.details.cache_read_tokens
      """),
    Row(
      .cacheWriteTokens,
      """
      gen_ai.usage.cache_creation.input_tokens gen_ai.usage.cache_write.input_tokens \
      gen_ai.usage.cache_creation_input_tokens gen_ai.usage.details.cache_write_tokens
      """),
    Row(
      .reasoningTokens,
      """
      gen_ai.usage.reasoning.output_tokens gen_ai.usage.details.reasoning_tokens \
      gen_ai.usage.reasoning_tokens
      """),
    Row(
      .audioInputTokens,
      "gen_ai.usage.audio.input_tokens gen_ai.usage.details.input_audio_tokens"),
    Row(
      .audioOutputTokens,
      "gen_ai.usage.audio.output_tokens gen_ai.usage.details.output_audio_tokens"),
    Row(.imageInputTokens, "gen_ai.usage.image.input_tokens"),
    Row(.cost, "gen_ai.usage.cost"),
  ]

  private static let otherUsage = [
    Row(.inputTokens, "llm.token_count.prompt llm.usage.prompt_tokens", .inclusive),
    Row(.inputTokens, "langfuse.observation.usage_details.prompt_tokens", .inclusive),
    Row(.inputTokens, "langfuse.observation.usage_details.input", .disjoint),
    Row(.inputTokens, "langfuse.observation.usage_details.input_tokens"),
    Row(.inputTokens, "ai.usage.inputTokens ai.usage.promptTokens ai.usage.tokens"),
    Row(.inputTokens, "mlflow.chat.tokenUsage.input_tokens", .inclusive),
    Row(.inputTokens, "gen_ai.aggregated_usage.input_tokens", .inclusive, isAggregate: true),
    Row(.outputTokens, "llm.token_count.completion llm.usage.completion_tokens"),
    Row(.outputTokens, "langfuse.observation.usage_details.completion_tokens"),
    Row(
      .outputTokens,
      """
      langfuse.observation.usage_details.output langfuse.observation.usage_details.output_tokens
      """),
    Row(.outputTokens, "ai.usage.outputTokens ai.usage.completionTokens"),
    Row(.outputTokens, "mlflow.chat.tokenUsage.output_tokens"),
    Row(.outputTokens, "gen_ai.aggregated_usage.output_tokens", isAggregate: true),
    Row(
      .totalTokens,
      """
      llm.token_count.total llm.usage.total_tokens \
      langfuse.observation.usage_details.total_tokens langfuse.observation.usage_details.total \
      ai.usage.totalTokens mlflow.chat.tokenUsage.total_tokens
      """),
    Row(
      .cacheReadTokens,
      """
      llm.token_count.prompt_details.cache_read \
      langfuse.observation.usage_details.prompt_tokens_details.cached_tokens \
      langfuse.observation.usage_details.input_cached_tokens \
      langfuse.observation.usage_details.cache_read_input_tokens \
      langfuse.observation.usage_details.input_cache_read \
      langfuse.observation.usage_details.input_tokens_details.cached_tokens \
      ai.usage.cachedInputTokens \
      ai.usage.inputTokenDetails.cacheReadTokens mlflow.chat.tokenUsage.cache_read_input_tokens
      """),
    Row(
      .cacheReadTokens, "gen_ai.aggregated_usage.cache_read.input_tokens", isAggregate: true),
    Row(
      .cacheWriteTokens,
      """
      llm.token_count.prompt_details.cache_write \
      langfuse.observation.usage_details.cache_creation_input_tokens \
      langfuse.observation.usage_details.input_cache_creation \
      ai.usage.inputTokenDetails.cacheWriteTokens \
      mlflow.chat.tokenUsage.cache_creation_input_tokens
      """),
    Row(
      .cacheWriteTokens, "gen_ai.aggregated_usage.cache_creation.input_tokens",
      isAggregate: true),
    Row(
      .reasoningTokens,
      """
      llm.token_count.completion_details.reasoning llm.usage.reasoning_tokens \
      langfuse.observation.usage_details.completion_tokens_details.reasoning_tokens \
      langfuse.observation.usage_details.output_reasoning_tokens \
      langfuse.observation.usage_details.output_reasoning \
      langfuse.observation.usage_details.output_tokens_details.reasoning_tokens \
      ai.usage.reasoningTokens \
      ai.usage.outputTokenDetails.reasoningTokens
      """),
    Row(
      .audioInputTokens,
      """
      llm.token_count.prompt_details.audio \
      langfuse.observation.usage_details.prompt_tokens_details.audio_tokens \
      langfuse.observation.usage_details.input_audio_tokens \
      langfuse.observation.usage_details.input_audio
      """),
    Row(
      .audioOutputTokens,
      """
      llm.token_count.completion_details.audio \
      langfuse.observation.usage_details.completion_tokens_details.audio_tokens \
      langfuse.observation.usage_details.output_audio_tokens \
      langfuse.observation.usage_details.output_audio
      """),
    Row(
      .cost,
      """
      llm.cost.total langfuse.observation.cost_details.total gen_ai.cost.total_cost \
      mlflow.llm.cost.total_cost operation.cost
      """),
  ]

  private static let dialectContent = [
    Row(
      .prompt,
      """
      gen_ai.prompt.name prompt.id traceloop.prompt.key langfuse.observation.prompt.name \
      ai.telemetry.functionId
      """),
    Row(
      .promptVersion,
      """
      llm.prompt_template.version traceloop.prompt.version langfuse.observation.prompt.version
      """),
    Row(.documents, "gen_ai.retrieval.documents"),
    Row(
      .input,
      """
      gen_ai.input.messages gen_ai.tool.call.arguments input.value langfuse.observation.input \
      traceloop.entity.input ai.prompt.messages ai.prompt ai.toolCall.args mlflow.spanInputs \
      gen_ai.prompt
      """),
    Row(
      .output,
      """
      gen_ai.output.messages gen_ai.tool.call.result output.value langfuse.observation.output \
      traceloop.entity.output ai.response.text ai.toolCall.result mlflow.spanOutputs \
      gen_ai.completion
      """),
    Row(.score, "gen_ai.evaluation.name"),
    Row(.value, "gen_ai.evaluation.score.value"),
    Row(.comment, "gen_ai.evaluation.explanation"),
  ]

  /// Names whose value is, or may be, JSON inside a string.
  static let encoded = words(
    """
    gen_ai.response.finish_reasons gen_ai.input.messages gen_ai.output.messages \
    gen_ai.retrieval.documents metadata llm.invocation_parameters \
    embedding.invocation_parameters langfuse.trace.metadata.tenant \
    langfuse.observation.usage_details langfuse.observation.cost_details \
    langfuse.observation.model.parameters mlflow.spanType mlflow.llm.provider mlflow.llm.model \
    mlflow.chat.tokenUsage mlflow.llm.cost mlflow.trace.session mlflow.trace.user \
    mlflow.spanInputs mlflow.spanOutputs
    """)

  /// What a name tells beside, or instead of, a field's value.
  enum Hint: UInt8, Sendable {
    case none
    /// JSON in which the calls of tools that a model asked for stand.
    case toolCalls
    /// `ERROR` means that the operation failed.
    case errorLevel
    /// Why the operation failed.
    case errorMessage
    /// When the first token came.
    case firstTokenTime
    /// What happened, of a log record.
    case eventName
    /// The name of the tool or agent that a span is a run of.
    case entityName
    /// A piece of a prompt or an answer that no field takes.
    case content
    /// The model that was asked is, where nothing else is said, the one that answered.
    case answeringModel
    /// Perhaps a provider's whole answer, with its id.
    case answer
  }

  static let hints: [(name: String, hint: Hint)] = [
    ("gen_ai.output.messages", .toolCalls), ("ai.response.toolCalls", .toolCalls),
    ("output.value", .answer), ("mlflow.spanOutputs", .answer),
    ("langfuse.observation.output", .toolCalls), ("langfuse.observation.level", .errorLevel),
    ("langfuse.observation.status_message", .errorMessage),
    ("langfuse.observation.completion_start_time", .firstTokenTime), ("event.name", .eventName),
    ("mlflow.llm.model", .answeringModel), ("traceloop.entity.name", .entityName),
    ("gen_ai.system_instructions", .content),
    ("gen_ai.retrieval.query.text", .content), ("llm.prompt_template.template", .content),
    ("llm.prompt_template.variables", .content), ("ai.response.object", .content),
  ]

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }
}
