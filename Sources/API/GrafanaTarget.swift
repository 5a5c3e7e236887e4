internal import Codec
internal import PromQL

/// One thing that a panel wants to show: a query, or a metric with what is to be computed of it.
struct GrafanaTarget {
  /// What to compute of a metric's series.
  enum Calculation: String, CaseIterable {
    case value, rate, increase, average, p50, p90, p95, p99

    /// What a select shows.
    var label: String {
      switch self {
      case .value: "value"
      case .rate: "per second"
      case .increase: "increase"
      case .average: "average"
      case .p50, .p90, .p95, .p99: rawValue
      }
    }

    /// A query of `metric` over `window`, told apart by labels.
    func query(_ metric: String, by labels: [String], over window: String) -> String {
      let sum = "sum by (\(labels.joined(separator: ", ")))"
      return switch self {
      case .value: "\(sum) (\(metric))"
      case .rate, .increase: "\(sum) (\(rawValue)(\(metric)[\(window)]))"
      case .average: "histogram_avg(\(sum) (rate(\(metric)[\(window)])))"
      case .p50, .p90, .p95, .p99:
        "histogram_quantile(0.\(rawValue.dropFirst()), \(sum) (rate(\(metric)[\(window)])))"
      }
    }
  }

  /// The target that stands for firing alerts, as annotations have to look.
  static let annotations = "annotations"

  let text: String
  let reference: String?
  /// Whether it wants a table of the newest values.
  let isTable: Bool
  let isHidden: Bool
  private let payload: ConfigNode?

  init(_ node: ConfigNode) {
    text = node["target"]?.text ?? ""
    reference = node["refId"]?.text
    isHidden = node["hide"]?.scalar == .bool(true)
    let payload = node["payload"]
    isTable = node["type"]?.text == "table" || payload?["format"]?.text == "table"
    self.payload = payload
  }

  /// What of the alerts is wanted.
  var alertQuery: String { payload?["query"]?.text ?? "" }

  /// The query, with the spans that a panel of this range and step has.
  func query(range: Int64, step: Int64) -> String {
    let window = isTable ? max(range, 1_000) : Self.rateWindow(step)
    guard let name = payload?["calculation"]?.text, let calculation = Calculation(rawValue: name)
    else {
      return text.replacing("$__rate_interval", with: Self.span(window))
        .replacing("$__interval", with: Self.span(step))
        .replacing("$__range", with: Self.span(max(range, 1_000)))
    }
    return calculation.query(text, by: labels, over: Self.span(window))
  }

  private var labels: [String] {
    if let one = payload?["by"]?.text { return one.isEmpty ? [] : [one] }
    return (payload?["by"]).items.compactMap(\.text)
  }

  /// The name of a series: the legend with its labels in place of `{{label}}`, else its own.
  func name(of labels: Labels) -> String {
    if let legend = payload?["legend"]?.text, !legend.isEmpty {
      return legend.replacing(/\{\{ *([A-Za-z0-9_.]+) *\}\}/) { labels[String($0.output.1)] }
    }
    let pairs = labels.entries.filter { $0.name != LabelName.metric }
    guard !pairs.isEmpty || !labels.metricName.isEmpty else { return text }
    let inner = pairs.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ", ")
    return pairs.isEmpty ? labels.metricName : "\(labels.metricName){\(inner)}"
  }

  /// Long enough for a rate at this step to see what a scrape every 15 s would.
  private static func rateWindow(_ step: Int64) -> Int64 { max(step + 15_000, 60_000) }

  private static func span(_ milliseconds: Int64) -> String { "\(milliseconds)ms" }
}
