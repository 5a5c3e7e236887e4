import Quality
import Testing

/// Which values become part of which arm.
struct ComparisonArmsTests {
  static func arms(
    _ metrics: [String], item: String? = nil, _ lines: [String]
  ) throws -> ComparisonArms {
    var arms = ComparisonArms(
      by: "variant", a: "x", b: "y", metrics: metrics.compactMap { ComparisonMetric($0) },
      item: item)
    for line in lines { arms.add(try EvalLineTests.line(line)) }
    return arms
  }

  static func values(
    _ metrics: [String], item: String? = nil, _ lines: [String]
  ) throws -> [[[Double]]] {
    var arms = try arms(metrics, item: item, lines)
    return arms.samples().map { [$0.a.map(\.value), $0.b.map(\.value)] }
  }

  @Test func `a call gives each metric the number it has`() throws {
    let lines = [
      """
      {"variant":"x","cost_usd":"0.5","duration_ms":10,"ttft_ms":3,"input_tokens":4,\
      "output_tokens":2}
      """,
      #"{"variant":"y","status":"error","duration_ms":20,"total_tokens":9}"#,
      #"{"variant":"z","duration_ms":30}"#, #"{"duration_ms":40}"#,
      #"{"type":"span","variant":"x"}"#,
    ]
    let metrics = ["cost", "p50", "ttft", "error_rate", "tokens"]
    let expected: [[[Double]]] = [
      [[0.5], []], [[10], [20]], [[3], []], [[0], [1]], [[6], [9]],
    ]
    #expect(try Self.values(metrics, lines) == expected)
    #expect(try Self.arms(metrics, lines).counts.elsewhere == 2)
  }

  @Test func `what another row tells, a cache answered or nobody waited for is in no figure`()
    throws
  {
    let lines = [
      #"{"variant":"x","why":"duplicate_response_id","cost_usd":"1","duration_ms":1}"#,
      #"{"variant":"x","cache":"hit","cost_usd":"2","duration_ms":2}"#,
      #"{"variant":"x","status":"cancelled","cost_usd":"3","duration_ms":3}"#,
      #"{"variant":"x","status":"error","error_type":"circuit_open","duration_ms":4}"#,
      #"{"variant":"x","cost_usd":"9","counted_cost_usd":"5","duration_ms":5,"cache":"miss"}"#,
    ]
    let expected: [[[Double]]] = [[[3, 5], []], [[5], []], [[0, 1, 0], []]]
    #expect(try Self.values(["cost", "p50", "error_rate"], lines) == expected)
    let counts = try Self.arms(["cost"], lines).counts
    #expect(counts.a == 4 && counts.duplicates == 1 && counts.cached == 1)
  }

  @Test func `scores go with the call of their span, or of their trace or session`() throws {
    let lines = [
      #"{"type":"score","score":"s","value":1,"evaluator":"j","trace_id":"t1","span_id":"a"}"#,
      #"{"variant":"x","trace_id":"t1","span_id":"a","session":"v1"}"#,
      #"{"variant":"y","trace_id":"t1","span_id":"b","session":"v2"}"#,
      #"{"type":"score","score":"s","value":2,"evaluator":"j","trace_id":"t1"}"#,
      #"{"type":"score","score":"s","value":true,"evaluator":"j","session":"v2"}"#,
      #"{"type":"score","score":"s","value":"good","evaluator":"j","session":"v1"}"#,
      #"{"type":"score","score":"s","value":4,"evaluator":"j","trace_id":"t9"}"#,
      #"{"type":"score","score":"s","value":5,"evaluator":"j","span_id":"q","variant":"x"}"#,
      #"{"type":"score","score":"other","value":6,"trace_id":"t1","span_id":"a"}"#,
      #"{"variant":"y","scores":{"s":7,"other":8}}"#,
    ]
    var arms = try Self.arms(["score:s"], lines)
    let samples = arms.samples()
    #expect(samples.map { $0.a.map(\.value).sorted() } == [[1, 5]])
    #expect(samples.map { $0.b.map(\.value).sorted() } == [[1, 7]])
    #expect(arms.counts.sharedScores == 1 && arms.counts.strayScores == 1)
    #expect(arms.counts.wordScores == 1)
  }

