internal import Codec

/// A trace as the collector answers it, drawn as a tree of spans over time.
struct TraceWaterfall {
  private let summary: ConfigNode
  private let rows: [Row]
  private let logs: [ConfigNode]
  private let start: Int64
  private let length: Int64

  /// A span and how deep it stands.
  private struct Row {
    let span: ConfigNode
    /// The lines of the tree before its name.
    let prefix: String
    /// The lines of the tree before what belongs to it.
    let inner: String
  }

  private static let barWidth = 24
  private static let moneyWidth = 12
  private static let timeWidth = 10

  /// Reads an answer, or nil when it is none.
  init?(_ json: [UInt8]) {
    let node: ConfigNode?
    do throws(ConfigSyntaxError) {
      var limits = ConfigReader.Limits()
      limits.bytes = 256 << 20
      limits.nodes = 10_000_000
      node = try ConfigReader.read(json, limits: limits).first
    } catch {
      return nil
    }
    guard let summary = node?["trace"], case .sequence(let spans)? = node?["spans"]?.value,
      case .sequence(let logs)? = node?["logs"]?.value
    else { return nil }
    self.summary = summary
    self.logs = logs
    rows = Self.tree(spans)
    start = Self.time(summary["start"]) ?? 0
    length = max(1, (Self.time(summary["end"]) ?? 0) - start)
  }

  /// Parents before their children, each with the lines of its branch. Spans whose parent is not
  /// there, or stands beneath themselves, are roots.
  private static func tree(_ spans: [ConfigNode]) -> [Row] {
    var children: [String: [Int]] = [:]
    let ids = Set(spans.compactMap { $0["span_id"]?.text })
    var roots: [Int] = []
    for (index, span) in spans.enumerated() {
      if let parent = span["parent_span_id"]?.text, ids.contains(parent) {
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
      let beneath = spans[index]["span_id"]?.text.flatMap { children[$0] } ?? []
      for child in beneath {
        let isLast = child == beneath.last
        add(child, inner, isLast ? "└─ " : "├─ ", isLast ? "   " : "│  ")
      }
    }
    for root in roots { add(root, "", "", "") }
    for index in spans.indices { add(index, "", "", "") }
    return rows
  }

  private static func time(_ node: ConfigNode?) -> Int64? {
    guard let text = node?.text else { return nil }
    let slab = ByteSlab(capacity: text.utf8.count + 1)
    slab.append(Array(text.utf8))
    // unsafe because the slab holds the text for the length of this call.
    return unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: .max / 2)
  }
}

