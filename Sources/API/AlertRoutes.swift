internal import Alerts
internal import Codec
internal import History
internal import LinuxIO
internal import PromQL
package import Serving

/// The routes over alerts: what fires, who looks after it, what is silenced, who was told.
package struct AlertRoutes: Sendable {
  private let services: AlertServices

  /// The routes over `services`.
  package init(_ services: AlertServices) { self.services = services }

  /// All of them.
  package var all: [Route] {
    [
      Route("GET", "/v1/alerts", .read, tenancy: .narrowed, .query { alerts($0) }),
      Route(
        "GET", "/v1/alerts/history", .read, tenancy: .narrowed, .query { history($0) }),
      Route("POST", "/v1/alerts/:id/ack", .admin, .query { acknowledge($0) }),
      Route("DELETE", "/v1/alerts/:id/ack", .admin, .query { withdraw($0) }),
      Route("GET", "/v1/silences", .read, tenancy: .narrowed, .query { silences($0) }),
      Route("POST", "/v1/silences", .admin, .query { addSilence($0) }),
      Route("DELETE", "/v1/silences/:id", .admin, .query { expireSilence($0) }),
      Route("GET", "/v1/notifications", .read, .query { notifications($0) }),
      Route("GET", "/v1/receivers", .read, .query { _ in receivers() }),
      Route("POST", "/v1/receivers/:name/test", .admin, .query { trial($0) }),
      Route(
        "POST", "/v1/rules/backtest", .read,
        .evaluation { BacktestAnswer(services).answer($0) }),
      Route("GET", "/v1/budgets", .read, tenancy: .narrowed, .query { budgets($0) }),
      Route("GET", "/v1/budgets/:name", .read, tenancy: .narrowed, .query { budget($0) }),
    ]
  }
}

// MARK: Alerts
extension AlertRoutes {
  /// What a request asks for, or what is wrong with it.
  private struct Fault: Error {
    let response: Response

    init(_ code: String, _ message: String, _ request: Request, hint: String = "") {
      response = ErrorBody(400, code, message, hint: hint).response(id: request.id)
    }
  }

  private func alerts(_ request: Request) -> Response {
    let page = ListPage(request, newest: 0)
    if let refusal = page.refusal { return refusal }
    do throws(Fault) {
      let states = try self.states(request)
      let matchers = try matchers(request)
      let (reports, router) = services.state()
      let now = Clock.wall / 1_000_000
      let found = reports.flatMap { report in
        report.evaluation.alertingParts.flatMap { evaluation in
          evaluation.alerts.filter {
            states.contains($0.state) && matchers.match($0.labels)
              && request.principal.concerns($0.labels)
          }
          .map { AlertItem($0, evaluation.rule, report) }
        }
      }.sorted { $0.precedes($1) }
      var json = JSONWriter()
      json.beginObject()
      json.key("alerts")
      json.beginArray()
      let rest = found.dropFirst(Int(page.cursor))
      for item in rest.prefix(page.limit) {
        item.write(to: &json, router.standing(item.alert.labels, at: now))
      }
      json.endArray()
      json.key("next")
      if rest.count > page.limit {
        json.value(String(Int(page.cursor) + page.limit))
      } else {
        json.null()
      }
      json.endObject()
      return Response(body: json.bytes + [0x0A])
    } catch {
      return error.response
    }
  }

  private func states(_ request: Request) throws(Fault) -> Set<ActiveAlert.State> {
    guard let text = request["state"], !text.isEmpty else { return [.pending, .firing] }
    var states: Set<ActiveAlert.State> = []
    for word in text.split(separator: ",") {
      guard let state = ActiveAlert.State(rawValue: String(word)) else {
        throw Fault("bad_state", "state is pending, firing or resolved", request)
      }
      states.insert(state)
    }
    return states
  }

