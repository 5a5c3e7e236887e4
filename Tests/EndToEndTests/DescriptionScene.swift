import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// A collector that has something to answer on every route.
struct DescriptionScene {
  static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let rules = """
    groups:
      - name: calls
        interval: 200ms
        rules:
          - record: calls:rate
            expr: sum by (model) (rate(llm_requests_total[5m]))
          - alert: CallsFail
            expr: sum by (model) (llm_errors_total) > 0
            labels: {severity: page}
            annotations: {summary: "{{ $labels.model }} fails"}
          - alert: NotYet
            expr: sum(llm_requests_total) > 0
            for: 1h
      - name: money
        interval: 200ms
        rules:
          - budget: month
            usd: 100
            period: month
    """

  let collector: RunningCollector

  /// Runs `body` with a collector that was sent something of every kind and whose alert was told.
  static func use(_ body: (DescriptionScene) throws -> Void) throws {
    try FakeReceiver.use { hook in
      let configuration =
        AlertBench.configuration([("hook", hook)], route: "receiver: hook")
        + "provider_limits:\n  - {provider: openai, model: gpt-4o, rpm: 100, tpm: 100000}\n"
      try AlertBench.use(rules, configuration) { bench in
        try feed(bench)
        try bench.expect(1, by: hook)
        try bench.expect("/v1/notifications", has: [#""state":"sent""#])
        try body(DescriptionScene(collector: bench.collector))
      }
    }
  }

  private static func feed(_ bench: AlertBench) throws {
    let lines = events(Clock.wall / 1_000_000_000)
    try bench.collector.post(lines.joined(separator: "\n"), accepted: lines.count)
    try bench.collector.post("no json", rejected: 1)
    let metrics = """
      {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"jobs","gauge":{"dataPoints":[\
      {"timeUnixNano":"\(Clock.wall)","asDouble":2}]}}]}]}]}
      """
    let answer = try bench.collector.request(
      .post, "/v1/metrics", headers: [HTTPField("Content-Type", "application/json")],
      body: Array(metrics.utf8))
    #expect(answer.status == 200)
    let said = try bench.order("silence", "alertname=\"Never\"", "--for", "1h", "--by", "ana")
    #expect(said.end == .exit(0), "\(said.said)")
  }

  private static func events(_ now: Int64) -> [String] {
    let identity = #""trace_id":"\#(trace)","session":"s1","user":"u1","tenant":"acme","#
    let call = """
      {"type":"llm","service":"chat","env":"prod","release":"1","instance":"i","src":"a","seq":1,\
      \(identity)"span_id":"00000000000000b1","parent_span_id":"00000000000000a1",\
      "provider":"openai","model":"gpt-4o","response_model":"gpt-4o-2024-08-06",\
      "operation":"chat","response_id":"r1","finish_reason":"stop","stream":true,\
      "service_tier":"default","attempt":2,"prompt":"greet","prompt_version":"v1","variant":"a",\
      "time":\(now),"duration_ms":1234.5,"ttft_ms":20,"status":"ok","input_tokens":90,\
      "cache_read_tokens":10,"output_tokens":7,"reasoning_tokens":2,"total_tokens":97,\
      "cost_usd":0.5,"queue_ms":5,"retry_wait_ms":1.5,"gate_wait_ms":1,"pool_wait_ms":2,\
      "pool_in_use":3,"pool_size":9,"breaker":"closed","ratelimit_remaining_requests":50,\
      "ratelimit_remaining_tokens":5000,"cache":"miss","degraded":false,"fallback_from":"gpt-5",\
      "estimated_tokens":88,"sample_rate":0.5,"input":"hello there","output":{"text":"hi"},\
      "documents":[{"id":1}],"tool_calls":[{"name":"find"}],"timings":{"a":1},"comment":"fine",\
      "account":"main","deep":{"er":[1,2]}}
      """
    return [
      call,
      #"{"type":"span","service":"chat",\#(identity)"span_id":"00000000000000a1","kind":"tool","#
        + #""tool":"find","name":"find","status":"ok","time":\#(now),"duration_ms":7,"#
        + #""input":{"q":1}}"#,
      #"{"type":"llm","service":"chat","src":"a","seq":4,\#(identity)"provider":"openai","#
        + #""model":"gpt-4o-mini","status":"error","error_type":"rate_limit","error":"slow down","#
        + #""http_status":429,"stack":"at x","time":\#(now),"duration_ms":5}"#,
      #"{"type":"llm","service":"batch","model":"never-heard-of","input_tokens":9,"#
        + #""output_tokens":1,"time":\#(now),"duration_ms":5,"trace_id":"\#(trace)"}"#,
      #"{"type":"log","service":"chat",\#(identity)"level":"warning","message":"hm","logger":"l"}"#,
      #"{"type":"score","score":"good","evaluator":"e","value":0.5,"trace_id":"\#(trace)","#
        + #""span_id":"00000000000000b1","comment":"so so"}"#,
      #"{"type":"score","score":"fair","value":true,"verdict":"pass","session":"s1"}"#,
    ]
  }
}

extension DescriptionScene {
  /// What is asked on each GET route, by the route, with a text that an answer with data holds.
  static func questions(_ now: Int64) -> [String: [(path: String, holds: String)]] {
    let range = "start=\(now - 60)&end=\(now)&step=10"
    return [
      "/": [("/", "/v1/events")], "/livez": [("/livez", "ok")],
      "/readyz": [("/readyz", "components")], "/healthz": [("/healthz", "components")],
      "/metrics": [("/metrics", "llm_requests_total")], "/docs": [("/docs", "<h1>")],
      "/v1/openapi.json": [("/v1/openapi.json", "3.1")],
      "/v1/events": [
        ("/v1/events", #""leaves""#), ("/v1/events?format=csv", "id,type"),
        ("/v1/events?format=ndjson&limit=1", #""id""#), ("/v1/events?limit=1", #""next":""#),
        ("/v1/events?colour=red", "bad_filter"), ("/v1/events?fields=nothing", "bad_filter"),
        ("/v1/events?fields=model,counted,why,counted_cost_usd,input", #""counted":true"#),
      ],
      "/v1/traces": [("/v1/traces", trace), ("/v1/traces?min_cost_usd=x", "bad_filter")],
      "/v1/traces/{id}": [
        ("/v1/traces/\(trace)", #""counted":true"#), ("/v1/traces/zz", "not_found"),
      ],
      "/v1/sessions": [("/v1/sessions", #""s1""#), ("/v1/sessions?active=maybe", "bad_filter")],
      "/v1/sessions/{id}": [("/v1/sessions/s1", #""events":[{"#)],
      "/v1/errors": [("/v1/errors", "rate_limit")],
      "/v1/sources": [("/v1/sources", #""gaps":[["#)],
      "/v1/rejects": [("/v1/rejects", "no json")],
      "/v1/doctor": [("/v1/doctor", #""service":"chat""#)],
      "/v1/windows": [
        ("/v1/windows?by=service,provider,model,operation&spark=rpm", #""spark":["#),
        ("/v1/windows?by=provider,model", #""rpm""#), ("/v1/windows?by=nothing", "unknown"),
        ("/v1/windows?by=service&at=\(now - 10)", "step_seconds"),
      ],
      "/v1/cardinality": [("/v1/cardinality", #""by":["service"]"#)],
      "/v1/spend": [("/v1/spend?period=week", #""week""#)],
      "/v1/budgets": [("/v1/budgets", #""month""#)],
      "/v1/budgets/{name}": [("/v1/budgets/month", "spent_usd"), ("/v1/budgets/x", "not_found")],
      "/v1/alerts": [("/v1/alerts", #""state":"pending""#)],
      "/v1/alerts/history": [("/v1/alerts/history", "CallsFail")],
      "/v1/silences": [("/v1/silences", "ana")],
      "/v1/notifications": [("/v1/notifications", #""sent""#)],
      "/v1/receivers": [("/v1/receivers", #""hook""#)], "/v1/cache": [("/v1/cache", "hits")],
      "/api/v1/query": [
        ("/api/v1/query?query=llm_requests_total&stats=all", "peakSamples"),
        ("/api/v1/query?query=llm_request_duration_seconds", "histogram"),
        ("/api/v1/query?query=1", "scalar"), ("/api/v1/query?query=%22a%22", "string"),
        ("/api/v1/query?query=llm_requests_total[1m]", "matrix"),
        ("/api/v1/query?query=(", "bad_data"),
        ("/api/v1/query?query=a%20%2B%20on()%20b&query=x", "success"),
      ],
      "/api/v1/query_range": [
        ("/api/v1/query_range?query=llm_requests_total&\(range)", "values"),
        ("/api/v1/query_range?query=llm_request_duration_seconds&\(range)", "histograms"),
      ],
      "/api/v1/series": [("/api/v1/series?match[]=llm_requests_total", "gpt-4o")],
      "/api/v1/labels": [("/api/v1/labels", "model"), ("/api/v1/labels?limit=1", "warnings")],
      "/api/v1/label/{name}/values": [("/api/v1/label/model/values", "gpt-4o")],
      "/api/v1/metadata": [("/api/v1/metadata", "llm_requests_total")],
      "/api/v1/format_query": [("/api/v1/format_query?query=a%2Bb", "a + b")],
      "/api/v1/parse_query": [("/api/v1/parse_query?query=a%2Bb", "binaryExpr")],
      "/api/v1/status/buildinfo": [("/api/v1/status/buildinfo", "barograph")],
      "/api/v1/rules": [("/api/v1/rules", "recording"), ("/api/v1/rules?type=x", "bad_data")],
      "/api/v1/alerts": [("/api/v1/alerts", "CallsFail")],
      "/grafana": [("/grafana", "ok")],
      "/grafana/series": [
        ("/grafana/series?query=llm_requests_total", "gpt-4o"),
        ("/grafana/series?query=llm_requests_total&format=csv", "time,"),
      ],
      "/grafana/table": [("/grafana/table?query=llm_requests_total", "gpt-4o")],
      "/grafana/calls": [("/grafana/calls?by=model", "gpt-4o")],
    ]
  }
}
