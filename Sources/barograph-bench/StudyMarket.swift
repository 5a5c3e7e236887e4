internal import Glibc

/// The generator that the starter rules' thresholds were found with: a company's four services.
enum StudyMarket: StudyTraffic {
  static let name = "market"

  struct Flow {
    let service: String
    let provider: String
    let model: String
    let operation: String
    /// Calls a minute on a working day at noon.
    let rate: Double
    let seconds: Double
    let firstToken: Double
    let input: Double
    let output: Double
    /// Dollars a call.
    let cost: Double
    let errors: Double

    var labels: [(name: String, value: String)] {
      [
        ("service", service), ("provider", provider), ("model", model), ("operation", operation),
      ]
    }
  }

  static let flows = [
    Flow(
      service: "chat", provider: "openai", model: "gpt-4o", operation: "chat", rate: 300,
      seconds: 2.4, firstToken: 0.5, input: 1_800, output: 350, cost: 0.008, errors: 0.008),
    Flow(
      service: "chat", provider: "anthropic", model: "claude-sonnet", operation: "chat", rate: 110,
      seconds: 3.1, firstToken: 0.8, input: 2_500, output: 420, cost: 0.0138, errors: 0.006),
    Flow(
      service: "search", provider: "openai", model: "gpt-4o-mini", operation: "chat", rate: 550,
      seconds: 0.9, firstToken: 0.3, input: 900, output: 80, cost: 0.0002, errors: 0.004),
    Flow(
      service: "search", provider: "openai", model: "text-embedding-3-small",
      operation: "embeddings", rate: 200, seconds: 0.2, firstToken: 0, input: 300, output: 0,
      cost: 0.000_006, errors: 0.002),
    Flow(
      service: "agent", provider: "anthropic", model: "claude-sonnet", operation: "chat", rate: 70,
      seconds: 6, firstToken: 1.1, input: 9_000, output: 600, cost: 0.036, errors: 0.012),
    Flow(
      service: "agent", provider: "openai", model: "gpt-4o", operation: "chat", rate: 45,
      seconds: 4, firstToken: 0.7, input: 6_000, output: 500, cost: 0.02, errors: 0.01),
    Flow(
      service: "extract", provider: "google", model: "gemini-flash", operation: "chat", rate: 18,
      seconds: 1.4, firstToken: 0.4, input: 5_000, output: 200, cost: 0.0006, errors: 0.015),
    Flow(
      service: "extract", provider: "google", model: "gemini-pro", operation: "chat", rate: 6,
      seconds: 8, firstToken: 1.5, input: 12_000, output: 900, cost: 0.024, errors: 0.015),
  ]
  static let tools = ["search_docs", "run_code", "fetch_page"]
  static let scores: [(name: String, flow: Int, share: Double, top: Double, mean: Double)] = [
    ("helpful", 0, 0.2, 1, 0.82), ("relevance", 2, 0.06, 5, 4.1),
  ]

  /// What is done to a flow while an incident is on.
  struct Change {
    var flow: Int
    var range: Range<Int>
    /// Steps until it is there in full.
    var ramp = 0
    var calls = 1.0
    var cost = 1.0
    var tokens = 1.0
    var latency = 1.0
    var limited = 0.0
    var broken = 0.0
    var tool: Int?
    var tools = 1.0
    var score = 1.0
  }

  static func month(seed: UInt64) -> StudyMonth {
    var random = StudyNumbers(seed)
    // Midnight of a Monday to Sunday in 2026.
    var month = StudyMonth(start: (20_454 + Int64(random.below(300))) * 86_400_000)
    let changes = StudyPlan.make(&month, &random)
    for place in flows.indices {
      StudyFlow.append(place, changes.filter { $0.flow == place }, to: &month, &random)
    }
    return month
  }

  /// The share of the noon traffic at a step.
  static func rhythm(_ step: Int, _ month: StudyMonth) -> Double {
    let hours = Double(step) / 120
    let day = (Int(month.start / 86_400_000) + Int(hours / 24) + 3) % 7
    let hour = hours.truncatingRemainder(dividingBy: 24)
    let bump = exp(-pow((hour - 13.5) / 4.6, 2))
    return (0.18 + 0.82 * bump) * (day >= 5 ? 0.45 : 1)
  }
}