// MARK: Text
extension TraceWaterfall {
  /// The whole drawing, `width` columns wide.
  func text(width: Int, explains: Bool, hasColor: Bool) -> String {
    let paint = Paint(isOn: hasColor)
    var lines = [header(paint)]
    let name = max(20, width - Self.barWidth - Self.timeWidth - Self.moneyWidth - 3)
    for row in rows {
      lines.append(line(row, name, paint))
      if let text = row.span["error"]?.text {
        lines.append(row.inner + paint.red("✗ \(Self.cut(text, width - row.inner.count - 2))"))
      }
      if explains { lines.append(row.inner + paint.faint(Self.reason(of: row.span))) }
    }
    for log in logs { lines.append(Self.line(log, width, paint)) }
    if summary["is_whole"]?.scalar == .bool(false) {
      lines.append("not all of it was read in time")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func header(_ paint: Paint) -> String {
    var parts = [paint.bold(summary["trace_id"]?.text ?? "")]
    for member in ["service", "user", "session"] {
      if let text = summary[member]?.text { parts.append(text) }
    }
    parts.append(Self.duration(length))
    parts.append(Self.count(summary["span_count"], "span"))
    parts.append(Self.count(summary["counted_calls"], "call"))
    parts.append(money())
    if summary["status"]?.text == "error" { parts.append(paint.red("error")) }
    return parts.joined(separator: " · ")
  }

  private static func percent(_ share: Double) -> String {
    share == 1 ? "100 %" : "\((share * 1_000).rounded() / 10) %"
  }

  private static func count(_ node: ConfigNode?, _ word: String) -> String {
    let number = node?.text ?? "0"
    return number == "1" ? "1 \(word)" : "\(number) \(word)s"
  }

  private func money() -> String {
    guard let cost = summary["cost_usd"], cost.scalar != .null, let text = cost.text else {
      return "cost unknown"
    }
    guard let coverage = summary["coverage"]?.text.flatMap(Double.init) else { return "$\(text)" }
    return "$\(text) (\(Self.percent(coverage)) priced)"
  }

  private func line(_ row: Row, _ width: Int, _ paint: Paint) -> String {
    let span = row.span
    let hasFailed = span["status"]?.text == "error"
    let title = Self.padded(Self.cut(row.prefix + Self.title(of: span), width), width)
    let begin = (Self.time(span["start"]) ?? Self.time(span["time"]) ?? start) - start
    let end = (Self.time(span["time"]) ?? start) - start
    let bar = Self.bar(begin, end, of: length)
    let duration = span["duration_ms"]?.text.flatMap(Double.init).map { Int64($0 * 1e6) }
    let time = Self.aligned(duration.map(Self.duration) ?? "", Self.timeWidth)
    let isCounted = span["counted"]?.scalar == .bool(true)
    let cost = span["cost_usd"].flatMap { $0.scalar == .null ? nil : $0.text }.map { "$\($0)" }
    let money = Self.aligned(cost ?? "", Self.moneyWidth)
    let parts = [hasFailed ? paint.red(title) : title, paint.blue(bar), time]
    return (cost == nil ? parts : parts + [isCounted ? money : paint.faint(money)])
      .joined(separator: " ")
  }

  private static func title(of span: ConfigNode) -> String {
    let kind = span["kind"]?.text ?? span["type"]?.text ?? "span"
    let name = span["name"]?.text ?? span["operation"]?.text ?? kind
    let model = span["response_model"]?.text ?? span["model"]?.text ?? span["tool"]?.text
    guard let model, !name.contains(model) else { return "\(name) [\(kind)]" }
    return "\(name) \(model) [\(kind)]"
  }

  /// Why a span is in the sum, or is not, in words.
  private static func reason(of span: ConfigNode) -> String {
    switch span["why"]?.text {
    case "call": "counted: a call to a model"
    case "residual":
      "counted: what is left of it after the calls beneath, "
        + "$\(span["counted_cost_usd"]?.text ?? "0")"
    case "duplicate_response_id":
      "not counted: another span tells of the same call, by its response id"
    case "duplicate_usage":
      "not counted: another span on its way up or down tells of the same usage"
    case "aggregate": "not counted: its usage is the sum of the calls beneath"
    case "no_usage": "not counted: a call that says nothing of its usage" + bounds(of: span)
    default: "nothing to count"
    }
  }

  private static func bounds(of span: ConfigNode) -> String {
    guard let low = span["cost_low_usd"]?.text, let high = span["cost_high_usd"]?.text else {
      return ""
    }
    return "; similar calls cost $\(low) to $\(high)"
  }

  private static func line(_ log: ConfigNode, _ width: Int, _ paint: Paint) -> String {
    let level = log["level"]?.text ?? ""
    let text = "\(log["time"]?.text ?? "") \(level) \(log["message"]?.text ?? "")"
    let cut = cut("· \(text)", width)
    return level == "error" || level == "fatal" ? paint.red(cut) : paint.faint(cut)
  }

  private static func bar(_ begin: Int64, _ end: Int64, of length: Int64) -> String {
    let from = min(barWidth - 1, Int(max(0, begin) * Int64(barWidth) / length))
    let to = max(
      from + 1, min(barWidth, Int((max(0, end) * Int64(barWidth) + length - 1) / length)))
    return String(repeating: " ", count: from) + String(repeating: "━", count: to - from)
      + String(repeating: " ", count: barWidth - to)
  }

  private static func duration(_ nanoseconds: Int64) -> String {
    let milliseconds = Double(nanoseconds) / 1e6
    if milliseconds < 1_000 { return "\((milliseconds * 10).rounded() / 10) ms" }
    return "\((milliseconds / 10).rounded() / 100) s"
  }

  private static func cut(_ text: String, _ width: Int) -> String {
    let line = String(text.map { $0.isNewline || $0 == "\t" || $0 == "\u{1B}" ? " " : $0 })
    return line.count <= width ? line : line.prefix(max(0, width - 1)) + "…"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// Colours, or none.
private struct Paint {
  let isOn: Bool

  func bold(_ text: String) -> String { paint(text, "1") }
  func faint(_ text: String) -> String { paint(text, "2") }
  func red(_ text: String) -> String { paint(text, "31") }
  func blue(_ text: String) -> String { paint(text, "34") }

  private func paint(_ text: String, _ code: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
