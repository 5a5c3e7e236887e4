internal import Codec
internal import Money
internal import Telemetry

/// Single members of stored events, for readers who want few of many: what is not named is not
/// read, so that a row without its payloads costs a fraction of a whole one.
package struct EventFields: Sendable {
  /// The members' names, in the order in which rows have them; `id` is always the first.
  package let names: [String]
  private let members: [Member]
  /// Whether rows have all that whole ones have, before the members.
  private let isWhole: Bool

  private struct Member: Sendable {
    let name: String
    let sql: String
    let form: EventRowJSON.Form
  }

  /// The members called `names`, of which `*` is all that rows have without asking; one that no
  /// event has is a fault.
  package init(_ names: [String]) throws(EventFilter.Fault) {
    isWhole = names.contains("*")
    let whole = isWhole ? EventRowJSON.names : []
    var members = isWhole ? [] : [try Self.member("id")]
    for name in names
    where name != "*" && !whole.contains(name) && !members.contains(where: { $0.name == name }) {
      members.append(try Self.member(name))
    }
    self.members = members
    self.names = whole + members.map(\.name)
  }

  /// The columns of a statement whose rows this can render.
  var columns: String {
    ((isWhole ? [EventRowJSON.columns] : []) + members.map(\.sql)).joined(separator: ", ")
  }

  /// The current row of a statement over `columns`, as a JSON object; absent is left out.
  func row(_ statement: Statement) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    if isWhole { json.members(json: Array(EventRowJSON.row(statement).dropFirst().dropLast())) }
    let first = isWhole ? EventRowJSON.columnCount : 0
    for (index, member) in members.enumerated() {
      EventRowJSON.append(statement, first + Int32(index), member.name, member.form, &json)
    }
    json.endObject()
    return json.bytes
  }

  private static func member(_ name: String) throws(EventFilter.Fault) -> Member {
    if let known = EventRowJSON.member(name) {
      return Member(name: name, sql: known.sql, form: known.form)
    }
    if let leaves = EventFilter.leaves(name) {
      let sum = leaves.map { "ifnull(\($0), 0)" }.joined(separator: " + ")
      return Member(
        name: name,
        sql: "iif(coalesce(\(leaves.joined(separator: ", ")), NULL) IS NULL, NULL, \(sum))",
        form: .number)
    }
    switch name {
    case "counted": return Member(name: name, sql: "e.counted", form: .flag)
    case "why": return Member(name: name, sql: "e.why", form: .word(CountReason.name))
    case "counted_cost_usd": return Member(name: name, sql: "e.counted_cost", form: .money)
    case "attrs": return Member(name: name, sql: "e.attrs", form: .json)
    default: break
    }
    if name.hasPrefix("attrs."), name.count > 6 {
      return Member(name: name, sql: try attribute(name), form: .json)
    }
    guard details.contains(name) else {
      let nearest = NearestWord.of(name, in: all)
      throw EventFilter.Fault(
        field: "fields", message: "\(name) is no member of an event; the nearest is \(nearest)")
    }
    return Member(name: name, sql: "e.details -> '$.\(name)'", form: .json)
  }

  /// An attribute by its name, which may hold dots, or by the way to it in nested objects.
  private static func attribute(_ name: String) throws(EventFilter.Fault) -> String {
    let key = String(name.dropFirst(6))
    guard !key.contains(where: { "\"'\\\0".contains($0) }) else {
      throw EventFilter.Fault(field: "fields", message: "\(name): expected a plain name")
    }
    let steps = key.split(separator: ".", omittingEmptySubsequences: false)
    let flat = "e.attrs -> '$.\"\(key)\"'"
    guard steps.count > 1 else { return flat }
    let way = steps.map { ".\"\($0)\"" }.joined()
    return "coalesce(\(flat), e.attrs -> '$\(way)')"
  }

  private static let details =
    EventFilter.detailFields + [
      "documents", "tool_calls", "timings", "arguments_hash", "unpriced", "unpriced_tokens",
      "usage_anomalies", "other_reading_cost_usd", "usage_reported", "dialect",
      "answer_response_id",
    ]

  private static let all =
    EventRowJSON.names.filter { !["leaves", "context_used", "warnings"].contains($0) }
    + ["counted", "why", "counted_cost_usd"]
}