  @Test func `of scores for the same the newest counts, and those of programs before people's`()
    throws
  {
    func score(_ value: Int, _ time: String, _ evaluator: String) -> String {
      """
      {"type":"score","score":"s","value":\(value),"time":"\(time)","trace_id":"t",\
      "evaluator":"\(evaluator)"}
      """
    }
    let call = #"{"variant":"x","trace_id":"t"}"#
    let people = [call, score(1, "2026-01-01", "human"), score(2, "2026-01-02", "human-ann")]
    #expect(try Self.values(["score:s"], people) == [[[2], []]])
    let both = people + [score(3, "2026-01-01", "judge"), score(4, "2025-12-31", "judge")]
    #expect(try Self.values(["score:s"], both) == [[[3], []]])
  }

  @Test func `a book gives each score once, to the newest call of its trace`() throws {
    var book = ScoreBook()
    for text in [
      #"{"type":"score","score":"b","value":2,"trace_id":"t","evaluator":"j"}"#,
      #"{"score":"a","value":true,"trace_id":"t","span_id":"s","time":"2","evaluator":"j"}"#,
      #"{"score":"a","value":false,"trace_id":"t","span_id":"s","time":"1","evaluator":"j"}"#,
      #"{"type":"score","score":"a","value":"w","trace_id":"t"}"#,
    ] {
      #expect(book.add(try EvalLineTests.line(text)))
    }
    let newest = try EvalLineTests.line(#"{"trace_id":"t","span_id":"z"}"#)
    let scored = try EvalLineTests.line(#"{"trace_id":"t","span_id":"s"}"#)
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    #expect(text(book.take(for: newest)) == #""scores":{"b":2},"human_scores":{"a":"w"}"#)
    #expect(text(book.take(for: scored)) == #""scores":{"a":true}"#)
    #expect(book.take(for: scored).isEmpty)
  }
}

/// Judges beside people.
struct CalibrationTests {
  private func rows(
    _ lines: [String], human: String? = nil
  ) throws -> [Calibration.Row] {
    var calibration = Calibration(humanScore: human)
    for line in lines { calibration.add(try EvalLineTests.line(line)) }
    return calibration.rows()
  }

  private func score(_ value: String, _ place: String, _ evaluator: String) -> String {
    #"{"type":"score","score":"s","value":\#(value),\#(place),"evaluator":"\#(evaluator)"}"#
  }

  @Test func `judge and people meet at the span, else at a trace or session with one of each`()
    throws
  {
    let lines = [
      score("1", #""trace_id":"t1","span_id":"a""#, "j"),
      score("1", #""trace_id":"t1","span_id":"a""#, "human"),
      score("2", #""trace_id":"t2","span_id":"a""#, "j"),
      score("3", #""trace_id":"t2""#, "human"),
      score("4", #""trace_id":"t3","span_id":"a""#, "j"),
      score("4", #""trace_id":"t3","span_id":"b""#, "j"),
      score("5", #""trace_id":"t3""#, "human"),
      score("1", #""trace_id":"t4""#, "other"),
    ]
    let rows = try rows(lines)
    #expect(rows.map(\.judge.evaluator) == ["j", "other"])
    #expect(rows.map(\.scored) == [4, 1])
    #expect(rows.first?.agreement?.count == 2 && rows.first?.agreement?.agreement == 0.5)
    #expect(rows.map(\.verdict) == [.tooFew, .uncalibrated])
  }

  @Test func `scores in a line meet people's scores in the same line, also under another name`()
    throws
  {
    let lines = (0..<25).map {
      #"{"scores":{"s":\#($0 % 2 == 0),"mine":\#($0 % 2 == 0)},"human_scores":{"s":true}}"#
    }
    let same = try rows(lines)
    #expect(same.map(\.judge.score) == ["mine", "s"])
    #expect(same.map(\.verdict) == [.uncalibrated, .calibrated])
    #expect(same.last?.agreement?.count == 25 && same.last?.agreement?.bias == -0.48)
    let other = try rows(lines, human: "mine")
    #expect(other.map(\.judge.score) == ["s"])
    #expect(other.first?.agreement?.agreement == 1)
  }
}
