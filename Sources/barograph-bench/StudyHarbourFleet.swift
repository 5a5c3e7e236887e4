/// One service's use of one model: what its calls look like on a usual day.
struct HarbourLane {
  var service: String
  var provider: String
  var model: String
  var operation: String
  /// Calls a minute at the busiest time of a usual working day.
  var peak: Double
  var input: Double
  var output: Double
  /// Part of the input that comes from the provider's cache at a tenth of the price.
  var cached = 0.0
  /// USD for a million tokens.
  var inputPrice: Double
  var outputPrice: Double
  /// Seconds to the first token, and for each token after it.
  var firstToken: Double
  var perToken: Double
  /// How heavy the tails of tokens are.
  var tail: Double
  /// A few tenants make most of the traffic, so that it comes in bursts.
  var isLumpy = false

  /// Mean cost of a call, and the input's part of it.
  var inputCost: Double { input * (1 - cached * 0.9) * inputPrice / 1e6 }
  var cost: Double { inputCost + output * outputPrice / 1e6 }
  var labels: [(name: String, value: String)] {
    [("service", service), ("provider", provider), ("model", model)]
  }
}

/// A tool or an agent: how often it runs for each useful call of its service's models.
struct HarbourSpan {
  var service: String
  var kind: String
  var name: String
  var perCall: Double
  var errors: Double
  /// Whether it is of the sort that a confused agent calls again and again.
  var loops = false
}

/// A score that a share of a few lanes' calls gets.
struct HarbourEval {
  var name: String
  var evaluator: String
  var prompt: String
  var lanes: [Int]
  var share: Double
  /// The spans of a bad and of a good answer's score, and how many are good.
  var bad: ClosedRange<Double>
  var good: ClosedRange<Double>
  var quality: Double
  var isWhole = false

  var mean: Double { quality * middle(good) + (1 - quality) * middle(bad) }

  /// The share of good answers at which the mean is this part of the usual.
  func quality(at part: Double) -> Double {
    max(0, (mean * part - middle(bad)) / (middle(good) - middle(bad)))
  }

  private func middle(_ range: ClosedRange<Double>) -> Double {
    (range.lowerBound + range.upperBound) / 2
  }
}

/// The company whose traffic this is: a freight platform with a support chat, a search, a copilot
/// for its dispatchers, a reader of shipping papers and two small teams' features.
enum HarbourFleet {
  /// The lane that the support chat's answers move from, and the one they move to, if they do.
  static let migration = (from: 0, to: 1)

  static let lanes: [HarbourLane] = [
    HarbourLane(
      service: "support-chat", provider: "openai", model: "gpt-4o", operation: "chat", peak: 230,
      input: 1_900, output: 260, inputPrice: 2.5, outputPrice: 10, firstToken: 0.55,
      perToken: 0.012, tail: 0.7),
    HarbourLane(
      service: "support-chat", provider: "openai", model: "gpt-4.1", operation: "chat", peak: 230,
      input: 2_000, output: 240, inputPrice: 2, outputPrice: 8, firstToken: 0.5, perToken: 0.011,
      tail: 0.7),
    HarbourLane(
      service: "support-chat", provider: "openai", model: "gpt-4o-mini", operation: "chat",
      peak: 420, input: 620, output: 24, inputPrice: 0.15, outputPrice: 0.6, firstToken: 0.35,
      perToken: 0.008, tail: 0.5),
    HarbourLane(
      service: "dispatch-copilot", provider: "anthropic", model: "claude-sonnet-4",
      operation: "chat", peak: 120, input: 7_500, output: 420, cached: 0.55, inputPrice: 3,
      outputPrice: 15, firstToken: 0.9, perToken: 0.014, tail: 0.95),
    HarbourLane(
      service: "dispatch-copilot", provider: "openai", model: "gpt-4.1-mini", operation: "chat",
      peak: 48, input: 3_100, output: 180, inputPrice: 0.4, outputPrice: 1.6, firstToken: 0.45,
      perToken: 0.009, tail: 0.8),
    HarbourLane(
      service: "search", provider: "openai", model: "text-embedding-3-small",
      operation: "embeddings", peak: 620, input: 90, output: 0, inputPrice: 0.02, outputPrice: 0,
      firstToken: 0.16, perToken: 0, tail: 0.8),
    HarbourLane(
      service: "search", provider: "cohere", model: "rerank-v3.5", operation: "rerank", peak: 170,
      input: 3_800, output: 0, inputPrice: 0.5, outputPrice: 0, firstToken: 0.31, perToken: 0,
      tail: 0.5),
    HarbourLane(
      service: "papers", provider: "google", model: "gemini-2.5-flash",
      operation: "generate_content", peak: 85, input: 5_200, output: 700, inputPrice: 0.3,
      outputPrice: 2.5, firstToken: 1.1, perToken: 0.006, tail: 1.0),
    HarbourLane(
      service: "papers", provider: "anthropic", model: "claude-haiku-4.5", operation: "chat",
      peak: 55, input: 2_400, output: 310, inputPrice: 1, outputPrice: 5, firstToken: 0.5,
      perToken: 0.007, tail: 0.8),
    HarbourLane(
      service: "sales-assist", provider: "anthropic", model: "claude-sonnet-4", operation: "chat",
      peak: 34, input: 3_300, output: 520, inputPrice: 3, outputPrice: 15, firstToken: 0.95,
      perToken: 0.015, tail: 1.0, isLumpy: true),
    HarbourLane(
      service: "reports", provider: "mistral", model: "mistral-small-latest", operation: "chat",
      peak: 8, input: 2_700, output: 900, inputPrice: 0.1, outputPrice: 0.3, firstToken: 0.6,
      perToken: 0.008, tail: 1.1, isLumpy: true),
  ]

