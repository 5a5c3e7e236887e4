internal import Codec
internal import Quality

/// A comparison as people and programs read it.
struct ComparisonReport {
  let comparison: Comparison
  private let arms: ComparisonArms
  private let settings: ComparisonSettings
  /// Whether pairs were asked for.
  private let namesItem: Bool

  init(
    _ comparison: Comparison, of arms: ComparisonArms, _ settings: ComparisonSettings,
    namesItem: Bool
  ) {
    (self.comparison, self.arms, self.settings) = (comparison, arms, settings)
    self.namesItem = namesItem
  }

  private var pairs: Int? { comparison.rows.compactMap(\.pairs).max() }

  /// A table, the verdict, and what is to be known besides.
  var text: String {
    let table = TextTable(
      columns: [
        "metric", "a", "b", "difference", "\(interval) interval", "effect", "p", "verdict",
      ],
      rows: comparison.rows.map { row in
        [row.metric.description] + cells(row) + [
          row.difference?.effect.map { ComparisonFigure.significant($0, digits: 2) } ?? "–",
          row.correctedP.map { ComparisonFigure.significant($0, digits: 2) } ?? "–",
          Self.words(row),
        ]
      }, numbers: [1, 2, 3, 5, 6])
    let head = "\(arms.dimension): a is \(arms.a), b is \(arms.b); \(size)\n\n"
    return head + table.text + "\n\(sentence)\n" + notes.map { "\($0)\n" }.joined()
  }

  /// The same for a comment on a pull request.
  var markdown: String {
    let head = "### `\(arms.dimension)`: `\(arms.b)` against `\(arms.a)`\n\n**\(sentence)**\n\n"
    let table =
      "| metric | \(Self.escaped(arms.a)) | \(Self.escaped(arms.b)) | difference"
      + " | \(interval) interval | verdict |\n|---|--:|--:|--:|---|---|\n"
    let rows = comparison.rows.map { row in
      let verdict = row.verdict == .regressed ? "**regressed**" : Self.words(row)
      let cells = [row.metric.description] + cells(row) + [verdict]
      return "| " + cells.map(Self.escaped).joined(separator: " | ") + " |\n"
    }
    let foot =
      "\n\(size); α \(settings.alpha), seed \(settings.seed), \(settings.resamples) resamples."
    return head + table + rows.joined() + foot + notes.map { "\n\($0)." }.joined() + "\n"
  }

  private static func escaped(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }

  private var interval: String {
    ComparisonFigure.significant((1 - settings.alpha) * 100, digits: 4) + " %"
  }

  private var size: String {
    let calls = "\(arms.counts.a) and \(arms.counts.b) calls"
    return pairs.map { "\(calls), \($0) pairs by \(arms.item ?? "item")" } ?? calls
  }

  private var sentence: String {
    func names(_ verdict: Comparison.Verdict) -> String {
      comparison.rows.filter { $0.verdict == verdict }.map(\.metric.description)
        .joined(separator: ", ")
    }
    switch comparison.verdict {
    case .noWorse: return "no worse"
    case .regressed: return "regressed: \(names(.regressed))"
    case .tooFew:
      return comparison.rows.isEmpty ? "too few: no values" : "too few values: \(names(.tooFew))"
    }
  }

  /// Both figures, their difference and its interval.
  private func cells(_ row: Comparison.Row) -> [String] {
    func text(_ value: Double?) -> String {
      value.map { ComparisonFigure.text($0, row.metric) } ?? "–"
    }
    guard let difference = row.difference else {
      return [text(row.figureA), text(row.figureB), "–", "–"]
    }
    func change(_ value: Double) -> String { ComparisonFigure.change(value, row.metric) }
    var words = change(difference.value)
    if let base = row.figureA, base != 0, row.metric.figure != .rate {
      let share = difference.value / abs(base) * 100
      words += " (\(ComparisonFigure.signed(share, digits: 2)) %)"
    }
    return [
      text(row.figureA), text(row.figureB), words,
      "\(change(difference.low)) … \(change(difference.high))",
    ]
  }

  private static func words(_ row: Comparison.Row) -> String {
    switch row.verdict {
    case .noWorse: "no worse"
    case .regressed: "regressed"
    case .tooFew: "too few: \(row.least) of \(row.metric.leastCount)"
    }
  }

  /// What was left out, and what to make of it.
  private var notes: [String] {
    let counts = arms.counts
    var notes: [String] = []
    func note(_ count: Int, _ words: String) {
      if count > 0 { notes.append("\(count) \(words)") }
    }
    if namesItem, pairs == nil {
      notes.append("not paired: \(counts.withoutItem) calls have no \(arms.item ?? "item")")
    }
    note(counts.duplicates, "rows left out: another row tells of the same call")
    note(counts.cached, "answers of an application's cache: in no figure but scores")
    note(counts.sampled, "calls were sampled: each stands for itself here")
    note(counts.strayScores, "scores left out: they score no call of either arm")
    note(counts.sharedScores, "scores left out: their trace or session has calls of both arms")
    note(counts.wordScores, "scores left out: they are words, not numbers")
    return notes
  }
}

