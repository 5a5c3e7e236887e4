/// What the main table is broken down by.
package enum TopSubject: String, CaseIterable, Sendable {
  case services, models, tenants, prompts, tools, errors

  /// The labels that rows are told apart by.
  package var labels: [String] {
    switch self {
    case .services: ["service"]
    case .models: ["provider", "model"]
    case .tenants: ["tenant"]
    case .prompts: ["prompt", "prompt_version", "variant"]
    case .tools: ["kind", "name"]
    case .errors: ["error_type"]
    }
  }

  /// What is left out always: calls in the table of tools, successes in that of errors.
  var condition: String? {
    switch self {
    case .tools: "kind!=llm and kind!=embedding and kind:?*"
    case .errors: "error_type:?*"
    case .prompts: "prompt:?*"
    case .services, .models, .tenants: nil
    }
  }

  /// The label that names a row, shown first.
  var mainLabel: String {
    switch self {
    case .services: "service"
    case .models: "model"
    case .tenants: "tenant"
    case .prompts: "prompt"
    case .tools: "name"
    case .errors: "error_type"
    }
  }

  /// What Enter on a row shows; nil for its recent calls.
  var next: TopSubject? {
    switch self {
    case .services, .tenants: .models
    case .models: .services
    case .prompts, .tools, .errors: nil
    }
  }

  /// The figure that is sorted by at first.
  var usualSort: String { self == .errors ? "repm" : "rpm" }
}

/// A column of figures.
package struct TopColumn: Equatable, Sendable {
  /// How a figure is written.
  package enum Form: Sendable { case count, percent, coverage, duration, money }

  /// What stands above it.
  package let title: String
  /// The figure's name in answers of `/v1/windows`.
  package let figure: String
  let form: Form
  let width: Int
  /// Low numbers are there on narrow screens too.
  let rank: Int

  /// All of them, in the order shown.
  package static let all: [TopColumn] = [
    TopColumn(title: "RPM", figure: "rpm", form: .count, width: 7, rank: 0),
    TopColumn(title: "ERR", figure: "error_rate", form: .percent, width: 8, rank: 0),
    TopColumn(title: "P50", figure: "latency_ms.p50", form: .duration, width: 8, rank: 3),
    TopColumn(title: "P95", figure: "latency_ms.p95", form: .duration, width: 8, rank: 0),
    TopColumn(title: "P99", figure: "latency_ms.p99", form: .duration, width: 8, rank: 6),
    TopColumn(title: "TTFT95", figure: "ttft_ms.p95", form: .duration, width: 8, rank: 2),
    TopColumn(title: "TPM", figure: "tpm", form: .count, width: 7, rank: 1),
    TopColumn(title: "TOK/S", figure: "output_tokens_per_s.p50", form: .count, width: 7, rank: 7),
    TopColumn(title: "$/H", figure: "cost_usd_per_hour", form: .money, width: 9, rank: 0),
    TopColumn(title: "PRICED", figure: "coverage", form: .coverage, width: 8, rank: 4),
    TopColumn(title: "REPM", figure: "repm", form: .count, width: 7, rank: 5),
    TopColumn(title: "CACHE", figure: "cache_hit_rate", form: .percent, width: 8, rank: 8),
    TopColumn(title: "RETRY", figure: "retries", form: .count, width: 6, rank: 9),
    TopColumn(title: "1ST-OK", figure: "first_try_success", form: .percent, width: 8, rank: 10),
  ]

  /// The figure as text.
  package func text(_ value: Double?) -> String {
    switch form {
    case .count: FigureText.count(value)
    case .percent: FigureText.percent(value)
    case .coverage: FigureText.coverage(value)
    case .duration: FigureText.duration(value)
    case .money: FigureText.money(value)
    }
  }

  /// How alarming a figure is.
  func style(_ value: Double?) -> Style {
    guard let value else { return .faint }
    switch figure {
    case "error_rate": return Self.graded(value, warning: 0.01, bad: 0.05)
    case "first_try_success": return Self.graded(1 - value, warning: 0.02, bad: 0.1)
    case "coverage": return Self.graded(1 - value, warning: 0.02, bad: 0.2)
    case "latency_ms.p95": return Self.graded(value, warning: 10_000, bad: 30_000)
    case "ttft_ms.p95": return Self.graded(value, warning: 2_000, bad: 5_000)
    default: return .plain
    }
  }

  private static func graded(_ value: Double, warning: Double, bad: Double) -> Style {
    value >= bad ? .bad : value >= warning ? .warning : .plain
  }

  /// A sign that says what the colour says.
  static func mark(_ style: Style) -> String {
    switch style.ink {
    case .bad: "✗"
    case .warning: "▲"
    default: ""
    }
  }
}
