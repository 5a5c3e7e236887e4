import Terminal
import TestSupport

/// A view with a made-up collector behind it: whatever the view asks is answered from fixed texts.
struct TopScene {
  /// 2026-11-21T10:00:00Z.
  static let now: Int64 = 1_795_255_200_000_000_000

  var model: TopModel
  private(set) var now = TopScene.now
  private(set) var effects: [TopEffect] = []
  private var asked: Set<TopRequest> = []
  private var parser = InputParser()
  /// Answers that differ from the usual ones, by the part.
  var answers: [TopRequest.Part: (status: Int, body: String)] = [:]

  init(
    width: Int = 80, height: Int = 24, depth: ColorDepth = .truecolor, isPlain: Bool = false,
    settings: TopSettings = TopSettings(), answers: [TopRequest.Part: (Int, String)] = [:]
  ) {
    model = TopModel(
      url: "http://127.0.0.1:4318", settings: settings,
      terminal: TerminalLook(depth: depth, isPlain: isPlain), width: width, height: height,
      now: Self.now)
    for (part, answer) in answers { self.answers[part] = (answer.0, answer.1) }
    answerAll()
  }

  /// Answers every question that the view has now.
  mutating func answerAll() {
    for request in model.requests { answer(request) }
    // What is asked of the row that the first answers brought.
    for request in model.requests where request.part == .graph { answer(request) }
  }

  mutating func answer(_ request: TopRequest) {
    let given = answers[request.part]
    let body = given?.body ?? TopAnswers.body(of: request.part, path: request.path)
    let status = given?.status ?? 200
    handle(.answered(TopAnswer(request, status: status, body: Array(body.utf8))))
  }

  mutating func handle(_ input: TopInput) {
    effects += model.handle(input, at: now)
  }

  mutating func pass(seconds: Int64) {
    now += seconds * 1_000_000_000
    handle(.tick(cpu: 0.004))
  }

  /// Types as a person would, and lets the collector answer.
  mutating func type(_ text: String) {
    for key in parser.take(Array(text.utf8), at: 0) + parser.flush(at: InputParser.patience) {
      handle(.key(key))
    }
    answerAll()
  }

  /// Types key by key, and lets the collector answer after each.
  mutating func typeInTurn(_ text: String) {
    if text.hasPrefix("\u{1B}") { return type(text) }
    for character in text { type(String(character)) }
  }

  func path(_ part: TopRequest.Part) -> String? {
    model.requests.first { $0.part == part }?.path
  }

  var text: String { model.screen.text }

  func line(_ row: Int) -> String {
    String(text.split(separator: "\n", omittingEmptySubsequences: false)[row])
  }

  /// The rows as a terminal of its depth shows them, through the bytes that are written to it.
  var shown: TerminalEmulator {
    var writer = FrameWriter(depth: model.look.depth)
    let screen = model.screen
    var terminal = TerminalEmulator(width: screen.width, height: screen.height)
    terminal.write(writer.write(screen))
    return terminal
  }
}