  private func matchers(_ request: Request) throws(Fault) -> AlertMatchers {
    guard let text = request["match"], !text.isEmpty else { return AlertMatchers() }
    do throws(QueryError) {
      return try AlertMatchers(texts: [text])
    } catch {
      throw Fault(
        "bad_match", "match: \(error.message)", request, hint: "{severity=\"critical\"}")
    }
  }

  private func history(_ request: Request) -> Response {
    past(request, "alerts", ["name": "name", "id": "fingerprint"]) {
      (reader, filter, page) throws(StoreError) in
      try reader.alerts(filter, below: page.cursor, limit: page.limit)
    }
  }

  private func notifications(_ request: Request) -> Response {
    past(
      request, "notifications",
      ["receiver": "receiver", "state": "state", "reason": "reason", "id": "key"]
    ) { (reader, filter, page) throws(StoreError) in
      try reader.notifications(filter, below: page.cursor, limit: page.limit)
    }
  }

  private func past(
    _ request: Request, _ name: String, _ columns: [String: String],
    _ body: (EventReader, EventReader.AlertFilter, ListPage) throws(StoreError) -> EventReader.Page
  ) -> Response {
    let page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    var filter = EventReader.AlertFilter()
    if let tenant = request.principal.tenant {
      filter.equal.append(("labels ->> '$.tenant'", tenant))
    }
    for (field, value) in request.asked {
      if let column = columns[field] {
        filter.equal.append((column, value))
      } else if field == "from" || field == "to" {
        guard let time = EventFilter.time(value) else {
          return ErrorBody(400, "bad_filter", "\(field): expected RFC 3339 or a number since 1970")
            .response(id: request.id)
        }
        if field == "from" { filter.from = time } else { filter.to = time }
      } else {
        let known = (columns.keys.sorted() + ["from", "to"]).joined(separator: ", ")
        return ErrorBody(400, "bad_filter", "\(field): expected one of \(known)")
          .response(id: request.id)
      }
    }
    return services.reads.read(.all) { reader in
      do throws(StoreError) {
        return Routes.list(name, try body(reader, filter, page))
      } catch {
        return Routes.unreadable(error, request)
      }
    } orElse: {
      Routes.unreadable($0, request)
    }
  }

  private func acknowledge(_ request: Request) -> Response {
    let id = request.captures["id"] ?? ""
    let body = JSONBody(request)
    guard let person = body.text("by"), !person.isEmpty else {
      return ErrorBody(
        400, "bad_body", "by: expected who looks after the alert",
        hint: "{\"by\":\"ana\",\"comment\":\"on it\"}"
      ).response(id: request.id)
    }
    guard services.acknowledge(id, person, body.text("comment") ?? "") else {
      return notFound("no alert that fires has the id \(id)", request)
    }
    return one(id, request)
  }

  private func withdraw(_ request: Request) -> Response {
    let id = request.captures["id"] ?? ""
    guard services.withdraw(id) else {
      return notFound("nobody acknowledged an alert with the id \(id)", request)
    }
    return one(id, request)
  }

  private func one(_ id: String, _ request: Request) -> Response {
    let (reports, router) = services.state()
    for report in reports {
      for evaluation in report.evaluation.alertingParts {
        for alert in evaluation.alerts where AlertIdentity.fingerprint(alert.labels) == id {
          var json = JSONWriter()
          AlertItem(alert, evaluation.rule, report).write(
            to: &json, router.standing(alert.labels, at: Clock.wall / 1_000_000))
          return Response(body: json.bytes + [0x0A])
        }
      }
    }
    return notFound("the alert is over", request)
  }

  private func notFound(_ message: String, _ request: Request) -> Response {
    ErrorBody(404, "not_found", message, hint: "GET /v1/alerts lists them").response(id: request.id)
  }
}

