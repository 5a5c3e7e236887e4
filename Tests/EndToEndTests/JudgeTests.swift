import LinuxIO
import Outbound
import TestSupport
import Testing

/// The collector asks judges: strict fakes of each provider on loopback.
struct JudgeTests {
  private static let key = "sk-fake-0123456789abcdef"

  /// A file that holds the key, for as long as `body` runs.
  private func withKey(_ body: (_ path: String) throws -> Void) throws {
    let directory = "/tmp/barograph-judge-\(Random.word())"
    try FileSystem.createDirectory(directory)
    defer { Directories.removeAll(directory) }
    try FileSystem.writeAtomically(Array("\(Self.key)\n".utf8), to: "\(directory)/key")
    try body("\(directory)/key")
  }

  private static let models: [FakeProvider.Dialect: String] = [
    .openai: "gpt-4o-mini", .anthropic: "claude-3-5-haiku-20241022", .ollama: "llama3:8b",
  ]

  private func judge(_ provider: FakeProvider, _ key: String, _ more: String = "") -> String {
    """
    judges:
      - {name: helpful, model: "\(Self.models[provider.dialect] ?? "")",
         base_url: "\(provider.url)", api_key: {file: "\(key)"},
         prompt: "Q: {{input}} A: {{output}}", scale: [1, 5], retries: 0\(more)}
    """
  }

  private func call(_ number: Int, _ more: String = "") -> String {
    #"{"type":"llm","event_id":"call-\#(number)","service":"chat","model":"gpt-4o","#
      + #""trace_id":"\#(trace(number))","span_id":"00000000000000aa","prompt":"faq","#
      + #""input":"What is rain \#(number)?","output":"Water."\#(more)}"# + "\n"
  }

  private func trace(_ number: Int) -> String {
    let digits = String(number + 1)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }

