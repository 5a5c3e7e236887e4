import Judging
import LinuxIO
import Quality
import Synchronization
import TestSupport
import Testing

/// Gates with a window of seconds in place of a minute, held by a provider that counts along.
struct JudgeGateTests {
  static let second: Int64 = 1_000_000_000

  private var tuning: JudgeTuning {
    var tuning = Bench.quick
    tuning.gateWindow = Self.second + Self.second / 2
    return tuning
  }

  @Test func `sixteen who wait together never pass the bound on requests`() throws {
    let allowance = FakeProvider.Allowance(requests: 6, window: Self.second)
    try FakeProvider.use(key: Bench.key, allowing: allowance) { provider in
      let judges = try (0..<2).map { number in
        try Bench.judge([Bench.endpoint(provider)], name: "judge\(number)") {
          $0.requestsPerMinute = 6 + number
          $0.concurrency = 16
        }
      }
      let bench = try Bench.make(judges, tuning)
      try Bench.together(16) { number in
        let outcome = bench.ask("judge\(number % 2)", about: Bench.call("rain \(number)"))
        #expect(Bench.word(outcome) == "number(4.0)")
      }
      #expect(provider.records.count == 16)
      #expect(provider.faults == [])
      let endpoint = try #require(bench.report().endpoints.first)
      #expect(bench.report().endpoints.count == 1)
      #expect(endpoint.delayed >= 10)
      #expect(endpoint.gateWait > 10 * Self.second)
    }
  }

  @Test func `sixteen who wait together never pass the bound on tokens`() throws {
    let allowance = FakeProvider.Allowance(tokens: 700, window: Self.second)
    try FakeProvider.use(key: Bench.key, allowing: allowance) { provider in
      let judge = try Bench.judge([Bench.endpoint(provider)]) {
        $0.tokensPerMinute = 700
        $0.maxTokens = 16
        $0.concurrency = 16
      }
      let bench = try Bench.make([judge], tuning)
      try Bench.together(16) { number in
        let outcome = bench.ask("helpful", about: Bench.call("rain \(number)"))
        #expect(Bench.word(outcome) == "number(4.0)")
      }
      #expect(provider.records.count == 16)
      #expect(provider.faults == [])
      // What is not used lets others out: 58 tokens each, of 210 that were reserved.
      let times = provider.records.map(\.time).sorted()
      #expect(times[8] - times[0] < Self.second)
    }
  }

  @Test func `no more are under way than may be`() throws {
    try FakeProvider.use(key: Bench.key) { provider in
      provider.delay = 30
      let judge = try Bench.judge([Bench.endpoint(provider)]) { $0.concurrency = 3 }
      let bench = try Bench.make([judge])
      let waited = Atomic<Int64>(0)
      try Bench.together(16) { number in
        let outcome = bench.ask("helpful", about: Bench.call("rain \(number)"))
        #expect(Bench.word(outcome) == "number(4.0)")
        waited.add(outcome.calls.first?.slotWait ?? 0, ordering: .relaxed)
      }
      #expect(provider.mostUnderWay == 3)
      #expect(waited.load(ordering: .relaxed) > 0)
      #expect(provider.connections <= 16)
      #expect(bench.report().judges.first?.underWay == 0)
    }
  }

  @Test func `what is larger than a window, or would wait too long, is not asked`() throws {
    try FakeProvider.use(key: Bench.key) { provider in
      let small = try Bench.judge([Bench.endpoint(provider)]) { $0.tokensPerMinute = 100 }
      var tuning = tuning
      tuning.gatePatience = 1
      let first = try Bench.make([small], tuning)
      #expect(Bench.word(first.ask("helpful", about: Bench.call("rain"))) == "gate")
      let slow = try Bench.judge([Bench.endpoint(provider)]) { $0.requestsPerMinute = 1 }
      let second = try Bench.make([slow], tuning)
      #expect(Bench.word(second.ask("helpful", about: Bench.call("rain"))) == "number(4.0)")
      #expect(Bench.word(second.ask("helpful", about: Bench.call("snow"))) == "gate")
      // A reload lets nobody begin anew.
      second.follow(
        [slow], keys: JudgeKeys(environment: ["JUDGE_KEY": Bench.key]), prices: Bench.prices)
      #expect(Bench.word(second.ask("helpful", about: Bench.call("snow"))) == "gate")
      #expect(provider.records.count == 1)
    }
  }

  @Test func `all wait when the provider tells one to`() throws {
    let script: [FakeProvider.Manner] = [.refuses(429, headers: "Retry-After: 1\r\n")]
    try FakeProvider.use(key: Bench.key, script: script) { provider in
      let judge = try Bench.judge([Bench.endpoint(provider)]) { $0.retries = 1 }
      let bench = try Bench.make([judge])
      let first = bench.ask("helpful", about: Bench.call("rain"))
      #expect(Bench.word(first) == "number(4.0)")
      #expect(first.calls.map(\.attempt) == [1, 2])
      #expect(first.calls.map(\.status) == [429, 200])
      #expect(first.calls.last?.retryWait ?? 0 >= Self.second)
      let times = provider.records.map(\.time)
      #expect(times[1] - times[0] >= Self.second)
      #expect(provider.faults == [])
    }
  }
}