// MARK: For programs
extension ComparisonReport {
  private static let words: [Comparison.Verdict: StaticString] = [
    .noWorse: "no_worse", .regressed: "regressed", .tooFew: "too_few",
  ]

  private static func word(_ verdict: Comparison.Verdict) -> String {
    "\(words[verdict] ?? "")"
  }

  /// Everything, in one object on one line.
  var json: String {
    var json = JSONWriter()
    json.beginObject()
    json.key("verdict")
    json.value(Self.word(comparison.verdict))
    for (name, value) in [("by", arms.dimension), ("a", arms.a), ("b", arms.b)] {
      json.key(name)
      json.value(value)
    }
    json.key("item")
    if pairs == nil { json.null() } else { json.value(arms.item ?? "") }
    for (name, value) in [("alpha", settings.alpha), ("tolerance", settings.tolerance)] {
      json.key(name)
      json.value(value)
    }
    json.key("seed")
    json.value(settings.seed)
    json.key("resamples")
    json.value(settings.resamples)
    writeCounts(&json)
    json.key("metrics")
    json.beginArray()
    for row in comparison.rows { Self.write(row, &json) }
    json.endArray()
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }

  private func writeCounts(_ json: inout JSONWriter) {
    let counts = arms.counts
    let numbers = [
      ("calls_a", counts.a), ("calls_b", counts.b), ("duplicates", counts.duplicates),
      ("cached", counts.cached), ("sampled", counts.sampled),
      ("stray_scores", counts.strayScores), ("shared_scores", counts.sharedScores),
      ("word_scores", counts.wordScores),
    ]
    for (name, count) in numbers {
      json.key(name)
      json.value(count)
    }
  }

  private static func write(_ row: Comparison.Row, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("metric")
    json.value(row.metric.description)
    json.key("verdict")
    json.value(word(row.verdict))
    json.key("better")
    json.value(row.metric.isLowerBetter ? "lower" : "higher")
    json.key("unit")
    json.value(ComparisonFigure.unit(row.metric))
    let counts: [(String, Int?)] = [
      ("values_a", row.countA), ("values_b", row.countB), ("pairs", row.pairs),
      ("least", row.metric.leastCount),
    ]
    for (name, count) in counts {
      json.key(name)
      if let count { json.value(count) } else { json.null() }
    }
    let numbers: [(String, Double?)] = [
      ("a", row.figureA), ("b", row.figureB), ("difference", row.difference?.value),
      ("low", row.difference?.low), ("high", row.difference?.high),
      ("effect", row.difference?.effect), ("dominance", row.difference?.dominance),
      ("p", row.difference?.p), ("p_corrected", row.correctedP),
    ]
    for (name, number) in numbers {
      json.key(name)
      if let number { json.value(number) } else { json.null() }
    }
    json.endObject()
  }
}

extension Comparison.Row {
  /// How many values the smaller arm has, or pairs there are.
  fileprivate var least: Int { pairs ?? min(countA, countB) }
}

/// Figures of metrics as text.
enum ComparisonFigure {
  static func unit(_ metric: ComparisonMetric) -> String {
    switch metric.source {
    case "cost": "usd"
    case "latency", "ttft": "ms"
    case "error": "share"
    case "tokens": "tokens"
    default: "score"
    }
  }

  static func text(_ value: Double, _ metric: ComparisonMetric) -> String {
    switch metric.source {
    case "cost": value < 0 ? "-$\(significant(-value))" : "$\(significant(value))"
    case "latency", "ttft": "\(significant(value)) ms"
    case "error": "\(significant(value * 100, digits: 3)) %"
    default: significant(value)
    }
  }

  /// A difference, with its sign; of shares in percentage points.
  static func change(_ value: Double, _ metric: ComparisonMetric) -> String {
    let text =
      metric.source == "error" ? "\(significant(value * 100, digits: 3)) pp" : text(value, metric)
    return value > 0 ? "+\(text)" : text
  }

  static func signed(_ value: Double, digits: Int) -> String {
    value > 0 ? "+\(significant(value, digits: digits))" : significant(value, digits: digits)
  }

  /// With so many digits that count, at most nine behind the point, without zeros at the end.
  static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var places = digits - 1
    var size = abs(value)
    while size >= 10, places > 0 { (size, places) = (size / 10, places - 1) }
    if size > 0 { while size < 1, places < 9 { (size, places) = (size * 10, places + 1) } }
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    let whole = Int64((abs(value) * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    var text = String(whole / Int64(scale))
    if places > 0 {
      let rest = String(whole % Int64(scale))
      text += "." + String(repeating: "0", count: places - rest.count) + rest
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return sign + text
  }
}