// MARK: Silences
extension AlertRoutes {
  private func silences(_ request: Request) -> Response {
    let page = ListPage(request, newest: 0)
    if let refusal = page.refusal { return refusal }
    let now = Clock.wall / 1_000_000
    let rest = services.state().router.allSilences(at: now)
      .filter { request.principal.concerns($0.matchers) }.dropFirst(Int(page.cursor))
    var json = JSONWriter()
    json.beginObject()
    json.key("silences")
    json.beginArray()
    for silence in rest.prefix(page.limit) { Self.write(silence, at: now, to: &json) }
    json.endArray()
    json.key("next")
    if rest.count > page.limit {
      json.value(String(Int(page.cursor) + page.limit))
    } else {
      json.null()
    }
    json.endObject()
    return Response(body: json.bytes + [0x0A])
  }

  private func addSilence(_ request: Request) -> Response {
    let now = Clock.wall / 1_000_000
    do throws(Fault) {
      let silence = try self.silence(request, now)
      guard services.silence(silence) else {
        return ErrorBody(409, "too_many", "there are \(Silence.limit) silences")
          .response(id: request.id)
      }
      var json = JSONWriter()
      Self.write(silence, at: now, to: &json)
      return Response(body: json.bytes + [0x0A])
    } catch {
      return error.response
    }
  }

  private func silence(_ request: Request, _ now: Int64) throws(Fault) -> Silence {
    let body = JSONBody(request)
    let texts = body.texts("matchers")
    let matchers: AlertMatchers
    do throws(QueryError) {
      matchers = try AlertMatchers(texts: texts)
    } catch {
      throw Fault("bad_body", "matchers: \(error.message)", request, hint: "severity=\"critical\"")
    }
    guard !matchers.all.isEmpty, matchers.all.contains(where: { !$0.matchesEmpty }) else {
      throw Fault(
        "bad_body", "matchers: expected conditions, one of which not every alert meets", request,
        hint: "{\"matchers\":[\"alertname=\\\"X\\\"\"],\"duration\":\"2h\",\"created_by\":\"ana\"}")
    }
    guard texts.allSatisfy({ services.cleaned($0) == $0 }) else {
      throw Fault(
        "bad_body", "matchers: no label holds what redaction takes out", request,
        hint: "name the code that the label has instead, as GET /v1/alerts shows it")
    }
    let start = try time("starts_at", body, request) ?? now
    let length = body.text("duration").flatMap { DurationText.milliseconds($0.utf8) }
    guard let end = try time("ends_at", body, request) ?? length.map({ start + $0 }),
      end > max(start, now)
    else {
      throw Fault(
        "bad_body", "expected a duration such as 2h, or ends_at after now and starts_at", request)
    }
    guard let person = body.text("created_by"), !person.isEmpty else {
      throw Fault("bad_body", "created_by: expected who silences", request)
    }
    var id: [UInt8] = []
    Hex.append(Random.word(), to: &id)
    return Silence(
      id: String(decoding: id, as: UTF8.self), matchers: matchers, startsAt: start, endsAt: end,
      createdBy: services.cleaned(person), comment: services.cleaned(body.text("comment") ?? ""))
  }

  private func time(
    _ name: String, _ body: JSONBody, _ request: Request
  ) throws(Fault) -> Int64? {
    guard let text = body.text(name) else { return nil }
    guard let time = EventFilter.time(text) else {
      throw Fault("bad_body", "\(name): expected RFC 3339 or a number since 1970", request)
    }
    return time / 1_000_000
  }

  private func expireSilence(_ request: Request) -> Response {
    let id = request.captures["id"] ?? ""
    guard let silence = services.expire(id) else {
      return ErrorBody(404, "not_found", "there is no silence \(id)").response(id: request.id)
    }
    var json = JSONWriter()
    Self.write(silence, at: Clock.wall / 1_000_000, to: &json)
    return Response(body: json.bytes + [0x0A])
  }

