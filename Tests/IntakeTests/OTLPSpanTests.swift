import Codec
import Telemetry
import TestSupport
import Testing

@testable import Intake

/// What spans and log records become, dialect by dialect.
struct OTLPSpanTests {
  private static func text(_ value: String) -> String { "{\"stringValue\":\(quoted(value))}" }
  private static func number(_ value: Int) -> String { "{\"intValue\":\"\(value)\"}" }

  private static func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.value(text)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// A dialect's attributes, and the type, kind, operation, provider, models, leaves and rule that
  /// they give.
  static let dialects: [(attributes: [(String, String)], wanted: String)] = [
    (
      [
        ("gen_ai.operation.name", text("chat")), ("gen_ai.system", text("vertex_ai")),
        ("gen_ai.request.model", text("m")), ("gen_ai.usage.input_tokens", number(100)),
        ("gen_ai.usage.cache_read.input_tokens", number(40)),
        ("gen_ai.usage.output_tokens", number(7)),
      ], "llm llm chat gcp.vertex_ai m - 60/40/7 dialect"
    ),
    (
      [
        ("openinference.span.kind", text("EMBEDDING")), ("embedding.model_name", text("e")),
        ("llm.token_count.prompt", number(9)),
      ], "llm embedding embeddings - - e 9/-1/-1 -"
    ),
    (
      [("openinference.span.kind", text("RETRIEVER")), ("llm.token_count.prompt", number(9))],
      "span retrieval - - - - 9/-1/-1 -"
    ),
    (
      [
        ("langfuse.observation.type", text("generation")),
        ("langfuse.observation.model.name", text("m")),
        (
          "langfuse.observation.usage_details",
          text(#"{"input":10,"output":5,"cache_read_input_tokens":3}"#)
        ),
      ], "llm llm chat - - m 10/3/5 dialect"
    ),
    (
      [
        ("ai.operationId", text("ai.streamText.doStream")),
        ("ai.model.provider", text("openai.chat")), ("ai.model.id", text("m")),
        ("ai.usage.inputTokens", number(8)), ("ai.usage.outputTokens", number(2)),
      ], "llm llm chat openai m - 8/-1/2 -"
    ),
    (
      [
        ("ai.operationId", text("ai.streamText")), ("ai.model.id", text("m")),
        ("ai.usage.inputTokens", number(8)),
      ], "span workflow invoke_workflow - m - 8/-1/-1 -"
    ),
    (
      [
        ("mlflow.spanType", text("\"CHAT_MODEL\"")), ("mlflow.llm.model", text("\"m\"")),
        ("mlflow.chat.tokenUsage", text(#"{"input_tokens":5,"output_tokens":2}"#)),
      ], "llm llm chat - m m 5/-1/2 -"
    ),
    (
      [
        ("gen_ai.operation.name", text("invoke_agent")), ("gen_ai.agent.name", text("a")),
        ("gen_ai.aggregated_usage.input_tokens", number(50)),
      ], "span agent invoke_agent - - - 50/-1/-1 -"
    ),
    (
      [("llm.request.type", text("completion")), ("llm.request.model", text("m"))],
      "llm llm chat - m - -1/-1/-1 -"
    ),
    (
      [
        ("langfuse.observation.type", text("generation")),
        ("langfuse.observation.model.name", text("m")),
        (
          "langfuse.observation.usage_details",
          text(#"{"input":10,"output":5,"input_cache_read":3}"#)
        ),
      ], "llm llm chat - - m 10/3/5 dialect"
    ),
    (
      [
        ("langfuse.observation.type", text("generation")),
        (
          "langfuse.observation.usage_details",
          text(
            #"""
            {"input_tokens":10,"output_tokens":5,"input_tokens_details":{"cached_tokens":3},\#
            "total_tokens":15}
            """#
          )
        ),
      ], "llm llm chat - - - 7/3/5 total"
    ),
    (
      [
        ("ai.operationId", text("ai.generateText.doGenerate")), ("ai.model.id", text("m")),
        ("ai.model.provider", text("google.generative-ai")), ("ai.usage.inputTokens", number(8)),
      ], "llm llm chat gcp.gemini m - 8/-1/-1 -"
    ),
    (
      [
        ("gen_ai.system", text("AWS")), ("llm.request.type", text("chat")),
      ], "llm llm chat aws.bedrock - - -1/-1/-1 -"
    ),
    ([("http.route", text("/chat"))], "span - - - - - -1/-1/-1 -"),
  ]

  @Test(arguments: dialects.indices)
  func `a span is read in its dialect`(index: Int) throws {
    let (attributes, wanted) = Self.dialects[index]
    var bench = OTLPBench()
    let span = OTLPBench.span(attributes: OTLPBench.attributes(attributes))
    let event = try #require(try bench.spans(span).first)
    let leaves = event.event.leaves
    let parts = [
      event.event.type.text, event[.kind] ?? "-", event[.operation] ?? "-",
      event[.provider] ?? "-", event[.model] ?? "-", event[.responseModel] ?? "-",
      "\(leaves.input)/\(leaves.cacheRead)/\(leaves.output)",
      event.event.usageRule?.text ?? "-",
    ]
    #expect(parts.joined(separator: " ") == wanted)
  }

  @Test func `numbers that came as texts are numbers where a field is one`() throws {
    var bench = OTLPBench()
    let attributes = [
      ("gen_ai.operation.name", Self.text("chat")),
      ("gen_ai.usage.input_tokens", Self.text("31")),
      ("gen_ai.usage.output_tokens", "{\"doubleValue\":12}"),
      ("gen_ai.usage.cost", Self.text("0.25")),
      ("gen_ai.usage.total_tokens", Self.text("43 or so")),
      ("gen_ai.response.id", Self.text("7")),
    ]
    let span = OTLPBench.span(attributes: OTLPBench.attributes(attributes))
    let event = try #require(try bench.spans(span).first)
    #expect(event.event.leaves.input == 31)
    #expect(event.event.leaves.output == 12)
    #expect(event.event.costStatus == .reported)
    #expect(event.text(event.event.responseID) == "7")
    #expect(event.warnings == [.badType])
    #expect(event.attributes?.contains("\"gen_ai.usage.total_tokens\":\"43 or so\"") == true)
  }

  @Test func `an agent's events tell numbers as texts, and their error`() throws {
    var bench = OTLPBench()
    func event(_ attributes: [(String, String)]) throws -> Decoded {
      let list = OTLPBench.attributes(attributes.map { ($0, Self.text($1)) })
      let request = """
        {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795228000000000000",\
        "attributes":[\(list)]}]}]}]}
        """
      let batch = try bench.batch(Array(request.utf8), .logs, .json)
      return try #require(bench.events(batch).first)
    }
    let request = try event([
      ("event.name", "api_request"), ("model", "m"), ("input_tokens", "10"),
      ("output_tokens", "5"), ("cache_read_tokens", "100"), ("cost_usd", "0.01"),
      ("duration_ms", "812"),
    ])
    #expect(request.event.type == .llm)
    #expect(request.event.leaves.input == 10)
    #expect(request.event.leaves.cacheRead == 100)
    #expect(request.event.duration == 812_000_000)
    #expect(request.warnings.isEmpty)
    let failure = try event([
      ("event.name", "api_error"), ("model", "m"), ("error", "Overloaded"), ("status_code", "529"),
      ("attempt", "2"),
    ])
    #expect(failure.event.status == .error)
    #expect(failure.event.httpStatus == 529)
    #expect(failure.details?.contains("\"error\":\"Overloaded\"") == true)
    #expect(failure.event.attempt == 2)
    #expect(failure.warnings.isEmpty)
  }

  @Test(arguments: [
    ("LLM", #"{"id":"resp_1","model":"m","output":[]}"#, "resp_1"),
    ("LLM", #" {"choices":[{"id":"x"}],"object":"chat.completion","id":"c\"}"#, nil),
    ("LLM", #"{"choices":[{"id":"x"}],"object":"chat.completion","id":"c-1"}"#, "c-1"),
    ("EMBEDDING", #"{"model":"m","id":"e-1"}"#, "e-1"),
    // A chain hands on what the call beneath it answered.
    ("CHAIN", #"{"id":"resp_1","model":"m"}"#, nil),
    // What the model was asked to write may have an id of its own.
    ("LLM", #"{"id":"customer 7","name":"Ann"}"#, nil),
    ("LLM", #"{"id":5,"model":"m"}"#, nil), ("LLM", #"{"id":"","model":"m"}"#, nil),
    ("LLM", "It is twenty degrees.", nil), ("LLM", #"{"id":"resp_1","#, nil), ("LLM", "", nil),
  ])
  func `the id in a whole answer tells its call where no response id does`(
    _ kind: String, _ output: String, _ wanted: String?
  ) throws {
    for payloads in [PayloadPolicy.off, .redacted] {
      var bench = OTLPBench { $0.payloads = payloads }
      let attributes = OTLPBench.attributes([
        ("output.value", Self.text(output)), ("openinference.span.kind", Self.text(kind)),
      ])
      let event = try #require(try bench.spans(OTLPBench.span(attributes: attributes)).first)
      #expect(event.text(event.event.responseID) == nil)
      let detail = wanted.map { "\"answer_response_id\":\"\($0)\"" }
      #expect(
        event.text(event.event.details)?.contains(detail ?? "answer_") ?? false == (detail != nil))
    }
  }

  @Test func `sums over a run are marked as such`() throws {
    var bench = OTLPBench()
    let attributes = [
      ("gen_ai.operation.name", Self.text("invoke_agent")),
      ("gen_ai.aggregated_usage.output_tokens", Self.number(5)),
    ]
    let span = OTLPBench.span(attributes: OTLPBench.attributes(attributes))
    let event = try #require(try bench.spans(span).first)
    #expect(event.event.isAggregate)
    #expect(event.event.role == .rollUp)
  }

  @Test func `what no field takes is kept as it came, with resource and scope`() throws {
    var bench = OTLPBench()
    let attributes = [
      ("status", Self.text("fine")), ("x", "{\"doubleValue\":2}"), ("e", "{}"),
      ("l", "{\"arrayValue\":{\"values\":[{\"boolValue\":true},{\"bytesValue\":\"AAEC_w\"}]}}"),
      ("m", "{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"intValue\":-7}}]}}"),
      ("nan", "{\"doubleValue\":\"NaN\"}"),
    ]
    let span = OTLPBench.span(attributes: OTLPBench.attributes(attributes), ",\"kind\":3")
    let event = try #require(try bench.spans(span).first)
    #expect(
      event.attributes == """
        {"otel.scope.name":"lib","status":"fine","x":2.0,"e":null,"l":[true,"AAEC/w=="],\
        "m":{"a":-7},"nan":"NaN","span.kind":"client"}
        """)
    #expect(event[.service] == "till")
    #expect(event.warnings.isEmpty)
  }

  @Test func `a span without an end is announced, one that ends too early took no time`() throws {
    var bench = OTLPBench()
    let whole = OTLPBench.span(attributes: "")
    let open = whole.replacing("\"endTimeUnixNano\":\"1795228000420000000\"", with: "\"kind\":1")
    let early = whole.replacing("1795228000420000000", with: "1795227999000000000")
    let events = try [whole, open, early].compactMap { try bench.spans($0).first?.event }
    #expect(events.map(\.isOpen) == [false, true, false])
    #expect(events.map(\.duration) == [420_000_000, Event.absent, 0])
    #expect(events.map(\.status) == [.ok, nil, .ok])
  }

  @Test func `session, user and tenant come from the nearest ancestor in the request`() throws {
    var bench = OTLPBench()
    let spans = [("a", "", "s1"), ("b", "a", ""), ("c", "b", ""), ("d", "c", "s2"), ("e", "d", "")]
    let texts = spans.reversed().map { id, parent, session in
      let attributes =
        session.isEmpty ? "" : OTLPBench.attributes([("session.id", Self.text(session))])
      let parentID = parent.isEmpty ? "" : String(repeating: parent, count: 16)
      return """
        {"traceId":"6f1d0c2b9a8e7d6c5b4a392817060504",\
        "spanId":"\(String(repeating: id, count: 16))",\
        "parentSpanId":"\(parentID)","startTimeUnixNano":"1795228000000000000",\
        "endTimeUnixNano":"1795228000420000000","attributes":[\(attributes)]}
        """
    }
    let request =
      "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[\(texts.joined(separator: ","))]}]}]}"
    let events = try bench.spans(request)
    #expect(events.map { $0.text($0.event.session) } == ["s2", "s2", "s1", "s1", "s1"])
  }

  @Test func `a failed span tells type, text, HTTP status and stack`() throws {
    var bench = OTLPBench()
    let exception = OTLPBench.attributes([
      ("exception.type", Self.text("openai.RateLimitError")),
      ("exception.message", Self.text("slow")), ("exception.stacktrace", Self.text("at x")),
    ])
    let span = OTLPBench.span(
      attributes: OTLPBench.attributes([("gen_ai.operation.name", Self.text("chat"))]),
      """
      ,"status":{"code":2,"message":"Error code: 429 - slow"},"events":[{"name":"exception",\
      "timeUnixNano":"1795228000400000000","attributes":[\(exception)]}]
      """)
    let event = try #require(try bench.spans(span).first)
    #expect(event.event.status == .error)
    #expect(event.event.errorType == .rateLimit)
    #expect(event.event.httpStatus == 429)
    #expect(event.text(event.event.stack) == "at x")
    #expect(event.details == #"{"error":"Error code: 429 - slow","dialect":"otel_genai"}"#)
  }

  @Test func `payloads stay out when they are off`() throws {
    var bench = OTLPBench { $0.payloads = .off }
    let attributes = [
      ("gen_ai.input.messages", Self.text("[]")), ("input.value", Self.text("secret")),
      ("llm.input_messages.0.message.content", Self.text("secret")),
      ("gen_ai.completion.0.content", Self.text("secret")),
      ("gen_ai.system_instructions", Self.text("secret")),
    ]
    let span = OTLPBench.span(attributes: OTLPBench.attributes(attributes))
    let event = try #require(try bench.spans(span).first)
    #expect(event.attributes == #"{"otel.scope.name":"lib"}"#)
    #expect(event.event.input.isAbsent)
  }

  @Test func `a span beyond the retention is refused alone, by its number`() throws {
    var bench = OTLPBench()
    let old = OTLPBench.span(attributes: "").replacing("1795228000", with: "1700000000")
    let both = old.replacing(
      "\"spans\":[{",
      with: """
        "spans":[{"traceId":"6f1d0c2b9a8e7d6c5b4a392817060504","spanId":"2122334455667788",\
        "startTimeUnixNano":"1795228000000000000","endTimeUnixNano":"1795228000000000001"},{
        """)
    let batch = try bench.batch(Array(both.utf8), .traces, .json)
    #expect(batch.count == 1)
    #expect(batch.rejectedCount == 1)
    #expect(batch.rejections.map(\.line) == [2])
    #expect(batch.rejections.map(\.code) == [.tooOld])
  }

  @Test func `a cut request is refused at every byte, or is a whole one`() throws {
    var bench = OTLPBench()
    let bytes = Fixtures.bytes("otlp/plain-sdk-nogzip.traces.bin")
    let whole = try bench.batch(bytes).count
    for end in bytes.indices {
      do throws(OTLPError) {
        let batch = try bench.batch(Array(bytes[..<end]))
        #expect(batch.count < whole)
      } catch {
        continue
      }
    }
  }

  @Test func `an agent's request is a call of its own beneath the span around it`() throws {
    var bench = OTLPBench()
    let attributes = OTLPBench.attributes([
      ("event.name", Self.text("api_request")), ("model", Self.text("claude-sonnet-4-5")),
      ("input_tokens", Self.number(10)), ("output_tokens", Self.number(5)),
      ("cache_read_tokens", Self.number(100)), ("cost_usd", "{\"doubleValue\":0.0123}"),
      ("duration_ms", Self.number(1_500)), ("session.id", Self.text("s")),
    ])
    let log = """
      {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795228000000000000",\
      "traceId":"6f1d0c2b9a8e7d6c5b4a392817060504","spanId":"1122334455667788",\
      "body":{"stringValue":"claude_code.api_request"},"attributes":[\(attributes)]}]}]}]}
      """
    let event = try #require(
      bench.events(try bench.batch(Array(log.utf8), .logs, .json)).first)
    #expect(event.event.type == .llm)
    #expect(event.event.leaves.input == 10)
    #expect(event.event.leaves.cacheRead == 100)
    #expect(event.event.reportedCost == 12_300_000_000)
    #expect(event.event.duration == 1_500_000_000)
    #expect(event.event.spanID == 0)
    #expect(event.event.parentSpanID == 0x1122_3344_5566_7788)
    #expect(event.text(event.event.session) == "s")
  }

  static let entities = [
    ([("traceloop.span.kind", "tool"), ("traceloop.entity.name", "look")], "look -"),
    ([("langfuse.observation.type", "agent")], "- n"),
    ([("openinference.span.kind", "TOOL"), ("tool.name", "t")], "t -"),
    ([("mlflow.spanType", "\"TOOL\"")], "n -"),
    ([("gen_ai.operation.name", "execute_tool"), ("gen_ai.tool.name", "t")], "t -"),
  ]

  @Test(arguments: entities.indices)
  func `a run of a tool or an agent is known by its name`(index: Int) throws {
    let (attributes, wanted) = Self.entities[index]
    var bench = OTLPBench()
    let span = OTLPBench.span(
      attributes: OTLPBench.attributes(attributes.map { ($0.0, Self.text($0.1)) }))
    let event = try #require(try bench.spans(span).first)
    #expect("\(event[.tool] ?? "-") \(event[.agent] ?? "-")" == wanted)
  }

  @Test func `flattened documents and tool calls are put together again`() throws {
    var bench = OTLPBench()
    let attributes = [
      ("retrieval.documents.1.document.id", Self.text("b")),
      ("retrieval.documents.0.document.id", Self.text("a")),
      ("retrieval.documents.0.document.score", "{\"doubleValue\":0.5}"),
      (
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
        Self.text("look")
      ),
    ]
    let span = OTLPBench.span(attributes: OTLPBench.attributes(attributes))
    let event = try #require(try bench.spans(span).first)
    #expect(
      event.details == """
        {"documents":[{"id":"a","score":0.5},{"id":"b"}],"tool_calls":["look"]}
        """)
  }
}