/// Fixed answers of a collector.
enum TopAnswers {
  static func body(of part: TopRequest.Part, path: String) -> String {
    switch part {
    case .total: total
    case .table: table(path)
    case .graph:
      group(
        "{}", 1, spark: #"[\#((1...30).map { "\($0 * $0 % 17 * 100)" }.joined(separator: ","))]"#)
    case .spend: #"{"period":"day","cost_usd":"12.4","coverage":0.973}"#
    case .alerts: alerts
    case .events, .calls: events
    case .trace: trace
    }
  }

  static let total = """
    {"now":"2026-11-21T10:00:00.000Z","groups":[{"labels":{},"windows":{"1m":{"rpm":1204,\
    "repm":1198,"tpm":1420000,"error_rate":0.0123,"in_flight":4,"latency_ms":{"p95":1840.2,\
    "bound":0.011},"ttft_ms":{"p95":312.4,"bound":0.011},"cost_usd_per_hour":"21.239",\
    "coverage":0.981}}}],"groups_total":1}
    """

  private static func group(_ labels: String, _ rank: Int, spark: String) -> String {
    answer([row(labels, rank, spark: spark)])
  }

  private static func answer(_ rows: [String]) -> String {
    #"{"now":"2026-11-21T10:00:00.000Z","groups":[\#(rows.joined(separator: ","))],"#
      + #""groups_total":\#(rows.count)}"#
  }

  static func row(_ labels: String, _ rank: Int, spark: String? = nil) -> String {
    let points = (0..<30).map { "\(($0 * (rank + 3)) % 11)" }.joined(separator: ",")
    let scale = Double(100 - rank)
    return """
      {"labels":\(labels),"spark":\(spark ?? "[\(points)]"),"windows":{"1m":{"rpm":\(scale * 12),\
      "repm":\(scale * 12),"error_rate":\(Double(rank) / 100),"tpm":\(scale * 15_000),\
      "latency_ms":{"p50":\(scale * 8),"p95":\(scale * 21),"p99":\(scale * 40),"bound":0.011},\
      "ttft_ms":{"p95":\(scale * 3),"bound":0.011},"output_tokens_per_s":{"p50":61.5},\
      "cost_usd_per_hour":"\(scale / 7)","coverage":\(1 - Double(rank) / 50),\
      "cache_hit_rate":null,"retries":\(rank),"first_try_success":0.97}}}
      """
  }

  private static let models = [
    ("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-haiku-4-5"), ("google", "gemini-2.5-pro"),
    ("google", "gemini-2.5-flash-with-a-very-long-name-indeed"), ("mistral", "大型モデル"),
    ("groq", ""), ("meta", "llama-3.3-70b"), ("cohere", "command-r"), ("aws", "nova-pro"),
    ("xai", "grok-4"), ("openai", "o4-mini"), ("deepseek", "r1"),
  ]

  private static func table(_ path: String) -> String {
    let names = ["service", "tenant", "error_type", "prompt", "kind"]
    let by = path.split(separator: "by=").last?.prefix { $0 != "&" && $0 != "," } ?? "model"
    let rows: [String]
    if let name = names.first(where: { $0 == by }) {
      rows = (1...5).map { rank in
        let more =
          name == "kind"
          ? #","name":"tool-\#(rank)""#
          : name == "prompt" ? #","prompt_version":"v\#(rank)","variant":"""# : ""
        return row(#"{"\#(name)":"\#(name)-\#(rank)"\#(more)}"#, rank)
      }
    } else {
      rows = models.enumerated().map { rank, model in
        row(#"{"provider":"\#(model.0)","model":"\#(model.1)"}"#, rank)
      }
    }
    return answer(rows)
  }

  static let alerts = """
    {"alerts":[{"id":"00000000000000aa","name":"ErrorBurst","state":"firing","labels":\
    {"alertname":"ErrorBurst","severity":"critical","model":"gpt-4o"},"annotations":\
    {"summary":"errors at 12 %"},"value":0.12,"active_at":"2026-11-21T09:50:00Z",\
    "fired_at":"2026-11-21T09:55:00Z","resolved_at":null,"acked":null,"silenced_by":[],\
    "inhibited_by":[],"muted_by":[]},{"id":"00000000000000bb","name":"CostSpike","state":"firing",\
    "labels":{"alertname":"CostSpike","severity":"warning"},"annotations":{},"value":2,\
    "active_at":"2026-11-21T09:59:00Z","fired_at":"2026-11-21T09:59:30Z","resolved_at":null,\
    "acked":{"by":"ana","at":"2026-11-21T09:59:40Z","comment":"on it"},"silenced_by":[],\
    "inhibited_by":[],"muted_by":[]}],"next":null}
    """

  static let events = """
    {"events":[{"id":9,"type":"llm","time":"2026-11-21T09:59:59.5Z",\
    "received_at":"2026-11-21T09:59:59.6Z","duration_ms":812,"service":"chat","status":"ok",\
    "trace_id":"1d0e5fb6722ecdae93445ad70424b120","provider":"openai","model":"gpt-4o",\
    "input_tokens":1803,"output_tokens":189,"cost_usd":"0.0010236"},\
    {"id":8,"type":"llm","time":"2026-11-21T09:59:59Z","received_at":"2026-11-21T09:59:59Z",\
    "duration_ms":210.4,"service":"triage","status":"error","error_type":"rate_limit",\
    "model":"gpt-4o","attempt":2,"error":"429 slow down"},\
    {"id":7,"type":"log","time":"2026-11-21T09:59:58Z","received_at":"2026-11-21T09:59:58Z",\
    "service":"chat","level":"warning","message":"queue is long"},\
    {"id":6,"type":"score","time":"2026-11-21T09:59:57Z","received_at":"2026-11-21T09:59:57Z",\
    "service":"chat","score":"helpful","value":0.8}],"next":"6"}
    """

  static let trace = """
    {"trace":{"trace_id":"1d0e5fb6722ecdae93445ad70424b120","service":"chat","user":"u-42",\
    "start":"2026-11-21T09:59:57Z","end":"2026-11-21T09:59:59Z","span_count":3,"counted_calls":1,\
    "cost_usd":"0.0010236","coverage":1,"status":"ok","is_whole":true},"spans":[\
    {"span_id":"aa","type":"span","kind":"workflow","name":"handle chat","status":"ok",\
    "start":"2026-11-21T09:59:57Z","time":"2026-11-21T09:59:59Z","duration_ms":2000,\
    "counted":false,"why":null},\
    {"span_id":"bb","parent_span_id":"aa","type":"span","kind":"tool","name":"lookup",\
    "status":"error","error":"no such order","start":"2026-11-21T09:59:57Z",\
    "time":"2026-11-21T09:59:57.5Z","duration_ms":500,"counted":false,"why":null},\
    {"span_id":"cc","parent_span_id":"aa","type":"llm","kind":"llm","name":"chat gpt-4o",\
    "model":"gpt-4o","status":"ok","start":"2026-11-21T09:59:57.6Z","time":"2026-11-21T09:59:59Z",\
    "duration_ms":1400,"cost_usd":"0.0010236","counted":true,"why":"call"}],"logs":[\
    {"type":"log","time":"2026-11-21T09:59:58Z","level":"warning","message":"queue is long"}]}
    """
}
