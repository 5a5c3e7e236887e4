/// A trace as the collector answers it, drawn as a tree of spans over time.
package struct TraceWaterfall: Sendable {
  private let summary: Answer
  private let rows: [Row]
  private let logs: [Answer]
  /// By the span they are for; those of no span that is there under nothing.
  private let scores: [String: [Answer]]
  private let start: Int64
  private let length: Int64

  /// A span and how deep it stands.
  private struct Row: Sendable {
    let span: Answer
    /// The lines of the tree before its name.
    let prefix: String
    /// The lines of the tree before what belongs to it.
    let inner: String
  }

  private static let moneyWidth = 12
  private static let timeWidth = 10

  /// Reads an answer, or nil when it is none.
  package init?(_ json: [UInt8]) {
    guard let answer = Answer(json), case .object = answer["trace"],
      case .list(let spans) = answer["spans"], case .list(let logs) = answer["logs"]
    else { return nil }
    summary = answer["trace"]
    self.logs = logs
    rows = Self.tree(spans)
    var scores: [Answer] = []
    if case .list(let list) = answer["scores"] { scores = list }
    let ids = Set(spans.compactMap { $0["span_id"].text })
    var answered: [String: String] = [:]
    for span in spans {
      guard let response = span["response_id"].text, let id = span["span_id"].text else { continue }
      answered[response] = answered[response] ?? id
    }
    self.scores = Dictionary(grouping: scores) { score in
      let named = score["span_id"].text.flatMap { ids.contains($0) ? $0 : nil }
      return named ?? score["response_id"].text.flatMap { answered[$0] } ?? ""
    }
    start = summary["start"].time ?? 0
    length = max(1, (summary["end"].time ?? 0) - start)
  }

  /// Parents before their children, each with the lines of its branch. Spans whose parent is not
  /// there, or stands beneath themselves, are roots.
  private static func tree(_ spans: [Answer]) -> [Row] {
    var children: [String: [Int]] = [:]
    let ids = Set(spans.compactMap { $0["span_id"].text })
    var roots: [Int] = []
    for (index, span) in spans.enumerated() {
      if let parent = span["parent_span_id"].text, ids.contains(parent) {
        children[parent, default: []].append(index)
      } else {
        roots.append(index)
      }
    }
    var rows: [Row] = []
    var seen: Set<Int> = []
    func add(_ index: Int, _ lead: String, _ branch: String, _ next: String) {
      guard seen.insert(index).inserted else { return }
      let inner = lead + next
      rows.append(Row(span: spans[index], prefix: lead + branch, inner: inner))
      let beneath = spans[index]["span_id"].text.flatMap { children[$0] } ?? []
      for child in beneath {
        let isLast = child == beneath.last
        add(child, inner, isLast ? "└─ " : "├─ ", isLast ? "   " : "│  ")
      }
    }
    for root in roots { add(root, "", "", "") }
    for index in spans.indices { add(index, "", "", "") }
    return rows
  }
}

// MARK: Text
extension TraceWaterfall {
  /// The whole drawing, `width` columns wide, a line of text each.
  package func lines(width: Int, explains: Bool) -> [StyledText] {
    var lines = [header]
    let bar = min(40, max(12, width * 24 / 100))
    let name = max(20, width - bar - Self.timeWidth - Self.moneyWidth - 3)
    for row in rows {
      lines.append(line(row, name, bar))
      if let text = row.span["error"].text {
        var line = StyledText(row.inner, .faint)
        line.add("✗ \(text)", .bad)
        lines.append(line.cut(to: width))
      }
      if explains {
        lines.append(StyledText(row.inner + Self.reason(of: row.span), .faint).cut(to: width))
      }
      if let id = row.span["span_id"].text { lines += scored(id, row.inner, width) }
    }
    lines += scored("", "", width)
    for log in logs { lines.append(Self.line(log).cut(to: width)) }
    if summary["is_whole"] == .flag(false) {
      lines.append(StyledText("not all of it was read in time", .warning))
    }
    return lines
  }

  private var header: StyledText {
    var line = StyledText(summary["trace_id"].text ?? "", .title)
    for member in ["service", "user", "session"] {
      if let text = summary[member].text { line.add(" · \(text)") }
    }
    line.add(" · \(Self.duration(length))")
    line.add(" · \(Self.count(summary["span_count"], "span"))")
    line.add(" · \(Self.count(summary["counted_calls"], "call"))")
    line.add(" · \(money)")
    if summary["status"].text == "error" {
      line.add(" · ")
      line.add("error", .bad)
    }
    return line
  }

