import Codec
import Judging
import LinuxIO
import Money
import Quality
import Synchronization
import TestSupport
import Testing

/// Caches, budgets, reload and stop.
struct JudgeSharingTests {
  static let hour: Int64 = 3_600_000_000_000

  @Test func `equal questions are asked once, and the answer is kept`() throws {
    try FakeProvider.use(key: Bench.key) { provider in
      provider.delay = 100
      let judge = try Bench.judge([Bench.endpoint(provider)]) { $0.cacheLifetime = Self.hour }
      let bench = try Bench.make([judge])
      let cached = Mutex<[JudgeCall.Cache: Int]>([:])
      try Bench.together(12) { _ in
        let outcome = bench.ask("helpful", about: Bench.call("rain"))
        #expect(Bench.word(outcome) == "number(4.0)")
        for call in outcome.calls { cached.withLock { $0[call.cache, default: 0] += 1 } }
      }
      #expect(provider.records.count == 1)
      let counts = cached.withLock { $0 }
      #expect(counts[.miss] == 1)
      #expect((counts[.shared] ?? 0) + (counts[.hit] ?? 0) == 11)
      let hit = bench.ask("helpful", about: Bench.call("rain"))
      #expect(hit.calls.map(\.cache) == [.hit])
      #expect(hit.calls.map(\.cost) == [0] && hit.calls.map(\.isSent) == [false])
      let report = try #require(bench.report().judges.first)
      #expect(report.cache.misses == 1 && report.cache.hits + report.cache.shared == 12)
      #expect(report.cachedAnswers == 1)
      #expect(report.outcomes == ["ok": 13])
      #expect(report.spent == provider.bill)
      _ = bench.ask("helpful", about: Bench.call("snow"))
      #expect(provider.records.count == 2)
    }
  }

  @Test func `those who share a question share its failure, which is not kept`() throws {
    try FakeProvider.use(key: Bench.key, usual: .refuses(400)) { provider in
      provider.delay = 100
      let judge = try Bench.judge([Bench.endpoint(provider)]) { $0.cacheLifetime = Self.hour }
      let bench = try Bench.make([judge])
      try Bench.together(6) { _ in
        #expect(Bench.word(bench.ask("helpful", about: Bench.call("rain"))) == "invalid_request")
      }
      #expect(provider.records.count < 6)
      provider.usual = .judges(score: "2")
      #expect(Bench.word(bench.ask("helpful", about: Bench.call("rain"))) == "number(2.0)")
    }
  }

