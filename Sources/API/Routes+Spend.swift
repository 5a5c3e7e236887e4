internal import Codec
internal import History
internal import LinuxIO
internal import Money
internal import Serving
internal import Windows

/// The route that says what was spent since a day, week or month began.
extension Routes {
  var spend: [Route] {
    let services = services
    return [
      Route("GET", "/v1/spend", .read, tenancy: .narrowed, .query { Self.spend(services, $0) })
    ]
  }

  private static func spend(_ services: Services, _ request: Request) -> Response {
    do throws(WindowQuery.Fault) {
      var fields = request.fields
      let at = try moment(taking: "at", from: &fields)
      var period = CalendarPeriod.day
      for (name, value) in fields {
        guard name == "period", let found = CalendarPeriod(rawValue: value) else {
          throw WindowQuery.Fault(
            code: name == "period" ? "bad_period" : "unknown_parameter",
            message: "spend takes period, one of day, week, month, and at", hint: "")
        }
        period = found
      }
      return account(services, request, period, at: at)
    } catch {
      return ErrorBody(400, error.code, error.message, hint: error.hint).response(id: request.id)
    }
  }

  private static func account(
    _ services: Services, _ request: Request, _ period: CalendarPeriod, at: Int64?
  ) -> Response {
    let book = services.windows.spend
    return services.reads.read(request.scope) { reader in
      do throws(SpendBook.Failure) {
        let account = try book.account(
          period, at: at ?? Clock.wall / 1_000_000_000, isPast: at != nil, reader,
          services.windows.reader, of: request.principal.tenant, deadline: services.deadline(),
          settle: services.settle)
        return Response(body: json(account, period, book.zone().name))
      } catch {
        return refused(error, request)
      }
    } orElse: {
      unreadable($0, request)
    }
  }

  private static func refused(_ failure: SpendBook.Failure, _ request: Request) -> Response {
    switch failure {
    case .store(let error): unreadable(error, request)
    case .notNarrowed:
      ErrorBody(
        403, "forbidden_tenant", "what one tenant spent is not known apart",
        hint: "add a breakdown with tenant to breakdowns"
      ).response(id: request.id)
    case .timeout:
      ErrorBody(503, "timeout", "reading history took too long", retryAfter: 1)
        .response(id: request.id)
    }
  }

  private static func json(
    _ account: SpendBook.Account, _ period: CalendarPeriod, _ timezone: String
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("period")
    json.value(period.rawValue)
    json.key("timezone")
    json.value(timezone)
    json.key("from")
    json.value(Timestamp.text(account.from * 1_000_000_000))
    json.key("to")
    json.value(Timestamp.text(account.to * 1_000_000_000))
    json.key("cost_usd")
    json.value(Picodollars.text(account.sums[.cost]))
    json.key("coverage")
    if let coverage = account.sums.coverage { json.value(coverage) } else { json.null() }
    json.key("calls")
    json.value(account.sums.events(.finished))
    json.key("no_usage")
    json.value(account.sums.events(.lacksUsage))
    json.endObject()
    return json.bytes + [0x0A]
  }
}
