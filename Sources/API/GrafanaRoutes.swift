internal import Codec
internal import Exposition
package import Serving

/// The routes below `/grafana`: what Grafana's data sources of JSON ask (simpod's and the older
/// SimpleJson), and plain tables for the Infinity data source.
package struct GrafanaRoutes: Sendable {
  private let service: QueryService

  /// The routes over `service`.
  package init(_ service: QueryService) {
    self.service = service
  }

  /// All of them.
  package var all: [Route] {
    let tables = PlainTables(service)
    return [
      Route("GET", "/grafana", .read, tenancy: .same, .query { _ in Self.health }),
      asked("search", GrafanaQuestion.search),
      asked("metrics", GrafanaQuestion.metrics),
      asked("metric-payload-options", GrafanaQuestion.options),
      asked("query", GrafanaQuestion.query),
      asked("annotations", GrafanaQuestion.annotations),
      asked("variable", GrafanaQuestion.variable),
      asked("tag-keys", GrafanaQuestion.tagKeys),
      asked("tag-values", GrafanaQuestion.tagValues),
    ] + tables.all
  }

  private static let health = Response(body: Array(#"{"status":"ok"}"#.utf8))

  /// A question that comes as JSON and is answered with it.
  private func asked(
    _ name: String,
    _ answer: @escaping @Sendable (GrafanaQuestion) -> () throws(QueryFault) -> JSONWriter
  ) -> Route {
    let service = service
    return Route(
      "POST", "/grafana/\(name)", .read, tenancy: .narrowed,
      .evaluation { request in
        do throws(QueryFault) {
          return Response(body: try answer(GrafanaQuestion(service, request))().bytes)
        } catch {
          return error.grafanaResponse(request)
        }
      })
  }
}

extension QueryFault {
  /// The same in the shape of every error outside Prometheus' API.
  func grafanaResponse(_ request: Request) -> Response {
    ErrorBody(response.status, type.rawValue, message).response(id: request.id)
  }
}
