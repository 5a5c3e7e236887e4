internal import Telemetry
internal import Windows

/// One way in which the hours of history are broken down.
struct RollupBreakdown: Equatable, Sendable {
  /// Its number in the file.
  let id: Int64
  /// What it counts; calls where `llm`, and spans with them where the kind is a label.
  let type: EventType
  /// The names of its labels.
  let labels: [String]

  /// Whether a group of this type is counted here.
  func takes(_ type: EventType) -> Bool {
    type == self.type
      || type == .span && self.type == .llm && labels.contains(Dimension.kind.name)
  }

  /// Those of windows and what is asked of history most besides.
  private static func wanted(_ breakdowns: [Breakdown]) -> [(EventType, [String])] {
    var wanted: [(EventType, [String])] = [
      (.llm, []), (.llm, [Dimension.provider, .model].map(\.name)),
    ]
    for breakdown in breakdowns {
      let labels = breakdown.labels.map(\.name)
      if !wanted.contains(where: { $0.1 == labels }) { wanted.append((.llm, labels)) }
    }
    // What families of metrics are told apart by, where windows are not.
    let calls = [Dimension.service, .provider, .model, .operation].map(\.name)
    wanted += [
      (.llm, calls + [RollupNaming.statusLabel, WindowLabel.errorType.name]),
      (.span, [Dimension.service, .kind, .name].map(\.name) + [RollupNaming.statusLabel]),
    ]
    return wanted + [
      (.log, [Dimension.service.name, RollupNaming.levelLabel]),
      (
        .score,
        [Dimension.score, .evaluator, .model, .prompt, .promptVersion].map(\.name)
          + [RollupNaming.valueLabel]
      ),
    ]
  }

  /// The configured breakdowns with their numbers, which new ones are given.
  static func open(
    _ breakdowns: [Breakdown], in database: Database
  ) throws(StoreError) -> [RollupBreakdown] {
    let insert = try database.prepare(
      "INSERT OR IGNORE INTO rollup_breakdowns (type, labels) VALUES (?1, ?2)",
      isPersistent: false)
    for (type, labels) in wanted(breakdowns) {
      insert.bind(1, text: type.text)
      insert.bind(2, text: labels.joined(separator: ","))
      try insert.run()
    }
    let wanted = wanted(breakdowns)
    return try all(in: database).filter { known in
      wanted.contains { $0.0 == known.type && $0.1 == known.labels }
    }
  }

  /// All that the file has hours of.
  static func all(in database: Database) throws(StoreError) -> [RollupBreakdown] {
    let rows = try database.prepare(
      "SELECT id, type, labels FROM rollup_breakdowns ORDER BY id", isPersistent: false)
    var breakdowns: [RollupBreakdown] = []
    while try rows.step() {
      guard let type = EventType.allCases.first(where: { $0.text == rows.text(1) }) else {
        continue
      }
      let labels = (rows.text(2) ?? "").split(separator: ",").map(String.init)
      breakdowns.append(RollupBreakdown(id: rows.integer(0), type: type, labels: labels))
    }
    return breakdowns
  }
}
