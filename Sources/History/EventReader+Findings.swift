internal import Codec
internal import LinuxIO
internal import Telemetry
internal import Windows

extension EventReader {
  /// What the newest rows show of each service that sends: how many rows were looked at, and what
  /// was found, by service.
  package struct Findings: Sendable {
    package var rows = 0
    package var services: [String: SourceFindings] = [:]
  }

  /// Services that are told apart; rows of others are left out.
  private static let services = 200

  /// Looks at the newest `limit` rows, stopping early at `deadline`, a monotonic time. Some
  /// microseconds a row.
  package func findings(limit: Int, deadline: Int64) throws(StoreError) -> Findings {
    var found = Findings()
    var high = try newest()
    let statement = try database.prepare(FindingColumn.select, isPersistent: false)
    while high > 0, found.rows < limit, Clock.coarseMonotonic < deadline {
      let low = max(1, high - Int64(min(limit - found.rows, 5_000)) + 1)
      statement.bind(1, low)
      statement.bind(2, high)
      while try statement.step() {
        found.rows += 1
        let service = statement.text(FindingColumn.service.rawValue) ?? "unknown"
        guard found.services[service] != nil || found.services.count < Self.services else {
          continue
        }
        FindingRow(statement).note(in: &found.services[service, default: SourceFindings()])
      }
      statement.reset()
      high = low - 1
    }
    for service in found.services.keys { found.services[service]?.finish() }
    return found
  }
}

/// The columns that findings are made of.
private enum FindingColumn: Int32, CaseIterable {
  case type = 0
  case time, lag, status, duration, ttft, input, cacheRead, cacheWrite, output, reasoning
  case cost, computed, costStatus, priceRow, rule, trace, identity, warnings, details, attrs
  case service, provider, model, responseModel

  private var sql: String {
    switch self {
    case .input: "e.input_uncached"
    case .cacheRead: "e.cache_read"
    case .cacheWrite: "e.cache_write"
    case .output: "e.output_text"
    case .computed: "e.computed_cost"
    case .priceRow: "ifnull(e.price_row, 0)"
    case .costStatus: "e.cost_status"
    case .rule: "e.usage_rule"
    case .trace: "e.trace_id"
    // What says which event it is: its own id, a place in its stream, a span, or its own time.
    case .identity: "coalesce(e.event_id, e.seq, e.span_id, e.identity, e.lag)"
    case .service: "s.service"
    case .provider: "o.provider"
    case .model: "o.model"
    case .responseModel: "o.response_model"
    default: "e.\(self)"
    }
  }

  static let select = """
    SELECT \(allCases.map(\.sql).joined(separator: ", ")) FROM event_columns e
    LEFT JOIN sources s ON s.id = e.source LEFT JOIN operations o ON o.id = e.operation
    WHERE e.id BETWEEN ?1 AND ?2
    """
}

/// One row, looked at for what it shows.
private struct FindingRow {
  private let row: Statement
  private let details: [String]

  private static let detailNames = [
    "dialect", "usage_reported.input_tokens", "cache",
  ]
  /// Tokens a second that no model reaches, and the longest call, in ns.
  private static let fastest = 5_000.0
  private static let longest: Int64 = 3_600 * 1_000_000_000
  /// Sooner than this, in ns, no first token comes of a call as long as `long`.
  private static let soonest: Int64 = 5_000_000
  private static let long: Int64 = 500_000_000

  init(_ row: Statement) {
    self.row = row
    details =
      row.bytes(FindingColumn.details.rawValue).map {
        AttributeValues.read(Self.detailNames, in: $0)
      } ?? Self.detailNames.map { _ in "" }
  }

  private func integer(_ column: FindingColumn) -> Int64? {
    row.optionalInteger(column.rawValue)
  }

  func note(in found: inout SourceFindings) {
    found.events += 1
    let time = row.integer(FindingColumn.time.rawValue)
    found.oldest = min(found.oldest, time)
    found.newest = max(found.newest, time)
    if let lag = integer(.lag) { found.note(delay: lag) }
    if let bits = integer(.warnings) {
      for warning in Warning.allCases where bits & (1 << Int64(warning.rawValue)) != 0 {
        SourceFindings.count(warning.text, in: &found.warnings)
      }
    }
    if row.isNull(FindingColumn.identity.rawValue) {
      SourceFindings.count("identity", in: &found.missing)
    }
    let scope = noteAttributes(&found)
    guard integer(.type) == Int64(EventType.llm.rawValue) else { return }
    found.calls += 1
    noteDialect(scope, &found)
    noteUsage(&found)
    noteMissing(&found)
    noteUnits(&found)
  }

