import Codec
import Quality
import Testing

struct PromptTemplateTests {
  private var call: FinishedCall {
    var call = FinishedCall()
    call.input = Array("What is {{output}}?".utf8)
    call.output = Array(#"[{"role":"assistant","content":"It is a place."}]"#.utf8)
    call.documents = [Array("one".utf8), Array("two".utf8)]
    return call
  }

  @Test func `places are filled once, with the words of messages`() throws {
    let template = try PromptTemplate("Q: {{input}}\nA: {{ output }}\nD: {{documents}}.")
    let prompt = try template.filled(for: call, limit: 1_000)
    #expect(
      String(decoding: prompt, as: UTF8.self)
        == "Q: What is {{output}}?\nA: It is a place.\nD: [1] one\n[2] two.")
    #expect(template.slots == [.input, .output, .documents])
  }

  @Test(arguments: [
    ("{{outptu}}", 0, "unknown place '{{outptu}}'; did you mean '{{output}}'?"),
    ("a {{output", 2, "'{{' without '}}'"),
    ("plain", 0, "neither {{output}} nor {{input}} in it"),
    ("{{expected}}", 0, "neither {{output}} nor {{input}} in it"),
  ])
  func `a text that is no template is refused`(_ text: String, _ place: Int, _ message: String) {
    let fault = #expect(throws: PromptTemplate.Fault.self) { try PromptTemplate(text) }
    #expect(fault?.position == place)
    #expect(fault?.message == message)
  }

  @Test func `the version is the name given, or stands for the text`() throws {
    #expect(try PromptTemplate("{{output}}", version: "v2").version == "v2")
    let version = try PromptTemplate("{{output}}").version
    #expect(version.count == 12)
    #expect(try PromptTemplate("{{output}}").version == version)
    #expect(try PromptTemplate("{{output}} ").version != version)
  }

  @Test func `what is missing or too long is said`() throws {
    let template = try PromptTemplate("{{output}}{{expected}}")
    #expect(throws: PromptTemplate.Refusal.missing(.expected)) {
      try template.filled(for: call, limit: 100)
    }
    let output = try PromptTemplate("{{output}}")
    #expect(throws: PromptTemplate.Refusal.tooLong(bytes: 14, limit: 13)) {
      try output.filled(for: call, limit: 13)
    }
    #expect(try output.filled(for: call, limit: 14).count == 14)
  }
}

struct JudgeProviderTests {
  @Test(arguments: [
    ("gpt-4o-mini", JudgeProvider.openai), ("o3", .openai), ("claude-sonnet-4", .anthropic),
    ("Claude-3", .anthropic), ("anthropic/claude-3", .anthropic), ("llama3:8b", .ollama),
    ("ollama/qwen", .ollama), ("ft:gpt-4o:org", .openai), ("mistralai/Mistral-7B", .openai),
  ])
  func `the name of a model tells how to ask it`(_ model: String, _ provider: JudgeProvider) {
    #expect(JudgeProvider.of(model: model) == provider)
  }

  @Test(arguments: ["", "a b", "a\n", "é", "a\"b", String(repeating: "x", count: 201)])
  func `what cannot be a model's name is none`(_ name: String) {
    #expect(!JudgeProvider.isModelName(name))
  }

