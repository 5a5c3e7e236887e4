/// One row of the main table.
package struct TopRow: Equatable, Sendable {
  /// The labels it is told apart by.
  package let labels: [(name: String, value: String)]
  /// Figures of the window by their names, such as `latency_ms.p95`.
  package let figures: [String: Double]
  /// Points of ten seconds, oldest first.
  package let spark: [Double?]

  /// What tells it from other rows.
  var key: [String] { labels.map(\.value) }

  subscript(label: String) -> String { labels.first { $0.name == label }?.value ?? "" }

  /// Reads a group of an answer of `/v1/windows`, of which it takes the first window.
  init(_ group: Answer) {
    labels = group["labels"].members.map { ($0.name, $0.value.text ?? "") }
    spark = group["spark"].items.map(\.number)
    var figures: [String: Double] = [:]
    for member in group["windows"].members.first?.value.members ?? [] {
      if case .object(let parts) = member.value {
        for part in parts {
          if let number = part.value.number { figures["\(member.name).\(part.name)"] = number }
        }
      } else if let number = member.value.number {
        figures[member.name] = number
      }
    }
    self.figures = figures
  }

  package static func == (left: TopRow, right: TopRow) -> Bool {
    left.key == right.key && left.figures == right.figures && left.spark == right.spark
      && left.labels.map(\.name) == right.labels.map(\.name)
  }
}

/// An alert as the collector tells of it.
struct TopAlert: Equatable, Sendable {
  let id: String
  let name: String
  let state: String
  let severity: String
  let summary: String
  let labels: [(name: String, value: String)]
  let since: Int64?
  let resolvedAt: Int64?
  let ackedBy: String?
  let isSilenced: Bool

  init(_ answer: Answer) {
    id = answer["id"].text ?? ""
    name = answer["name"].text ?? ""
    state = answer["state"].text ?? ""
    labels = answer["labels"].members.map { ($0.name, $0.value.text ?? "") }
    severity = answer["labels"]["severity"].text ?? ""
    let notes = answer["annotations"]
    summary = notes["summary"].text ?? notes["description"].text ?? ""
    since = answer["fired_at"].time ?? answer["active_at"].time
    resolvedAt = answer["resolved_at"].time
    let acked = answer["acked"]
    ackedBy = acked["by"].text
    isSilenced =
      !answer["silenced_by"].items.isEmpty || !answer["inhibited_by"].items.isEmpty
      || !answer["muted_by"].items.isEmpty
  }

  static func == (left: TopAlert, right: TopAlert) -> Bool {
    left.id == right.id && left.state == right.state && left.since == right.since
      && left.ackedBy == right.ackedBy && left.isSilenced == right.isSilenced
      && left.summary == right.summary
  }

  var isFiring: Bool { state == "firing" }
  var isCritical: Bool { isFiring && severity == "critical" }
}

/// What is known of the collector: the newest answer to each part of the picture.
struct TopData: Sendable {
  /// The moment of the collector's clock that the newest figures are for.
  var now: Int64?
  /// When the newest event was received, by the collector's clock.
  var newest: Int64?
  var total: TopRow?
  var rows: [TopRow] = []
  /// How many groups there are, shown or not.
  var groups: Int?
  var latency: [Double?] = []
  /// The scores of the marked row in the window.
  var scores: [ScoreFigures] = []
  var spentToday: Double?
  var coverageToday: Double?
  var alerts: [TopAlert] = []
  var events: [Answer] = []
  var calls: [Answer] = []
  var trace: TraceWaterfall?
  /// Why a part has no answer, where the collector said so.
  var problems: [TopRequest.Part: String] = [:]
  /// The path that a part's answer is to.
  var paths: [TopRequest.Part: String] = [:]

  /// What the scores of one name come to.
  struct ScoreFigures {
    let name: String
    /// Nil of categories.
    let mean: Double?
    let count: Double
    /// The category that was given most often.
    let most: (word: String, count: Double)?

    init(_ name: String, _ figures: Answer) {
      self.name = name
      (mean, count) = (figures["avg"].number, figures["n"].number ?? 0)
      let counts = figures["values"].members.map { (word: $0.name, count: $0.value.number ?? 0) }
      most = counts.max { $0.count < $1.count }
    }
  }

  /// Takes an answer in.
  mutating func take(_ answer: TopAnswer) {
    let part = answer.request.part
    paths[part] = answer.request.path
    problems[part] = nil
    switch answer.content {
    case .trace(let waterfall): trace = waterfall
    case .refused(let status, let message): refuse(part, status, message)
    case .value(let value): take(value, part)
    }
  }

  private mutating func refuse(_ part: TopRequest.Part, _ status: Int, _ message: String) {
    // A collector without alerts or accounts of days: nothing is known of them, and all is well.
    if status == 404, part == .alerts || part == .spend { return clear(part) }
    problems[part] = message
    clear(part)
  }

  /// Forgets what a part shows.
  mutating func clear(_ part: TopRequest.Part) {
    switch part {
    case .total: total = nil
    case .table: (rows, groups) = ([], nil)
    case .graph: (latency, scores) = ([], [])
    case .spend: (spentToday, coverageToday) = (nil, nil)
    case .alerts: alerts = []
    case .events: events = []
    case .calls: calls = []
    case .trace: trace = nil
    }
  }

  private mutating func take(_ value: Answer, _ part: TopRequest.Part) {
    switch part {
    case .total:
      now = value["now"].time ?? now
      total = value["groups"].items.first.map(TopRow.init)
    case .table:
      rows = value["groups"].items.map(TopRow.init)
      groups = value["groups_total"].number.map { Int($0) } ?? rows.count
    case .graph:
      let group = value["groups"].items.first
      latency = group.map { TopRow($0).spark } ?? []
      let found = group?["windows"].members.first?.value["scores"].members ?? []
      scores = found.map { ScoreFigures($0.name, $0.value) }
    case .spend:
      spentToday = value["cost_usd"].number
      coverageToday = value["coverage"].number
    case .alerts:
      alerts = value["alerts"].items.map(TopAlert.init).sorted(by: Self.isMoreUrgent)
    case .events:
      events = value["events"].items
      newest = events.first?["received_at"].time ?? newest
    case .calls: calls = value["events"].items
    case .trace: break
    }
  }

  private static func isMoreUrgent(_ left: TopAlert, _ right: TopAlert) -> Bool {
    func rank(_ alert: TopAlert) -> (Int, Int, Int64) {
      let severity = ["critical": 0, "warning": 1][alert.severity] ?? 2
      return (alert.isFiring ? 0 : 1, severity, -(alert.since ?? 0))
    }
    return rank(left) < rank(right)
  }
}
