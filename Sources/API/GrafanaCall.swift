internal import Codec
internal import PromQL
internal import Serving

/// A question of one of Grafana's JSON data sources, as its body asks it.
struct GrafanaCall {
  static let hour: Int64 = 3_600_000
  /// Milliseconds: counts are told apart by the second.
  private static let finest: Int64 = 1_000

  /// Nothing where there was no body.
  let body: ConfigNode?
  /// Milliseconds since 1970.
  let from: Int64
  let to: Int64
  /// Milliseconds between points.
  let step: Int64
  /// What the dashboard narrows every query by.
  let filters: [LabelMatcher]

  /// The question of a request; no more than `steps` points lie in its range.
  init(_ request: Request, steps: Int64) throws(QueryFault) {
    do throws(ConfigSyntaxError) {
      body = request.body.isEmpty ? nil : try ConfigReader.read(request.body).first
    } catch {
      throw QueryFault("the body is no JSON: \(error)")
    }
    let now = request.receivedAt / 1_000_000
    to = try Self.time(body?["range"]?["to"]) ?? now
    from = try Self.time(body?["range"]?["from"]) ?? to - Self.hour
    guard from <= to else { throw QueryFault("range.from is after range.to") }
    let wanted = Self.whole(body?["intervalMs"]) ?? 0
    let points = max(1, min(Self.whole(body?["maxDataPoints"]) ?? steps, steps))
    step = max(Self.finest, wanted, (to - from + points - 1) / points)
    var matchers: [LabelMatcher] = []
    for key in ["filters", "adhocFilters"] {
      for filter in (body?[key]).items { matchers.append(try Self.matcher(filter)) }
    }
    filters = matchers
  }

  /// The values at steps from the first on lie on multiples of the step, so that a dashboard that
  /// moves on asks for the same points again.
  var firstStep: Int64 { from / step * step }
  var lastStep: Int64 { to / step * step }

  /// The text of a member that is one.
  func text(_ key: String) -> String? { body?[key]?.text }

  private static func time(_ node: ConfigNode?) throws(QueryFault) -> Int64? {
    guard let text = node?.text else { return nil }
    guard let time = GrafanaTime.milliseconds(text) else {
      throw QueryFault("range holds no time that can be read")
    }
    return time
  }

  private static func whole(_ node: ConfigNode?) -> Int64? {
    switch node?.scalar {
    case .int(let number): Int64(number)
    case .double(let number): Int64(exactly: number.rounded())
    default: nil
    }
  }

  private static func matcher(_ filter: ConfigNode) throws(QueryFault) -> LabelMatcher {
    let name = filter["key"]?.text ?? ""
    let value = filter["value"]?.text ?? ""
    let sign = filter["operator"]?.text ?? "="
    let given = filter["values"].items.compactMap(\.text)
    let choices = (given.isEmpty ? [value] : given).map(PatternText.quoted).joined(separator: "|")
    let operation: LabelMatcher.Operator? =
      switch sign {
      case "=|": .matches
      case "!=|": .matchesNot
      default: LabelMatcher.Operator(rawValue: sign)
      }
    guard let operation else { throw QueryFault("labels cannot be filtered by \(sign)") }
    do throws(QueryError) {
      return try LabelMatcher(name, operation, sign.hasSuffix("|") ? choices : value)
    } catch {
      throw QueryFault("the filter of \(name) cannot be read: \(error)")
    }
  }
}

/// Texts as regular expressions.
enum PatternText {
  /// An expression that only `text` itself passes.
  static func quoted(_ text: String) -> String {
    var result = ""
    for character in text {
      if #"\.+*?()|[]{}^$"#.contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }
}

extension ConfigNode? {
  /// The items of a sequence; none of anything else.
  var items: [ConfigNode] {
    guard case .sequence(let items)? = self?.value else { return [] }
    return items
  }
}

/// Times as Grafana writes them.
enum GrafanaTime {
  /// Seconds end here, and milliseconds begin: 1e11 is the year 5138, or 1973.
  private static let firstMilliseconds = 1e11

  /// Milliseconds since 1970 of RFC 3339, or of a number of seconds or milliseconds.
  static func milliseconds(_ text: String) -> Int64? {
    if let number = Double(text), number.isFinite {
      let scaled = number.magnitude < firstMilliseconds ? number * 1_000 : number
      return Int64(exactly: scaled.rounded())
    }
    let slab = ByteSlab(capacity: text.utf8.count)
    slab.append(Array(text.utf8))
    // The view dies before its slab.
    return unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: 0)
      .map { $0 / 1_000_000 }
  }

  /// RFC 3339 in UTC.
  static func text(_ milliseconds: Int64) -> String { Timestamp.text(milliseconds * 1_000_000) }
}
