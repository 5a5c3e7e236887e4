import Codec
import Judging
import LinuxIO
import Money
import Outbound
import Quality
import Synchronization
import TestSupport
import Testing

/// What the tests of this suite share.
enum Bench {
  static let key = "sk-fake-0123456789abcdef"

  static let models: [FakeProvider.Dialect: String] = [
    .openai: "gpt-4o-mini", .anthropic: "claude-3-5-haiku-20241022", .ollama: "llama3:8b",
  ]

  static func endpoint(
    _ provider: FakeProvider, model: String? = nil, key: String = "JUDGE_KEY"
  ) -> JudgeSettings.Endpoint {
    let name = model ?? models[provider.dialect] ?? ""
    return JudgeSettings.Endpoint(
      model: name, provider: JudgeProvider(rawValue: provider.dialect.rawValue) ?? .openai,
      baseURL: provider.url, key: .environment(key))
  }

  static func judge(
    _ endpoints: [JudgeSettings.Endpoint], name: String = "helpful",
    _ change: (inout JudgeSettings) -> Void = { _ in }
  ) throws -> JudgeSettings {
    var settings = JudgeSettings(
      name: name, prompt: try PromptTemplate("Q: {{input}} A: {{output}}"),
      scale: .numbers(1...5), endpoints: endpoints)
    settings.retries = 0
    settings.timeout = 5_000_000_000
    change(&settings)
    return settings
  }

  static func call(_ text: String) -> FinishedCall {
    var call = FinishedCall()
    call.input = Array("What is \(text)?".utf8)
    call.output = Array("It is \(text).".utf8)
    return call
  }

  /// Pauses of milliseconds, so that a test sees many tries.
  static var quick: JudgeTuning {
    var tuning = JudgeTuning()
    tuning.retry.firstPause = 2_000_000
    tuning.retry.longestPause = 10_000_000
    return tuning
  }

  static func make(
    _ settings: [JudgeSettings], _ tuning: JudgeTuning = quick, key: String? = key,
    local: @escaping @Sendable (Int64) -> Int64 = { $0 }
  ) throws -> JudgeBench {
    try JudgeBench(
      settings, keys: JudgeKeys(environment: key.map { ["JUDGE_KEY": $0] } ?? [:]),
      prices: PriceBook(), tuning: tuning, local: local)
  }

  /// What came of it, in a word, or the score.
  static func word(_ outcome: JudgeOutcome) -> String {
    switch outcome.result {
    case .success(let answer): "\(answer.value)"
    case .failure(let failure): failure.word
    }
  }

  /// Runs `body` on so many threads at once, with each one's number.
  static func together(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
    let threads = try (0..<count).map { number in
      try Thread(name: "asker") { body(number) }
    }
    for thread in threads { thread.join() }
  }
}

struct JudgeBenchTests {
  @Test(.enabled(if: OutboundClient.hasLibrary), arguments: FakeProvider.Dialect.allCases)
  func `hosts by name are asked by libcurl, and connections are kept`(
    _ dialect: FakeProvider.Dialect
  ) throws {
    try FakeProvider.use(dialect, key: Bench.key) { provider in
      let plain = Bench.endpoint(provider)
      let endpoint = JudgeSettings.Endpoint(
        model: plain.model, provider: plain.provider,
        baseURL: plain.baseURL.replacing("127.0.0.1", with: "localhost"), key: plain.key)
      let judge = try Bench.judge([endpoint]) { $0.timeout = 60_000_000_000 }
      let bench = try Bench.make([judge])
      for number in 0..<5 {
        let outcome = bench.ask("helpful", about: Bench.call("rain \(number)"))
        #expect(Bench.word(outcome) == "number(4.0)")
      }
      #expect(provider.faults == [])
      #expect(provider.connections == 1)
      provider.usual = .hangs
      let thread = try Thread(name: "asker") {
        #expect(Bench.word(bench.ask("helpful", about: Bench.call("snow"))) == "cancelled")
      }
      while provider.underWay == 0 {}
      let start = Clock.monotonic
      bench.close()
      thread.join()
      #expect(Clock.monotonic - start < 4_000_000_000)
    }
  }

  @Test(arguments: FakeProvider.Dialect.allCases)
  func `each provider is asked in its own way`(_ dialect: FakeProvider.Dialect) throws {
    try FakeProvider.use(dialect, key: Bench.key) { provider in
      let bench = try Bench.make([Bench.judge([Bench.endpoint(provider)])])
      let outcome = bench.ask("helpful", about: Bench.call("rain"))
      #expect(Bench.word(outcome) == "number(4.0)")
      #expect(provider.faults == [])
      let call = try #require(outcome.calls.first)
      #expect(outcome.calls.count == 1)
      #expect(call.status == 200 && call.attempt == 1 && call.cache == .miss && call.isSent)
      #expect(call.usage.input == 37 && call.usage.output == 20)
      #expect(call.breaker == .closed && call.failure == nil)
      #expect(call.duration > 0)
      let cost: Int64? = dialect == .openai ? provider.bill : dialect == .ollama ? 0 : nil
      if let cost { #expect(call.cost == cost) } else { #expect(call.cost ?? 0 > 0) }
      if dialect != .anthropic { #expect(call.remainingRequests == 17) }
      #expect(provider.records.map(\.prompt) == ["Q: What is rain? A: It is rain."])
    }
  }
}
