/// The small company whose traffic the demo makes up.
enum DemoWorld {
  struct Model: Sendable {
    let name: String
    let provider: String
    let tokensPerSecond: Double
    /// Milliseconds to the first token, about.
    let firstToken: Double
  }

  struct Service: Sendable {
    let name: String
    let door: DemoEvent.Door
    /// Places in `models` of what it uses; the first ones more often.
    let models: [Int]
    let prompt: String
    /// Shares of its requests that look something up, use a tool, and ask a cache.
    let retrieval: Double
    let tool: Double
    let cached: Double
  }

  static let models = [
    Model(name: "gpt-4o", provider: "openai", tokensPerSecond: 90, firstToken: 380),
    Model(name: "gpt-4o-mini", provider: "openai", tokensPerSecond: 120, firstToken: 260),
    Model(name: "gpt-4.1", provider: "openai", tokensPerSecond: 85, firstToken: 420),
    Model(name: "gpt-4.1-mini", provider: "openai", tokensPerSecond: 110, firstToken: 270),
    Model(name: "o4-mini", provider: "openai", tokensPerSecond: 100, firstToken: 900),
    Model(
      name: "claude-sonnet-4-5", provider: "anthropic", tokensPerSecond: 70, firstToken: 520),
    Model(name: "claude-haiku-4-5", provider: "anthropic", tokensPerSecond: 140, firstToken: 300),
    Model(name: "claude-opus-4-1", provider: "anthropic", tokensPerSecond: 40, firstToken: 950),
    Model(name: "gemini-2.5-pro", provider: "google", tokensPerSecond: 95, firstToken: 600),
    Model(name: "gemini-2.5-flash", provider: "google", tokensPerSecond: 180, firstToken: 240),
    Model(
      name: "mistral-large-latest", provider: "mistral", tokensPerSecond: 75, firstToken: 330),
    // Nobody sells it, so it has no price: what it costs is not known, and coverage says so.
    Model(name: "acme-summarizer-7b", provider: "acme", tokensPerSecond: 210, firstToken: 90),
  ]

  static let services = [
    Service(
      name: "chat", door: .http, models: [0, 5, 1, 4], prompt: "answer", retrieval: 0.6, tool: 0.3,
      cached: 0.25),
    Service(
      name: "search", door: .http, models: [1, 9, 6], prompt: "rank", retrieval: 0.95, tool: 0,
      cached: 0.5),
    Service(
      name: "triage", door: .datagram, models: [3, 6], prompt: "classify", retrieval: 0, tool: 0.1,
      cached: 0),
    Service(
      name: "summaries", door: .otlp, models: [9, 11, 10], prompt: "summarise", retrieval: 0.2,
      tool: 0, cached: 0.1),
    Service(
      name: "extract", door: .datagram, models: [2, 3, 8], prompt: "extract", retrieval: 0,
      tool: 0.2, cached: 0),
    Service(
      name: "copilot", door: .otlp, models: [5, 7, 8], prompt: "plan", retrieval: 0.3, tool: 0.8,
      cached: 0),
  ]

  static let tenants = [
    "northwind", "contoso", "initech", "umbrella", "globex", "hooli", "stark", "wayne", "acme",
    "soylent", "tyrell", "cyberdyne", "wonka", "duff", "oscorp", "vandelay", "dunder", "pied-piper",
    "massive", "gringotts",
  ]
  static let tools = ["lookup_order", "search_docs", "run_sql", "send_mail", "create_ticket"]
  /// The tenant that the spike of cost comes from.
  static let spender = "globex"
  /// The model that the burst of errors hits, and the one that becomes slow.
  static let failing = "gpt-4o"
  static let slow = "claude-sonnet-4-5"
  /// The provider that refuses.
  static let refusing = "google"

  /// The rules that the demo's collector watches; what is spent is told by so many requests a
  /// second.
  static func rules(rate: Int) -> String {
    """
    groups:
      - name: demo
        interval: 5s
        rules:
          - alert: ErrorBurst
            expr: >-
              sum by (model) (rate(llm_errors_total{error_type="server"}[1m]))
              / (sum by (model) (rate(llm_requests_total[1m])) > \(Double(rate) / 50)) > 0.15
            for: 5s
            labels: {severity: critical}
            annotations:
              summary: "{{ $value | humanizePercentage }} of {{ $labels.model }} fail"
          - alert: RateLimitStorm
            expr: >-
              sum by (provider) (rate(llm_errors_total{error_type="rate_limit"}[1m]))
              / (sum by (provider) (rate(llm_requests_total[1m])) > \(Double(rate) / 50)) > 0.15
            for: 5s
            labels: {severity: critical}
            annotations:
              summary: "{{ $labels.provider }} refuses {{ $value | humanizePercentage }} of calls"
          - alert: LatencyRegression
            expr: >-
              sum by (model) (rate(llm_request_duration_seconds_sum[1m]))
              / sum by (model) (rate(llm_request_duration_seconds_count[1m])) > 12
            for: 5s
            labels: {severity: warning}
            annotations:
              summary: "{{ $labels.model }} takes {{ $value | humanizeDuration }}"
          - alert: CostSpike
            expr: sum by (tenant) (rate(llm_tenant_cost_usd_total[1m])) * 3600 > \(rate * 20)
            for: 5s
            labels: {severity: warning}
            annotations:
              summary: "{{ $labels.tenant }} spends ${{ $value | humanize }} an hour"

    """
  }
}

/// What goes wrong in the demo, over and over: each incident for a minute, with quiet in between.
enum DemoIncident: CaseIterable, Sendable {
  case errorBurst, rateLimits, latency, cost

  private static let second: Int64 = 1_000_000_000
  /// Seconds from one incident's begin to the next one's, and how long one lasts.
  private static let distance: Int64 = 110
  private static let length: Int64 = 65
  /// Quiet before the first.
  private static let quiet: Int64 = 10

  /// What goes on `age` ns after the start of the demo.
  static func at(_ age: Int64) -> DemoIncident? {
    let seconds = age / second - quiet
    guard seconds >= 0, seconds % distance < length else { return nil }
    return allCases[Int(seconds / distance) % allCases.count]
  }
}
