import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Every panel of the dashboards, asked of the real program as Grafana asks.
@Suite struct DashboardAnswerTests {
  private static let configuration = """
    provider_limits:
      - {provider: p, model: m, rpm: 100, tpm: 100000}
    evaluators:
      - {name: valid, check: json}
    judges:
      - name: kind
        model: gpt-4o-mini
        base_url: "http://127.0.0.1:9/v1"
        prompt: "{{output}}"
        budget_usd_per_day: 1
        when: {service: nobody}

    """

  /// Something of every family, lately.
  private static func lines(_ now: Int64) -> [String] {
    let seconds = now / 1_000_000_000
    var lines: [String] = []
    for number in 0..<80 {
      let status = ["ok", "ok", "error", "cancelled"][number % 4]
      let error = number % 4 == 2 ? #","error_type":"timeout""# : ""
      let cache = number % 5 == 0 ? #","cache":"\#(number % 2 == 0 ? "hit" : "miss")""# : ""
      let span = Self.hexadecimal(number + 1)
      let call = """
        {"type":"llm","service":"\(number % 8 == 1 ? "barograph" : "chat")","provider":"p",\
        "model":"m","operation":"chat",\
        "tenant":"acme","prompt":"greet","prompt_version":"v1","variant":"a",\
        "trace_id":"00000000000000000000000000000001","span_id":"\(span)",\
        "time":\(seconds - Int64(number % 9)),"duration_ms":\(100 + number),"ttft_ms":20,\
        "status":"\(status)"\(error)\(cache),"input_tokens":90,"cache_read_tokens":10,\
        "output_tokens":\(number % 2),"cost_usd":0.5,"attempt":2,"queue_ms":5}
        """
      let score = """
        {"type":"score","score":"\(number % 2 == 0 ? "good" : "fair")","evaluator":"e",\
        "value":\(number % 2 == 0 ? "true" : "0.5"),"time":\(seconds - 2),\
        "trace_id":"00000000000000000000000000000001","span_id":"\(span)"}
        """
      lines += [call, score]
    }
    for status in ["ok", "error"] {
      lines.append(
        """
        {"type":"span","service":"chat","kind":"tool","name":"find","status":"\(status)",\
        "time":\(seconds - 3),"duration_ms":7}
        """)
    }
    lines.append(
      #"{"type":"log","service":"chat","level":"info","message":"x","time":\#(seconds)}"#)
    lines.append(
      #"{"type":"llm","service":"chat","provider":"p","model":"m","start":\#(seconds),"#
        + #""trace_id":"00000000000000000000000000000002","span_id":"0000000000000001"}"#)
    return lines
  }

  private static func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  @Test func everyPanelHasAnAnswer() throws {
    try RunningCollector.use(configuration: Self.configuration) { collector in
      // The time to a limit is at the pace of ten seconds, so what shows it is asked first.
      let all = Dashboard.all.sorted { left, _ in left.name == "errors.json" }
      let lines = Self.lines(Clock.wall)
      try collector.post(lines.joined(separator: "\n"), accepted: lines.count)
      try Self.waitUntilKept(collector)
      var count = 0
      for dashboard in all {
        for query in dashboard.queries {
          let answer = try Self.ask(collector, query)
          let place = "\(dashboard.name), \(query.panel), \(query.reference): \(answer)"
          #expect(answer["status"]?.text == "success", "\(place)")
          #expect(answer["warnings"] == nil && answer["infos"] == nil, "\(place)")
          // No rule fires here.
          guard !query.text.contains("ALERTS") else { continue }
          let isThere = Self.numbers(answer["data"]?["result"]).contains { $0.isFinite }
          #expect(isThere, "\(place)")
          count += 1
        }
      }
      #expect(count > 150)
    }
  }

  /// What was before the start of a collector is seen once the roll-ups are saved, for which a list
  /// of sessions waits.
  private static func waitUntilKept(_ collector: RunningCollector) throws {
    #expect(try collector.get("/v1/sessions").status == 200)
    let query = Dashboard.Query(
      panel: "", reference: "", text: "sum(increase(llm_errors_total[$__range])) > 0",
      isInstant: true)
    let deadline = Clock.monotonic + 20_000_000_000
    while numbers(try ask(collector, query)["data"]?["result"]).isEmpty {
      try #require(Clock.monotonic < deadline)
    }
    // A question of times past, so that the cache of answers was looked at.
    let settled = try collector.get("/api/v1/query?query=1&time=4")
    #expect(settled.status == 200)
  }

  private static func ask(
    _ collector: RunningCollector, _ query: Dashboard.Query
  ) throws -> ConfigNode {
    let now = Clock.wall / 1_000_000_000 + 1
    let times =
      query.isInstant ? "time=\(now)" : "start=\(now - 300)&end=\(now)&step=15"
    var form = Array("query=".utf8)
    PercentCoding.append(query.filled(rate: 60, range: 900).utf8, to: &form)
    let answer = try collector.request(
      .post, "/api/v1/query\(query.isInstant ? "" : "_range")",
      headers: [HTTPField("Content-Type", "application/x-www-form-urlencoded")],
      body: form + Array("&\(times)".utf8))
    return try #require(try ConfigReader.read(answer.body).first)
  }

  /// The numbers of a vector or matrix.
  private static func numbers(_ result: ConfigNode?) -> [Double] {
    result.items.flatMap { series in
      let points = series["values"].items + (series["value"].map { [$0] } ?? [])
      return points.compactMap { (point: ConfigNode?) in
        point.items.last?.text.flatMap { Double($0) }
      }
    }
  }
}
