internal import Exposition
internal import HTTP

extension MetricFormat {
  /// The format that an `Accept` header asks for: OpenMetrics and protobuf only by their names, the
  /// text format for all else, what we cannot write included.
  init(accept: String) {
    let header = Array(accept.utf8)
    var formats: [MetricFormat] = [.text]
    if accept.contains("openmetrics") { formats.insert(.openMetrics, at: 0) }
    if accept.contains("vnd.google.protobuf") { formats.insert(.protobuf, at: 0) }
    let offers = formats.flatMap { format in
      // Names of ours need no escaping, so any scheme a client asks for is kept.
      Self.escapings.compactMap { escaping in
        MediaType(Array((format.contentType + escaping).utf8)).map { (format, $0) }
      }
    }
    let best = Negotiation.best(accept: header, offered: offers.map(\.1))
    self = best.map { offers[$0].0 } ?? .text
  }

  private static let escapings = [
    "", "; escaping=allow-utf-8", "; escaping=underscores", "; escaping=dots", "; escaping=values",
  ]
}
