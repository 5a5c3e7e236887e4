import LinuxIO
import TestSupport
import Testing

/// `barograph eval run`: evaluators and judges over the lines of a file.
@Suite struct EvalRunTests {
  /// Runs `body` in a directory of its own.
  private static func use(_ body: (String) throws -> Void) throws {
    let directory = "/tmp/barograph-eval-\(ProcessFacts.id)-\(Random.word())"
    try FileSystem.createDirectory(directory)
    defer { Directories.removeAll(directory) }
    try body(directory)
  }

  private static func useProvider(
    script: [FakeProvider.Manner] = [], _ body: (String, FakeProvider) throws -> Void
  ) throws {
    try FakeProvider.use(key: nil, script: script) { provider in
      try use { directory in try body(directory, provider) }
    }
  }

  private static func lines(_ count: Int) -> String {
    (0..<count).map {
      #"{"item":"i\#($0)","variant":"\#($0 % 2 == 0 ? "x" : "y")","input":"\#($0)?","#
        + #""output":"[\#($0)]"}"# + "\n"
    }.joined()
  }

  private static let evaluators = """
    evaluators:
      - {name: valid, check: json}
      - {name: size, check: length, unit: bytes}
      - {name: grounded, check: overlap, when: {variant: x}}

    """

  private static func judge(_ url: String, concurrency: Int = 2) -> String {
    """
    judges:
      - {name: helpful, model: gpt-4o-mini, base_url: "\(url)", scale: [1, 5], retries: 0,
         concurrency: \(concurrency), timeout: 10s, prompt: "Q: {{input}} A: {{output}}"}

    """
  }

