internal import API
internal import Exposition

extension QueryService.Report {
  /// The queries of Prometheus' API as families.
  var families: [MetricFamily] {
    [
      MetricFamily(
        "barograph_queries_total", .counter, "Queries in PromQL, by outcome.", by: "outcome",
        Self.outcomeNames.map { ($0, Double(outcomes[$0] ?? 0)) }),
      MetricFamily(
        "barograph_query_seconds_total", .counter, "Time spent on queries in PromQL.",
        value: seconds),
      MetricFamily(
        "barograph_query_cache_requests_total", .counter,
        "Queries of times past, by whether the cache had the answer.", by: "result",
        [("hit", Double(cache.hits)), ("miss", Double(cache.misses))]),
      MetricFamily(
        "barograph_query_cache_entries", .gauge, "Answers in the cache.",
        value: Double(cache.entries)),
      MetricFamily(
        "barograph_query_cache_bytes", .gauge, "Bytes of answers in the cache.",
        value: Double(cache.bytes)),
    ]
  }

  private static let outcomeNames = [
    "success", "bad_data", "execution", "timeout", "canceled", "internal",
  ]
}
