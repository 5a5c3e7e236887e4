internal import Codec
internal import LinuxIO
package import Money
internal import Outbound
package import Quality
internal import Synchronization

/// Asks judges about calls, from any thread. Gates, caches, breakers and budgets are shared by all
/// its callers.
package final class JudgeBench: Sendable {
  private struct Judge: Sendable {
    let settings: JudgeSettings
    let books: JudgeBooks
    let ways: [JudgeWay]
  }

  private struct Table: Sendable {
    var judges: [String: Judge] = [:]
    var order: [String] = []
    var endpoints: [JudgeEndpoint.Name: JudgeEndpoint] = [:]
  }

  private let means: JudgeMeans
  private let table = Mutex(Table())
  /// Not to be guessed, so that nobody can write a text that is taken for another.
  private let hashKey = HashKey(Random.word(), Random.word())

  /// A bench of these judges. Keys and prices are read now. `local` makes of ns since 1970 what
  /// clocks show where the days of budgets begin. Throws when the system gives no descriptor.
  package init(
    _ settings: [JudgeSettings], keys: JudgeKeys, prices: PriceBook,
    tuning: JudgeTuning = JudgeTuning(),
    local: @escaping @Sendable (Int64) -> Int64 = { $0 }
  ) throws(JudgeBenchError) {
    do throws(Errno) {
      means = JudgeMeans(
        tuning: tuning, client: OutboundClient(connectionsPerServer: Self.keptConnections),
        waiting: try JudgeWaiting(), prices: JudgePrices(prices), local: local)
    } catch {
      throw JudgeBenchError(description: "cannot wait for judges: \(error.text)")
    }
    take(settings, keys)
  }

  /// Idle connections kept to one server.
  private static let keptConnections = 32

  /// Takes on other judges, keys and prices. Questions under way end by what held when they began.
  /// Gate and breaker of an endpoint (base URL, model, place of its key), and answers and spending
  /// of a judge (its name) go on.
  package func follow(_ settings: [JudgeSettings], keys: JudgeKeys, prices: PriceBook) {
    means.prices.follow(prices)
    take(settings, keys)
  }

  private func take(_ settings: [JudgeSettings], _ keys: JudgeKeys) {
    table.withLock { table in
      var next = Table()
      for one in settings {
        let books = table.judges[one.name]?.books
        books?.follow(one)
        let ways = one.endpoints.map { endpoint in
          let name = JudgeEndpoint.Name(endpoint)
          let known = next.endpoints[name] ?? table.endpoints[name]
          let place = known ?? JudgeEndpoint(endpoint, means.tuning)
          next.endpoints[name] = place
          return Self.way(place, endpoint, keys)
        }
        next.judges[one.name] = Judge(
          settings: one, books: books ?? JudgeBooks(one, cacheLimit: means.tuning.cacheLimit),
          ways: ways)
        next.order.append(one.name)
      }
      for (name, endpoint) in next.endpoints {
        let users = settings.filter { $0.endpoints.contains { JudgeEndpoint.Name($0) == name } }
        endpoint.allow(
          requests: users.compactMap(\.requestsPerMinute).min(),
          tokens: users.compactMap(\.tokensPerMinute).min())
      }
      table = next
    }
  }

  private static func way(
    _ place: JudgeEndpoint, _ endpoint: JudgeSettings.Endpoint, _ keys: JudgeKeys
  ) -> JudgeWay {
    var (key, lack): (Secret?, String?) = (nil, nil)
    if let source = endpoint.key {
      switch keys.key(at: source) {
      case .success(let secret): key = secret
      case .failure(let fault): lack = "its key is missing: \(fault)"
      }
    }
    if let fault = OutboundClient.lack(for: endpoint.url) { lack = "\(fault)" }
    return JudgeWay(endpoint: place, settings: endpoint, key: key, lack: lack)
  }

  /// Ends all waits and questions within about a second, and answers none after.
  package func close() { means.waiting.close() }
}

/// Why there is no bench.
package struct JudgeBenchError: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String
}

// MARK: Asking
extension JudgeBench {
  /// Asks `judge` about `call`. Blocks the calling thread until it is judged, refused or given up;
  /// whether the judge's `when` and sample take the call is not looked at.
  package func ask(_ judge: String, about call: FinishedCall) -> JudgeOutcome {
    guard let judge = table.withLock({ $0.judges[judge] }) else {
      return JudgeOutcome(result: .failure(.unknown), calls: [])
    }
    let outcome = ask(judge, about: call)
    switch outcome.result {
    case .success: judge.books.count("ok")
    case .failure(let failure): judge.books.count(failure.word)
    }
    return outcome
  }