  private static func percent(_ share: Double) -> String {
    share == 1 ? "100 %" : "\((share * 1_000).rounded() / 10) %"
  }

  private static func count(_ node: Answer, _ word: String) -> String {
    let number = Int(node.number ?? 0)
    return number == 1 ? "1 \(word)" : "\(number) \(word)s"
  }

  private var money: String {
    guard let text = summary["cost_usd"].text else { return "cost unknown" }
    guard let coverage = summary["coverage"].number else { return "$\(text)" }
    return "$\(text) (\(Self.percent(coverage)) priced)"
  }

  private func line(_ row: Row, _ width: Int, _ bar: Int) -> StyledText {
    let span = row.span
    let hasFailed = span["status"].text == "error"
    var title = StyledText(row.prefix, .faint)
    title.add(Self.title(of: span), hasFailed ? .bad : .plain)
    var line = title.cut(to: width)
    line.add(String(repeating: " ", count: max(0, width - line.columns) + 1))
    let begin = (span["start"].time ?? span["time"].time ?? start) - start
    let end = (span["time"].time ?? start) - start
    line.add(Self.bar(begin, end, of: length, width: bar), hasFailed ? .bad : .accent)
    let duration = span["duration_ms"].number.map { Self.duration(Int64($0 * 1e6)) }
    line.add(" " + Self.aligned(duration ?? "", Self.timeWidth))
    if let cost = span["cost_usd"].text {
      let isCounted = span["counted"] == .flag(true)
      line.add(" " + Self.aligned("$\(cost)", Self.moneyWidth), isCounted ? .plain : .faint)
    }
    return line
  }

  private static func title(of span: Answer) -> String {
    let kind = span["kind"].text ?? span["type"].text ?? "span"
    let name = span["name"].text ?? span["operation"].text ?? kind
    let model = span["response_model"].text ?? span["model"].text ?? span["tool"].text
    guard let model, !name.contains(model) else { return "\(name) [\(kind)]" }
    return "\(name) \(model) [\(kind)]"
  }

  /// Why a span is in the sum, or is not, in words.
  private static func reason(of span: Answer) -> String {
    switch span["why"].text {
    case "call": "counted: a call to a model"
    case "residual":
      "counted: what is left of it after the calls beneath, "
        + "$\(span["counted_cost_usd"].text ?? "0")"
    case "duplicate_response_id":
      "not counted: another span tells of the same call, by its response id"
    case "duplicate_usage":
      "not counted: another span on its way up or down tells of the same usage"
    case "aggregate": "not counted: its usage is the sum of the calls beneath"
    case "no_usage": "not counted: a call that says nothing of its usage" + bounds(of: span)
    default: "nothing to count"
    }
  }

  private static func bounds(of span: Answer) -> String {
    guard let low = span["cost_low_usd"].text, let high = span["cost_high_usd"].text else {
      return ""
    }
    return "; similar calls cost $\(low) to $\(high)"
  }

  /// The scores of a span, a line each.
  private func scored(_ id: String, _ inner: String, _ width: Int) -> [StyledText] {
    (scores[id] ?? []).map { score in
      var line = StyledText(inner, .faint)
      line.add("◆ \(score["score"].text ?? "score") ", .faint)
      line.add(EventLine.value(score["value"]) ?? "?")
      let words = [score["evaluator"].text, score["comment"].text].compactMap { $0 }
      if !words.isEmpty { line.add(" · " + words.joined(separator: " · "), .faint) }
      return line.cut(to: width)
    }
  }

  private static func line(_ log: Answer) -> StyledText {
    let level = log["level"].text ?? ""
    let text = "· \(log["time"].text ?? "") \(level) \(log["message"].text ?? "")"
    return StyledText(text, level == "error" || level == "fatal" ? .bad : .faint)
  }

  private static func bar(_ begin: Int64, _ end: Int64, of length: Int64, width: Int) -> String {
    let cells = Double(width)
    let from = min(width - 1, Int(Double(max(0, begin)) / Double(length) * cells))
    let last = Int((Double(max(0, end)) / Double(length) * cells).rounded(.up))
    let to = max(from + 1, min(width, last))
    return String(repeating: " ", count: from) + String(repeating: "━", count: to - from)
      + String(repeating: " ", count: width - to)
  }

  private static func duration(_ nanoseconds: Int64) -> String {
    let milliseconds = Double(nanoseconds) / 1e6
    if milliseconds < 1_000 { return "\((milliseconds * 10).rounded() / 10) ms" }
    return "\((milliseconds / 10).rounded() / 100) s"
  }

  private static func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
