internal import Codec

/// Believable traffic of a small company that runs LLM services: made up, seeded, without end.
struct DemoTraffic {
  private var state: UInt64
  private var sessions = 0
  /// The start of the demo in ns since 1970: incidents are counted from here.
  private let start: Int64

  /// Traffic that is the same for the same seed and start.
  init(seed: UInt64, start: Int64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    self.start = start
  }

  private mutating func word() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
  }

  /// Evenly between 0 and 1.
  private mutating func fraction() -> Double { Double(word() >> 11) / Double(1 << 53) }

  private mutating func happens(_ share: Double) -> Bool { fraction() < share }

  private mutating func pick<Element>(_ all: [Element]) -> Element {
    // The first ones come more often, as in life.
    all[min(all.count - 1, Int(fraction() * fraction() * Double(all.count)))]
  }

  /// A length around `usual`, now and then much longer.
  private mutating func around(_ usual: Double) -> Double {
    usual * (0.5 + fraction()) * (happens(0.04) ? 3 : 1)
  }

  private mutating func hex(_ words: Int) -> String {
    var digits: [UInt8] = []
    for _ in 0..<words { Hex.append(word(), to: &digits) }
    return String(decoding: digits, as: UTF8.self)
  }

  /// One user's request while it is made.
  private struct Visit {
    let service: DemoWorld.Service
    let incident: DemoIncident?
    let tenant: String
    let user: String
    let session: String
    let trace: String
    let root: String
    let version: String
    var clock: Int64
    var events: [DemoEvent] = []
    var hasFailed = false

    /// An event of the visit at the time that it is now.
    func event(_ type: String, span: String?) -> DemoEvent {
      var event = DemoEvent(service.door, at: clock)
      event.add("type", type)
      event.add("service", service.name)
      event.add("env", "demo")
      event.add("release", version == "v3" ? "2026.11.2" : "2026.11.1")
      event.add("tenant", tenant)
      event.add("user", user)
      event.add("session", session)
      event.add("trace_id", trace)
      event.add("span_id", span ?? root)
      return event
    }
  }

  /// The events of one user's request that begins at a time in ns since 1970: a workflow, perhaps a
  /// look-up or a tool, calls with their retries, a log line, sometimes a score.
  mutating func request(at now: Int64) -> [DemoEvent] {
    let incident = DemoIncident.at(now - start)
    var service = pick(DemoWorld.services)
    var tenant = pick(DemoWorld.tenants)
    if incident == .cost, happens(0.2) {
      (service, tenant) = (DemoWorld.services[5], DemoWorld.spender)
    }
    if happens(0.3) { sessions += 1 }
    let session = max(0, sessions - Int(fraction() * 12))
    var visit = Visit(
      service: service, incident: incident, tenant: tenant,
      user: "u-\(session * 7 % 400)", session: "s-\(session)", trace: hex(2), root: hex(1),
      version: pick(["v2", "v1", "v3"]), clock: now)
    visit.clock += Int64(around(4) * 1e6)
    if happens(service.retrieval) { look(&visit) }
    if happens(service.cached) { askCache(&visit) }
    if visit.events.last?["cache"] != "hit" { call(&visit) }
    if happens(service.tool), !visit.hasFailed {
      useTool(&visit)
      call(&visit)
    }
    finish(&visit, since: now)
    return visit.events
  }

  private mutating func look(_ visit: inout Visit) {
    step(&visit, kind: "retrieval", name: "search documents", milliseconds: around(45))
  }

  private mutating func useTool(_ visit: inout Visit) {
    let tool = pick(DemoWorld.tools)
    step(&visit, kind: "tool", name: tool, milliseconds: around(160), tool: tool)
  }

  private mutating func step(
    _ visit: inout Visit, kind: String, name: String, milliseconds: Double, tool: String? = nil
  ) {
    let begin = visit.clock
    visit.clock += Int64(milliseconds * 1e6)
    var event = visit.event("span", span: hex(1))
    event.start = begin
    event.isSpan = true
    event.add("parent_span_id", visit.root)
    event.add("kind", kind)
    event.add("name", name)
    event.add("tool", tool)
    event.add("duration_ms", milliseconds)
    let hasFailed = happens(0.01)
    event.add("status", hasFailed ? "error" : "ok")
    if hasFailed { event.add("error", "\(name) gave nothing") }
    visit.events.append(event)
  }

  private mutating func askCache(_ visit: inout Visit) {
    guard happens(0.4) else { return }
    let model = DemoWorld.models[visit.service.models[0]]
    visit.clock += 3_000_000
    var event = llm(visit, model, span: hex(1), begin: visit.clock - 3_000_000)
    event.add("status", "ok")
    event.add("cache", "hit")
    visit.events.append(event)
  }

  private func llm(
    _ visit: Visit, _ model: DemoWorld.Model, span: String, begin: Int64
  ) -> DemoEvent {
    var event = visit.event("llm", span: span)
    event.start = begin
    event.isSpan = true
    event.add("parent_span_id", visit.root)
    event.add("kind", "llm")
    event.add("name", "chat \(model.name)")
    event.add("provider", model.provider)
    event.add("model", model.name)
    event.add("operation", "chat")
    event.add("prompt", visit.service.prompt)
    event.add("prompt_version", visit.version)
    return event
  }

  /// A call with its retries, the last of them by another model.
  private mutating func call(_ visit: inout Visit) {
    let isSpending = visit.incident == .cost && visit.tenant == DemoWorld.spender
    var model =
      isSpending ? DemoWorld.models[7] : DemoWorld.models[pick(visit.service.models)]
    let first = model.name
    for attempt in 1...3 {
      let (hasFailed, wait) = tryOnce(
        &visit, model, attempt, fallbackFrom: model.name == first ? nil : first, isSpending)
      visit.hasFailed = hasFailed
      guard hasFailed, happens(0.7) else { return }
      visit.clock += Int64(wait * 1e6)
      if attempt == 2 { model = DemoWorld.models[1] }
    }
  }

  private mutating func tryOnce(
    _ visit: inout Visit, _ model: DemoWorld.Model, _ attempt: Int, fallbackFrom: String?,
    _ isSpending: Bool
  ) -> (hasFailed: Bool, wait: Double) {
    let begin = visit.clock
    let span = hex(1)
    if visit.service.name == "chat", happens(0.6) { announce(&visit, model, span, attempt) }
    let wait = around(400)
    if let error = failure(visit.incident, model) {
      let milliseconds = around(error == "timeout" ? 9_000 : 150)
      visit.clock += Int64(milliseconds * 1e6)
      var event = llm(visit, model, span: span, begin: begin)
      event.add("duration_ms", milliseconds)
      event.add("attempt", attempt)
      event.add("fallback_from", fallbackFrom)
      event.add("status", "error")
      event.add("error_type", error)
      event.add("error", Self.words[error])
      visit.events.append(event)
      return (true, wait)
    }
    let isSlow = visit.incident == .latency && model.name == DemoWorld.slow
    let output = Int(30 + fraction() * fraction() * (isSlow ? 900 : 700))
    let firstToken = around(model.firstToken) * (isSlow ? 6 : 1)
    let milliseconds =
      firstToken + Double(output) / model.tokensPerSecond * 1_000 * (isSlow ? 5 : 1)
    visit.clock += Int64(milliseconds * 1e6)
    var event = llm(visit, model, span: span, begin: begin)
    addUsage(&event, visit, output, isSpending)
    event.add("duration_ms", milliseconds)
    event.add("ttft_ms", firstToken)
    event.add("stream", true)
    event.add("attempt", attempt)
    if attempt > 1 { event.add("retry_wait_ms", wait) }
    event.add("fallback_from", fallbackFrom)
    event.add("status", "ok")
    event.add("finish_reason", happens(0.02) ? "length" : "stop")
    visit.events.append(event)
    return (false, wait)
  }

  private mutating func addUsage(
    _ event: inout DemoEvent, _ visit: Visit, _ output: Int, _ isSpending: Bool
  ) {
    // An aborted stream tells nothing of its usage.
    if happens(0.01) { return }
    let input = Int(isSpending ? 40_000 + fraction() * 40_000 : 200 + fraction() * 3_000)
    event.add("input_tokens", input)
    event.add("output_tokens", output)
    if !isSpending, happens(0.35) { event.add("cache_read_tokens", input / 2) }
    event.add("input_includes_cache", true)
    if visit.service.cached > 0 { event.add("cache", "miss") }
  }

  private func announce(
    _ visit: inout Visit, _ model: DemoWorld.Model, _ span: String, _ attempt: Int
  ) {
    var event = llm(visit, model, span: span, begin: visit.clock)
    event.add("attempt", attempt)
    visit.events.append(event)
  }

  private static let words = [
    "rate_limit": "429: too many requests", "timeout": "no answer within 10 s",
    "server": "503: overloaded", "content_filter": "the answer was held back",
  ]

  /// What goes wrong with a call, if anything.
  private mutating func failure(_ incident: DemoIncident?, _ model: DemoWorld.Model) -> String? {
    if incident == .errorBurst, model.name == DemoWorld.failing, happens(0.5) { return "server" }
    if incident == .rateLimits, model.provider == DemoWorld.refusing, happens(0.6) {
      return "rate_limit"
    }
    guard happens(0.012) else { return nil }
    return pick(["rate_limit", "server", "timeout", "content_filter"])
  }

  private mutating func finish(_ visit: inout Visit, since begin: Int64) {
    visit.clock += Int64(around(3) * 1e6)
    var root = visit.event("span", span: nil)
    root.start = begin
    root.isSpan = true
    root.add("kind", "workflow")
    root.add("name", "handle \(visit.service.name)")
    root.add("duration_ms", Double(visit.clock - begin) / 1e6)
    root.add("status", visit.hasFailed ? "error" : "ok")
    visit.events.append(root)
    var log = visit.event("log", span: nil)
    log.add("level", visit.hasFailed ? "error" : happens(0.03) ? "warning" : "info")
    log.add("logger", "\(visit.service.name).api")
    log.add("message", visit.hasFailed ? "request failed" : "request served")
    visit.events.append(log)
    guard happens(0.12), !visit.hasFailed else { return }
    visit.clock += Int64(around(900) * 1e6)
    var score = DemoEvent(.http, at: visit.clock)
    score.add("type", "score")
    score.add("service", visit.service.name)
    score.add("tenant", visit.tenant)
    score.add("trace_id", visit.trace)
    let isThumb = happens(0.5)
    score.add("score", isThumb ? "helpful" : "grounded")
    score.add("value", (visit.version == "v3" ? 0.6 : 0.8) * (0.6 + fraction() * 0.65))
    score.add("evaluator", isThumb ? "thumbs" : "overlap")
    visit.events.append(score)
  }
}
