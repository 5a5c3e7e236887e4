internal import Codec
internal import Money
internal import Telemetry

/// `barograph prices reprice --dry-run`: what stored calls would cost by present prices. Stored
/// costs are never changed: each keeps the row it was priced by.
enum Repricing {
  /// Calls that one query gives.
  private static let page = 4_000

  static func run(_ book: PriceBook, _ arguments: Arguments) -> ExitCode {
    guard arguments.has("--dry-run") else {
      Console.complain(
        "costs are stored with their calls and are not changed; --dry-run says what present prices"
          + " would change")
      return .usage
    }
    var bounds: [String] = []
    for (name, comparison) in [("--from", ">="), ("--to", "<")] {
      guard let text = arguments[name] else { continue }
      guard let time = time(text) else {
        Console.complain("\(name) takes a time such as 2026-11-01 or 2026-11-01T12:00:00Z")
        return .usage
      }
      bounds.append(" AND e.time \(comparison) \(time)")
    }
    var comparison = PriceComparison(book)
    var last: Int64 = 0
    while true {
      guard let answer = SQLCommand.answer(statement(after: last, bounds.joined()), arguments)
      else { return .failed }
      guard let rows = StoredCall.rows(answer) else {
        Console.complain("the answer is not understood")
        return .failed
      }
      for row in rows { comparison.add(row) }
      guard rows.count == page, let id = rows.last?.id else { break }
      last = id
    }
    let showsAll = arguments.has("--all")
    Console.print(
      arguments.has("--json") ? comparison.json(all: showsAll) : comparison.text(all: showsAll))
    return .ok
  }

  private static func time(_ text: String) -> Int64? {
    let slab = ByteSlab(capacity: max(text.utf8.count, 1))
    slab.append(Array(text.utf8))
    // unsafe because the slab outlives the view.
    return Timestamp.parse(unsafe ByteView(slab), from: 0, to: slab.count, now: 0)
  }

  private static func statement(after id: Int64, _ bounds: String) -> String {
    """
    SELECT \(StoredCall.columns.joined(separator: ", ")) FROM event_columns e
    LEFT JOIN operations o ON o.id = e.operation
    WHERE e.id > \(id) AND e.type = \(EventType.llm.rawValue) AND e.cost_status IS NOT NULL\(bounds)
    ORDER BY e.id LIMIT \(page)
    """
  }
}

/// A stored call, as far as its cost is concerned.
struct StoredCall {
  static let columns = [
    "e.id", "e.time", "e.cost", "e.cost_status", "e.input_uncached", "e.cache_read",
    "e.cache_write", "e.cache_write_1h", "e.audio_input", "e.image_input", "e.output_text",
    "e.reasoning", "e.audio_output", "o.provider", "o.model", "o.response_model", "o.service_tier",
    "json_extract(e.details, '$.cache')",
  ]

  private let cells: [ConfigNode]

  /// The calls of an answer; nil when it is none.
  static func rows(_ json: [UInt8]) -> [StoredCall]? {
    ConfigNode.answer(json)?["rows"]?.elements.map(StoredCall.init)
  }

  private init(_ row: ConfigNode) {
    if case .sequence(let cells) = row.value { self.cells = cells } else { cells = [] }
  }

  private func number(_ column: Int) -> Int64? {
    column < cells.count ? cells[column].text.flatMap { Int64($0) } : nil
  }

  private func text(_ column: Int) -> String {
    column < cells.count && cells[column].scalar != .null ? cells[column].text ?? "" : ""
  }

  var id: Int64 { number(0) ?? 0 }
  /// The UTC day on which it ended.
  var day: String { String(Timestamp.text(number(1) ?? 0).prefix(10)) }
  var cost: Int64? { number(2) }
  var provider: String { text(13) }
  /// The model that is priced first.
  var model: String { text(15).isEmpty ? text(14) : text(15) }

  var status: CostStatus? {
    number(3).flatMap { CostStatus(rawValue: UInt8(truncatingIfNeeded: $0)) }
  }

  /// Whether its cost comes from prices, and not from the sender or the application's cache.
  var isPriced: Bool {
    let isAnswer = CacheResult.allCases.contains { $0.text == text(17) && $0.isAnswer }
    return status != .reported && status != .noUsage && !isAnswer
  }

  /// What it costs by the prices of `pricer`.
  func quote(_ pricer: inout Pricer) -> Quote {
    var bill = Bill()
    bill.time = number(1) ?? 0
    bill.isCall = true
    // Leaves are disjoint, but input is said with audio and images, writes with those for an hour.
    bill.usage.convention = .disjoint
    let details = (number(8) ?? 0) + (number(9) ?? 0)
    bill.usage.input = number(4).map { $0 + details } ?? (details > 0 ? details : nil)
    bill.usage.cacheRead = number(5)
    bill.usage.cacheWrite = number(6).map { $0 + (number(7) ?? 0) }
    bill.usage.cacheWrite1h = number(7)
    bill.usage.audioInput = number(8)
    bill.usage.imageInput = number(9)
    bill.usage.output = number(10)
    bill.usage.reasoning = number(11)
    bill.usage.audioOutput = number(12)
    return pricer.quote(
      bill, provider: provider, model: text(14), responseModel: text(15), serviceTier: text(16))
  }
}

