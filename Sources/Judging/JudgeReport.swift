internal import Outbound
package import Quality

/// How judges and their models are doing.
package struct JudgeReport: Sendable {
  /// One judge; counts are since the bench was made.
  package struct Judge: Sendable {
    package let name: String
    /// Questions by what came of them: `ok`, or a failure's word.
    package let outcomes: [String: Int]
    package let cache: ResponseCache<Int>.Counts
    package let cachedAnswers: Int
    /// Picodollars of the day; the limit is nil where there is none.
    package let budget: Int64?
    package let spent: Int64
    package let reserved: Int64
    /// Models that are not asked because there is a budget and they have no price.
    package let unpriced: [String]
    /// Requests under way, and those that wait because so many may be.
    package let underWay: Int
    package let waiting: Int
  }

  /// One model at one place.
  package struct Endpoint: Sendable {
    package let endpoint: JudgeSettings.Endpoint
    /// What is lacking to ask it; nil when nothing is.
    package let lack: String?
    package let breaker: CircuitBreaker.State
    package let openings: Int
    package let refusals: Int
    /// Tries by what came of them: `ok`, or a failure's word.
    package let tries: [String: Int]
    /// In ns, all calls together; how many had to wait, and how many do now.
    package let gateWait: Int64
    package let delayed: Int
    package let waiting: Int
    /// What lies in the gate's window.
    package let requests: Int
    package let tokens: Int
    package let underWay: Int
    package let mostUnderWay: Int

    /// Where it is asked: the scheme, the host and the port.
    package var place: String { OutboundURL(endpoint.url)?.origin ?? "" }
  }

  /// In the order of the configuration.
  package let judges: [Judge]
  /// Each once, in the order in which judges name them.
  package let endpoints: [Endpoint]
}
