package import Quality

/// One try to get an answer from a model, or the look-up that spared it. Times in ns.
package struct JudgeCall: Sendable {
  /// How the answer came.
  package enum Cache: String, Sendable {
    /// It was known.
    case hit
    /// It was asked for.
    case miss
    /// An equal request was under way, whose answer counted for this one as well.
    case shared
  }

  /// The way it was asked, and the model's name.
  package let provider: JudgeProvider
  package let model: String
  /// The model the provider says has answered.
  package var responseModel: String?
  /// The model this one stood in for.
  package var fallbackFrom: String?
  /// Which try it is for this question, from 1.
  package var attempt = 1
  /// When it was sent, since 1970, and until what came of it.
  package var start: Int64
  package var duration: Int64 = 0
  /// Waited before: on the gate, for one of the requests that may be under way at a time, and
  /// between tries.
  package var gateWait: Int64 = 0
  package var slotWait: Int64 = 0
  package var retryWait: Int64 = 0
  /// The status of HTTP; nil without an answer.
  package var status: Int?
  /// Why there is no judgement; nil when there is one.
  package var failure: JudgeFailure?
  /// Tokens as they were reported, where that can be; and what was reported where it cannot.
  package var usage = JudgeAnswer.Usage()
  package var doubtful: JudgeAnswer.Usage?
  /// Picodollars by the price book; nil where there is no price or no usage.
  package var cost: Int64?
  /// Picodollars that the budget was charged: the cost, or the most it can have been where the
  /// provider may have worked without saying for how much.
  package var charged: Int64 = 0
  /// How the answer came.
  package var cache = Cache.miss
  /// How the breaker stood when it was sent.
  package var breaker = CircuitBreaker.State.closed
  /// What the provider's headers say is left.
  package var remainingRequests: Int?
  package var remainingTokens: Int?
  /// Whether anything was sent.
  package var isSent = false

  init(_ endpoint: JudgeSettings.Endpoint, start: Int64) {
    provider = endpoint.provider
    model = endpoint.model
    self.start = start
  }
}

/// What came of asking a judge.
package struct JudgeOutcome: Sendable {
  /// The judgement, or why there is none.
  package let result: Result<JudgeAnswer, JudgeFailure>
  /// The tries in their order; none where nothing had to be asked or could be.
  package internal(set) var calls: [JudgeCall]

  /// What they cost by the price book, in picodollars.
  package var cost: Int64 { calls.reduce(0) { $0 + ($1.cost ?? 0) } }
}