/// Stored and present costs, by day and model.
struct PriceComparison: ~Copyable {
  private struct Line {
    var calls = 0
    var changed = 0
    var stored: Int128 = 0
    var present: Int128 = 0
    var unpricedStored = 0
    var unpricedPresent = 0

    mutating func add(_ other: Line) {
      calls += other.calls
      changed += other.changed
      stored += other.stored
      present += other.present
      unpricedStored += other.unpricedStored
      unpricedPresent += other.unpricedPresent
    }
  }

  private struct Key: Hashable {
    let day: String
    let provider: String
    let model: String
  }

  private var pricer: Pricer
  private var lines: [Key: Line] = [:]
  /// Calls whose cost does not come from prices.
  private var others = 0

  init(_ book: PriceBook) {
    pricer = Pricer(book)
  }

  mutating func add(_ call: StoredCall) {
    guard call.isPriced else {
      others += 1
      return
    }
    let quote = call.quote(&pricer)
    let present = quote.cost == Event.absent ? nil : quote.cost
    var line = Line()
    line.calls = 1
    line.changed = present == call.cost ? 0 : 1
    line.stored = Int128(call.cost ?? 0)
    line.present = Int128(present ?? 0)
    line.unpricedStored = call.cost == nil ? 1 : 0
    line.unpricedPresent = present == nil ? 1 : 0
    lines[Key(day: call.day, provider: call.provider, model: call.model), default: Line()].add(line)
  }

  private func sorted(all: Bool) -> [(Key, Line)] {
    lines.filter { all || $0.value.changed > 0 }.sorted {
      ($0.key.day, $0.key.model, $0.key.provider) < ($1.key.day, $1.key.model, $1.key.provider)
    }
  }

  private var total: Line {
    var total = Line()
    for line in lines.values { total.add(line) }
    return total
  }
}

// How it is told.
extension PriceComparison {
  func text(all: Bool) -> String {
    let shown = sorted(all: all)
    let total = total
    let others =
      others == 0 ? "" : "; \(others) more have a cost of their sender, of a cache, or no usage"
    guard !shown.isEmpty else {
      return "none of \(total.calls) calls would cost another amount\(others)\n"
    }
    var rows = [["day", "model", "calls", "changed", "stored", "present", "difference"]]
    rows += shown.map { Self.cells([$0.day, $0.model.isEmpty ? "–" : $0.model], $1) }
    rows.append(Self.cells(["total", ""], total))
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let gap = String(repeating: " ", count: cell.1 - cell.0.count)
        return column < 2 ? cell.0 + gap : gap + cell.0
      }.joined(separator: "  ")
    }
    return lines.joined(separator: "\n")
      + "\n\(total.changed) of \(total.calls) calls would cost another amount\(others)\n"
  }

  private static func cells(_ names: [String], _ line: Line) -> [String] {
    names + [
      "\(line.calls)", "\(line.changed)",
      amount(line.stored, unpriced: line.unpricedStored, of: line.calls),
      amount(line.present, unpriced: line.unpricedPresent, of: line.calls),
      (line.present > line.stored ? "+" : "") + Picodollars.text(line.present - line.stored),
    ]
  }

  private static func amount(_ sum: Int128, unpriced: Int, of calls: Int) -> String {
    if unpriced == calls { return "unpriced" }
    return Picodollars.text(sum) + (unpriced > 0 ? " (\(unpriced) unpriced)" : "")
  }

  func json(all: Bool) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("rows")
    json.beginArray()
    for (key, line) in sorted(all: all) {
      json.beginObject()
      for (name, text) in [("day", key.day), ("provider", key.provider), ("model", key.model)] {
        json.key(name)
        if text.isEmpty { json.null() } else { json.value(text) }
      }
      Self.append(line, &json)
      json.endObject()
    }
    json.endArray()
    json.key("total")
    json.beginObject()
    Self.append(total, &json)
    json.endObject()
    json.key("calls_not_priced_by_the_book")
    json.value(others)
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }

  private static func append(_ line: Line, _ json: inout JSONWriter) {
    let counts: [(StaticString, Int)] = [
      ("calls", line.calls), ("changed", line.changed), ("unpriced_stored", line.unpricedStored),
      ("unpriced_present", line.unpricedPresent),
    ]
    for (name, count) in counts {
      json.key(name)
      json.value(count)
    }
    let amounts: [(StaticString, Int128)] = [
      ("stored_usd", line.stored), ("present_usd", line.present),
      ("difference_usd", line.present - line.stored),
    ]
    for (name, amount) in amounts {
      json.key(name)
      json.value(Picodollars.text(amount))
    }
  }
}