  private func ask(_ judge: Judge, about call: FinishedCall) -> JudgeOutcome {
    guard !means.waiting.isClosed else {
      return JudgeOutcome(result: .failure(.cancelled), calls: [])
    }
    do throws(PromptTemplate.Refusal) {
      let prompt = try judge.settings.prompt.filled(for: call, limit: judge.settings.maxInput)
      return ask(judge, prompt)
    } catch {
      return JudgeOutcome(result: .failure(.prompt(error)), calls: [])
    }
  }

  private func ask(_ judge: Judge, _ prompt: [UInt8]) -> JudgeOutcome {
    let key = key(of: judge, prompt)
    do throws(Errno) {
      return try means.waiting.withPlace { place in
        switch judge.books.ask(key, at: place, now: Clock.monotonic) {
        case .hit(let kept): return Self.spared(by: kept, .hit)
        case .follow(let waiter): return follow(judge, waiter, place)
        case .lead:
          var asking = JudgeAsking(
            judge.settings, judge.books, judge.ways, prompt: prompt, means)
          let (outcome, kept) = asking.run()
          judge.books.finish(key, kept, outcome, now: Clock.monotonic)
          return outcome
        }
      }
    } catch {
      return JudgeOutcome(result: .failure(.cancelled), calls: [])
    }
  }

  private func follow(
    _ judge: Judge, _ waiter: Int, _ place: JudgeWaiting.Place
  ) -> JudgeOutcome {
    let start = Clock.monotonic
    _ = means.waiting.wait(at: place) { judge.books.hasOutcome(for: waiter) }
    guard let outcome = judge.books.takeOutcome(for: waiter) else {
      return JudgeOutcome(result: .failure(.cancelled), calls: [])
    }
    guard case .success(let answer) = outcome.result, let last = outcome.calls.last else {
      return JudgeOutcome(result: outcome.result, calls: [])
    }
    var spared = Self.spared(by: JudgeBooks.Kept(answer: answer, call: last), .shared)
    spared.calls[0].duration = Clock.monotonic - start
    return spared
  }

  /// The outcome of a question that did not have to be asked.
  private static func spared(by kept: JudgeBooks.Kept, _ cache: JudgeCall.Cache) -> JudgeOutcome {
    var call = kept.call
    call.cache = cache
    call.start = Clock.wall
    call.isSent = false
    (call.attempt, call.status, call.cost, call.charged) = (1, nil, 0, 0)
    (call.duration, call.gateWait, call.slotWait, call.retryWait) = (0, 0, 0, 0)
    (call.remainingRequests, call.remainingTokens) = (nil, nil)
    return JudgeOutcome(result: .success(kept.answer), calls: [call])
  }

  /// Stands for all that the answer depends on.
  private func key(of judge: Judge, _ prompt: [UInt8]) -> Hash128 {
    let first = judge.settings.endpoints[0]
    let body = first.provider.body(
      model: first.model, prompt: prompt, scale: judge.settings.scale,
      maxTokens: judge.settings.maxTokens)
    let bytes = Array("\(first.url)\n".utf8) + body
    // unsafe because the hash reads the array's own bytes during the call.
    return unsafe bytes.withUnsafeBytes { unsafe hashKey.hash($0) }
  }
}

// MARK: Books
extension JudgeBench {
  /// Notes what a judge has cost today before this bench was made; in picodollars.
  package func recall(_ judge: String, spent: Int64) {
    let found = table.withLock { $0.judges[judge] }
    found?.books.recall(spent, now: means.local(Clock.wall))
  }

  private func unpricedModels(of judge: Judge) -> [String] {
    guard judge.books.isBounded else { return [] }
    var usage = JudgeAnswer.Usage()
    (usage.input, usage.output) = (1, 1)
    return judge.settings.endpoints.filter {
      means.prices.cost(of: usage, $0, responseModel: nil, time: Clock.wall) == nil
    }.map(\.model)
  }

  /// How judges and their models are doing.
  package func report() -> JudgeReport {
    let (judges, now) = (
      table.withLock { table in table.order.compactMap { table.judges[$0] } }, Clock.monotonic
    )
    var seen: Set<JudgeEndpoint.Name> = []
    let ways = judges.flatMap(\.ways).filter {
      seen.insert(JudgeEndpoint.Name($0.settings)).inserted
    }
    let today = means.local(Clock.wall)
    return JudgeReport(
      judges: judges.map {
        $0.books.report($0.settings.name, day: today, unpriced: unpricedModels(of: $0))
      },
      endpoints: ways.map { $0.endpoint.report(lack: $0.lack, now: now) })
  }
}
