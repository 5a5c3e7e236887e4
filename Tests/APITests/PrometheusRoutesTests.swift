import API
import PromQL
import Serving
import Testing

/// Whole answers, in the shapes that a real Prometheus gave.
@Suite struct PrometheusRoutesTests {
  private static let at = "1795228185.889"

  private static let vector = #"{"resultType":"vector","result":["#
  private static let weird = #"weird \"m\"\\x\nnl"#

  private static func requests(_ model: String, _ status: String, _ value: String) -> String {
    #"{"metric":{"__name__":"llm_requests_total","model":"\#(model)","status":"\#(status)"},"#
      + #""value":[\#(at),"\#(value)"]}"#
  }

  private static func odd(_ label: String, _ value: String) -> String {
    #"{"metric":{"__name__":"odd_values","k":"\#(label)"},"value":[\#(at),"\#(value)"]}"#
  }

  private static let answers: [(query: String, data: String)] = [
    (
      "llm_requests_total",
      [
        vector, requests("gpt-4o", "200", "41"), ",", requests("gpt-4o", "429", "3"), ",",
        requests(weird, "200", "1"), "]}",
      ].joined()
    ),
    ("1+1", #"{"resultType":"scalar","result":[1795228185.889,"2"]}"#),
    (
      "scalar(llm_inflight_requests)",
      #"{"resultType":"scalar","result":[1795228185.889,"7.5"]}"#
    ),
    (#""abc""#, #"{"resultType":"string","result":[1795228185.889,"abc"]}"#),
    (
      "llm_inflight_requests[3s]",
      [
        #"{"resultType":"matrix","result":[{"metric":{"__name__":"llm_inflight_requests","#,
        #""job":"llm"},"values":[[1795228183,"7.5"],[1795228184,"7.5"],[1795228185,"7.5"]]}]}"#,
      ].joined()
    ),
    (
      "odd_values",
      [
        vector, odd("big", "1234567890000000000"), ",", odd("nan", "NaN"), ",",
        odd("ninf", "-Inf"), ",", odd("pinf", "+Inf"), ",", odd("small", "1.5e-09"), "]}",
      ].joined()
    ),
    ("nope", #"{"resultType":"vector","result":[]}"#),
  ]

  @Test(arguments: answers.indices)
  func `an instant query answers in the shape of its type`(index: Int) throws {
    let scene = try QueryScene.usual()
    let (query, data) = Self.answers[index]
    for method in ["GET", "POST"] {
      let answer = scene.ask(method, "/api/v1/query", [("query", query), ("time", Self.at)])
      #expect(answer.status == 200)
      #expect(answer.contentType == "application/json")
      let expected = #"{"status":"success","data":\#(data)}"#
      #expect(String(decoding: answer.body, as: UTF8.self) == expected)
    }
  }

  @Test func `a range query answers a matrix whose times keep their milliseconds`() throws {
    let fields = [
      ("query", "llm_inflight_requests"), ("start", "2026-11-21T02:29:41.05Z"),
      ("end", "1795228184"), ("step", "1.5"),
    ].map { (name: $0.0, value: $0.1) }
    #expect(
      try QueryScene.usual().text("POST", "/api/v1/query_range", fields)
        == #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":"#
        + #"{"__name__":"llm_inflight_requests","job":"llm"},"values":"#
        + #"[[1795228181.050,"7.5"],[1795228182.550,"7.5"]]}]}}"#)
  }

  @Test func `native histograms are written with their bounds and which of them are in`() throws {
    var catalog = MemoryCatalog()
    try catalog.add(
      "h", "{{schema:0 sum:5 count:8 z_bucket:1 z_bucket_w:0.5 buckets:[1 2] n_buckets:[4]}}x1",
      from: QueryScene.start)
    let scene = QueryScene(catalog)
    let histogram =
      #"{"count":"8","sum":"5","buckets":[[1,"-1","-0.5","4"],[3,"-0.5","0.5","1"],"#
      + #"[0,"0.5","1","1"],[0,"1","2","2"]]}"#
    let fields = [(name: "query", value: "h"), (name: "time", value: "1795228181")]
    #expect(
      scene.text("GET", "/api/v1/query", fields)
        == #"{"status":"success","data":{"resultType":"vector","result":[{"metric":"#
        + #"{"__name__":"h"},"histogram":[1795228181,\#(histogram)]}]}}"#)
    let range = [
      ("query", "h"), ("start", "1795228181"), ("end", "1795228182"), ("step", "1s"),
    ].map { (name: $0.0, value: $0.1) }
    #expect(
      scene.text("GET", "/api/v1/query_range", range)
        == #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":"#
        + #"{"__name__":"h"},"histograms":[[1795228181,\#(histogram)],"#
        + #"[1795228182,\#(histogram)]]}]}}"#)
  }

  @Test func `warnings, infos and a limit are told beside the data`() throws {
    let scene = try QueryScene.usual()
    let fields = [("query", "odd_values"), ("time", Self.at), ("limit", "1")]
      .map { (name: $0.0, value: $0.1) }
    #expect(
      scene.text("GET", "/api/v1/query", fields)
        == #"{"status":"success","data":{"resultType":"vector","result":[{"metric":"#
        + #"{"__name__":"odd_values","k":"big"},"value":[1795228185.889,"1234567890000000000"]}]},"#
        + #""warnings":["results truncated due to limit"]}"#)
    let rate = [("query", "rate(llm_inflight_requests[3s])"), ("time", "1795228185")]
      .map { (name: $0.0, value: $0.1) }
    let told = scene.text("GET", "/api/v1/query", rate)
    #expect(told.contains(#"]},"infos":["metric might not be a counter"#), "\(told)")
  }

  @Test func `statistics come where they are asked for`() throws {
    let fields = [("query", "llm_inflight_requests"), ("time", Self.at), ("stats", "all")]
      .map { (name: $0.0, value: $0.1) }
    let answer = try QueryScene.usual().text("GET", "/api/v1/query", fields)
    for key in ["evalTotalTime", "execQueueTime", "peakSamples", "cached"] {
      #expect(answer.contains(#""\#(key)":"#))
    }
    #expect(answer.hasSuffix("}}}"))
  }
}

/// Lists of series, labels, values and metrics.
@Suite struct SeriesListTests {
  private static let lists: [(path: String, selectors: [String], data: String)] = [
    (
      "/api/v1/labels", [],
      #"["__name__","job","k","model","service.name","status"]"#
    ),
    (
      "/api/v1/labels", ["llm_requests_total", #"{job="llm"}"#],
      #"["__name__","job","model","status"]"#
    ),
    ("/api/v1/label/model/values", [], #"["gpt-4o","weird \"m\"\\x\nnl"]"#),
    (
      "/api/v1/label/__name__/values", [],
      #"["http.server.duration","llm_inflight_requests","llm_requests_total","odd_values"]"#
    ),
    ("/api/v1/label/U__service_2e_name/values", [], #"["a"]"#),
    ("/api/v1/label/service.name/values", [], #"["a"]"#),
    ("/api/v1/label/service%2Ename/values", [], #"["a"]"#),
    ("/api/v1/label/nosuch/values", [], "[]"),
    ("/api/v1/label/k/values", ["llm_requests_total"], "[]"),
    (
      "/api/v1/series", ["llm_inflight_requests", #"odd_values{k=~"p.*"}"#],
      #"[{"__name__":"llm_inflight_requests","job":"llm"},{"__name__":"odd_values","k":"pinf"}]"#
    ),
    ("/api/v1/series", [#"nope"#], "[]"),
    (
      "/api/v1/series", [#"{"http.server.duration"}"#],
      #"[{"__name__":"http.server.duration","service.name":"a"}]"#
    ),
    (
      "/api/v1/metadata", [],
      [
        #"{"llm_inflight_requests":[{"type":"gauge","help":"in flight","unit":""}],"#,
        #""llm_requests_total":[{"type":"counter","help":"with \"quotes\"\nsecond","unit":""}]}"#,
      ].joined()
    ),
  ]

  @Test(arguments: lists.indices)
  func `lists are sorted and hold what the selectors find`(index: Int) throws {
    let (path, selectors, data) = Self.lists[index]
    let fields = selectors.map { (name: "match[]", value: $0) }
    #expect(
      try QueryScene.usual().text("GET", path, fields) == #"{"status":"success","data":\#(data)}"#)
  }

  @Test func `a limit cuts a list and says so`() throws {
    let scene = try QueryScene.usual()
    #expect(
      scene.text("GET", "/api/v1/labels", [("limit", "2")])
        == #"{"status":"success","data":["__name__","job"],"#
        + #""warnings":["results truncated due to limit"]}"#)
    #expect(
      scene.text("GET", "/api/v1/metadata", [("limit", "1")])
        == #"{"status":"success","data":{"llm_inflight_requests":"#
        + #"[{"type":"gauge","help":"in flight","unit":""}]}}"#)
  }

  @Test(arguments: [
    ("U__a", "a"), ("U__a__b", "a_b"), ("U__a_2e_b", "a.b"), ("U___1F989_", "🦉"),
    ("U__a_b", "U__a_b"), ("U___110000_", "U___110000_"), ("U___d800_", "U___d800_"),
    ("U___xyz_", "U___xyz_"), ("a__b", "a__b"), ("U__", ""),
  ]) func `escaped names of labels are read back, and others left alone`(
    text: String, name: String
  ) throws {
    var catalog = MemoryCatalog()
    let quoted = name.isEmpty ? "x" : name
    try catalog.add(#"{"m","\#(quoted)"="v"}"#, "1", from: QueryScene.start)
    let answer = QueryScene(catalog).text("GET", "/api/v1/label/\(text)/values")
    #expect(
      answer == #"{"status":"success","data":\#(name.isEmpty ? "[]" : #"["v"]"#)}"#)
  }
}
