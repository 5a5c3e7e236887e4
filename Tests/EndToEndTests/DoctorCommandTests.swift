import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// `barograph doctor`: what each service sends, and what is wrong with it.
@Suite struct DoctorCommandTests {
  private func run(
    _ words: [String], url: String, _ directory: String
  ) throws -> (end: ChildProcess.End, text: String) {
    let file = "\(directory)/said"
    let process = try ChildProcess(
      "/bin/sh",
      ["-c", #"exec "$0" "$@" > "\#(file)" 2>&1"#, RunningCollector.program, "doctor"] + words
        + ["--url", url])
    let end = process.wait()
    return (end, String(decoding: try FileSystem.read(file, limit: 1 << 20), as: UTF8.self))
  }

  private static let events = """
    {"service":"shop","type":"llm","provider":"anthropic","model":"claude-sonnet-4-5",\
    "input_tokens":100,"output_tokens":50,"cache_read_tokens":20,"duration_ms":1.2,"src":"a",\
    "seq":4,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00000000000000a1"}
    {"service":"shop","type":"llm","gen_ai.request.model":"house-9","gen_ai.system":"house",\
    "gen_ai.usage.input_tokens":5,"duration_ms":800,"retries.0.wait":3,"src":"a","seq":5,\
    "trace_id":"zz"}
    {"service":"till","type":"llm","provider":"openai","model":"gpt-4o","duration_ms":900,\
    "status":"ok","event_id":"e1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4737"}
    {"service":"till","type":"log","level":"info","message":"ready"}
    """

  private static let said = """
    shop: 2 events, 2 calls
      dialect: barograph (1), otel_genai (1)
      cached tokens: beside input, by provider (1)
      missing: trace_id (1)
      without price: house-9 (1)
      unknown fields: retries.N.wait (1), trace_id (1)
      loss: 3 lost of 5 sent
      ! lost (3): records that were numbered never came: see the gaps in /v1/sources
      ! unpriced_model (1): no price is known of house-9; give one in a file under `prices`
      ! duration_too_short (1): more than 5,000 tokens a second: the duration seems to be seconds \
    sent as milliseconds
      ! missing_trace_id (1): calls without a trace id: doubles and roll-ups cannot be told
      ! doubtful_values (1): bad_id among them

    till: 2 events, 1 calls
      dialect: barograph (1)
      missing: identity (1), usage (1)
      ! missing_usage (1): calls that went well say no token counts and cost nothing known; \
    streams of OpenAI need stream_options.include_usage
      ! missing_identity (1): events without identity: sent again, they count twice; send \
    event_id, or src and seq

    looked at the newest 4 rows

    """

  @Test func itSaysWhatEachServiceSendsAndWhatIsWrong() throws {
    try RunningCollector.use { collector in
      let answer = try collector.request(.post, "/v1/events", body: Array(Self.events.utf8))
      #expect(answer.status == 200)
      let told = try run([], url: collector.url, collector.directory)
      #expect(told.end == .exit(1))
      #expect(told.text.hasPrefix("collector: ok\n  store: ok\n"))
      #expect(told.text.hasSuffix("\n\n" + Self.said))
      let json = try run(["till", "--json"], url: collector.url, collector.directory)
      let node = try #require(try ConfigReader.read(Array(json.text.utf8)).first)
      #expect(node["health"]?["status"]?.text == "ok")
      guard case .sequence(let sources) = node["sources"]?.value else {
        Issue.record("sources are a list")
        return
      }
      #expect(sources.map { $0["service"]?.text } == ["till"])
      #expect(sources.first?["missing"]?["usage"]?.text == "1")
      let wrong = try run(["--rows", "none"], url: collector.url, collector.directory)
      #expect(wrong.end == .exit(2))
    }
  }

  @Test(arguments: [
    (#""duration_ms":900,"ttft_ms":0.4,"output_tokens":9"#, "ttft_too_short"),
    (#""duration_ms":900,"ttft_ms":1400,"output_tokens":9"#, "ttft_beyond_duration"),
    (#""duration_ms":1.2,"output_tokens":90"#, "duration_too_short"),
    (#""duration_ms":1200000000,"output_tokens":90"#, "duration_too_long"),
    (#""duration_ms":900,"output_tokens":9,"time":"2100-01-01T00:00:00Z""#, "clock_ahead"),
    (#""duration_ms":900,"output_tokens":9,"cost_usd":0.5"#, "reported_cost_differs"),
    (#""duration_ms":900,"output_tokens":9,"total_tokens":7000"#, "usage_mismatch"),
  ])
  func aWrongUnitOrClockIsNamed(members: String, code: String) throws {
    try RunningCollector.use { collector in
      let event = """
        {"service":"a","type":"llm","provider":"openai","model":"gpt-4o","event_id":"1",\
        "trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","input_tokens":8,\(members)}
        """
      _ = try collector.request(.post, "/v1/events", body: Array(event.utf8))
      let told = try run(["a"], url: collector.url, collector.directory)
      #expect(told.end == .exit(1))
      #expect(told.text.split(separator: "\n").filter { $0.hasPrefix("  ! ") }.count == 1)
      #expect(told.text.contains("  ! \(code) (1): "))
    }
  }

  @Test func whereNothingIsWrongItSaysSo() throws {
    try RunningCollector.use { collector in
      let event = #"{"service":"a","type":"log","level":"info","message":"m","event_id":"1"}"#
      _ = try collector.request(.post, "/v1/events", body: Array(event.utf8))
      let told = try run([], url: collector.url, collector.directory)
      #expect(told.end == .exit(0))
      #expect(
        told.text.hasSuffix(
          "\na: 1 events, 0 calls\n  nothing is wrong\n\nlooked at the newest 1 rows\n"))
    }
  }

  @Test func withoutACollectorItSaysWhatToDo() throws {
    try RunningCollector.use { collector in
      let told = try run([], url: "http://127.0.0.1:1", collector.directory)
      #expect(told.end == .exit(1))
      #expect(
        told.text.hasPrefix(
          """
          barograph: cannot connect to 127.0.0.1:1: nobody listens there
          barograph: no collector answers at http://127.0.0.1:1: start one with `barograph serve` \
          or `systemctl start barograph`, or name another with --url or BAROGRAPH_URL
          installation:
            configuration: the defaults, from no file

          """))
    }
  }
}
