internal import Codec
internal import History
internal import Money
internal import Serving
internal import Telemetry

/// What each service sends, and what is wrong with it.
extension Routes {
  private static let usualRows = 20_000
  private static let mostRows = 200_000

  /// `{"sources":[…],"rows":n,"next":null}`: findings in the newest rows of history, by service,
  /// with what was lost on the way.
  static func doctor(_ services: Services, _ request: Request) -> Response {
    var rows = usualRows
    if let text = request["rows"] {
      guard let given = Int(text), (1...mostRows).contains(given) else {
        return ErrorBody(400, "bad_rows", "rows is a number from 1 to \(mostRows)")
          .response(id: request.id)
      }
      rows = given
    }
    let wanted = request["service"]
    var losses: [String: Losses] = [:]
    for (name, book) in services.sources(of: request.principal) {
      let service = name.service.isEmpty ? "unknown" : String(decoding: name.service, as: UTF8.self)
      losses[service, default: Losses()].add(book)
    }
    return read(services, request) { (reader) throws(StoreError) in
      let found = try reader.findings(limit: rows, deadline: services.deadline())
      var json = JSONWriter()
      json.beginObject()
      json.key("rows")
      json.value(found.rows)
      json.key("sources")
      json.beginArray()
      for service in Set(found.services.keys).union(losses.keys).sorted()
      where wanted == nil || wanted == service {
        DoctorJSON.append(
          service, found.services[service] ?? SourceFindings(), losses[service] ?? Losses(), &json)
      }
      json.endArray()
      end(&json, next: nil)
      return Response(body: json.bytes + [0x0A])
    }
  }

  /// What became of the records of one service that did not become rows.
  fileprivate struct Losses {
    var sent: Int64?
    var gaps = 0
    var counts: [(name: StaticString, count: Int64)] = [
      ("lost", 0), ("rejected", 0), ("shed", 0), ("duplicate", 0), ("resent", 0),
    ]

    mutating func add(_ book: StreamBook) {
      if let highest = book.highest { sent = (sent ?? 0) + highest }
      gaps += book.gaps.count
      let more = [book.lost, book.rejected, book.shed, book.duplicate, book.resent]
      for (index, count) in more.enumerated() { counts[index].count += count }
    }
  }
}

/// Findings as JSON.
private enum DoctorJSON {
  /// Texts of one kind that are listed.
  private static let most = 20

  static func append(
    _ service: String, _ found: SourceFindings, _ losses: Routes.Losses, _ json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("service")
    json.value(service)
    json.key("events")
    json.value(found.events)
    json.key("calls")
    json.value(found.calls)
    if found.events > 0 {
      json.key("from")
      json.value(Timestamp.text(found.oldest))
      json.key("to")
      json.value(Timestamp.text(found.newest))
    }
    append("dialects", found.dialects, &json)
    append("scopes", found.scopes, &json)
    json.key("cache")
    json.beginObject()
    json.key("convention")
    if let word = convention(found) { json.value(word) } else { json.null() }
    append("conventions", found.conventions, &json)
    append("rules", found.rules, &json)
    json.endObject()
    let tables: [(StaticString, [String: Int])] = [
      ("missing", found.missing), ("unpriced", found.unpriced), ("anomalies", found.anomalies),
      ("warnings", found.warnings), ("units", found.units), ("unknown_fields", found.unknown),
    ]
    for (name, table) in tables { append(name, table, &json) }
    append(found.costs, &json)
    append(found.delay, &json)
    append(losses, &json)
    append(problems(found, losses), &json)
    json.endObject()
  }

  private static func convention(_ found: SourceFindings) -> String? {
    found.conventions.count > 1 ? "mixed" : found.conventions.keys.first
  }

  /// The most frequent texts with their counts.
  private static func append(
    _ name: StaticString, _ table: [String: Int], _ json: inout JSONWriter
  ) {
    json.key(name)
    json.beginObject()
    for (text, count) in SourceFindings.ordered(table).prefix(most) {
      json.key(text)
      json.value(count)
    }
    json.endObject()
  }

  private static func append(
    _ delay: (least: Int64, median: Int64, most: Int64)?, _ json: inout JSONWriter
  ) {
    json.key("delay_ms")
    guard let delay else { return json.null() }
    json.beginObject()
    json.key("min")
    json.value(delay.least)
    json.key("median")
    json.value(delay.median)
    json.key("max")
    json.value(delay.most)
    json.endObject()
  }

  private static func append(
    _ costs: (calls: Int, reported: Int128, computed: Int128), _ json: inout JSONWriter
  ) {
    json.key("reported_cost")
    guard costs.calls > 0 else { return json.null() }
    json.beginObject()
    json.key("calls")
    json.value(costs.calls)
    let amounts: [(StaticString, Int128)] = [
      ("reported_usd", costs.reported), ("computed_usd", costs.computed),
      ("difference_usd", costs.reported - costs.computed),
    ]
    for (name, amount) in amounts {
      json.key(name)
      json.value(Picodollars.text(amount))
    }
    json.endObject()
  }

  private static func append(_ losses: Routes.Losses, _ json: inout JSONWriter) {
    json.key("loss")
    json.beginObject()
    json.key("sent")
    if let sent = losses.sent { json.value(sent) } else { json.null() }
    for (name, count) in losses.counts {
      json.key(name)
      json.value(count)
    }
    json.key("gaps")
    json.value(losses.gaps)
    json.endObject()
  }

  private static func problems(
    _ found: SourceFindings, _ losses: Routes.Losses
  ) -> [(code: String, count: Int64, advice: String)] {
    let advice = [
      ("lost", "records that were numbered never came: see the gaps in /v1/sources"),
      ("rejected", "records could not be read: see /v1/rejects"),
      ("shed", "records found no room: the collector was overloaded"),
    ]
    let lost = zip(advice, losses.counts).filter { $1.count > 0 }.map {
      (code: $0.0, count: $1.count, advice: $0.1)
    }
    return lost + found.problems.map { ($0.code, Int64($0.count), $0.advice) }
  }

  private static func append(
    _ problems: [(code: String, count: Int64, advice: String)], _ json: inout JSONWriter
  ) {
    json.key("problems")
    json.beginArray()
    for problem in problems {
      json.beginObject()
      json.key("code")
      json.value(problem.code)
      json.key("count")
      json.value(problem.count)
      json.key("advice")
      json.value(problem.advice)
      json.endObject()
    }
    json.endArray()
  }
}
