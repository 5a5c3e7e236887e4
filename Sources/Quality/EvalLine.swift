package import Codec
internal import Telemetry

/// One line of what is evaluated and compared: a call, or a score of one, in the names of events,
/// as exports and lists write it and people do.
package struct EvalLine: Sendable {
  /// What a line tells of.
  package enum Kind: Sendable {
    case call, score, other
  }

  /// All of its members.
  package let members: JSONObject
  package let kind: Kind

  /// The line that is an object of these members.
  package init(_ members: JSONObject) {
    self.members = members
    switch Self.scalar(members["type"]) {
    case "llm": kind = .call
    case "score": kind = .score
    case nil where members["score"] != nil && members["value"] != nil: kind = .score
    case nil: kind = .call
    default: kind = .other
    }
  }

  /// The line that a JSON text is; nil where it is JSON and no object.
  package init?(json text: some Collection<UInt8>) throws(JSONError) {
    guard case .object(let members) = try JSONReader.read(text) else { return nil }
    self.init(members)
  }

  /// The member called `name`, also by a way through nested objects: `attrs.team`.
  package subscript(name: String) -> JSONValue? {
    if let value = members[name] { return value }
    var rest = name[...]
    var object = members
    while let dot = rest.firstIndex(of: ".") {
      guard case .object(let inner)? = object[String(rest[..<dot])] else { return nil }
      (object, rest) = (inner, rest[rest.index(after: dot)...])
      if let value = object[String(rest)] { return value }
    }
    return nil
  }

  /// A text, number or boolean as text; nil where it is absent or none of these.
  package func text(_ name: String) -> String? { Self.scalar(self[name]) }

  /// A number, also one that is written as a text, as amounts of money are.
  package func number(_ name: String) -> Double? {
    switch self[name] {
    case .number(let number)?: number.double
    case .string(let text)?: JSONNumber(text).map(\.double)
    default: nil
    }
  }

  static func scalar(_ value: JSONValue?) -> String? {
    switch value {
    case .string(let text)?: String(decoding: text, as: UTF8.self)
    case .number(let number)?: number.text
    case .bool(let flag)?: flag ? "true" : "false"
    default: nil
    }
  }
}

// What a call says.
extension EvalLine {
  /// Whether another row tells of the same call, or it adds others up.
  package var isCountedElsewhere: Bool {
    ["duplicate_response_id", "duplicate_usage", "aggregate"].contains(text("why"))
  }

  /// Whether a cache of the application answered, so that no provider was called.
  package var isFromCache: Bool {
    let word = text("cache")
    return CacheResult.allCases.contains { $0.text == word && $0.isAnswer }
  }

  /// Whether it ended in an error; what was cancelled did not.
  package var isError: Bool {
    guard let status = text("status") else { return text("error_type") != nil }
    return status == "error"
  }

  /// Whether a provider was called and it took its time: not where it was cancelled or held back.
  private var isTimed: Bool {
    text("status") != "cancelled" && text("error_type") != "circuit_open"
  }

  /// The number that a metric takes of a call, by its `source`; nil where it has none.
  func value(_ source: String) -> Double? {
    switch source {
    case "cost":
      members["counted_cost_usd"] == nil ? number("cost_usd") : number("counted_cost_usd")
    case "latency": isTimed ? number("duration_ms") : nil
    case "ttft": isTimed ? number("ttft_ms") : nil
    case "error": isError ? 1 : 0
    case "tokens": tokens
    default: nil
    }
  }

  private var tokens: Double? {
    let parts = [number("input_tokens"), number("output_tokens")].compactMap { $0 }
    return parts.isEmpty ? number("total_tokens") : parts.reduce(0, +)
  }
}

// What is known of its scores.
extension EvalLine {
  /// What a score is for, or a call is.
  package struct Place: Hashable, Sendable {
    /// How wide it is.
    package enum Kind: UInt8, Sendable {
      case span, trace, response, session
    }

    /// What it is, and its id; a span's with that of its trace.
    package let kind: Kind
    package let id: String
  }

  /// By what it is found, the narrowest first: its span, trace, response and session.
  package var places: [Place] {
    var places: [Place] = []
    let trace = text("trace_id")
    if let span = text("span_id") {
      places.append(Place(kind: .span, id: "\(trace ?? "")/\(span)"))
    }
    if let trace { places.append(Place(kind: .trace, id: trace)) }
    if let response = text("response_id") { places.append(Place(kind: .response, id: response)) }
    if let session = text("session") { places.append(Place(kind: .session, id: session)) }
    return places
  }

  /// What a score's line says; nil where its value is no number, boolean or text.
  package var scoreValue: ScoreValue? { Self.scoreValue(members["value"]) }

  /// The scores that stand in the member `name`: an object of names and values.
  package func scores(in name: String) -> [(name: String, value: ScoreValue)] {
    guard case .object(let object)? = members[name] else { return [] }
    return object.members.compactMap { member in
      Self.scoreValue(member.value).map { (String(decoding: member.name, as: UTF8.self), $0) }
    }
  }

  private static func scoreValue(_ value: JSONValue?) -> ScoreValue? {
    switch value {
    case .number(let number)?: .number(number.double)
    case .bool(let flag)?: .boolean(flag)
    case .string(let text)?: .category(String(decoding: text, as: UTF8.self))
    default: nil
    }
  }

  /// The member in which people's scores stand beside those of programs, `scores`.
  package static let humanScores = "human_scores"
}

extension ScoreValue {
  /// It as a number, true as 1; nil for categories.
  package var number: Double? {
    switch self {
    case .number(let number): number
    case .boolean(let flag): flag ? 1 : 0
    case .category: nil
    }
  }

  /// Adds it as JSON.
  package func write(to json: inout JSONWriter) {
    switch self {
    case .number(let number): json.value(number)
    case .boolean(let flag): json.value(flag)
    case .category(let word): json.value(word)
    }
  }
}

/// Whose scores are those of people.
package struct HumanEvaluators: Sendable {
  private let filter: CallFilter
  private let countsNameless: Bool

  /// Those who have no name, and those called `human`, also with more behind.
  package init() {
    self.init(["human", "human-*", "human:*", "human/*", "human_*"], countsNameless: true)
  }

  /// The evaluators of these names, in which `*` stands for any run of characters.
  package init(_ names: [String], countsNameless: Bool = false) {
    filter = CallFilter([CallFilter.Clause(name: "evaluator", allowed: names)])
    self.countsNameless = countsNameless
  }

  /// Whether a score by `evaluator` is one of people.
  package func contains(_ evaluator: String?) -> Bool {
    evaluator.map { filter.accepts(["evaluator": $0]) } ?? countsNameless
  }
}
