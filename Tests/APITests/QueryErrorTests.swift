import API
import PromQL
import Serving
import Testing

/// What is refused, with Prometheus' words, types and statuses.
@Suite struct QueryErrorTests {
  private static func error(_ type: String, _ message: String) -> String {
    #"{"status":"error","errorType":"\#(type)","error":"\#(message)"}"#
  }

  /// A request, and what is said of it.
  struct Case: Sendable {
    let path: String
    let fields: [(name: String, value: String)]
    let message: String

    /// `fields` as `name=value`, with blanks between.
    init(_ path: String, _ fields: String, _ message: String) {
      self.path = "/api/v1/\(path)"
      self.fields = fields.split(separator: " ").map { pair in
        let parts = pair.split(separator: "=", maxSplits: 1)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
      }
      self.message = message
    }
  }

  private static let cases: [Case] = [
    Case(
      "query", "query=sum(",
      #"invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis"#),
    Case(
      "query", "",
      #"invalid parameter \"query\": 1:1: parse error: no expression found in input"#),
    Case(
      "query", "query=up time=yesterday",
      #"invalid parameter \"time\": Invalid time value for 'time': "#
        + #"cannot parse \"yesterday\" to a valid timestamp"#),
    Case(
      "query", "query=up timeout=soon",
      #"invalid parameter \"timeout\": cannot parse \"soon\" to a valid duration"#),
    Case(
      "query", "query=up limit=-1",
      #"invalid parameter \"limit\": limit must be non-negative"#),
    Case(
      "query_range", "query=up start=0 end=10 step=0",
      #"invalid parameter \"step\": zero or negative query resolution step widths are not "#
        + "accepted. Try a positive integer"),
    Case(
      "query_range", "query=up start=0 end=10",
      #"invalid parameter \"step\": cannot parse \"\" to a valid duration"#),
    Case(
      "query_range", "query=up start=10 end=0 step=1",
      #"invalid parameter \"end\": end timestamp must not be before start time"#),
    Case(
      "query_range", "query=up end=0 step=1",
      #"invalid parameter \"start\": cannot parse \"\" to a valid timestamp"#),
    Case(
      "query_range", "query=up start=0 end=1000000 step=1",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
        + "resolution (?step=XX)"),
    Case("series", "", "no match[] parameter provided"),
    Case(
      "series", #"match[]={a=""}"#,
      #"invalid parameter \"match[]\": 1:1: parse error: vector selector must contain at least "#
        + "one non-empty matcher"),
    Case("label/0bad/values", "", #"invalid label name: \"0bad\""#),
    Case(
      "format_query", "query=sum(up",
      #"invalid parameter \"query\": 1:7: parse error: unclosed left parenthesis"#),
  ]

  @Test(arguments: cases) func `bad requests are told what is bad`(refused: Case) throws {
    let answer = try QueryScene.usual().ask("GET", refused.path, refused.fields)
    #expect(
      String(decoding: answer.body, as: UTF8.self) == Self.error("bad_data", refused.message))
    #expect(answer.status == 400)
  }

  @Test func `as many points as Prometheus allows are allowed`() throws {
    let fields = [("query", "up"), ("start", "0"), ("end", "11000"), ("step", "1")]
    let scene = try QueryScene.usual()
    #expect(
      scene.ask("GET", "/api/v1/query_range", fields.map { (name: $0.0, value: $0.1) }).status
        == 200)
  }

  @Test func `what cannot be carried out is 422`() throws {
    let scene = try QueryScene.usual()
    let answer = scene.ask(
      "GET", "/api/v1/query",
      [("query", "llm_requests_total + on(model) llm_requests_total"), ("time", "1795228185")])
    #expect(answer.status == 422)
    #expect(
      String(decoding: answer.body, as: UTF8.self).hasPrefix(
        #"{"status":"error","errorType":"execution","error":""#))
  }

  @Test func `a query for which nobody waits ends`() throws {
    let gone = Cancellation()
    gone.cancel()
    let answer = try QueryScene.usual().ask(
      "GET", "/api/v1/query", [("query", "up")], cancellation: gone)
    #expect(answer.status == 503)
    #expect(
      String(decoding: answer.body, as: UTF8.self)
        == Self.error("canceled", "query was canceled in query execution"))
  }

  @Test(arguments: ["count(odd_values) + sum_over_time(odd_values[10s])", "odd_values"])
  func `a query beyond its samples ends`(query: String) throws {
    var settings = QueryService.Settings()
    settings.samples = 20
    let scene = QueryScene(try QueryScene.usualCatalog(), settings)
    let answer = scene.ask(
      "GET", "/api/v1/query", [("query", query), ("time", "1795228185")])
    #expect(answer.status == 422)
    #expect(
      String(decoding: answer.body, as: UTF8.self)
        == Self.error(
          "execution",
          "query processing would load too many samples into memory in query execution"))
  }

  /// Each doubles or multiplies what the one before it made.
  private static let explosions = [
    String(repeating: "(", count: 50_000),
    String(repeating: "-", count: 50_000) + "1",
    String(repeating: "sum(", count: 5_000) + "up" + String(repeating: ")", count: 5_000),
    (0..<12).reduce("vector(1)") { text, _ in "sum_over_time((\(text))[1h:1ms])" },
    "max_over_time(vector(1)[100y:1ms])",
    #"label_join(llm_inflight_requests, "x", """# + String(repeating: #","job""#, count: 30_000)
      + ")",
    String(repeating: "up + ", count: 60_000) + "up",
  ]

  @Test(arguments: explosions.indices)
  func `a query that is meant to explode ends in an error`(index: Int) throws {
    var settings = QueryService.Settings()
    settings.time = 2_000_000_000
    settings.samples = 1_000_000
    let scene = QueryScene(try QueryScene.usualCatalog(), settings)
    let answer = scene.ask(
      "GET", "/api/v1/query", [("query", Self.explosions[index]), ("time", "1795228185")])
    #expect([400, 422, 503].contains(answer.status), "\(answer.status)")
    #expect(
      String(decoding: answer.body, as: UTF8.self).hasPrefix(
        #"{"status":"error","errorType":""#))
  }

  @Test(arguments: [
    "(a*)*(a*)*(a*)*b", "(x+x+)+y", "((a{1,30}){1,30}){1,30}", "(.*){1,1000}", "a{1000}{1000}",
  ]) func `a regular expression that is meant to explode is answered or refused`(
    pattern: String
  ) throws {
    var catalog = MemoryCatalog()
    let text = String(repeating: "a", count: 20_000)
    try catalog.add(#"m{l="\#(text)"}"#, "1", from: QueryScene.start)
    let answer = QueryScene(catalog).ask(
      "GET", "/api/v1/query", [("query", #"m{l=~"\#(pattern)"}"#), ("time", "1795228180")])
    #expect([200, 400].contains(answer.status), "\(answer.status)")
  }

  @Test func `a store that cannot be read is no empty answer`() throws {
    var catalog = try QueryScene.usualCatalog()
    catalog.failure = QueryError(.unavailable, "the store cannot be read just now")
    let scene = QueryScene(catalog)
    for path in ["/api/v1/query", "/api/v1/labels"] {
      let answer = scene.ask("GET", path, [("query", "up")])
      #expect(answer.status == 500)
      #expect(
        String(decoding: answer.body, as: UTF8.self)
          == Self.error("internal", "the store cannot be read just now"))
    }
  }
}
