/// How a page of metrics is written.
package enum MetricFormat: CaseIterable, Sendable {
  /// Prometheus' text format 0.0.4.
  case text
  /// OpenMetrics 1.0.
  case openMetrics
  /// Prometheus' protobuf messages, each after its length.
  case protobuf

  /// The content type of a page.
  package var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    case .protobuf:
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
        + "encoding=delimited"
    }
  }
}
