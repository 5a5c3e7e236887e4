internal import Codec
internal import LinuxIO
internal import Outbound
internal import Quality

/// One request to a model and what its answer means.
struct JudgeExchange {
  private let way: JudgeWay
  private let pass: JudgeEndpoint.Pass
  /// Tokens reserved at the gate.
  private let tokens: Int
  /// Picodollars that it can have cost at most.
  private let most: Int64

  /// Tokens of a request beside its prompt, at most: what the model is told, the schema, and what
  /// providers put around messages.
  static let overhead = 2_048
  /// A hold that a provider asks for and that is believed, in ns.
  private static let longestHold: Int64 = 600_000_000_000

  init(_ way: JudgeWay, _ pass: JudgeEndpoint.Pass, tokens: Int, most: Int64) {
    (self.way, self.pass, self.tokens, self.most) = (way, pass, tokens, most)
  }

  /// Asks, and settles what was reserved.
  func run(
    _ settings: JudgeSettings, _ prompt: [UInt8], _ means: JudgeMeans, _ call: inout JudgeCall
  ) -> Result<JudgeAnswer, JudgeFailure> {
    let request = request(settings, prompt, means)
    call.isSent = true
    call.start = Clock.wall
    let begin = Clock.monotonic
    let sent = means.client.send(request)
    let now = Clock.monotonic
    call.duration = now - begin
    let result: Result<JudgeAnswer, JudgeFailure>
    switch sent {
    case .failure(let error):
      let failure = means.waiting.isClosed ? JudgeFailure.cancelled : JudgeFailure(error)
      // Who took the request may have worked on it, and will want to be paid.
      call.charged = error.isBeforeSending ? 0 : most
      result = .failure(failure)
    case .success(let response):
      result = read(response, settings, prompt, &call)
      price(settings, means, &call)
    }
    settle(result, call, now)
    return result
  }

  private func request(
    _ settings: JudgeSettings, _ prompt: [UInt8], _ means: JudgeMeans
  ) -> OutboundRequest {
    let endpoint = way.settings
    var request = OutboundRequest(
      url: endpoint.url,
      headers: endpoint.provider.fields(key: way.key?.revealed).map {
        OutboundRequest.Header($0.name, $0.value)
      },
      body: endpoint.provider.body(
        model: endpoint.model, prompt: prompt, scale: settings.scale,
        maxTokens: settings.maxTokens),
      timeoutMilliseconds: max(1, settings.timeout / 1_000_000),
      bodyLimit: means.tuning.answerLimit)
    request.authorityFile = settings.authorityFile
    request.isSentOnce = true
    request.isAbandoned = { [waiting = means.waiting] in waiting.isClosed }
    return request
  }

  private func read(
    _ response: Response, _ settings: JudgeSettings, _ prompt: [UInt8], _ call: inout JudgeCall
  ) -> Result<JudgeAnswer, JudgeFailure> {
    call.status = response.status
    call.remainingRequests = Self.count(
      response, "x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining")
    call.remainingTokens = Self.count(
      response, "x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining")
    guard response.isSuccess else {
      let seconds = response.retryAfter(now: Clock.wall / 1_000_000_000)
      return .failure(
        JudgeFailure(
          status: response.status, retryAfter: seconds.map(Self.nanoseconds),
          body: response.body))
    }
    let reply = JudgeReply(response.body, from: way.settings.provider, scale: settings.scale)
    call.responseModel = reply.model.flatMap { JudgeProvider.isModelName($0) ? $0 : nil }
    if isCredible(reply.usage, settings, prompt) {
      call.usage = reply.usage
    } else {
      call.doubtful = reply.usage
    }
    return reply.result
  }

  /// Whether a request like this can have used so much: no prompt is read for nothing, no tokenizer
  /// makes more tokens than bytes, and no answer is longer than was asked for.
  private func isCredible(
    _ usage: JudgeAnswer.Usage, _ settings: JudgeSettings, _ prompt: [UInt8]
  ) -> Bool {
    guard usage.input != nil, let output = usage.output else { return false }
    let input = usage.total - output
    return input > 0 && input <= prompt.count + Self.overhead && output <= settings.maxTokens * 2
  }

  /// What an answer costs, and what the budget is charged for it.
  private func price(_ settings: JudgeSettings, _ means: JudgeMeans, _ call: inout JudgeCall) {
    guard call.status.map({ (200..<300).contains($0) }) ?? false else { return }
    if call.doubtful == nil {
      call.cost = means.prices.cost(
        of: call.usage, way.settings, responseModel: call.responseModel,
        time: call.start + call.duration)
    }
    call.charged = call.cost ?? most
  }

  private func settle(
    _ result: Result<JudgeAnswer, JudgeFailure>, _ call: JudgeCall, _ now: Int64
  ) {
    var (word, isTrouble, hold): (String, Bool?, Int64?) = ("ok", false, nil)
    if case .failure(let failure) = result {
      word = failure.word
      isTrouble = failure == .cancelled ? nil : failure.isProviderTrouble
      if case .rateLimited(let after?) = failure { hold = now + min(after, Self.longestHold) }
    }
    let hasUsage = call.doubtful == nil && call.usage.total > 0
    way.endpoint.finish(
      pass, tokens: hasUsage ? call.usage.total : tokens, isTrouble: isTrouble,
      word: word, holdUntil: hold, now: now)
  }

  private static func nanoseconds(_ seconds: Int64) -> Int64 {
    let (product, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return isOver ? .max / 4 : product
  }

  private static func count(_ response: Response, _ names: String...) -> Int? {
    for name in names {
      if let text = response.header(name), let count = Int(text), count >= 0 { return count }
    }
    return nil
  }
}

extension JudgeFailure {
  /// Why there is no answer at all.
  fileprivate init(_ error: ClientError) {
    switch error {
    case .timeout, .transport(.timeout, _, _): self = .timeout
    case .badResponse, .transport(.tooLong, _, _): self = .malformed
    case .badURL, .unsupportedScheme, .badHeader, .missingLibrary: self = .notSetUp
    default: self = .network
    }
  }
}

extension ClientError {
  /// Whether the provider cannot have got the request.
  fileprivate var isBeforeSending: Bool {
    switch self {
    case .badURL, .unsupportedScheme, .badHeader, .missingLibrary, .refused: true
    case .transport(let fault, _, _):
      switch fault {
      case .unresolved, .refused, .handshake, .certificate, .authority: true
      default: false
      }
    default: false
    }
  }
}