  @Test func `a key goes where the provider wants it, and nowhere without one`() {
    #expect(
      JudgeProvider.openai.fields(key: "k").map(\.name) == [
        "content-type", "accept", "authorization",
      ])
    #expect(JudgeProvider.anthropic.fields(key: "k").last?.value == "k")
    #expect(JudgeProvider.anthropic.fields(key: nil).map(\.name).last == "anthropic-version")
    #expect(JudgeProvider.ollama.fields(key: nil).count == 2)
  }

  @Test(arguments: JudgeProvider.allCases)
  func `a body is the provider's own and holds the prompt once`(_ provider: JudgeProvider) throws {
    let prompt = Array("say \"hi\"\n{}".utf8)
    let body = provider.body(
      model: "ollama/m", prompt: prompt, scale: .numbers(1...5), maxTokens: 300)
    guard case .object(let root) = try JSONReader.read(body),
      case .array(let messages)? = root["messages"], case .object(let last)? = messages.last
    else {
      Issue.record("no messages")
      return
    }
    #expect(last["content"] == .string(prompt))
    #expect(last["role"] == .text("user"))
    #expect(root["model"] == .text(provider == .ollama ? "m" : "ollama/m"))
    let names = root.members.map { String(decoding: $0.name, as: UTF8.self) }
    switch provider {
    case .openai:
      #expect(names == ["model", "messages", "response_format", "max_completion_tokens"])
    case .anthropic:
      #expect(names == ["model", "max_tokens", "system", "messages", "tools", "tool_choice"])
    case .ollama: #expect(names == ["model", "messages", "stream", "format", "options"])
    }
  }

  @Test func `the schema that is asked for accepts what the scale accepts`() throws {
    let schema = try JSONSchema(JudgeScale.numbers(1...5).schema)
    #expect(schema.accepts(try JSONReader.read(#"{"reason":"r","score":4.5}"#.utf8)))
    #expect(!schema.accepts(try JSONReader.read(#"{"reason":"r","score":6}"#.utf8)))
    let words = try JSONSchema(JudgeScale.categories(["good", "bad"]).schema)
    #expect(words.accepts(try JSONReader.read(#"{"reason":"r","score":"bad"}"#.utf8)))
    #expect(
      JudgeScale.categories(["good", "bad"]).instruction.contains(#"one of "good", "bad""#))
  }
}

struct JudgeReplyTests {
  static func openAI(_ content: String, _ more: String = #""finish_reason":"stop""#) -> String {
    var writer = JSONWriter()
    writer.value(content)
    let text = String(decoding: writer.bytes, as: UTF8.self)
    return #"{"model":"m-1","choices":[{"message":{"content":\#(text)},\#(more)}],"#
      + #""usage":{"prompt_tokens":100,"completion_tokens":20,"#
      + #""prompt_tokens_details":{"cached_tokens":40}}}"#
  }

  private func reply(
    _ body: String, _ provider: JudgeProvider = .openai, _ scale: JudgeScale = .numbers(1...5)
  ) -> JudgeReply {
    JudgeReply(Array(body.utf8), from: provider, scale: scale)
  }

  private func value(_ reply: JudgeReply) -> ScoreValue? {
    if case .success(let answer) = reply.result { answer.value } else { nil }
  }

  private func failure(_ reply: JudgeReply) -> JudgeFailure? {
    if case .failure(let failure) = reply.result { failure } else { nil }
  }

