internal import Codec
internal import Exposition
internal import HTTP
internal import History
internal import LinuxIO
internal import PromQL
package import Serving

/// The routes of Prometheus' HTTP API, which Grafana's Prometheus data source asks.
package struct PrometheusRoutes: Sendable {
  private let service: QueryService
  private let version: String

  /// The routes over `service`, of a collector of this version.
  package init(_ service: QueryService, version: String) {
    self.service = service
    self.version = version
  }

  /// All of them.
  package var all: [Route] {
    let service = service
    let lists = SeriesLists(service)
    return both("query") { Self.query(service, $0, isRange: false) }
      + both("query_range") { Self.query(service, $0, isRange: true) }
      + both("series") { lists.series($0) } + both("labels") { lists.labels($0) }
      + both("format_query", .same) { Self.format($0) }
      + both("parse_query", .same) { Self.parse($0) }
      + [
        Route(
          "GET", "/api/v1/label/:name/values", .read, tenancy: .narrowed,
          .evaluation { lists.values($0) }),
        Route(
          "GET", "/api/v1/metadata", .read, tenancy: .narrowed, .evaluation { lists.metadata($0) }),
        Route(
          "GET", "/api/v1/status/buildinfo", .read, tenancy: .same, .query { _ in buildInformation }
        ),
        Route("GET", "/v1/cache", .read, .query { _ in Self.cache(service) }),
        Route(
          "DELETE", "/v1/cache", .read,
          .query { _ in
            service.cache.clear()
            return Self.cache(service)
          }),
      ]
  }

  /// A route that takes its parameters in the address or as a form.
  private func both(
    _ name: String, _ tenancy: Tenancy = .narrowed,
    _ answer: @escaping @Sendable (Request) -> Response
  ) -> [Route] {
    ["GET", "POST"].map {
      Route($0, "/api/v1/\(name)", .read, tenancy: tenancy, .evaluation(answer))
    }
  }

  private static func query(
    _ service: QueryService, _ request: Request, isRange: Bool
  ) -> Response {
    let parameters = QueryParameters(request)
    let start = Clock.monotonic
    do throws(QueryFault) {
      let query =
        isRange
        ? try Query.range(parameters, steps: service.settings.steps)
        : try Query.instant(parameters, now: request.receivedAt)
      let outcome = try service.run(query, in: request.scope, for: request)
      service.count(nil, nanoseconds: Clock.monotonic - start)
      let data =
        parameters["stats"] == nil
        ? outcome.answer.data
        : PrometheusAnswer.result(outcome.answer.data, with: outcome.statistics)
      return Response(
        body: PrometheusAnswer.success(
          data, warnings: outcome.answer.warnings, infos: outcome.answer.infos))
    } catch {
      service.count(error, nanoseconds: Clock.monotonic - start)
      return error.response
    }
  }

  private static func format(_ request: Request) -> Response {
    parsed(request) { PrometheusAnswer.text(ExpressionPrinter.pretty($0)) }
  }

  private static func parse(_ request: Request) -> Response {
    parsed(request) { QueryTree.json($0) }
  }

  private static func parsed(_ request: Request, _ data: (Expression) -> [UInt8]) -> Response {
    do throws(QueryFault) {
      let expression = try Query.parse(QueryParameters(request)["query"] ?? "")
      return Response(body: PrometheusAnswer.success(data(expression)))
    } catch {
      return error.response
    }
  }

  /// Clients choose by the version what they may ask; ours stands behind the one whose language
  /// and answers these are.
  private var buildInformation: Response {
    var json = JSONWriter()
    json.beginObject()
    for (name, value) in [
      ("version", "3.5.0+barograph.\(version)"), ("revision", version), ("branch", ""),
      ("buildUser", ""), ("buildDate", ""), ("goVersion", ""),
    ] {
      json.key(name)
      json.value(value)
    }
    json.endObject()
    return Response(body: PrometheusAnswer.success(json.bytes))
  }

  private static func cache(_ service: QueryService) -> Response {
    let report = service.report.cache
    var json = JSONWriter()
    json.beginObject()
    for (name, value) in [
      ("total_entries", report.entries), ("valid_entries", report.valid),
      ("expired_entries", report.entries - report.valid),
      ("cache_ttl_seconds", Int(QueryCache.lifetime / 1_000_000_000)), ("hits", report.hits),
      ("misses", report.misses), ("bytes", report.bytes),
    ] {
      json.key(name)
      json.value(value)
    }
    json.endObject()
    return Response(body: json.bytes + [0x0A])
  }
}
