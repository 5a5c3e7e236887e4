internal import Codec
internal import Money
internal import Telemetry

/// What the newest rows of one service show of how it sends: facts counted, and what is wrong.
package struct SourceFindings: Sendable {
  /// Something that somebody should change, or know.
  package struct Problem: Equatable, Sendable {
    /// A word for programs.
    package let code: String
    /// How many rows show it.
    package let count: Int
    /// What it means and what to do.
    package let advice: String
  }

  /// Texts that are told apart of each kind; others are counted together.
  static let texts = 1_000
  /// Delays that the median is taken of.
  private static let delays = 2_000

  /// Rows that were looked at.
  package internal(set) var events = 0
  /// Those of them that are calls.
  package internal(set) var calls = 0
  /// Times of the oldest and newest row, in ns since 1970.
  package internal(set) var oldest = Int64.max
  package internal(set) var newest = Int64.min
  /// Calls by the dialect of their names, and by the instrumentation that sent them.
  package internal(set) var dialects: [String: Int] = [:]
  package internal(set) var scopes: [String: Int] = [:]
  /// Calls with cached tokens by the rule that settled how their input is counted, and by what was
  /// settled.
  package internal(set) var rules: [String: Int] = [:]
  package internal(set) var conventions: [String: Int] = [:]
  package internal(set) var anomalies: [String: Int] = [:]
  package internal(set) var warnings: [String: Int] = [:]
  /// What calls lack, by field.
  package internal(set) var missing: [String: Int] = [:]
  /// Calls that no price fits, by model.
  package internal(set) var unpriced: [String: Int] = [:]
  /// Attributes that no field takes, numbers in their names as `N`.
  package internal(set) var unknown: [String: Int] = [:]
  /// Calls for which both the sender and the price book give a cost, and the sums in picodollars.
  package internal(set) var costs: (calls: Int, reported: Int128, computed: Int128) = (0, 0, 0)
  /// Durations that make no sense, by what is wrong with them.
  package internal(set) var units: [String: Int] = [:]
  /// The least, median and greatest delay between an event's time and its receipt, in ms.
  package private(set) var delay: (least: Int64, median: Int64, most: Int64)?
  private var delays: [Int64] = []

  /// Nothing was seen.
  package init() {}

  /// Counts a text; beyond the limit those not seen before become one.
  static func count(_ text: String, in table: inout [String: Int]) {
    let isKnown = table[text] != nil || table.count < texts
    table[isKnown ? text : "other", default: 0] += 1
  }

  /// Notes a delay in ms; of many, evenly spread ones give the median.
  mutating func note(delay milliseconds: Int64) {
    let known = delay ?? (milliseconds, milliseconds, milliseconds)
    delay = (min(known.least, milliseconds), known.median, max(known.most, milliseconds))
    if delays.count < Self.delays { delays.append(milliseconds) }
  }

  /// Settles what can be said when all rows were seen.
  mutating func finish() {
    guard let known = delay else { return }
    delays.sort()
    delay = (known.least, delays[delays.count / 2], known.most)
    delays = []
  }
}

// What is wrong.
extension SourceFindings {
  /// What somebody should change, the gravest first.
  package var problems: [Problem] {
    var found: [Problem] = []
    func add(_ code: String, _ count: Int?, _ advice: String) {
      if let count, count > 0 { found.append(Problem(code: code, count: count, advice: advice)) }
    }
    add(
      "missing_usage", missing["usage"],
      "calls that went well say no token counts and cost nothing known; streams of OpenAI need"
        + " stream_options.include_usage")
    add("missing_model", missing["model"], "calls name no model and cannot be priced")
    add(
      "unpriced_model", unpriced.values.reduce(0, +),
      "no price is known of \(Self.first(unpriced)); give one in a file under `prices`")
    add(
      "ambiguous_usage", anomalies["ambiguous"],
      "cached tokens may or may not be within input; send input_includes_cache or total_tokens")
    let difference = costs.reported - costs.computed
    // A twentieth is more than rounding and discounts of a few calls.
    add(
      "reported_cost_differs",
      difference.magnitude * 20 > costs.computed.magnitude ? costs.calls : 0,
      "the costs of the sender differ from those by the price book by"
        + " \(Picodollars.text(difference)) USD; the sender's count")
    let other = anomalies.filter { $0.key != "ambiguous" }
    add(
      "usage_mismatch", other.values.reduce(0, +),
      "token counts do not add up: \(Self.first(other))")
    add(
      "mixed_convention", conventions.count > 1 ? conventions.values.min() : nil,
      "some calls count cached tokens within input and some do not")
    for (code, advice) in Self.unitAdvice {
      // A wrong unit shows in most calls; a few odd ones are odd calls.
      add(code, units[code].map { $0 * Self.unitShare >= calls ? $0 : 0 }, advice)
    }
    addSkew(add)
    add(
      "missing_trace_id", missing["trace_id"],
      "calls without a trace id: doubles and roll-ups cannot be told")
    add(
      "missing_identity", missing["identity"],
      "events without identity: sent again, they count twice; send event_id, or src and seq")
    add(
      "missing_duration", missing["duration"], "calls without a duration are in no latency figure")
    let doubtful = warnings.filter { $0.key != Warning.future.text }
    add("doubtful_values", doubtful.values.reduce(0, +), "\(Self.first(doubtful)) among them")
    return found
  }

  private static let unitShare = 10
  private static let unitAdvice = [
    (
      "duration_too_short",
      "more than 5,000 tokens a second: the duration seems to be seconds sent as milliseconds"
    ),
    (
      "duration_too_long",
      "calls of more than an hour: the duration seems to be micro- or nanoseconds"
    ),
    (
      "ttft_beyond_duration",
      "the first token came after the end: one of the two is in another unit"
    ),
    (
      "ttft_too_short",
      "the first token came within 5 ms of long calls: it seems to be seconds sent as milliseconds"
    ),
  ]

  private func addSkew(_ add: (String, Int?, String) -> Void) {
    let future = warnings[Warning.future.text]
    add(
      "clock_ahead", future,
      "times of more than an hour ahead: the sender's clock or time zone is wrong")
    if future != nil { return }
    guard let delay else { return }
    if delay.least < -1_000 {
      add(
        "clock_ahead", events,
        "the sender's clock is up to \(-delay.least) ms ahead of this machine's")
    } else if delay.least > 60_000 {
      add(
        "clock_behind", events,
        "no event came sooner than \(delay.least) ms after its time: the sender's clock is behind,"
          + " or it buffers for long")
    }
  }

  private static func first(_ table: [String: Int]) -> String {
    SourceFindings.ordered(table).prefix(3).map(\.text).joined(separator: ", ")
  }

  /// Texts with their counts, the most frequent first.
  package static func ordered(_ table: [String: Int]) -> [(text: String, count: Int)] {
    table.map { (text: $0.key, count: $0.value) }.sorted {
      ($1.count, $0.text) < ($0.count, $1.text)
    }
  }
}
