internal import Codec
internal import Money
internal import Quality

/// What a run came to.
struct EvalTally {
  /// What one evaluator or judge said in all.
  private struct Figures {
    var scores = 0
    var trues = 0
    var sum = 0.0
    var numbers = 0
    var booleans = 0
    var missing = 0
    var failed = 0
    var cost: Int64 = 0
    var requests = 0
  }

  private let names: [String]
  private var figures: [String: Figures] = [:]
  /// Lines that have results, those of them that an earlier run gave, and lines that are none.
  var done = 0
  var kept = 0
  var bad = 0
  /// Lines left to a later run.
  var postponed = 0

  init(_ names: [String]) {
    self.names = names
  }

  /// Whether every line has been looked at by all.
  var isWell: Bool { bad == 0 && postponed == 0 && figures.values.allSatisfy { $0.failed == 0 } }

  private var requests: Int { figures.values.reduce(0) { $0 + $1.requests } }
  private var cost: Int64 { figures.values.reduce(0) { $0 + $1.cost } }

  /// A few words beside a progress bar.
  var progress: String {
    requests == 0 ? "\(done)" : "\(done), $\(Picodollars.text(cost / 1_000_000 * 1_000_000))"
  }

  mutating func add(_ opinions: [EvalResult.Opinion]) {
    done += 1
    for opinion in opinions { add(opinion) }
  }

  private mutating func add(_ opinion: EvalResult.Opinion) {
    var row = figures[opinion.name] ?? Figures()
    row.cost += opinion.effort?.cost ?? 0
    row.requests += opinion.effort?.requests ?? 0
    switch opinion.outcome {
    case .missing: row.missing += 1
    case .failed: row.failed += 1
    case .score(let score):
      row.scores += 1
      switch score.value {
      case .number(let number): (row.numbers, row.sum) = (row.numbers + 1, row.sum + number)
      case .boolean(let flag):
        (row.booleans, row.trues) = (row.booleans + 1, row.trues + (flag ? 1 : 0))
      case .category: break
      }
    }
    figures[opinion.name] = row
  }

  var text: String {
    let table = TextTable(
      columns: ["score", "scored", "mean", "true", "missing", "failed"],
      rows: names.map { name in
        let row = figures[name] ?? Figures()
        return [
          name, "\(row.scores)",
          row.numbers > 0 ? ComparisonFigure.significant(row.sum / Double(row.numbers)) : "–",
          row.booleans > 0
            ? "\(ComparisonFigure.significant(Double(row.trues) / Double(row.booleans) * 100)) %"
            : "–",
          "\(row.missing)", "\(row.failed)",
        ]
      }, numbers: [1, 2, 3, 4, 5])
    var words = "\(done) \(done == 1 ? "line" : "lines")"
    if kept > 0 { words += ", \(kept) by an earlier run" }
    if bad > 0 { words += ", \(bad) are none" }
    if postponed > 0 { words += ", \(postponed) left to a later run" }
    if requests > 0 { words += "; judges: \(requests) requests, $\(Picodollars.text(cost))" }
    return table.text + "\n\(words)\n"
  }

  var json: String {
    var json = JSONWriter()
    json.beginObject()
    let counts = [
      ("lines", done), ("kept", kept), ("bad_lines", bad), ("postponed", postponed),
      ("requests", requests),
    ]
    for (name, count) in counts {
      json.key(name)
      json.value(count)
    }
    json.key("cost_usd")
    json.value(Picodollars.text(cost))
    json.key("scores")
    json.beginArray()
    for name in names {
      let row = figures[name] ?? Figures()
      json.beginObject()
      json.key("score")
      json.value(name)
      let counts = [("scored", row.scores), ("missing", row.missing), ("failed", row.failed)]
      for (name, count) in counts {
        json.key(name)
        json.value(count)
      }
      json.key("cost_usd")
      json.value(Picodollars.text(row.cost))
      json.key("mean")
      if row.numbers > 0 { json.value(row.sum / Double(row.numbers)) } else { json.null() }
      json.key("true_share")
      if row.booleans > 0 {
        json.value(Double(row.trues) / Double(row.booleans))
      } else {
        json.null()
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }
}