  @Test(arguments: [
    FakeProvider.Manner.judges(score: "4"), .misreports(usage: nil), .hangs, .cuts,
    .misreports(usage: #"{"prompt_tokens":1,"completion_tokens":0}"#),
  ])
  func `sixteen together pass the day's budget by one call at most`(
    _ manner: FakeProvider.Manner
  ) throws {
    try FakeProvider.use(key: Bench.key, usual: manner) { provider in
      provider.delay = 5
      let judge = try Bench.judge([Bench.endpoint(provider)]) {
        $0.concurrency = 16
        $0.budget = 2_000_000_000
        $0.maxTokens = 64
        $0.timeout = manner == .hangs ? 100_000_000 : 5_000_000_000
      }
      var tuning = Bench.quick
      tuning.breaker.threshold = 1_000_000
      let bench = try Bench.make([judge], tuning)
      let refused = Atomic(0)
      try Bench.together(16) { number in
        for turn in 0..<30 {
          let outcome = bench.ask("helpful", about: Bench.call("rain \(number) \(turn)"))
          if Bench.word(outcome) == "budget" { refused.add(1, ordering: .relaxed) }
        }
      }
      let report = try #require(bench.report().judges.first)
      let dearest = provider.records.map(\.bill).max() ?? 0
      #expect(report.spent <= 2_000_000_000)
      // A provider that says less than it bills cannot be seen through.
      if manner != .misreports(usage: #"{"prompt_tokens":1,"completion_tokens":0}"#) {
        #expect(provider.bill <= 2_000_000_000 + dearest)
        #expect(refused.load(ordering: .relaxed) > 0)
      }
      #expect(report.reserved == 0)
    }
  }

  @Test func `what others have reserved and do not need is waited for`() throws {
    try FakeProvider.use(key: Bench.key) { provider in
      provider.delay = 2
      let judge = try Bench.judge([Bench.endpoint(provider)]) {
        $0.concurrency = 16
        // Room for the most that two calls can cost, and for what fifty cost.
        $0.budget = 900_000_000
        $0.maxTokens = 64
      }
      let bench = try Bench.make([judge])
      let refused = Atomic(0)
      try Bench.together(16) { number in
        for turn in 0..<3 {
          let outcome = bench.ask("helpful", about: Bench.call("rain \(number) \(turn)"))
          if Bench.word(outcome) == "budget" { refused.add(1, ordering: .relaxed) }
        }
      }
      let most: Int64 = 400_000_000
      #expect(provider.bill > 900_000_000 - most && provider.bill <= 900_000_000)
      #expect(provider.records.count + refused.load(ordering: .relaxed) == 48)
    }
  }

  @Test func `each day has its budget, and what was spent before a restart counts`() throws {
    let day: Int64 = 86_400_000_000_000
    let shift = Mutex<Int64>(0)
    try FakeProvider.use(key: Bench.key) { provider in
      let judge = try Bench.judge([Bench.endpoint(provider)]) { $0.budget = 1_000_000_000 }
      let bench = try Bench.make([judge], local: { time in time + shift.withLock { $0 } })
      bench.recall("helpful", spent: 999_999_999)
      #expect(Bench.word(bench.ask("helpful", about: Bench.call("rain"))) == "budget")
      shift.withLock { $0 += day }
      #expect(Bench.word(bench.ask("helpful", about: Bench.call("rain"))) == "number(4.0)")
      shift.withLock { $0 -= day }
      #expect(bench.report().judges.first?.spent == provider.bill)
    }
  }

  @Test func `with a budget, a model without a price is not asked`() throws {
    try FakeProvider.use(key: Bench.key) { provider in
      let endpoint = Bench.endpoint(provider, model: "nobody-knows-this-one")
      let bounded = try Bench.judge([endpoint]) { $0.budget = 1_000_000_000_000 }
      let bench = try Bench.make([bounded])
      #expect(Bench.word(bench.ask("helpful", about: Bench.call("rain"))) == "unpriced")
      #expect(bench.report().judges.map(\.unpriced) == [["nobody-knows-this-one"]])
      #expect(provider.records.isEmpty)
      let free = try Bench.make([Bench.judge([endpoint])])
      #expect(Bench.word(free.ask("helpful", about: Bench.call("rain"))) == "number(4.0)")
    }
    try FakeProvider.use(.ollama, key: Bench.key) { provider in
      let bench = try Bench.make([
        Bench.judge([Bench.endpoint(provider)]) { $0.budget = 1 }
      ])
      #expect(Bench.word(bench.ask("helpful", about: Bench.call("rain"))) == "number(4.0)")
    }
  }

  @Test func `a reload leaves alone what is under way, and reads keys again`() throws {
    let directory = "/tmp/barograph-judging-\(Random.word())"
    try FileSystem.createDirectory(directory)
    defer { Directories.removeAll(directory) }
    let path = "\(directory)/key"
    try FileSystem.writeAtomically(Array("sk-old-0123456789\n".utf8), to: path)
    try FakeProvider.use(key: "sk-old-0123456789") { old in
      try FakeProvider.use(.anthropic, key: "sk-new-0123456789") { new in
        old.delay = 300
        let settings = [old, new].map { provider in
          let plain = Bench.endpoint(provider)
          return JudgeSettings.Endpoint(
            model: plain.model, provider: plain.provider, baseURL: plain.baseURL,
            key: .file(path))
        }
        let bench = try Bench.make([Bench.judge([settings[0]])])
        let thread = try Thread(name: "asker") {
          let outcome = bench.ask("helpful", about: Bench.call("rain"))
          #expect(Bench.word(outcome) == "number(4.0)")
        }
        while old.underWay == 0 {}
        try FileSystem.writeAtomically(Array("sk-new-0123456789\n".utf8), to: path)
        bench.follow(
          [try Bench.judge([settings[1]])], keys: JudgeKeys(environment: [:]),
          prices: Bench.prices)
        let outcome = bench.ask("helpful", about: Bench.call("snow"))
        #expect(Bench.word(outcome) == "number(4.0)")
        #expect(outcome.calls.map(\.provider) == [.anthropic])
        thread.join()
        #expect(old.faults == [] && new.faults == [])
        #expect(bench.report().judges.first?.outcomes == ["ok": 2])
      }
    }
  }

  @Test func `stopping ends every wait`() throws {
    try FakeProvider.use(key: Bench.key, usual: .hangs) { provider in
      try FakeProvider.use(key: Bench.key, usual: .refuses(500)) { failing in
        var tuning = Bench.quick
        tuning.retry.firstPause = 60_000_000_000
        tuning.retry.longestPause = 60_000_000_000
        let judges = [
          try Bench.judge([Bench.endpoint(provider)], name: "hanging") {
            $0.concurrency = 1
            $0.timeout = 60_000_000_000
          },
          try Bench.judge([Bench.endpoint(provider, model: "gpt-4o")], name: "gated") {
            $0.requestsPerMinute = 1
            $0.timeout = 60_000_000_000
          },
          try Bench.judge([Bench.endpoint(failing)], name: "retrying") { $0.retries = 3 },
        ]
        let bench = try Bench.make(judges, tuning)
        let words = Mutex<[String]>([])
        // Of each judge one is at work and others wait for it in their ways; two are equal.
        let questions = [
          ("hanging", "a"), ("hanging", "a"), ("hanging", "b"), ("hanging", "c"), ("gated", "a"),
          ("gated", "b"), ("gated", "c"), ("retrying", "a"), ("retrying", "b"),
        ]
        let threads = try questions.map { judge, text in
          try Thread(name: "asker") {
            let outcome = bench.ask(judge, about: Bench.call(text))
            words.withLock { $0.append(Bench.word(outcome)) }
          }
        }
        while provider.underWay < 2 || failing.records.count < 2 {}
        let start = Clock.monotonic
        bench.close()
        for thread in threads { thread.join() }
        #expect(Clock.monotonic - start < 3_000_000_000)
        #expect(words.withLock { $0 } == Array(repeating: "cancelled", count: 9))
        #expect(Bench.word(bench.ask("gated", about: Bench.call("z"))) == "cancelled")
      }
    }
  }
}
