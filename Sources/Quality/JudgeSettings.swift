/// One judge as configured.
package struct JudgeSettings: Sendable {
  /// Where a key comes from; never from the configuration itself.
  package enum SecretSource: Equatable, Sendable {
    case environment(String)
    case file(String)
  }

  /// A model and where it is asked.
  package struct Endpoint: Equatable, Sendable {
    /// The model, how it is asked, and what stands before the provider's path.
    package let model: String
    package let provider: JudgeProvider
    package let baseURL: String
    package let key: SecretSource?

    /// An endpoint of these parts; the base URL has no slash at its end.
    package init(model: String, provider: JudgeProvider, baseURL: String, key: SecretSource?) {
      (self.model, self.provider) = (model, provider)
      (self.baseURL, self.key) = (baseURL, key)
    }

    /// Where a request goes.
    package var url: String { baseURL + provider.path }
  }

  /// The name its scores carry, and what it is asked.
  package let name: String
  package let prompt: PromptTemplate
  package let scale: JudgeScale
  /// The model and those to turn to when it fails, in order.
  package let endpoints: [Endpoint]
  /// Which calls it judges, and which share of those.
  package let when: CallFilter
  package let sample: Double
  private let sampling: CallSample
  /// Bounds on requests and tokens in a minute, and on requests at a time.
  package var requestsPerMinute: Int?
  package var tokensPerMinute: Int?
  package var concurrency = 4
  /// In ns; further tries after the first; how long an answer is kept, in ns.
  package var timeout: Int64 = 30_000_000_000
  package var retries = 3
  package var cacheLifetime: Int64 = 0
  /// In picodollars a day; nil for no bound.
  package var budget: Int64?
  /// Tokens of an answer, and bytes of a prompt.
  package var maxTokens = 512
  package var maxInput = 64 << 10
  /// A file of certificates to trust in place of the system's; empty for those.
  package var authorityFile = ""

  /// A judge with the usual bounds.
  package init(
    name: String, prompt: PromptTemplate, scale: JudgeScale, endpoints: [Endpoint],
    when: CallFilter = CallFilter(), sample: Double = 1
  ) {
    precondition(!endpoints.isEmpty, "a judge has a model")
    self.name = name
    self.prompt = prompt
    self.scale = scale
    self.endpoints = endpoints
    self.when = when
    self.sample = sample
    sampling = CallSample(sample, name: name)
  }

  /// Whether it judges `call`: its `when` lets it pass and its sample takes it.
  package func accepts(_ call: FinishedCall) -> Bool {
    when.accepts(call.words) && sampling.takes(call.identity)
  }

  /// How many tokens a request is taken to use until its answer tells: a cautious guess of a token
  /// for every two bytes, and all that an answer may have.
  package func tokenBound(prompt: [UInt8]) -> Int {
    prompt.count / 2 + scale.instruction.utf8.count / 2 + maxTokens
  }
}
