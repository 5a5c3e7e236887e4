internal import API
internal import Exposition
internal import History
internal import LinuxIO
internal import PromQL
internal import Timeline

/// What queries read, and what they may cost.
extension CollectorParts {
  /// Bytes that a sample takes while a query runs, and the share of the memory limit that all
  /// samples of a query may take.
  private static let sampleBytes = 16
  private static let sampleShare = 4

  /// All series there are.
  func timeline() -> SeriesTimeline {
    SeriesTimeline(
      reads: reads, totals: status.totals,
      present: { [weak self] in self?.present().map(\.asPresent) ?? [] }, wall: { Clock.wall })
  }

  /// The samples that a query may hold at one time.
  var mostSamples: Int {
    min(
      configuration.limits.querySamples,
      configuration.memoryLimit / Self.sampleShare / Self.sampleBytes)
  }

  func queryService(_ timeline: SeriesTimeline, _ committed: CommitNotice) -> QueryService {
    var settings = QueryService.Settings()
    settings.time = queryTime
    settings.steps = Int64(configuration.limits.queryPoints)
    settings.samples = mostSamples
    return QueryService(
      QuerySources(
        source: { scope, limits in timeline.source(scope, limits: limits) },
        revision: { committed.count },
        // A late event, a score or a span may change what was counted at any earlier time.
        isUnchanged: { since, _ in committed.count == since }),
      settings)
  }
}

extension MetricFamily {
  fileprivate var asPresent: PresentFamily {
    PresentFamily(
      name, type: kind.rawValue, help: help,
      samples.map { PresentFamily.Sample($0.value, labels: $0.labels, suffix: $0.suffix) })
  }
}