  /// The text without what clocks say.
  private static func timeless(_ text: String) -> String {
    text.replacing(/"ms":[0-9.e-]+/, with: #""ms":0"#)
  }

  @Test func evaluatorsScoreEachLineAndABadOneIsNamed() throws {
    try Self.use { directory in
      try EvalCommandTests.write(Self.evaluators, to: "\(directory)/eval.yaml")
      let lines = Self.lines(1) + "{\"item\":\n" + #"{"variant":"x"}"#
      try EvalCommandTests.write(lines, to: "\(directory)/in.jsonl")
      let said = try EvalCommandTests.eval(
        ["run", "in.jsonl", "--config", "eval.yaml"], in: directory)
      #expect(said.end == .exit(1))
      #expect(Self.timeless(said.text) == Self.results)
      #expect(said.complaints == Self.summary)
    }
  }

  private static let results = """
    {"item":"i0","variant":"x","input":"0?","output":"[0]","scores":{"valid":true,"size":3},\
    "evaluations":[{"score":"valid","evaluator":"json","value":true,"steps":[{"step":"json",\
    "ms":0}]},{"score":"size","evaluator":"length","value":3,"comment":"3 bytes","steps":[{"\
    step":"length","ms":0}]},{"score":"grounded","evaluator":"overlap","missing":"the call h\
    as no documents"}],"run":{"line":1,"hash":"bd57fcfe70c63d6d","asked":["valid","size","gr\
    ounded"]}}
    {"variant":"x","scores":{},"evaluations":[{"score":"valid","evaluator":"json","missing":\
    "the call has no output"},{"score":"size","evaluator":"length","missing":"the call has n\
    o output"},{"score":"grounded","evaluator":"overlap","missing":"the call has no output"}\
    ],"run":{"line":3,"hash":"0f25275921a39154","asked":["valid","size","grounded"]}}

    """

  private static let summary = """
    barograph: in.jsonl:2: no JSON at byte 9: expected a value
    score     scored  mean   true  missing  failed
    ────────  ──────  ────  ─────  ───────  ──────
    valid          1     –  100 %        1       0
    size           1     3      –        1       0
    grounded       0     –      –        2       0

    2 lines, 1 are none

    """

  @Test func whatAnEarlierRunWroteIsKeptAndWhatItWasWritingIsNot() throws {
    try Self.use { directory in
      try EvalCommandTests.write(Self.evaluators, to: "\(directory)/eval.yaml")
      try EvalCommandTests.write(Self.lines(20), to: "\(directory)/in.jsonl")
      let run = ["run", "in.jsonl", "--config", "eval.yaml", "--out", "out.jsonl"]
      #expect(try EvalCommandTests.eval(run, in: directory).end == .exit(0))
      let whole = try EvalCommandTests.content(of: "\(directory)/out.jsonl")
      let kept = whole.split(separator: "\n").prefix(7).joined(separator: "\n") + "\n"
      for rest in ["", #"{"item":"i7","#] {
        try EvalCommandTests.write(kept + rest, to: "\(directory)/out.jsonl")
        let again = try EvalCommandTests.eval(run + ["--json"], in: directory)
        #expect(again.end == .exit(0))
        #expect(again.text.hasPrefix(#"{"lines":20,"kept":7,"bad_lines":0,"postponed":0,"#))
        let text = try EvalCommandTests.content(of: "\(directory)/out.jsonl")
        #expect(text.hasPrefix(kept) && Self.timeless(text) == Self.timeless(whole))
      }
      let compared = try EvalCommandTests.eval(
        [
          "compare", "--file", "out.jsonl", "--by", "variant", "--a", "x", "--b", "y", "--metrics",
          "score:size",
        ], in: directory)
      #expect(compared.text.contains("too few: 10 of 20") && compared.end == .exit(2))
      let others = try EvalCommandTests.eval(run + ["--evaluators", "valid"], in: directory)
      #expect(others.end == .exit(2) && others.complaints.contains("choose another --out"))
      try EvalCommandTests.write("{}\n" + Self.lines(20), to: "\(directory)/in.jsonl")
      let changed = try EvalCommandTests.eval(run, in: directory)
      #expect(changed.end == .exit(2))
      #expect(changed.complaints.hasPrefix("barograph: in.jsonl:1 is not what the results say"))
    }
  }

  @Test func aRunKilledAmongJudgementsAsksNobodyTwiceForWhatIsWritten() throws {
    try Self.useProvider { directory, provider in
      provider.delay = 30
      let configuration = Self.evaluators + Self.judge(provider.url)
      try EvalCommandTests.write(configuration, to: "\(directory)/eval.yaml")
      try EvalCommandTests.write(Self.lines(40), to: "\(directory)/in.jsonl")
      let run = ["run", "in.jsonl", "--config", "eval.yaml", "--out", "out.jsonl"]
      var written = 0
      for _ in 0..<2 {
        let process = try ChildProcess(
          "/bin/sh",
          ["-c", #"cd "\#(directory)"; exec "$0" "$@" > /dev/null"#, RunningCollector.program]
            + ["eval"] + run)
        let enough = provider.records.count + 8
        while provider.records.count < enough { Pause.milliseconds(2) }
        process.send(signal: ChildProcess.killNow)
        #expect(process.wait() == .signal(ChildProcess.killNow))
        written = try EvalCommandTests.content(of: "\(directory)/out.jsonl")
          .count { $0.isNewline }
      }
      #expect(written > 0 && written < 40)
      let end = try EvalCommandTests.eval(run, in: directory)
      #expect(end.end == .exit(0))
      #expect(
        end.text.contains("40 lines, \(written) by an earlier run; judges: 40 requests, $0.0"))
      let results = try EvalCommandTests.content(of: "\(directory)/out.jsonl")
      #expect(results.count { $0.isNewline } == 40)
      #expect(results.split(separator: #""scores":{"valid":true"#).count == 41)
      // Each kill may cost what was under way: one question of each of two threads.
      let asked = provider.records.map(\.prompt)
      #expect(Set(asked).count == 40 && asked.count <= 44)
      #expect(provider.faults.isEmpty)
    }
  }

  @Test func aJudgeOutOfReachLeavesItsLinesToALaterRun() throws {
    let script: [FakeProvider.Manner] = [
      .judges(score: "2"), .judges(score: "3"), .refuses(401),
    ]
    try Self.useProvider(script: script) { directory, provider in
      let judge = Self.judge(provider.url, concurrency: 1)
      try EvalCommandTests.write(judge, to: "\(directory)/eval.yaml")
      try EvalCommandTests.write(Self.lines(6), to: "\(directory)/in.jsonl")
      let run = ["run", "in.jsonl", "--config", "eval.yaml", "--out", "out.jsonl"]
      let first = try EvalCommandTests.eval(run, in: directory)
      #expect(first.end == .exit(1))
      #expect(first.text.contains("2 lines, ") && first.text.contains("left to a later run"))
      #expect(first.complaints.contains("judge helpful: auth; the same command again goes on"))
      let second = try EvalCommandTests.eval(run, in: directory)
      #expect(second.end == .exit(0))
      #expect(second.text.contains("6 lines, 2 by an earlier run; judges: 6 requests"))
    }
  }
}
