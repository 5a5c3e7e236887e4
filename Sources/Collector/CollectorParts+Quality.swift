internal import Money
internal import Serving

/// Who looks at finished calls.
extension CollectorParts {
  /// Hands evaluators and judges to their desks, and lets them see what our own threads take in.
  func beginQuality(prices: PriceBook) throws(StartError) {
    evaluators.follow(try Self.qualityPlan(configuration))
    if let problem = try followJudges(configuration, prices) { throw StartError(problem) }
    let sieve = evaluators.sieve()
    direct.show { sieve.see($0) }
  }

  /// Hands the judges there are now to their desk; gives what is wrong, or nil.
  func followJudges(
    _ configuration: Configuration, _ prices: PriceBook
  ) throws(StartError) -> String? {
    judges.follow(
      configuration.judges.settings, prices: prices,
      zone: try TimeZoneFiles.zone(configuration.timezone))
  }
}
