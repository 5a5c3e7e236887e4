import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// `barograph trace`, as a person sees it.
@Suite struct TraceCommandTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let events = """
    {"type":"span","span_id":"00000000000000a1","name":"answer","kind":"workflow","user":"ann",\
    "session":"s1","start":"2026-11-20T10:00:00Z","duration_ms":2400}
    {"type":"span","span_id":"00000000000000a2","parent_span_id":"00000000000000a1",\
    "name":"search","kind":"retrieval","start":"2026-11-20T10:00:00.05Z","duration_ms":300}
    {"type":"llm","span_id":"00000000000000a3","parent_span_id":"00000000000000a1","name":"chat",\
    "model":"gpt-4o","provider":"openai","start":"2026-11-20T10:00:00.4Z","duration_ms":1500,\
    "input_tokens":1200,"output_tokens":300,"response_id":"r1","request_id":"req-9"}
    {"type":"llm","span_id":"00000000000000a4","parent_span_id":"00000000000000a3",\
    "name":"openai.chat","model":"gpt-4o","provider":"openai",\
    "start":"2026-11-20T10:00:00.41Z","duration_ms":1480,"input_tokens":1200,\
    "output_tokens":300,"response_id":"r1"}
    {"type":"span","span_id":"00000000000000a5","parent_span_id":"00000000000000a1",\
    "name":"lookup","kind":"tool","tool":"crm","start":"2026-11-20T10:00:02Z",\
    "duration_ms":200,"status":"error","error":"no such\\u001b[31m customer 4711"}
    {"type":"log","level":"warning","message":"slow answer","time":"2026-11-20T10:00:02.3Z"}
    """

  private static let drawing = """
    4bf92f3577b34da6a3ce929d0e0e4736 · chat · ann · s1 · 2.4 s · 5 spans · 1 call · $0.006 (100 % \
    priced) · error
    answer [workflow]                                   ━━━━━━━━━━━━━━━━━━━━━━━━      2.4 s
    nothing to count
    ├─ search [retrieval]                               ━━━━                       300.0 ms
    │  nothing to count
    ├─ chat gpt-4o [llm]                                    ━━━━━━━━━━━━━━━           1.5 s       \
    $0.006
    │  not counted: another span tells of the same call, by its response id
    │  └─ openai.chat gpt-4o [llm]                          ━━━━━━━━━━━━━━━          1.48 s       \
    $0.006
    │     counted: a call to a model
    └─ lookup crm [tool]                                                    ━━     200.0 ms
       ✗ no such [31m customer 4711
       nothing to count
    · 2026-11-20T10:00:02.300Z warning slow answer

    """

  private func run(
    _ words: [String], _ collector: RunningCollector
  ) throws -> (end: ChildProcess.End, text: String) {
    let file = "\(collector.directory)/said"
    let process = try ChildProcess(
      "/bin/sh",
      ["-c", #"exec "$0" "$@" > "\#(file)" 2>&1"#, RunningCollector.program, "trace"] + words
        + ["--url", collector.url])
    let end = process.wait()
    return (end, String(decoding: try FileSystem.read(file, limit: 1 << 20), as: UTF8.self))
  }

  @Test func aTraceIsDrawnWithWhatItCostAndWhy() throws {
    try RunningCollector.use(configuration: "retention: {events: 3650d}\n") { collector in
      let query = "service=chat&trace_id=\(Self.trace)"
      let answer = try collector.request(
        .post, "/v1/events?\(query)", body: Array(Self.events.utf8))
      #expect(answer.status == 200)
      for id in [Self.trace, "00000000000000a4", "req-9", "r1"] {
        let drawn = try run([id, "--explain"], collector)
        #expect(drawn.end == .exit(0))
        #expect(drawn.text == Self.drawing)
      }
      let json = try run([Self.trace, "--json"], collector)
      #expect(json.text == (try collector.text("/v1/traces/\(Self.trace)")))
      let none = try run(["nope"], collector)
      #expect(none.end == .exit(1))
      #expect(none.text.hasPrefix("barograph: no stored event carries this id"))
      #expect(try run([], collector).end == .exit(2))
    }
  }
}