  private func noteDialect(_ scope: String, _ found: inout SourceFindings) {
    let own = scope.isEmpty ? "barograph" : "otel"
    let told = InstrumentationScope.dialect(scope) ?? (details[0].isEmpty ? own : details[0])
    SourceFindings.count(told, in: &found.dialects)
    if !scope.isEmpty { SourceFindings.count(scope, in: &found.scopes) }
  }

  private func noteUsage(_ found: inout SourceFindings) {
    if costStatus == .reported, let reported = integer(.cost) {
      // Where both agree only one is kept.
      let computed = integer(.computed) ?? (integer(.priceRow) == 0 ? nil : reported)
      if let computed {
        found.costs.calls += 1
        found.costs.reported += Int128(reported)
        found.costs.computed += Int128(computed)
      }
    }
    for word in anomalies { SourceFindings.count(word, in: &found.anomalies) }
    let cached = (integer(.cacheRead) ?? 0) + (integer(.cacheWrite) ?? 0)
    guard cached > 0 else { return }
    let rule = integer(.rule).flatMap { UsageRule(rawValue: UInt8(truncatingIfNeeded: $0)) }
    SourceFindings.count(rule?.text ?? UsageRule.onlyReading.text, in: &found.rules)
    let isExclusive = Int64(details[1]) == integer(.input)
    SourceFindings.count(isExclusive ? "exclusive" : "inclusive", in: &found.conventions)
  }

  /// The words of the list under `usage_anomalies`.
  private var anomalies: [String] {
    guard let bytes = row.bytes(FindingColumn.details.rawValue),
      let list = bytes.firstRange(of: Self.anomalyList)
    else { return [] }
    let words = bytes[list.upperBound...].prefix { $0 != UInt8(ascii: "]") }
    return words.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }.map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private static let anomalyList = Array("\"usage_anomalies\":[".utf8)

  private func noteMissing(_ found: inout SourceFindings) {
    let isAnswer = CacheResult.allCases.contains { $0.text == details[2] && $0.isAnswer }
    let isOK = integer(.status).map { $0 == Int64(Status.ok.rawValue) } ?? true
    let model =
      row.text(FindingColumn.responseModel.rawValue)
      ?? row.text(FindingColumn.model.rawValue)
    let lacks: [(String, Bool)] = [
      ("model", model == nil), ("provider", row.isNull(FindingColumn.provider.rawValue)),
      ("trace_id", row.isNull(FindingColumn.trace.rawValue)),
      ("duration", row.isNull(FindingColumn.duration.rawValue)),
      ("usage", isOK && !isAnswer && costStatus == .noUsage),
    ]
    for (name, isMissing) in lacks where isMissing {
      SourceFindings.count(name, in: &found.missing)
    }
    if costStatus == .unpriced, let model { SourceFindings.count(model, in: &found.unpriced) }
  }

  private var costStatus: CostStatus? {
    integer(.costStatus).flatMap { CostStatus(rawValue: UInt8(truncatingIfNeeded: $0)) }
  }

  private func noteUnits(_ found: inout SourceFindings) {
    guard let duration = integer(.duration) else { return }
    if let first = integer(.ttft), first > duration, duration > 0 {
      SourceFindings.count("ttft_beyond_duration", in: &found.units)
    }
    if let first = integer(.ttft), (1..<Self.soonest).contains(first), duration >= Self.long {
      SourceFindings.count("ttft_too_short", in: &found.units)
    }
    if duration > Self.longest { SourceFindings.count("duration_too_long", in: &found.units) }
    let said = (integer(.output) ?? 0) + (integer(.reasoning) ?? 0)
    if said >= 20, duration > 0, Double(said) * 1e9 / Double(duration) > Self.fastest {
      SourceFindings.count("duration_too_short", in: &found.units)
    }
  }

  /// Counts the attributes that no field took; gives the name of the instrumentation.
  private func noteAttributes(_ found: inout SourceFindings) -> String {
    guard let bytes = row.bytes(FindingColumn.attrs.rawValue) else { return "" }
    var scope = ""
    for name in AttributeNames.read(bytes) {
      if name == "otel.scope.name" {
        scope = AttributeValues.read([name], in: bytes)[0]
      } else if !AttributeNames.isEnvelope(name) {
        SourceFindings.count(AttributeNames.pattern(name), in: &found.unknown)
      }
    }
    return scope
  }
}
