import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// What is said of money beside the cost of a call.
@Suite struct MoneyFiguresTests {
  private static func call(_ trace: Int, _ span: Int, _ members: String) -> String {
    """
    {"type":"llm","service":"shop","provider":"openai","model":"gpt-4o","duration_ms":900,\
    "trace_id":"4bf92f3577b34da6a3ce929d0e0e47\(10 + trace)",\
    "span_id":"00000000000000\(10 + span)",\(members)}

    """
  }

  private static func trace(_ number: Int, _ collector: RunningCollector) throws -> ConfigNode {
    let text = try collector.text("/v1/traces/4bf92f3577b34da6a3ce929d0e0e47\(10 + number)")
    return try #require(try ConfigReader.read(Array(text.utf8)).first)
  }

  private static func send(_ lines: String, _ collector: RunningCollector) throws {
    let answer = try collector.request(.post, "/v1/events", body: Array(lines.utf8))
    #expect(answer.status == 200)
  }

  private static func run(
    _ words: [String], _ collector: RunningCollector
  ) throws -> (end: ChildProcess.End, text: String) {
    let said = "\(collector.directory)/said"
    let process = try ChildProcess(
      "/bin/sh",
      ["-c", #"exec "$0" "$@" > "\#(said)" 2>&1"#, RunningCollector.program] + words
        + ["--url", collector.url])
    let end = process.wait()
    return (end, String(decoding: try FileSystem.read(said, limit: 1 << 20), as: UTF8.self))
  }

  @Test func aCallWithoutUsageLiesBetweenWhatSimilarCallsCost() throws {
    try RunningCollector.use { collector in
      let silent = Self.call(1, 1, #""status":"ok""#)
      try Self.send(silent, collector)
      let before = try Self.trace(1, collector)
      #expect(before["trace"]?["calls_without_usage"]?.text == "1")
      #expect(before["trace"]?["cost_low_usd"] == nil)
      let similar = (1...6).map { number in
        Self.call(2, number, #""input_tokens":\#(number * 1_000),"output_tokens":100"#)
      }
      try Self.send(similar.joined(), collector)
      let trace = try Self.trace(1, collector)
      #expect(trace["trace"]?["cost_usd"]?.scalar == .null)
      #expect(trace["trace"]?["cost_low_usd"]?.text == "0.0035")
      #expect(trace["trace"]?["cost_high_usd"]?.text == "0.016")
      guard case .sequence(let spans) = trace["spans"]?.value else { return }
      #expect(spans.first?["similar_calls"]?.text == "6")
      #expect(spans.first?["why"]?.text == "no_usage")
      let drawn = try Self.run(
        ["trace", "4bf92f3577b34da6a3ce929d0e0e4711", "--explain"], collector)
      #expect(
        drawn.text.contains(
          "says nothing of its usage; similar calls cost $0.0035 to $0.016\n"))
    }
  }

  @Test func callsAndTracesTellTheShareOfTheWindowThatWasFilled() throws {
    try RunningCollector.use { collector in
      try Self.send(
        Self.call(1, 1, #""input_tokens":31000,"output_tokens":1000"#)
          + Self.call(1, 2, #""input_tokens":127000,"output_tokens":1000"#)
          + Self.call(1, 3, #""input_tokens":1,"output_tokens":7"#), collector)
      let trace = try Self.trace(1, collector)
      guard case .sequence(let spans) = trace["spans"]?.value else { return }
      #expect(spans.map { $0["context_used"]?.text } == ["0.25", "1", "6.3e-05"])
      #expect(trace["trace"]?["context_used"]?.text == "1")
    }
  }

  @Test func theCostOfTheSenderIsToldBesideOursWithTheDifference() throws {
    try RunningCollector.use { collector in
      let usage = #""input_tokens":1000,"output_tokens":100"#
      try Self.send(
        ["0.004", "0.0035", "0.001"].enumerated().map {
          Self.call(1, $0, usage + #","cost_usd":\#($1)"#)
        }.joined() + Self.call(1, 4, usage), collector)
      let trace = try Self.trace(1, collector)
      guard case .sequence(let spans) = trace["spans"]?.value else { return }
      #expect(
        spans.map { $0["cost_difference_usd"]?.text } == ["0.0005", "0", "-0.0025", nil])
      let rows = try collector.request(
        .post, "/v1/sql",
        body: Array("SELECT cost_difference_usd, context_used FROM llm_calls ORDER BY id".utf8))
      #expect(
        rows.text.contains(
          #"[["0.0005",0.008594],["0",0.008594],["-0.0025",0.008594],[null,0.008594]]"#))
      let found = try collector.text("/v1/doctor")
      let sums = #""reported_usd":"0.0085","computed_usd":"0.0105","difference_usd":"-0.002""#
      #expect(found.contains(#""reported_cost":{"calls":3,\#(sums)}"#))
    }
  }

  @Test func anAnswerOfTheApplicationsCacheSavesWhatItWouldHaveCost() throws {
    try RunningCollector.use { collector in
      try Self.send(
        Self.call(1, 1, #""cache":"hit","input_tokens":1000,"output_tokens":100"#)
          + Self.call(2, 1, #""cache":"miss","input_tokens":1000,"output_tokens":100"#), collector)
      let page = try collector.text("/metrics")
      #expect(page.contains("llm_cache_saved_usd_total{service=\"shop\"} 0.0035\n"))
      #expect(
        page.contains(
          "llm_cost_usd_total{service=\"shop\",provider=\"openai\",model=\"gpt-4o\"} 0.0035\n"))
    }
  }

  @Test func repricingSaysWhatPresentPricesWouldChangeAndChangesNothing() throws {
    try RunningCollector.use { collector in
      let time = #""time":"2026-11-20T12:00:00Z","#
      try Self.send(
        Self.call(1, 1, time + #""input_tokens":1000,"output_tokens":100"#)
          + Self.call(1, 2, time + #""input_tokens":1000,"output_tokens":100,"cost_usd":0.9"#)
          + Self.call(1, 3, time + #""input_tokens":1000000"#)
          .replacing("gpt-4o", with: "house-9"),
        collector)
      let prices = """
        [{"id":"openai","models":[
          {"id":"house-9","prices":{"input_mtok":0.5}},
          {"id":"gpt-4o","match":{"starts_with":"gpt-4o"},
           "prices":{"input_mtok":2.5,"output_mtok":20}}]}]
        """
      let file = "\(collector.directory)/prices.json"
      try FileSystem.writeAtomically(Array(prices.utf8), to: file)
      let dry = ["prices", "reprice", "--dry-run"]
      let told = try Self.run(dry + ["--file", file], collector)
      #expect(told.end == .exit(0))
      #expect(
        told.text == """
          day         model    calls  changed               stored  present  difference
          2026-11-20  gpt-4o       1        1               0.0035   0.0045      +0.001
          2026-11-20  house-9      1        1             unpriced      0.5        +0.5
          total                    2        2  0.0035 (1 unpriced)   0.5045      +0.501
          2 of 2 calls would cost another amount; 1 more have a cost of their sender, of a cache, \
          or no usage

          """)
      let same = try Self.run(dry, collector)
      #expect(same.text.hasPrefix("none of 2 calls would cost another amount; 1 more"))
      let late = try Self.run(dry + ["--from", "2026-11-21", "--file", file], collector)
      #expect(late.text == "none of 0 calls would cost another amount\n")
      #expect(try Self.run(["prices", "reprice"], collector).end == .exit(2))
      let trace = try Self.trace(1, collector)
      #expect(trace["trace"]?["cost_usd"]?.text == "0.9035")
    }
  }
}