  @Test func `an answer gives score, reason, model and usage`() {
    let reply = reply(Self.openAI(#"{"reason":"clear","score":4}"#))
    #expect(
      reply.result
        == .success(JudgeReplyTests.answer(.number(4), "clear")))
    #expect(reply.model == "m-1")
    #expect(reply.usage.input == 60 && reply.usage.cacheRead == 40 && reply.usage.output == 20)
    #expect(reply.usage.total == 120)
  }

  static func answer(_ value: ScoreValue, _ reason: String) -> JudgeAnswer {
    JudgeAnswer(value: value, reason: reason, repairs: [])
  }

  @Test func `the others say it in their own shapes`() {
    let tool = """
      {"model":"c","stop_reason":"tool_use","content":[{"type":"text","text":"Well."},
      {"type":"tool_use","name":"judgement","input":{"reason":"r","score":2}}],
      "usage":{"input_tokens":9,"output_tokens":3,"cache_read_input_tokens":5,
      "cache_creation_input_tokens":1}}
      """
    let anthropic = reply(tool, .anthropic)
    #expect(value(anthropic) == .number(2))
    #expect(anthropic.usage.total == 18)
    let ollama = reply(
      #"{"model":"l","message":{"content":"{\"score\": 3}"},"done":true,"prompt_eval_count":7,"#
        + #""eval_count":2}"#, .ollama)
    #expect(value(ollama) == .number(3))
    #expect(ollama.usage.total == 9)
  }

  @Test(arguments: [
    ("```json\n{\"score\": 3, \"reason\": \"ok\",}\n```", ScoreValue.number(3)),
    ("I'd say: {'score': '4'}", .number(4)), ("5", .number(5)), ("{score: 1.5}", .number(1.5)),
  ])
  func `what models get wrong is put right`(_ content: String, _ score: ScoreValue) {
    #expect(value(reply(Self.openAI(content))) == score)
  }

  @Test(arguments: [
    (JudgeScale.boolean, #"{"score":true}"#, ScoreValue.boolean(true)),
    (.boolean, #"{"score":"No"}"#, .boolean(false)),
    (.categories(["Good", "Bad"]), #"{"score":" good "}"#, .category("Good")),
  ])
  func `scales read their own words`(_ scale: JudgeScale, _ content: String, _ score: ScoreValue) {
    #expect(value(reply(Self.openAI(content), .openai, scale)) == score)
  }

  @Test(arguments: [
    (#"{"score":6}"#, JudgeFailure.offScale), (#"{"score":0.99}"#, .offScale),
    (#"{"grade":3}"#, .offScale), (#"{"score":null}"#, .offScale), ("no idea", .offScale),
    (#"{"score":true}"#, .offScale), ("I'm sorry, but I can't help with that.", .refused),
  ])
  func `what is no score is said to be none`(_ content: String, _ expected: JudgeFailure) {
    #expect(failure(reply(Self.openAI(content))) == expected)
  }

  @Test func `ends that are none are told`() {
    let cut = Self.openAI(#"{"score":4}"#, #""finish_reason":"length""#)
    #expect(failure(reply(cut)) == .truncated)
    #expect(reply(cut).usage.total == 120)
    let filtered = Self.openAI("", #""finish_reason":"content_filter""#)
    #expect(failure(reply(filtered)) == .contentFilter)
    #expect(
      failure(reply(#"{"choices":[{"message":{"content":null,"refusal":"No."}}]}"#)) == .refused)
    #expect(
      failure(reply(#"{"stop_reason":"max_tokens","content":[]}"#, .anthropic)) == .truncated)
    #expect(failure(reply(#"{"message":{"content":"x"},"done":false}"#, .ollama)) == .truncated)
  }

  @Test func `every truncation of a body is malformed and never a score`() {
    let body = Array(Self.openAI(#"{"reason":"clear","score":4}"#).utf8)
    for length in 0..<body.count {
      let reply = JudgeReply(Array(body.prefix(length)), from: .openai, scale: .numbers(1...5))
      #expect(reply.result == .failure(.malformed))
    }
  }

  @Test func `usage that cannot be is not believed`() {
    let body = #"{"choices":[],"usage":{"prompt_tokens":-4,"completion_tokens":1e40}}"#
    #expect(reply(body).usage == JudgeAnswer.Usage())
  }

  @Test(arguments: [
    (429, "", JudgeFailure.rateLimited(retryAfter: 7)),
    (429, #"{"error":{"code":"insufficient_quota","message":"…"}}"#, .quota),
    (401, "", .auth), (403, "", .auth), (402, "", .quota), (404, "", .notFound),
    (408, "", .timeout), (504, "", .timeout), (413, "", .contextLength),
    (500, "<html>", .server(status: 500, retryAfter: 7)),
    (529, "", .server(status: 529, retryAfter: 7)),
    (400, #"{"error":{"code":"context_length_exceeded"}}"#, .contextLength),
    (
      400,
      #"{"type":"error","error":{"type":"invalid_request","message":"prompt is too long: 9"}}"#,
      .contextLength
    ),
    (400, #"{"error":{"code":"content_filter"}}"#, .contentFilter),
    (400, #"{"error":"model is required"}"#, .invalidRequest), (422, "", .invalidRequest),
  ])
  func `statuses and bodies tell classes of failure`(
    _ status: Int, _ body: String, _ failure: JudgeFailure
  ) {
    #expect(JudgeFailure(status: status, retryAfter: 7, body: Array(body.utf8)) == failure)
  }

  @Test func `a pause doubles, is jittered, obeys the provider and ends`() {
    let plan = RetryPlan()
    #expect(plan.pause(before: 1, after: .timeout, random: 0) == 500_000_000)
    #expect(plan.pause(before: 3, after: .timeout, random: 0) == 2_000_000_000)
    #expect(plan.pause(before: 3, after: .timeout, random: 1) == 1_000_000_000)
    #expect(plan.pause(before: 4, after: .timeout, random: 0) == nil)
    #expect(plan.pause(before: 1, after: .auth, random: 0) == nil)
    let asked = JudgeFailure.rateLimited(retryAfter: 9_000_000_000)
    #expect(plan.pause(before: 1, after: asked, random: 0.5) == 9_000_000_000)
    let long = JudgeFailure.rateLimited(retryAfter: 900_000_000_000)
    #expect(plan.pause(before: 1, after: long, random: 0.5) == nil)
  }
}
