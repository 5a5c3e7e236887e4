import Codec
import Judging
import LinuxIO
import Money
import Quality
import TestSupport
import Testing

extension Bench {
  static let prices = PriceBook()
}

struct JudgeTroubleTests {
  typealias Manner = FakeProvider.Manner

  @Test(arguments: [
    (Manner.refuses(500), "server", 3), (.refuses(529), "server", 3),
    (.refuses(429), "rate_limit", 3), (.refuses(401), "auth", 1), (.refuses(403), "auth", 1),
    (.refuses(404), "not_found", 1), (.refuses(400), "invalid_request", 1),
    (.refuses(302, headers: "Location: /\r\n"), "invalid_request", 1),
    (
      .refuses(400, body: #"{"error":{"code":"context_length_exceeded"}}"#), "context_length", 1
    ),
    (.refuses(429, body: #"{"error":{"code":"insufficient_quota"}}"#), "quota", 1),
    (.refuses(429, headers: "Retry-After: 3600\r\n"), "rate_limit", 1),
    (.babbles(#"{"choices":[{"mess"#), "malformed", 3), (.babbles("<html>"), "malformed", 3),
    (.babbles(""), "malformed", 3), (.cuts, "network", 3), (.resets, "network", 3),
    (.says("I cannot help with that."), "refused", 1), (.says("no score"), "off_scale", 3),
    (.judges(score: "6"), "off_scale", 3), (.hangs, "timeout", 3), (.drips, "timeout", 3),
  ])
  func `each trouble has its word and its number of tries`(
    _ manner: Manner, _ word: String, _ tries: Int
  ) throws {
    try FakeProvider.use(key: Bench.key, usual: manner) { provider in
      let judge = try Bench.judge([Bench.endpoint(provider)]) {
        $0.retries = 2
        $0.timeout = manner == .hangs || manner == .drips ? 150_000_000 : 5_000_000_000
      }
      let bench = try Bench.make([judge])
      let outcome = bench.ask("helpful", about: Bench.call("rain"))
      #expect(Bench.word(outcome) == word)
      #expect(outcome.calls.count == tries)
      #expect(outcome.calls.map { $0.failure?.word } == Array(repeating: word, count: tries))
      #expect(provider.records.count == tries)
      #expect(provider.faults == [])
      #expect(bench.report().judges.first?.outcomes == [word: 1])
      #expect(bench.report().endpoints.first?.tries == [word: tries])
    }
  }

  @Test func `a date to come back at is heeded as well`() throws {
    let script: [Manner] = [
      .refuses(503, headers: "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), .resets,
    ]
    try FakeProvider.use(key: Bench.key, script: script) { provider in
      let bench = try Bench.make([
        Bench.judge([Bench.endpoint(provider)]) { $0.retries = 2 }
      ])
      let outcome = bench.ask("helpful", about: Bench.call("rain"))
      #expect(Bench.word(outcome) == "number(4.0)")
      #expect(outcome.calls.map { $0.failure?.word } == ["server", "network", nil])
      #expect(outcome.calls.map { $0.retryWait > 0 } == [false, true, true])
    }
  }

  @Test(arguments: [
    nil, #"{"prompt_tokens":0,"completion_tokens":0}"#,
    #"{"prompt_tokens":900000000,"completion_tokens":5}"#,
    #"{"prompt_tokens":37,"completion_tokens":99999}"#,
    #"{"prompt_tokens":-4,"completion_tokens":1.5}"#, #"{"prompt_tokens":1e99}"#,
  ])
  func `usage that cannot be is not believed, and the budget is charged the most it can have been`(
    _ usage: String?
  ) throws {
    try FakeProvider.use(key: Bench.key, usual: .misreports(usage: usage)) { provider in
      let bench = try Bench.make([Bench.judge([Bench.endpoint(provider)])])
      let outcome = bench.ask("helpful", about: Bench.call("rain"))
      #expect(Bench.word(outcome) == "number(4.0)")
      let call = try #require(outcome.calls.first)
      #expect(call.usage == JudgeAnswer.Usage() && call.cost == nil && call.doubtful != nil)
      #expect(call.charged > provider.bill)
      #expect(bench.report().judges.first?.spent == call.charged)
    }
  }

  @Test func `the breaker opens after troubles in a row, and closes when a probe is well`() throws {
    var tuning = Bench.quick
    tuning.breaker.threshold = 3
    tuning.breaker.pause = 200_000_000
    try FakeProvider.use(key: Bench.key, usual: .refuses(500)) { provider in
      let bench = try Bench.make([Bench.judge([Bench.endpoint(provider)])], tuning)
      for _ in 0..<3 {
        #expect(Bench.word(bench.ask("helpful", about: Bench.call("rain"))) == "server")
      }
      let opened = Clock.monotonic
      #expect(bench.report().endpoints.first?.breaker == .open)
      let refused = bench.ask("helpful", about: Bench.call("rain"))
      #expect(Bench.word(refused) == "breaker_open")
      #expect(refused.calls.map(\.isSent) == [false])
      #expect(refused.calls.map(\.breaker) == [.open])
      #expect(provider.records.count == 3)
      // The first probe fails, the second is well.
      var words: [String] = []
      while words.last != "number(4.0)", Clock.monotonic - opened < 10_000_000_000 {
        let outcome = bench.ask("helpful", about: Bench.call("rain"))
        if Bench.word(outcome) == "breaker_open" { continue }
        if words.isEmpty {
          #expect(Clock.monotonic - opened >= 200_000_000)
          provider.usual = .judges(score: "4")
        } else {
          #expect(Clock.monotonic - opened >= 600_000_000)
        }
        #expect(outcome.calls.map(\.breaker) == [.halfOpen])
        words.append(Bench.word(outcome))
      }
      #expect(words == ["server", "number(4.0)"])
      #expect(provider.records.count == 5)
      let endpoint = try #require(bench.report().endpoints.first)
      #expect(endpoint.breaker == .closed && endpoint.openings == 2)
    }
  }

  @Test func `another model stands in, and says for which`() throws {
    try FakeProvider.use(.openai, key: Bench.key, usual: .refuses(500)) { first in
      try FakeProvider.use(.anthropic, key: Bench.key) { second in
        let missing = Bench.endpoint(second, model: "claude-x", key: "NOWHERE")
        let bench = try Bench.make([
          Bench.judge([Bench.endpoint(first), missing, Bench.endpoint(second)]) {
            $0.retries = 1
          }
        ])
        let outcome = bench.ask("helpful", about: Bench.call("rain"))
        #expect(Bench.word(outcome) == "number(4.0)")
        #expect(outcome.calls.map(\.attempt) == [1, 2, 3])
        #expect(outcome.calls.map(\.fallbackFrom) == [nil, nil, "gpt-4o-mini"])
        #expect(outcome.calls.map(\.provider) == [.openai, .openai, .anthropic])
        #expect(
          bench.report().endpoints.map(\.lack) == [
            nil, "its key is missing: the variable NOWHERE of the environment is not set", nil,
          ])
        second.usual = .refuses(401)
        #expect(Bench.word(bench.ask("helpful", about: Bench.call("snow"))) == "auth")
      }
    }
  }

  @Test func `what lacks a text or is too long is not asked`() throws {
    try FakeProvider.use(key: Bench.key) { provider in
      let bench = try Bench.make([
        Bench.judge([Bench.endpoint(provider)]) { $0.maxInput = 300 }
      ])
      var call = Bench.call("rain")
      call.output = nil
      #expect(Bench.word(bench.ask("helpful", about: call)) == "missing_text")
      let long = Bench.call(String(repeating: "rain ", count: 100))
      #expect(Bench.word(bench.ask("helpful", about: long)) == "too_long")
      #expect(Bench.word(bench.ask("other", about: call)) == "unknown")
      #expect(provider.records.isEmpty)
    }
  }

  @Test func `nothing that can be printed holds the key`() throws {
    try FakeProvider.use(key: Bench.key, usual: .refuses(401, body: Bench.key)) { provider in
      let settings = try Bench.judge([Bench.endpoint(provider)])
      let bench = try Bench.make([settings])
      let outcome = bench.ask("helpful", about: Bench.call("rain"))
      #expect(Bench.word(outcome) == "auth")
      for text in [
        String(reflecting: outcome), String(reflecting: settings),
        String(reflecting: bench.report()), String(reflecting: bench),
      ] {
        #expect(!text.contains(Bench.key))
      }
      var dumped = ""
      dump(bench, to: &dumped)
      dump(outcome, to: &dumped)
      #expect(!dumped.contains(Bench.key))
      let bad = JudgeKeys(environment: ["JUDGE_KEY": "sk\u{7}secret"])
      guard case .failure(let lack) = bad.key(at: .environment("JUDGE_KEY")) else {
        Issue.record("a key with a control character")
        return
      }
      #expect(!"\(lack)".contains("secret"))
    }
  }
}
