internal import Codec
internal import LinuxIO
internal import Outbound
internal import Quality

/// A model that can be asked now: its gate and breaker, and its key as it was read last.
struct JudgeWay: Sendable {
  let endpoint: JudgeEndpoint
  let settings: JudgeSettings.Endpoint
  let key: Secret?
  /// What is lacking to ask it.
  let lack: String?
}

/// What all questions go by.
struct JudgeMeans: Sendable {
  let tuning: JudgeTuning
  let client: OutboundClient
  let waiting: JudgeWaiting
  let prices: JudgePrices
  /// From ns since 1970 to what clocks show where days are counted.
  let local: @Sendable (Int64) -> Int64
}

/// One question on its way through a judge's models. Used by one thread.
struct JudgeAsking {
  let settings: JudgeSettings
  let books: JudgeBooks
  let ways: [JudgeWay]
  let prompt: [UInt8]
  let means: JudgeMeans
  private(set) var calls: [JudgeCall] = []
  /// In ns.
  private static let shortestWait: Int64 = 2_000_000

  init(
    _ settings: JudgeSettings, _ books: JudgeBooks, _ ways: [JudgeWay], prompt: [UInt8],
    _ means: JudgeMeans
  ) {
    (self.settings, self.books, self.ways) = (settings, books, ways)
    (self.prompt, self.means) = (prompt, means)
  }

  /// Asks one model after the other until one judges; what of it is kept goes to `kept`.
  mutating func run() -> (outcome: JudgeOutcome, kept: JudgeBooks.Kept?) {
    var failure = JudgeFailure.unknown
    for way in ways {
      switch ask(way) {
      case .success(let answer):
        let kept = calls.last.map { JudgeBooks.Kept(answer: answer, call: $0) }
        return (JudgeOutcome(result: .success(answer), calls: calls), kept)
      case .failure(let cause):
        // What an earlier model said tells more than that a later one could not be asked.
        failure = failure == .unknown || calls.last?.isSent == true ? cause : failure
        guard cause.isWorthFallback else {
          return (JudgeOutcome(result: .failure(cause), calls: calls), nil)
        }
      }
    }
    return (JudgeOutcome(result: .failure(failure), calls: calls), nil)
  }

  /// Asks one model, again where that may help.
  private mutating func ask(_ way: JudgeWay) -> Result<JudgeAnswer, JudgeFailure> {
    guard way.lack == nil else { return .failure(.notSetUp) }
    var plan = means.tuning.retry
    plan.retries = settings.retries
    var retryWait: Int64 = 0
    for number in 1... {
      var call = JudgeCall(way.settings, start: Clock.wall)
      call.attempt = calls.count + 1
      call.retryWait = retryWait
      if way.settings != ways[0].settings { call.fallbackFrom = ways[0].settings.model }
      let result = attempt(way, &call)
      guard case .failure(let failure) = result else {
        calls.append(call)
        return result
      }
      call.failure = failure
      // A breaker that lets nobody through is worth telling of; else only what was sent is.
      if call.isSent || failure == .breakerOpen { calls.append(call) }
      let random = Double(Random.word() >> 11) * 0x1p-53
      guard call.isSent, let pause = plan.pause(before: number, after: failure, random: random)
      else { return result }
      let start = Clock.monotonic
      guard means.waiting.pause(until: start + pause) else { return .failure(.cancelled) }
      retryWait = Clock.monotonic - start
    }
    return .failure(.cancelled)
  }

  /// One try: past the budget, the others under way, the gate and the breaker, to the provider.
  private func attempt(
    _ way: JudgeWay, _ call: inout JudgeCall
  ) -> Result<JudgeAnswer, JudgeFailure> {
    guard !way.endpoint.isShut(now: Clock.monotonic) else {
      call.breaker = .open
      return .failure(.breakerOpen)
    }
    let estimate = means.prices.cost(
      of: mostUsage, way.settings, responseModel: nil, time: Clock.wall)
    guard estimate != nil || !books.isBounded else { return .failure(.unpriced) }
    let money: Int
    switch reserve(estimate ?? 0) {
    case .success(let ticket): money = ticket
    case .failure(let failure): return .failure(failure)
    }
    defer { books.settle(money, cost: call.charged, now: means.local(Clock.wall)) }
    let start = Clock.monotonic
    guard takeSlot() else { return .failure(.cancelled) }
    defer { books.giveSlot() }
    call.slotWait = Clock.monotonic - start
    let tokens = settings.tokenBound(prompt: prompt)
    switch passGate(way, tokens, &call) {
    case .failure(let failure): return .failure(failure)
    case .success(let pass):
      call.breaker = pass.breaker
      let exchange = JudgeExchange(way, pass, tokens: tokens, most: estimate ?? 0)
      return exchange.run(settings, prompt, means, &call)
    }
  }

  /// The most that a question may use: no tokenizer makes more tokens than there are bytes.
  private var mostUsage: JudgeAnswer.Usage {
    var usage = JudgeAnswer.Usage()
    usage.input = prompt.count + JudgeExchange.overhead
    usage.output = settings.maxTokens
    return usage
  }

  /// Reserves the most that a try may cost, when there is so much left or others may leave it.
  private func reserve(_ estimate: Int64) -> Result<Int, JudgeFailure> {
    do throws(Errno) {
      return try means.waiting.withPlace { place in
        while true {
          switch books.reserve(estimate, at: place, now: means.local(Clock.wall)) {
          case .ticket(let ticket): return .success(ticket)
          case .refused: return .failure(.budget)
          case .wait:
            guard means.waiting.wait(at: place, until: { books.isCalled(place) }) else {
              books.leave(place)
              return .failure(.cancelled)
            }
          }
        }
      }
    } catch {
      return .failure(.cancelled)
    }
  }

  private func takeSlot() -> Bool {
    do throws(Errno) {
      return try means.waiting.withPlace { books.takeSlot(means.waiting, at: $0) }
    } catch {
      return false
    }
  }

  /// Waits in the line at the gate until it lets the call out and the breaker is not open.
  private func passGate(
    _ way: JudgeWay, _ tokens: Int, _ call: inout JudgeCall
  ) -> Result<JudgeEndpoint.Pass, JudgeFailure> {
    let start = Clock.monotonic
    var waited: Int64 = 0
    do throws(Errno) {
      let result = try means.waiting.withPlace {
        place -> Result<JudgeEndpoint.Pass, JudgeFailure> in
        way.endpoint.join(place)
        defer { way.endpoint.leave(place, waited: waited) }
        let deadline = start + means.tuning.gatePatience
        while true {
          let now = Clock.monotonic
          guard !means.waiting.isClosed else { return .failure(.cancelled) }
          switch way.endpoint.depart(from: place, tokens: tokens, now: now) {
          case .go(let pass): return .success(pass)
          case .never: return .failure(.gate)
          case .refused: return .failure(.breakerOpen)
          case .wait(let time):
            guard time == .max || time <= deadline, now < deadline else { return .failure(.gate) }
            means.waiting.wait(at: place, until: min(time, deadline))
            let length = Clock.monotonic - start
            // To let somebody through who came at the same time is no wait.
            if length >= Self.shortestWait { waited = length }
          }
        }
      }
      call.gateWait = waited
      if result == .failure(.breakerOpen) { call.breaker = .open }
      return result
    } catch {
      return .failure(.cancelled)
    }
  }
}