  static let spans: [HarbourSpan] = [
    HarbourSpan(
      service: "support-chat", kind: "agent", name: "support-agent", perCall: 0.3, errors: 0.004),
    HarbourSpan(
      service: "support-chat", kind: "tool", name: "search_kb", perCall: 0.28, errors: 0.005),
    HarbourSpan(
      service: "support-chat", kind: "tool", name: "track_shipment", perCall: 0.03, errors: 0.02,
      loops: true),
    HarbourSpan(
      service: "support-chat", kind: "tool", name: "create_ticket", perCall: 0.018, errors: 0.006,
      loops: true),
    HarbourSpan(
      service: "dispatch-copilot", kind: "agent", name: "dispatch-agent", perCall: 0.17,
      errors: 0.012),
    HarbourSpan(
      service: "dispatch-copilot", kind: "agent", name: "route-planner", perCall: 0.09,
      errors: 0.01, loops: true),
    HarbourSpan(
      service: "dispatch-copilot", kind: "tool", name: "run_sql", perCall: 0.16, errors: 0.05,
      loops: true),
    HarbourSpan(
      service: "dispatch-copilot", kind: "tool", name: "read_manifest", perCall: 0.33,
      errors: 0.008),
    HarbourSpan(
      service: "dispatch-copilot", kind: "tool", name: "port_weather", perCall: 0.11,
      errors: 0.015, loops: true),
    HarbourSpan(
      service: "dispatch-copilot", kind: "tool", name: "send_mail", perCall: 0.012, errors: 0.01),
    HarbourSpan(
      service: "sales-assist", kind: "agent", name: "outreach-agent", perCall: 0.25, errors: 0.01),
    HarbourSpan(
      service: "sales-assist", kind: "tool", name: "web_search", perCall: 0.3, errors: 0.04,
      loops: true),
    HarbourSpan(
      service: "sales-assist", kind: "tool", name: "crm_lookup", perCall: 0.45, errors: 0.01),
  ]

  static let evals: [HarbourEval] = [
    HarbourEval(
      name: "helpful", evaluator: "judge", prompt: "support-answer", lanes: [0, 1], share: 0.15,
      bad: 1...3, good: 4...5, quality: 0.82, isWhole: true),
    HarbourEval(
      name: "grounded", evaluator: "judge", prompt: "dispatch-system", lanes: [3, 4], share: 0.25,
      bad: 0...0.6, good: 0.8...1, quality: 0.86),
    HarbourEval(
      name: "relevance", evaluator: "click-model", prompt: "search-rewrite", lanes: [6],
      share: 0.2, bad: 0...0.5, good: 0.55...0.95, quality: 0.8),
    HarbourEval(
      name: "fields_correct", evaluator: "schema-check", prompt: "papers-extract", lanes: [7],
      share: 0.06, bad: 0...0.4, good: 0.9...1, quality: 0.93),
  ]

  /// The lanes of a service, a provider, or both.
  static func lanes(service: String? = nil, provider: String? = nil) -> [Int] {
    lanes.indices.filter {
      (service == nil || lanes[$0].service == service)
        && (provider == nil || lanes[$0].provider == provider)
    }
  }
}
