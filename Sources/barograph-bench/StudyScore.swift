internal import Alerts
internal import PromQL

/// What the rules made of one month.
struct StudyScore {
  struct Firing {
    let rule: String
    let labels: Labels
    let from: Int64
    var to: Int64
  }

  struct Verdict {
    let incident: StudyIncident
    /// The rule that found it first and the seconds it took from when it was there in full.
    var found: (rule: String, seconds: Int64)?
    var isInTime = false
  }

  let verdicts: [Verdict]
  let falseAlarms: [Firing]
  /// Label sets with traffic.
  let series: Int

  private static let second: Int64 = 1_000
  private static let allowance = 120 * second
  private static let aftermath = 3_600 * second

  /// The rules that are about a kind of incident.
  private static func rules(_ kind: StudyIncident.Kind) -> Set<String> {
    switch kind {
    case .rateLimitStorm: ["RateLimitStorm", "RetryStorm"]
    case .slowDrift: ["LatencyDrift", "CostDrift", "LatencyRegression"]
    case .providerOutage: ["ProviderOutage", "ErrorRate"]
    case .costSpike: ["CostSpike", "TokenSpike"]
    case .runawayLoop: ["RunawayLoop"]
    case .scoreDrop: ["ScoreDrop"]
    case .deploy: []
    }
  }

  init(_ month: StudyMonth, _ firings: [Firing]) {
    let incidents = month.incidents.filter { $0.kind != .deploy }
    verdicts = incidents.map { incident in
      var verdict = Verdict(incident: incident)
      let about = firings.filter { firing in
        Self.rules(incident.kind).contains(firing.rule)
          && Self.agree(firing.labels, incident.labels) && firing.from >= incident.start
          && firing.from <= incident.end + Self.aftermath
      }
      if let first = about.min(by: { $0.from < $1.from }) {
        verdict.found = (first.rule, (first.from - incident.noticeable) / Self.second)
        verdict.isInTime = first.from <= incident.noticeable + Self.allowance
      }
      return verdict
    }
    falseAlarms = firings.filter { firing in
      !incidents.contains { incident in
        Self.agree(firing.labels, incident.labels) && firing.from >= incident.start
          && firing.from <= incident.end + Self.aftermath
      }
    }
    var sets: Set<String> = []
    for series in month.series where series.name == "llm_requests_total" {
      let labels = series.labels.filter { $0.name != "status" }
      sets.insert(labels.map { "\($0.name)=\($0.value)" }.joined(separator: ","))
    }
    series = sets.count
  }

  /// Whether no label says otherwise.
  private static func agree(_ labels: Labels, _ other: [(name: String, value: String)]) -> Bool {
    other.allSatisfy { label in
      let value = labels[label.name]
      return value.isEmpty || value == label.value
    }
  }
}
