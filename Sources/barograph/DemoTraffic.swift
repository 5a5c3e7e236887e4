internal import Codec

/// Believable traffic of a small company that runs LLM services: made up, seeded, without end.
struct DemoTraffic {
  private struct Model {
    let name: String
    let provider: String
    /// USD per million tokens.
    let input: Double
    let output: Double
    let tokensPerSecond: Double
  }

  private static let models = [
    Model(name: "gpt-4o", provider: "openai", input: 2.5, output: 10, tokensPerSecond: 90),
    Model(name: "gpt-4o-mini", provider: "openai", input: 0.15, output: 0.6, tokensPerSecond: 120),
    Model(name: "gpt-4.1", provider: "openai", input: 2, output: 8, tokensPerSecond: 85),
    Model(name: "gpt-4.1-mini", provider: "openai", input: 0.4, output: 1.6, tokensPerSecond: 110),
    Model(name: "o4-mini", provider: "openai", input: 1.1, output: 4.4, tokensPerSecond: 100),
    Model(
      name: "claude-sonnet-4-5", provider: "anthropic", input: 3, output: 15, tokensPerSecond: 70),
    Model(
      name: "claude-haiku-4-5", provider: "anthropic", input: 1, output: 5, tokensPerSecond: 140),
    Model(
      name: "claude-opus-4-1", provider: "anthropic", input: 15, output: 75, tokensPerSecond: 40),
    Model(name: "gemini-2.5-pro", provider: "google", input: 1.25, output: 10, tokensPerSecond: 95),
    Model(
      name: "gemini-2.5-flash", provider: "google", input: 0.3, output: 2.5, tokensPerSecond: 180),
    Model(name: "mistral-large", provider: "mistral", input: 2, output: 6, tokensPerSecond: 75),
    Model(name: "llama-3.3-70b", provider: "groq", input: 0.59, output: 0.79, tokensPerSecond: 280),
  ]
  private static let services = ["chat", "search", "triage", "summaries", "extract", "copilot"]
  private static let prompts = ["answer", "classify", "extract", "summarise"]
  private static let tools = ["lookup_order", "search_docs", "run_sql", "send_mail"]
  private static let errors = ["rate_limit", "timeout", "server", "content_filter"]

  private var state: UInt64
  private var session = 0

  /// Traffic that is the same for the same seed.
  init(seed: UInt64) {
    state = seed | 1
  }

  private mutating func word() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
  }

  /// Evenly between 0 and 1.
  private mutating func fraction() -> Double { Double(word() >> 11) / Double(1 << 53) }

  private mutating func pick<Element>(_ all: [Element]) -> Element {
    // The first ones come more often, as in life.
    all[min(all.count - 1, Int(fraction() * fraction() * Double(all.count)))]
  }

  private mutating func hex(_ words: Int) -> String {
    var digits: [UInt8] = []
    for _ in 0..<words { Hex.append(word(), to: &digits) }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The records of one user's request at a time in ns since 1970: a workflow span, perhaps a
  /// retrieval or a tool, one or two calls, a log line, sometimes a score.
  mutating func request(at now: Int64) -> [[UInt8]] {
    let trace = hex(2)
    let root = hex(1)
    let service = pick(Self.services)
    let tenant = "tenant-\(Int(fraction() * fraction() * 20) + 1)"
    if fraction() < 0.3 { session += 1 }
    let who = "\"service\":\"\(service)\",\"env\":\"demo\",\"tenant\":\"\(tenant)\""
    let whose = "\"session\":\"s-\(session)\",\"user\":\"u-\(word() % 400)\""
    let common = "\"trace_id\":\"\(trace)\",\(who),\(whose)"
    var records: [String] = []
    if fraction() < 0.4 { records.append(side(common, root, now)) }
    var isError = false
    for attempt in 1...(fraction() < 0.08 ? 2 : 1) {
      let (record, failed) = call(common, root, now, attempt)
      records.append(record)
      isError = failed
      if !failed { break }
    }
    let duration = 600 + fraction() * 2_000
    records.append(
      "{\"type\":\"span\",\"kind\":\"workflow\",\"name\":\"handle \(service)\",\(common),"
        + "\"span_id\":\"\(root)\",\"time\":\(now),\"duration_ms\":\(rounded(duration)),"
        + "\"status\":\"\(isError ? "error" : "ok")\"}")
    records.append(
      "{\"level\":\"\(isError ? "error" : "info")\",\"message\":\"request "
        + "\(isError ? "failed" : "served")\",\"logger\":\"\(service).api\",\(common),"
        + "\"span_id\":\"\(root)\",\"time\":\(now)}")
    if fraction() < 0.1 {
      records.append(
        "{\"type\":\"score\",\"score\":\"helpful\",\"value\":\(rounded(fraction())),"
          + "\"evaluator\":\"thumbs\",\(common),\"time\":\(now)}")
    }
    return records.map { Array($0.utf8) }
  }

  private mutating func side(_ common: String, _ root: String, _ now: Int64) -> String {
    let isTool = fraction() < 0.5
    let what =
      isTool
      ? "\"kind\":\"tool\",\"name\":\"execute_tool\",\"tool\":\"\(pick(Self.tools))\""
      : "\"kind\":\"retrieval\",\"name\":\"search documents\""
    return "{\"type\":\"span\",\(what),\(common),\"span_id\":\"\(hex(1))\","
      + "\"parent_span_id\":\"\(root)\",\"time\":\(now),"
      + "\"duration_ms\":\(rounded(20 + fraction() * 300)),\"status\":\"ok\"}"
  }

  private mutating func call(
    _ common: String, _ root: String, _ now: Int64, _ attempt: Int
  ) -> (String, failed: Bool) {
    let model = pick(Self.models)
    let prompt = pick(Self.prompts)
    let head =
      "{\"type\":\"llm\",\"kind\":\"llm\",\"name\":\"chat \(model.name)\",\(common),"
      + "\"span_id\":\"\(hex(1))\",\"parent_span_id\":\"\(root)\",\"time\":\(now),"
      + "\"provider\":\"\(model.provider)\",\"model\":\"\(model.name)\",\"operation\":\"chat\","
      + "\"prompt\":\"\(prompt)\",\"prompt_version\":\"v\(word() % 3 + 1)\",\"attempt\":\(attempt)"
    if fraction() < 0.03 {
      return (
        head + ",\"status\":\"error\",\"error_type\":\"\(pick(Self.errors))\","
          + "\"duration_ms\":\(rounded(80 + fraction() * 400))}", true
      )
    }
    let input = Int(200 + fraction() * 3_000)
    let output = Int(20 + fraction() * fraction() * 900)
    let cached = fraction() < 0.4 ? input / 2 : 0
    let duration = 180 + Double(output) / model.tokensPerSecond * 1_000
    let cost =
      (Double(input - cached) * model.input + Double(cached) * model.input / 10
        + Double(output) * model.output) / 1e6
    return (
      head + ",\"status\":\"ok\",\"duration_ms\":\(rounded(duration)),\"stream\":true,"
        + "\"ttft_ms\":\(rounded(90 + fraction() * 250)),\"input_tokens\":\(input),"
        + "\"output_tokens\":\(output),\"cache_read_tokens\":\(cached),"
        + "\"input_includes_cache\":true,\"finish_reason\":\"stop\",\"cost_usd\":\(cost)}", false
    )
  }

  private func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}
