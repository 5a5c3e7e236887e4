import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// `barograph eval`, as a person and a pipeline see it.
@Suite struct EvalCommandTests {
  /// What the program said, and how it ended.
  struct Said {
    let end: ChildProcess.End
    let text: String
    let complaints: String
  }

  static func eval(_ words: [String], in directory: String) throws -> Said {
    let (output, errors) = ("\(directory)/said", "\(directory)/complained")
    let process = try ChildProcess(
      "/bin/sh",
      [
        "-c", #"cd "\#(directory)"; exec "$0" "$@" > "\#(output)" 2> "\#(errors)""#,
        RunningCollector.program, "eval",
      ] + words)
    let end = process.wait()
    return Said(
      end: end, text: try content(of: output), complaints: try content(of: errors))
  }

  static func content(of path: String) throws -> String {
    String(decoding: try FileSystem.read(path, limit: 16 << 20), as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws {
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
  }

  private static func hex(_ number: Int, _ digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }

  /// Sixty calls of each arm, those of `v4` 200 ms slower and judged worse; each call of `v3` is
  /// told twice, by two instrumentations.
  private static var events: String {
    var lines = ""
    for number in 0..<120 {
      let (isB, item) = (number % 2 == 1, number / 2)
      let call = """
        {"type":"llm","service":"chat","provider":"openai","model":"gpt-4o","prompt_version":\
        "\(isB ? "v4" : "v3")","trace_id":"\(hex(number + 1, 32))","duration_ms":\
        \(400 + item * 37 % 100 + (isB ? 200 : 0)),"input_tokens":\(1_000 + item * 13 % 50),\
        "output_tokens":100,"status":"\(item % 20 == 0 ? "error" : "ok")",\
        "response_id":"r\(number)","attrs":{"case":"c\(item)"},"input":"question \(item)",\
        "output":"answer \(number)"
        """
      lines += call + #","span_id":"\#(hex(number + 1, 16))"}"# + "\n"
      if !isB {
        let span = hex(number + 1_000, 16)
        lines += call + #","span_id":"\#(span)","parent_span_id":"\#(hex(number + 1, 16))"}"# + "\n"
      }
      lines += """
        {"type":"score","score":"helpful","value":\(isB ? item % 3 + 1 : item % 3 + 2),\
        "evaluator":"helpful","trace_id":"\(hex(number + 1, 32))","event_id":"j\(number)"}\n
        """
      guard item < 25 else { continue }
      lines += """
        {"type":"score","score":"helpful","value":\(item % 3 + 1),"evaluator":"human",\
        "trace_id":"\(hex(number + 1, 32))","event_id":"h\(number)"}\n
        """
    }
    return lines
  }

  private static let arms = ["--by", "prompt_version", "--a", "v3", "--b", "v4"]
  private static let metrics = ["--metrics", "cost,p50,p95,error_rate,tokens,score:helpful"]

  private static let table = """
    prompt_version: a is v3, b is v4; 60 and 60 calls

    metric                 a          b       difference  95 % interval                effect \
         p  verdict \u{20}
    ─────────────  ─────────  ─────────  ───────────────  ───────────────────────────  ────── \
     ─────  ─────────
    cost           $0.003559  $0.003559         $0 (0 %)  -$0.00001321 … +$0.00001313       0 \
         1  no worse\u{20}
    p50               448 ms     648 ms  +200 ms (+45 %)  +182 ms … +218 ms               6.8 \
     0.003  regressed
    p95               495 ms     695 ms  +200 ms (+40 %)  +189 ms … +211 ms               6.8 \
     0.003  regressed
    error_rate           5 %        5 %             0 pp  -8.33 pp … +8.33 pp               0 \
         1  no worse\u{20}
    tokens              1124       1124          0 (0 %)  -5.183 … +5.267                   0 \
         1  no worse\u{20}
    score:helpful          3          2       -1 (-33 %)  -1.3 … -0.7167                 -1.2 \
     0.003  regressed

    regressed: p50, p95, score:helpful
    60 rows left out: another row tells of the same call

    """

  @Test func storedCallsAreComparedExportedAndComparedAgain() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.events, accepted: 350)
      let place = ["--url", collector.url]
      let compare = ["compare"] + Self.arms + Self.metrics
      let live = try Self.eval(compare + place, in: collector.directory)
      #expect(live.text == Self.table)
      #expect(live.end == .exit(0))
      let gate = try Self.eval(compare + place + ["--gate", "--json"], in: collector.directory)
      #expect(gate.end == .exit(1))
      #expect(
        gate.text.hasPrefix(#"{"verdict":"regressed","by":"prompt_version","a":"v3","b":"v4""#))
      let export = try Self.eval(
        ["export", "--out", "calls.jsonl"] + place, in: collector.directory)
      #expect(
        export.complaints == "120 calls; 60 rows left out: another tells of the same call\n")
      #expect(export.end == .exit(0) && export.text.isEmpty)
      let again = try Self.eval(compare + ["--file", "calls.jsonl"], in: collector.directory)
      #expect(again.text == Self.table.split(separator: "\n60 rows")[0] + "\n")
      let some = try Self.eval(
        ["export", "--filter", "prompt_version=v4", "--limit", "3"] + place,
        in: collector.directory)
      #expect(some.text.split(separator: "\n").count == 3)
      #expect(some.text.contains(#""output":"answer 119""#))
      #expect(some.text.contains(#""scores":{"helpful":3}}"#))
    }
  }

  @Test func rowsHaveTheMembersThatAreAskedFor() throws {
    try RunningCollector.use { collector in
      let event = """
        {"type":"llm","model":"gpt-4o","provider":"openai","input_tokens":10,"output_tokens":2,\
        "event_id":"e1","input":"hello","documents":["d"],"attrs":{"a.b":"flat","c":{"d":[1]}}}
        """
      try collector.post(event, accepted: 1)
      let fields = "model,attrs.a.b,attrs.c.d,documents,counted,why,counted_cost_usd,input_tokens"
      let row = """
        {"id":1,"model":"gpt-4o","attrs.a.b":"flat","attrs.c.d":[1],"documents":["d"],\
        "counted":true,"counted_cost_usd":"0.000045","input_tokens":10}
        """
      let place = "/v1/events?fields=\(fields)"
      #expect(try collector.text("\(place)&format=ndjson") == row + "\n")
      #expect(try collector.text(place) == #"{"events":[\#(row)],"next":null}"# + "\n")
      #expect(
        try collector.text("/v1/events?fields=model,input&format=csv")
          == "id,model,input\r\n1,gpt-4o,hello\r\n")
      let whole = try collector.text("/v1/events?format=ndjson")
      #expect(
        try collector.text("/v1/events?fields=*,counted,model&format=ndjson")
          == whole.dropLast(2) + #","counted":true}"# + "\n")
      for wrong in ["colour", "leaves", "attrs.%22", "attrs.", "attrs.a'b"] {
        #expect(try collector.get("/v1/events?fields=\(wrong)").status == 400)
      }
    }
  }

  @Test func aGateSaysTooFewAndPairsByItem() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.events, accepted: 350)
      let place = ["--url", collector.url]
      let few = try Self.eval(
        ["compare", "--by", "prompt_version", "--a", "v3", "--b", "v9", "--json", "--gate"] + place,
        in: collector.directory)
      #expect(few.end == .exit(2))
      #expect(few.text.hasPrefix(#"{"verdict":"too_few","#))
      let paired = try Self.eval(
        ["compare"] + Self.arms + [
          "--metrics", "p50,score:helpful:lower", "--item", "attrs.case", "--markdown", "--gate",
        ] + place, in: collector.directory)
      #expect(paired.end == .exit(1))
      #expect(paired.text == Self.markdown)
      for words in [
        ["--by", "prompt_version", "--a", "v3"], ["--by", "colour", "--a", "1", "--b", "2"],
        Self.arms + ["--metrics", "beauty"], Self.arms + ["--alpha", "2"],
        Self.arms + ["--from", "soon"], Self.arms + ["--filter", "service"],
      ] {
        let wrong = try Self.eval(["compare"] + words + place, in: collector.directory)
        #expect(wrong.end == .exit(2) && wrong.text.isEmpty && !wrong.complaints.isEmpty)
      }
    }
  }

  private static let markdown = """
    ### `prompt_version`: `v4` against `v3`

    **regressed: p50**

    | metric | v3 | v4 | difference | 95 % interval | verdict |
    |---|--:|--:|--:|---|---|
    | p50 | 448 ms | 648 ms | +200 ms (+45 %) | +200 ms … +200 ms | **regressed** |
    | score:helpful:lower | 3 | 2 | -1 (-33 %) | -1 … -1 | no worse |

    60 and 60 calls, 60 pairs by attrs.case; α 0.05, seed 1, 2000 resamples.
    60 rows left out: another row tells of the same call.

    """

  @Test func judgesAreHeldAgainstPeople() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.events, accepted: 350)
      let extra =
        #"{"type":"score","score":"polite","value":true,"evaluator":"polite","session":"s"}"#
      try collector.post(extra, accepted: 1)
      let place = ["--url", collector.url]
      let all = try Self.eval(["calibrate"] + place, in: collector.directory)
      #expect(all.text == Self.calibration)
      #expect(all.end == .exit(0))
      let one = try Self.eval(["calibrate", "polite", "--json"] + place, in: collector.directory)
      #expect(
        one.text == """
          {"least":20,"judges":[{"score":"polite","evaluator":"polite","verdict":"uncalibrated",\
          "scored":1,"n":0,"agreement":null,"kappa":null,"weighted_kappa":null,"bias":null,\
          "mean_error":null,"confusion":[]}]}

          """)
      #expect(one.end == .exit(2))
    }
  }

  private static let calibration = """
    score    evaluator  scored  with people  agreement  kappa  weighted  bias  error  verdict\
    \u{20}\u{20}\u{20}\u{20}\u{20}
    ───────  ─────────  ──────  ───────────  ─────────  ─────  ────────  ────  ─────  ────────────
    helpful  helpful       120           50       50 %  0.309     0.731   0.5    0.5  calibrated\
    \u{20}\u{20}
    polite   polite          1            0          –      –         –     –      –  uncalibrated

    helpful by helpful
    people \\ judge  1  2  3  4
    ──────────────  ─  ─  ─  ─
    1               9  9  0  0
    2               0  8  8  0
    3               0  0  8  8
    4               0  0  0  0

    """
}
