/// When to ask again.
package struct RetryPlan: Equatable, Sendable {
  /// Further tries after the first; times in ns.
  package var retries = 3
  package var firstPause: Int64 = 500_000_000
  package var longestPause: Int64 = 30_000_000_000
  /// The longest a provider's own `Retry-After` is waited for; beyond, the call has failed.
  package var patience: Int64 = 120_000_000_000

  /// The usual plan.
  package init() {}

  /// How long to wait before try `next` (the second try is 1) after `failure`; nil to give up.
  ///
  /// The pause doubles with each try, and `random`, from 0 to 1, takes up to half of it away, so
  /// that those who failed together do not come back together. What the provider says is waited
  /// for at least.
  package func pause(before next: Int, after failure: JudgeFailure, random: Double) -> Int64? {
    guard failure.isRetryable, next >= 1, next <= retries else { return nil }
    let doubled = Double(firstPause) * RetryPlan.power(next - 1)
    let longest = min(doubled, Double(longestPause))
    let pause = Int64(longest * (1 - min(1, max(0, random)) / 2))
    guard let asked = Self.asked(by: failure) else { return pause }
    return asked <= patience ? max(pause, asked) : nil
  }

  private static func power(_ exponent: Int) -> Double {
    exponent < 60 ? Double(UInt64(1) << UInt64(exponent)) : 1e18
  }

  private static func asked(by failure: JudgeFailure) -> Int64? {
    switch failure {
    case .rateLimited(let after), .server(_, let after): after
    default: nil
    }
  }
}