  private static func write(_ silence: Silence, at now: Int64, to json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.value(silence.id)
    json.key("matchers")
    json.beginArray()
    for text in silence.matchers.texts { json.value(text) }
    json.endArray()
    for (name, time) in [("starts_at", silence.startsAt), ("ends_at", silence.endsAt)] {
      json.key(name)
      json.value(Timestamp.text(time * 1_000_000))
    }
    for (name, text) in [
      ("created_by", silence.createdBy), ("comment", silence.comment),
      ("state", silence.state(at: now).rawValue),
    ] {
      json.key(name)
      json.value(text)
    }
    json.endObject()
  }
}

// MARK: Receivers and budgets
extension AlertRoutes {
  private func receivers() -> Response {
    var json = JSONWriter()
    json.beginObject()
    json.key("receivers")
    json.beginArray()
    for receiver in services.receivers() {
      json.beginObject()
      for (name, text) in [
        ("name", receiver.name), ("type", receiver.kind), ("breaker", receiver.breaker),
        ("last_error", receiver.lastError),
      ] {
        json.key(name)
        json.value(text)
      }
      for (name, count) in [
        ("queued", Int64(receiver.queued)), ("sent", receiver.sent), ("failed", receiver.failed),
        ("dropped", receiver.dropped),
      ] {
        json.key(name)
        json.value(count)
      }
      json.endObject()
    }
    json.endArray()
    json.key("next")
    json.null()
    json.endObject()
    return Response(body: json.bytes + [0x0A])
  }

  private func trial(_ request: Request) -> Response {
    let name = request.captures["name"] ?? ""
    guard let outcome = services.trial(name) else {
      let known = services.receivers().map(\.name).joined(separator: ", ")
      return ErrorBody(
        404, "not_found", "there is no receiver \(name)", hint: "there are: \(known)"
      )
      .response(id: request.id)
    }
    guard outcome.isDelivered else {
      return ErrorBody(
        502, "not_delivered", "the trial message was not delivered: \(outcome.cause)"
      )
      .response(id: request.id)
    }
    return Response(body: Array("{\"delivered\":true}\n".utf8))
  }

  private func budgets(_ request: Request) -> Response {
    var json = JSONWriter()
    json.beginObject()
    json.key("budgets")
    json.beginArray()
    for case .success(let report) in services.budgets(nil)
    where request.principal.concerns(report.tenant) {
      Self.write(report, to: &json)
    }
    json.endArray()
    json.key("next")
    json.null()
    json.endObject()
    return Response(body: json.bytes + [0x0A])
  }

  private func budget(_ request: Request) -> Response {
    let name = request.captures["name"] ?? ""
    let found = services.budgets(name).first { outcome in
      if case .success(let report) = outcome { return request.principal.concerns(report.tenant) }
      return request.principal.tenant == nil
    }
    switch found {
    case nil:
      return ErrorBody(404, "not_found", "no rule has a budget \(name)").response(id: request.id)
    case .failure(let failure):
      return ErrorBody(503, "not_known", "cannot read the budget: \(failure)", retryAfter: 5)
        .response(id: request.id)
    case .success(let report):
      var json = JSONWriter()
      Self.write(report, to: &json)
      return Response(body: json.bytes + [0x0A])
    }
  }

  private static func write(_ report: BudgetReport, to json: inout JSONWriter) {
    json.beginObject()
    json.key("name")
    json.value(report.name)
    json.key("usd")
    json.value(report.usd)
    json.key("period")
    json.value(report.period.rawValue)
    for (name, time) in [("period_start", report.start), ("period_end", report.end)] {
      json.key(name)
      json.value(Timestamp.text(time * 1_000_000))
    }
    let numbers: [(String, Double?)] = [
      ("spent_usd", report.spent), ("remaining_usd", report.remaining), ("share", report.share),
      ("coverage", report.coverage), ("forecast_usd", report.forecast),
    ]
    for (name, number) in numbers {
      json.key(name)
      if let number { json.value(number) } else { json.null() }
    }
    json.key("exceeded")
    json.value(report.isExceeded)
    json.key("blind")
    json.value(report.isBlind)
    json.endObject()
  }
}