  /// The rows that a statement gives, as they are written.
  private func rows(_ collector: RunningCollector, _ statement: String) throws -> String {
    let answer = try collector.value(statement)
    guard let start = answer.firstRange(of: #""rows":"#) else { return answer }
    return String(answer[start.upperBound...].prefix { $0 != "\n" })
  }

  private func metric(_ name: String, in samples: [String: Double]) -> Double {
    samples.reduce(0) { $0 + ($1.key.hasPrefix(name) ? $1.value : 0) }
  }

  @Test(arguments: FakeProvider.Dialect.allCases)
  func `a call that was taken in is judged, and the judge's own call is an event`(
    _ dialect: FakeProvider.Dialect
  ) throws {
    try withKey { key in
      try FakeProvider.use(dialect, key: Self.key) { provider in
        try RunningCollector.use(configuration: judge(provider, key)) { collector in
          try collector.post(call(1, #","user":"u@example.org""#), accepted: 1)
          let isScored = try Eventually.holds {
            try rows(collector, "SELECT count(*) FROM scores").contains("1")
          }
          #expect(isScored)
          #expect(provider.faults == [])
          #expect(provider.records.map(\.prompt) == ["Q: What is rain 1? A: Water."])
          let score = try rows(
            collector,
            """
            SELECT name, evaluator, value, comment, trace_id, service,
              attrs ->> '$.uncalibrated', attrs ->> '$.judge_model' IS NOT NULL
            FROM scores
            """)
          #expect(
            score.contains(
              #""helpful","helpful",4,"Because.","\#(trace(1))","chat",1,1"#), "\(score)")
          let own = try rows(
            collector,
            """
            SELECT service, provider, model, prompt, status, attempt, http_status, cost_status
            FROM llm_calls WHERE service = 'barograph'
            """)
          let model = Self.models[dialect] ?? ""
          #expect(
            own.contains(
              #""barograph","\#(dialect.rawValue)","\#(model)","helpful","ok",1,200"#), "\(own)")
          if dialect == .openai {
            let cost = try rows(
              collector, "SELECT cost FROM events WHERE cost IS NOT NULL")
            #expect(cost.contains("\(provider.bill)"), "\(cost)")
          }
          // What the user pays for a trace is not what judging it costs us.
          let trace = try collector.text("/v1/traces/\(trace(1))")
          #expect(!trace.contains(#""service":"barograph""#))
          let samples = try collector.metrics()
          #expect(
            samples[#"barograph_judge_questions_total{judge="helpful",outcome="ok"}"#] == 1)
          #expect(metric("barograph_judge_tries_total", in: samples) == 1)
          #expect(samples[#"barograph_judge_calibrated{judge="helpful"}"#] == 0)
          #expect(try collector.text("/readyz").contains(#""name":"judges","status":"ok""#))
        }
      }
    }
  }

  @Test func `what is hidden in the store is hidden from the judge, and own calls are not judged`()
    throws
  {
    try withKey { key in
      try FakeProvider.use(key: Self.key) { provider in
        try RunningCollector.use(configuration: judge(provider, key)) { collector in
          let lines =
            #"{"type":"llm","event_id":"a","model":"gpt-4o","input":"I am jo@example.org","#
            + #""output":"ok sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"}"# + "\n"
            + #"{"type":"llm","event_id":"b","service":"barograph","model":"gpt-4o","#
            + #""input":"x","output":"y"}"# + "\n"
          try collector.post(lines, accepted: 2)
          try collector.post(call(2), accepted: 1)
          let isDone = try Eventually.holds {
            try rows(collector, "SELECT count(*) FROM scores").contains("2")
          }
          #expect(isDone)
          let prompts = provider.records.map(\.prompt)
          #expect(prompts.count == 2)
          #expect(!prompts.joined().contains("jo@example.org"))
          #expect(!prompts.joined().contains("abcdefghijklmnop"))
        }
      }
    }
  }

  @Test func `the day's budget is kept, also over a kill`() throws {
    try withKey { key in
      try FakeProvider.use(key: Self.key) { provider in
        let budget = ", budget_usd_per_day: 0.0015, max_tokens: 32, concurrency: 8"
        try RunningCollector.use(configuration: judge(provider, key, budget)) { collector in
          let calls = (0..<120).map { call($0) }.joined()
          try collector.post(calls, accepted: 120)
          let isSpent = try Eventually.holds {
            let samples = try collector.metrics()
            return metric("barograph_judge_questions_total", in: samples) == 120
          }
          #expect(isSpent)
          // A kill may cost what was not stored yet, of as many calls as may be under way.
          let isStored = try Eventually.holds {
            try rows(collector, "SELECT count(*) FROM llm_calls WHERE service = 'barograph'")
              .hasPrefix("[[\(provider.records.count)]]")
          }
          #expect(isStored)
          let before = provider.records.count
          #expect(before > 10 && before < 120)
          let dearest = provider.records.map(\.bill).max() ?? 0
          #expect(provider.bill <= 1_500_000_000 + dearest)
          try collector.stop(ChildProcess.killNow)
          try collector.start()
          try collector.post((200..<260).map { call($0) }.joined(), accepted: 60)
          let isRefused = try Eventually.holds {
            let samples = try collector.metrics()
            return metric("barograph_judge_questions_total", in: samples) == 60
          }
          #expect(isRefused)
          #expect(provider.bill <= 1_500_000_000 + dearest)
          let spent = try collector.metrics()[#"barograph_judge_spent_usd{judge="helpful"}"#] ?? 0
          #expect(abs(spent - Double(provider.bill) / 1e12) < 1e-9)
          #expect(provider.faults == [])
        }
      }
    }
  }

  @Test func `a reload changes the provider while questions are under way`() throws {
    try withKey { key in
      try FakeProvider.use(.openai, key: Self.key) { first in
        try FakeProvider.use(.anthropic, key: Self.key) { second in
          first.delay = 500
          try RunningCollector.use(configuration: judge(first, key)) { collector in
            try collector.post(call(1), accepted: 1)
            #expect(try Eventually.holds { first.underWay == 1 })
            try FileSystem.writeAtomically(
              Array(judge(second, key).utf8), to: "\(collector.directory)/barograph.yaml")
            collector.send(signal: 1)
            try collector.waitForLog("configuration reloaded")
            try collector.post(call(2), accepted: 1)
            let isDone = try Eventually.holds {
              try rows(collector, "SELECT count(*) FROM scores").contains("2")
            }
            #expect(isDone)
            #expect(first.records.count == 1 && second.records.count == 1)
            #expect(first.faults == [] && second.faults == [])
          }
        }
      }
    }
  }

  @Test(arguments: [FakeProvider.Manner.hangs, .refuses(429, headers: "Retry-After: 100\r\n")])
  func `it stops at once, whatever judges wait for`(_ manner: FakeProvider.Manner) throws {
    try withKey { key in
      try FakeProvider.use(key: Self.key, usual: manner) { provider in
        let more = ", rpm: 3, timeout: 60s, concurrency: 8".replacing("retries", with: "")
        try RunningCollector.use(configuration: judge(provider, key, more)) { collector in
          try collector.post((0..<30).map { call($0) }.joined(), accepted: 30)
          #expect(try Eventually.holds { provider.records.count >= 1 })
          let start = Clock.monotonic
          #expect(try collector.stop() == .exit(0))
          #expect(Clock.monotonic - start < 5_000_000_000)
          #expect(String(decoding: collector.log, as: UTF8.self).contains("stopped"))
          #expect(provider.records.count <= 3)
          #expect(provider.faults == [])
        }
      }
    }
  }

  @Test func `a judge that is slow delays nobody, and what does not fit is counted`() throws {
    try withKey { key in
      try FakeProvider.use(key: Self.key, usual: .hangs) { provider in
        let more = ", timeout: 60s, concurrency: 2"
        try RunningCollector.use(configuration: judge(provider, key, more)) { collector in
          try collector.post((0..<1_500).map { call($0) }.joined(), accepted: 1_500)
          let isFull = try Eventually.holds {
            let samples = try collector.metrics()
            return metric("barograph_judge_dropped_total", in: samples) == 498
              && metric("barograph_judge_queue_length", in: samples) == 1_000
              && metric("barograph_judge_requests_in_flight", in: samples) == 2
          }
          #expect(isFull)
          try collector.post(call(2_000), accepted: 1)
          // Taken out of the configuration, nothing waits for it any more.
          try FileSystem.writeAtomically(
            Array("judges: []\n".utf8), to: "\(collector.directory)/barograph.yaml")
          collector.send(signal: 1)
          try collector.waitForLog("configuration reloaded")
          let samples = try collector.metrics()
          #expect(metric("barograph_judge_queue_length", in: samples) == 0)
          #expect(try collector.stop() == .exit(0))
          #expect(provider.records.count == 2)
        }
      }
    }
  }

  @Test func `no minute holds more than was allowed`() throws {
    try withKey { key in
      let allowance = FakeProvider.Allowance(requests: 4)
      try FakeProvider.use(key: Self.key, allowing: allowance) { provider in
        let more = ", rpm: 4, concurrency: 16"
        try RunningCollector.use(configuration: judge(provider, key, more)) { collector in
          try collector.post((0..<40).map { call($0) }.joined(), accepted: 40)
          let isBusy = try Eventually.holds {
            let samples = try collector.metrics()
            return metric("barograph_judge_gate_queue_length", in: samples) == 16
          }
          #expect(isBusy)
          #expect(provider.records.count == 4)
          #expect(provider.faults == [])
        }
      }
    }
  }

  @Test func `trouble with judges is told and keeps nothing from going on`() throws {
    try withKey { key in
      try FakeProvider.use(key: Self.key, usual: .refuses(500, body: Self.key)) { provider in
        let configuration =
          judge(provider, key)
            + """

              - {name: keyless, model: gpt-4o, base_url: "\(provider.url)", prompt: "{{output}}",
                 api_key: {env: NOBODY_SETS_THIS}}
            """
        try RunningCollector.use(configuration: configuration) { collector in
          try collector.post((0..<10).map { call($0) }.joined(), accepted: 10)
          let isOpen = try Eventually.holds {
            let samples = try collector.metrics()
            return samples[
              #"barograph_judge_questions_total{judge="keyless",outcome="not_set_up"}"#] == 10
              && metric("barograph_judge_breaker_openings_total", in: samples) == 1
          }
          #expect(isOpen)
          let ready = try collector.get("/readyz")
          #expect(ready.status == 200)
          #expect(ready.text.contains(#""name":"judges","status":"degraded""#), "\(ready.text)")
          #expect(ready.text.contains("NOBODY_SETS_THIS"))
          let own = try rows(
            collector,
            "SELECT status, error_type, count(*) FROM llm_calls WHERE service = 'barograph' "
              + "GROUP BY 1, 2 ORDER BY 3")
          #expect(own.contains("server"), "\(own)")
          #expect(try rows(collector, "SELECT count(*) FROM scores").contains("0"))
          try collector.stop()
          for path in RunningCollector.files(below: collector.data) {
            let text = String(decoding: try FileSystem.read(path, limit: 1 << 30), as: UTF8.self)
            #expect(!text.contains(Self.key), "\(path)")
          }
          #expect(!String(decoding: collector.log, as: UTF8.self).contains(Self.key))
        }
      }
    }
  }

  @Test func `people's scores of the same name calibrate a judge`() throws {
    try withKey { key in
      try FakeProvider.use(key: Self.key) { provider in
        try RunningCollector.use(configuration: judge(provider, key)) { collector in
          let human =
            #"{"type":"score","score":"helpful","value":3,"evaluator":"human-anna","#
            + #""trace_id":"\#(trace(1))"}"# + "\n"
          try collector.post(human, accepted: 1)
          // A reload looks at once.
          collector.send(signal: 1)
          try collector.waitForLog("configuration reloaded")
          let isKnown = try Eventually.holds {
            try collector.metrics()[#"barograph_judge_calibrated{judge="helpful"}"#] == 1
          }
          #expect(isKnown)
          try collector.post(call(1), accepted: 1)
          let isDone = try Eventually.holds {
            try rows(collector, "SELECT count(*) FROM scores WHERE evaluator = 'helpful'")
              .contains("1")
          }
          #expect(isDone)
          let mark = try rows(
            collector,
            "SELECT attrs ->> '$.uncalibrated' FROM event_rows WHERE evaluator = 'helpful'")
          #expect(mark.contains("null"), "\(mark)")
        }
      }
    }
  }
}
