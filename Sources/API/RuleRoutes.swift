package import Alerts
internal import Exposition
package import Serving

/// The routes of Prometheus' HTTP API that tell of rules and alerts.
package struct RuleRoutes: Sendable {
  private let reports: @Sendable () -> [RuleReport]

  /// The routes over the groups of rules as `reports` gives them.
  package init(_ reports: @escaping @Sendable () -> [RuleReport]) { self.reports = reports }

  /// All of them.
  package var all: [Route] {
    let reports = reports
    return [
      Route("GET", "/api/v1/rules", .read, .query { Self.rules(reports(), $0) }),
      Route(
        "GET", "/api/v1/alerts", .read, tenancy: .narrowed,
        .query { request in
          Response(
            body: PrometheusAnswer.success(
              PrometheusAnswer.alerts(reports()) { request.principal.concerns($0.labels) }))
        }),
    ]
  }

  private static func rules(_ reports: [RuleReport], _ request: Request) -> Response {
    let parameters = QueryParameters(request)
    guard let asked = parameters["type"] else {
      return Response(body: PrometheusAnswer.success(PrometheusAnswer.rules(reports)))
    }
    guard let kind = PrometheusAnswer.RuleKind(rawValue: asked) else {
      return QueryFault("type", "not supported value \"\(asked)\"").response
    }
    return Response(body: PrometheusAnswer.success(PrometheusAnswer.rules(reports, only: kind)))
  }
}
