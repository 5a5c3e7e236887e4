import API
import PromQL
import Serving
import Testing
import Timeline

/// Whole answers to what Grafana's JSON data sources ask.
@Suite struct GrafanaRoutesTests {
  private static let range =
    #""range":{"from":"2026-11-21T02:29:40.000Z","to":"2026-11-21T02:29:50.000Z"}"#
  /// The scene's start in milliseconds.
  private static let start = QueryScene.start

  /// Ten seconds of two models, and an alert that fires twice.
  private static func scene() throws -> QueryScene {
    var catalog = MemoryCatalog()
    try catalog.add(#"calls_total{model="a",service="s"}"#, "0+1x10", from: start)
    try catalog.add(#"calls_total{model="b.c"}"#, "0+2x10", from: start)
    try catalog.add("odd", "1 NaN Inf _ 2", from: start)
    let alert = #"ALERTS{alertname="Slow",alertstate="firing",severity="page"}"#
    // Written as the collector writes it: marked as ended when it ends.
    try catalog.add(alert, "1 1 stale _ _ _ 1 1 1 stale", from: start - 20_000, every: 5_000)
    catalog.families = [
      FamilyMetadata(name: "calls_total", type: "counter", help: "", unit: "")
    ]
    return QueryScene(catalog)
  }

  private static func ask(_ path: String, _ body: String) throws -> String {
    let answer = try scene().ask("POST", "/grafana/\(path)", body: body)
    #expect(answer.status == 200)
    #expect(answer.contentType == "application/json")
    return String(decoding: answer.body, as: UTF8.self)
  }

  @Test(arguments: ["/grafana", "/grafana/"])
  func `the address itself answers the test of a connection`(path: String) throws {
    #expect(try Self.scene().ask("GET", path).status == 200)
  }

  @Test func `a target is a query, and its series have the value first`() throws {
    let body =
      [
        #"{"panelId":1,\#(Self.range),"intervalMs":5000,"maxDataPoints":100,"scopedVars":{},"#,
        #""targets":[{"target":"calls_total","refId":"A","type":"timeserie"}]}"#,
      ].joined()
    let expected = [
      #"[{"target":"calls_total{model=\"a\", service=\"s\"}","datapoints":"#,
      #"[[0,1795228180000],[5,1795228185000],[10,1795228190000]],"refId":"A"},"#,
      #"{"target":"calls_total{model=\"b.c\"}","datapoints":"#,
      #"[[0,1795228180000],[10,1795228185000],[20,1795228190000]],"refId":"A"}]"#,
    ].joined()
    #expect(try Self.ask("query", body) == expected)
  }

  @Test func `numbers that JSON cannot say are null`() throws {
    let body =
      [
        #"{\#(Self.range),"intervalMs":1000,"maxDataPoints":11,"targets":[{"target":"odd[1s:]"},"#,
        #"{"target":"last_over_time(odd[1s])"}]}"#,
      ].joined()
    let expected = [
      #"[{"target":"odd","datapoints":[[1,1795228180000],[null,1795228181000],"#,
      #"[null,1795228182000],[2,1795228184000]]}]"#,
    ].joined()
    #expect(try Self.ask("query", body) == expected)
  }

  @Test func `no more points come than are asked for`() throws {
    let body =
      #"{\#(Self.range),"intervalMs":1,"maxDataPoints":2,"targets":[{"target":"sum(odd)"}]}"#
    let expected = [
      #"[{"target":"sum(odd)","datapoints":[[1,1795228180000],[2,1795228185000],"#,
      #"[2,1795228190000]]}]"#,
    ].joined()
    #expect(try Self.ask("query", body) == expected)
  }

  private static let calculations: [(payload: String, answer: String)] = [
    (
      #"{"calculation":"value","by":["model"],"legend":"of {{ model }}"}"#,
      [
        #"[{"target":"of a","datapoints":[[0,1795228180000],[10,1795228190000]]},"#,
        #"{"target":"of b.c","datapoints":[[0,1795228180000],[20,1795228190000]]}]"#,
      ].joined()
    ),
    (
      #"{"calculation":"value","by":""}"#,
      #"[{"target":"calls_total","datapoints":[[0,1795228180000],[30,1795228190000]]}]"#
    ),
    (
      #"{"calculation":"value","by":["service"],"format":"table"}"#,
      [
        #"[{"type":"table","columns":[{"text":"Time","type":"time"},"#,
        #"{"text":"service","type":"string"},{"text":"Value","type":"number"}],"#,
        #""rows":[[1795228190000,"",20],[1795228190000,"s",10]]}]"#,
      ].joined()
    ),
  ]

  @Test(arguments: calculations.indices)
  func `a metric with a calculation needs no query`(index: Int) throws {
    let (payload, answer) = Self.calculations[index]
    let body =
      [
        #"{\#(Self.range),"intervalMs":10000,"targets":["#,
        #"{"target":"calls_total","payload":\#(payload)}]}"#,
      ].joined()
    #expect(try Self.ask("query", body) == answer)
  }

  @Test(arguments: [
    ("calls_total", "increase", "30"), ("calls_total", "rate", "3"), ("took", "average", "3"),
    ("took", "p99", "3.972369"), ("took", "value", ""),
  ]) func `what is computed for a table is of the whole range`(
    metric: String, calculation: String, value: String
  ) throws {
    var catalog = MemoryCatalog()
    try catalog.add(#"calls_total{model="a"}"#, "0+1x10", from: Self.start)
    try catalog.add(#"calls_total{model="b"}"#, "0+2x10", from: Self.start)
    let one = "{{schema:0 sum:6 count:2 buckets:[0 0 2]}}"
    try catalog.add("took", "{{schema:0 sum:0 count:0}}+\(one)x10", from: Self.start)
    let body =
      #"{\#(Self.range),"targets":[{"target":"\#(metric)","payload":{"format":"table","#
      + #""calculation":"\#(calculation)","by":[]}}]}"#
    let answer = QueryScene(catalog).ask("POST", "/grafana/query", body: body)
    let text = String(decoding: answer.body, as: UTF8.self)
    let rows = value.isEmpty ? "]" : "[1795228190000,\(value)"
    #expect(text.contains(#""rows":[\#(rows)"#), "\(text)")
  }

  @Test func `a table shows what was last`() throws {
    let body = #"{\#(Self.range),"targets":[{"target":"sum(calls_total)","type":"table"}]}"#
    let expected = [
      #"[{"type":"table","columns":[{"text":"Time","type":"time"},"#,
      #"{"text":"Value","type":"number"}],"rows":[[1795228190000,30]]}]"#,
    ].joined()
    #expect(try Self.ask("query", body) == expected)
  }

  private static let filters: [(filter: String, models: [String])] = [
    (#"{"key":"model","operator":"=","value":"a"}"#, ["a"]),
    (#"{"key":"model","operator":"!=","value":"a"}"#, ["b.c"]),
    (#"{"key":"model","operator":"=~","value":"a|b.*"}"#, ["a", "b.c"]),
    (#"{"key":"model","operator":"!~","value":"b.*"}"#, ["a"]),
    (#"{"key":"model","operator":"=|","value":"a","values":["b.c","z"]}"#, ["b.c"]),
    (#"{"key":"model","operator":"=|","value":"b?c"}"#, []),
    (#"{"key":"model","operator":"!=|","values":["b.c","z"]}"#, ["a"]),
  ]

  @Test(arguments: filters.indices, ["filters", "adhocFilters"])
  func `filters narrow every query`(index: Int, key: String) throws {
    let (filter, models) = Self.filters[index]
    let body =
      [
        #"{\#(Self.range),"intervalMs":10000,"\#(key)":[\#(filter)],"#,
        #""targets":[{"target":"calls_total","payload":{"legend":"{{model}}"}}]}"#,
      ].joined()
    let answer = try Self.ask("query", body)
    for model in ["a", "b.c"] {
      #expect(answer.contains(#""target":"\#(model)""#) == models.contains(model), "\(answer)")
    }
  }

  @Test func `a target that is no query leaves the others alone`() throws {
    let targets =
      [
        #"{"target":"sum("},{"target":""},{"target":"nope"},{"target":"odd","hide":true},"#,
        #"{"target":"vector(3)"}"#,
      ].joined()
    #expect(
      try Self.ask("query", #"{\#(Self.range),"intervalMs":10000,"targets":[\#(targets)]}"#)
        == #"[{"target":"vector(3)","datapoints":[[3,1795228180000],[3,1795228190000]]}]"#)
    #expect(try Self.ask("query", #"{\#(Self.range),"targets":[{"target":"nope"}]}"#) == "[]")
  }

  private static let wrong: [(path: String, body: String, message: String)] = [
    ("query", "{", "the body is no JSON: "),
    (
      "query", #"{"targets":[{"target":"sum("}]}"#,
      #"invalid parameter \"query\": 1:5: parse error: "#
    ),
    ("query", #"{"range":{"from":"soon"}}"#, "range holds no time that can be read"),
    (
      "query", #"{"range":{"from":"2026-11-21T02:29:40Z","to":"2026-11-21T02:29:39Z"}}"#,
      "range.from is after range.to"
    ),
    (
      "query", #"{"filters":[{"key":"model","operator":"<","value":"1"}]}"#,
      "labels cannot be filtered by <"
    ),
    (
      "annotations", #"{"annotation":{"query":"{severity="}}"#,
      #"invalid parameter \"query\": "#
    ),
  ]

  @Test(arguments: wrong.indices)
  func `what cannot be answered is told`(index: Int) throws {
    let (path, body, message) = Self.wrong[index]
    let answer = try Self.scene().ask("POST", "/grafana/\(path)", body: body)
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(answer.status == 400)
    #expect(text.hasPrefix(#"{"error":{"code":"bad_data","message":"\#(message)"#), "\(text)")
  }

  @Test func `annotations are the times at which alerts fired`() throws {
    let range =
      #""range":{"from":"2026-11-21T02:29:00.000Z","to":"2026-11-21T02:31:00.000Z"}"#
    let annotation = #"{"name":"Alerts","datasource":"b","enable":true,"query":"","limit":5}"#
    func stretch(_ annotation: String, _ start: Int, _ end: Int) -> String {
      [
        #"{"annotation":\#(annotation),"time":\#(start),"timeEnd":\#(end),"isRegion":true,"#,
        #""title":"Slow","tags":["firing","severity:page"],"text":"severity=page"}"#,
      ].joined()
    }
    let both = [
      stretch(annotation, 1_795_228_160_000, 1_795_228_165_000),
      stretch(annotation, 1_795_228_190_000, 1_795_228_200_000),
    ].joined(separator: ",")
    let question = #"{\#(range),"annotation":\#(annotation)}"#
    #expect(try Self.ask("annotations", question) == "[\(both)]")
    let other = annotation.replacing(#""query":"""#, with: #""query":"{severity=\"low\"}""#)
    #expect(try Self.ask("annotations", #"{\#(range),"annotation":\#(other)}"#) == "[]")
    let expected = [
      #"[{"name":"annotations","fields":[{"name":"time","type":"time","values":"#,
      #"[1795228160000,1795228190000]},{"name":"timeEnd","type":"time","values":"#,
      #"[1795228165000,1795228200000]},{"name":"title","type":"string","values":"#,
      #"["Slow","Slow"]},{"name":"text","type":"string","values":"#,
      #"["severity=page","severity=page"]},{"name":"tags","type":"string","values":"#,
      #"["firing,severity:page","firing,severity:page"]}],"refId":"Anno"}]"#,
    ].joined()
    #expect(
      try Self.ask("query", #"{\#(range),"targets":[{"target":"annotations","refId":"Anno"}]}"#)
        == expected)
  }

  private static let lists: [(path: String, body: String, answer: String)] = [
    ("search", #"{"target":""}"#, #"["ALERTS","calls_total","odd"]"#),
    ("search", "", #"["ALERTS","calls_total","odd"]"#),
    ("search", #"{"target":"call"}"#, #"["calls_total"]"#),
    ("search", #"{"target":"label_values(calls_total, model)"}"#, #"["a","b.c"]"#),
    (
      "tag-keys", "{}",
      [
        #"[{"type":"string","text":"alertname"},{"type":"string","text":"alertstate"},"#,
        #"{"type":"string","text":"model"},{"type":"string","text":"service"},"#,
        #"{"type":"string","text":"severity"}]"#,
      ].joined()
    ),
    ("tag-values", #"{"key":"model"}"#, #"[{"text":"a"},{"text":"b.c"}]"#),
    ("tag-values", #"{"key":"nope"}"#, "[]"),
    (
      "variable", #"{"payload":{"target":"model"}}"#,
      #"[{"__text":"a","__value":"a"},{"__text":"b.c","__value":"b.c"}]"#
    ),
    (
      "variable", #"{"payload":{"target":"label_values(calls_total{service=\"s\"}, model)"}}"#,
      #"[{"__text":"a","__value":"a"}]"#
    ),
    (
      "variable", #"{"payload":{"target":"label_values(severity)"}}"#,
      #"[{"__text":"page","__value":"page"}]"#
    ),
    (
      "variable", #"{"payload":{"target":"metrics"}}"#,
      [
        #"[{"__text":"ALERTS","__value":"ALERTS"},"#,
        #"{"__text":"calls_total","__value":"calls_total"},{"__text":"odd","__value":"odd"}]"#,
      ].joined()
    ),
    (
      "metric-payload-options", #"{"metric":"calls_total","payload":{},"name":"by"}"#,
      #"[{"label":"model","value":"model"},{"label":"service","value":"service"}]"#
    ),
    ("metric-payload-options", #"{"metric":"calls_total","name":"format"}"#, "[]"),
  ]

  @Test(arguments: lists.indices)
  func `lists are what there is to choose from`(index: Int) throws {
    let (path, body, answer) = Self.lists[index]
    #expect(try Self.ask(path, body) == answer)
  }

  @Test func `metrics come with what can be computed of them`() throws {
    let shape =
      [
        #"{"label":"Format","name":"format","type":"select","options":["#,
        #"{"label":"time series","value":"series"},{"label":"table","value":"table"}]},"#,
        #"{"label":"Legend","name":"legend","type":"input"}"#,
      ].joined()
    let answer = try Self.ask("metrics", "{}")
    #expect(
      answer.hasPrefix(
        #"[{"label":"Alerts, as annotations","value":"annotations","payloads":[\#(shape)]},"#))
    #expect(
      answer.contains(
        [
          #"{"label":"calls_total","value":"calls_total","payloads":["#,
          #"{"label":"Calculation","name":"calculation","type":"select","options":["#,
          #"{"label":"per second","value":"rate"},{"label":"increase","value":"increase"},"#,
          #"{"label":"value","value":"value"}]},"#,
          #"{"label":"By","name":"by","type":"multi-select"},\#(shape)]}"#,
        ].joined()))
  }
}

/// Tables for the Infinity data source.
@Suite struct PlainTableTests {
  private static let start = QueryScene.start
  private static let times = [
    (name: "from", value: "1795228180000"), (name: "to", value: "1795228190000"),
  ]

  private static func scene() throws -> QueryScene {
    var catalog = MemoryCatalog()
    let labels = #"service="s",provider="p",model="m, \"x\"",operation="chat""#
    func add(_ name: String, _ more: String, _ values: String) throws {
      try catalog.add("\(name){\(labels)\(more)}", values, from: start)
    }
    try add("llm_requests_total", #",status="ok""#, "0+8x10")
    try add("llm_requests_total", #",status="error""#, "0+2x10")
    try add("llm_tokens_total", #",type="input""#, "0+100x10")
    try add("llm_unpriced_tokens_total", "", "0+25x10")
    try add("llm_cost_usd_total", "", "0+0.5x10")
    return QueryScene(catalog)
  }

  private static func ask(
    _ path: String, _ fields: [(name: String, value: String)]
  ) throws -> Response {
    try scene().ask("GET", "/grafana/\(path)", fields)
  }

  private static func text(
    _ path: String, _ fields: [(name: String, value: String)]
  ) throws -> String {
    String(decoding: try ask(path, fields).body, as: UTF8.self)
  }

  @Test func `series are rows of time and labels, each with the same columns`() throws {
    let fields =
      Self.times + [
        (name: "query", value: "sum by (model, status) (llm_requests_total) or vector(1)"),
        (name: "step", value: "10000"),
      ]
    let expected = [
      #"[{"time":"2026-11-21T02:29:40Z","model":"","status":"","value":1},"#,
      #"{"time":"2026-11-21T02:29:40Z","model":"m, \"x\"","status":"error","value":0},"#,
      #"{"time":"2026-11-21T02:29:40Z","model":"m, \"x\"","status":"ok","value":0},"#,
      #"{"time":"2026-11-21T02:29:50Z","model":"","status":"","value":1},"#,
      #"{"time":"2026-11-21T02:29:50Z","model":"m, \"x\"","status":"error","value":20},"#,
      #"{"time":"2026-11-21T02:29:50Z","model":"m, \"x\"","status":"ok","value":80}]"#,
    ].joined()
    #expect(try Self.text("series", fields) == expected)
  }

  @Test func `a table is what was last, also as CSV`() throws {
    let query = (name: "query", value: "sum by (model) (llm_requests_total)")
    let time = (name: "time", value: "2026-11-21T02:29:45Z")
    #expect(
      try Self.text("table", [query, time])
        == #"[{"time":"2026-11-21T02:29:45Z","model":"m, \"x\"","value":50}]"#)
    let answer = try Self.ask("table", [query, time, (name: "format", value: "csv")])
    #expect(answer.contentType == "text/csv; charset=utf-8")
    #expect(
      String(decoding: answer.body, as: UTF8.self)
        == "time,model,value\r\n2026-11-21T02:29:45Z,\"m, \"\"x\"\"\",50\r\n")
    #expect(try Self.text("table", [(name: "query", value: "nope"), time]) == "[]")
  }

  @Test func `calls are told in one row each, with the share that is priced`() throws {
    let answer = try Self.text("calls", Self.times + [(name: "by", value: "model")])
    #expect(
      answer
        == [
          #"[{"time":"2026-11-21T02:29:50Z","model":"m, \"x\"","requests":100,"errors":20,"#,
          #""tokens":1000,"cost_usd":5,"coverage":0.75,"p50_ms":null,"p95_ms":null}]"#,
        ].joined())
    let steps =
      Self.times + [
        (name: "step", value: "5s"), (name: "model", value: #"m, "x""#),
        (name: "service", value: "s"), (name: "service", value: "t.u"),
      ]
    let rows = try Self.text("calls", steps)
    #expect(rows.hasPrefix(#"[{"time":"2026-11-21T02:29:45Z","requests":"#), "\(rows)")
    #expect(try Self.text("calls", Self.times + [(name: "service", value: "t")]) == "[]")
  }

  private static let wrong: [(path: String, field: (name: String, value: String))] = [
    ("table", ("time", "1")), ("series", ("query", "sum(")), ("calls", ("by", "tenant")),
    ("calls", ("step", "0")), ("calls", ("step", "x")), ("calls", ("from", "later")),
    ("table", ("format", "xml")), ("calls", ("from", "1795228190001")),
  ]

  @Test(arguments: wrong.indices)
  func `what cannot be answered is told`(index: Int) throws {
    let (path, field) = Self.wrong[index]
    let answer = try Self.ask(path, [field, (name: "to", value: "1795228190000")])
    #expect(answer.status == 400)
    #expect(String(decoding: answer.body, as: UTF8.self).contains(#""code":"bad_data""#))
  }
}

/// What Grafana's own Prometheus data source sends: the test of a connection, and its query editor.
@Suite struct GrafanaPrometheusTests {
  @Test func `the test of a connection is answered`() throws {
    let scene = try QueryScene.usual()
    #expect(
      scene.text("POST", "/api/v1/query", [("query", "1+1"), ("time", "4")])
        == #"{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}"#)
    let build = scene.text("GET", "/api/v1/status/buildinfo")
    #expect(build.hasPrefix(#"{"status":"success","data":{"version":""#))
    // By this key Grafana would take the answer for Mimir's.
    #expect(!build.contains("features"))
  }

  private static let span = [
    (name: "start", value: "1795228180"), (name: "end", value: "1795228190"),
  ]

  @Test func `the editor finds metrics, labels and values`() throws {
    let scene = try QueryScene.usual()
    let every = #"{__name__!=""}"#
    for method in ["GET", "POST"] {
      let labels = scene.text(method, "/api/v1/labels", Self.span + [("match[]", every)])
      #expect(labels.contains(#""__name__","job","k","model","service.name","status""#))
      let series = scene.ask(
        method, "/api/v1/series",
        Self.span + [("match[]", "llm_requests_total"), ("limit", "40000")])
      #expect(series.status == 200)
      #expect(String(decoding: series.body, as: UTF8.self).contains(#""status":"429""#))
    }
    let names = scene.text("GET", "/api/v1/label/__name__/values", Self.span + [("limit", "40000")])
    #expect(names.contains(#""llm_requests_total""#))
    // `label_values(llm_requests_total{status="429"}, model)` of a variable.
    let values = scene.text(
      "GET", "/api/v1/label/model/values",
      Self.span + [("match[]", #"llm_requests_total{status="429"}"#)])
    #expect(values == #"{"status":"success","data":["gpt-4o"]}"#)
    let kinds = scene.text("GET", "/api/v1/metadata", [("limit", "5000")])
    #expect(kinds.contains(#""llm_requests_total":[{"type":"counter""#))
  }

  @Test func `a panel's range and an instant table are answered`() throws {
    let scene = try QueryScene.usual()
    let query = (
      name: "query", value: #"sum by (model) (rate(llm_requests_total{model=~"gpt-4o"}[1m0s]))"#
    )
    let range = scene.text("POST", "/api/v1/query_range", Self.span + [query, ("step", "5")])
    #expect(range.hasPrefix(#"{"status":"success","data":{"resultType":"matrix""#))
    #expect(range.contains(#"{"metric":{"model":"gpt-4o"},"values":[[1795228185,"0"]"#))
    let instant = scene.text("POST", "/api/v1/query", [query, ("time", "1795228190.001")])
    #expect(instant.contains(#""resultType":"vector""#))
    let wrong = scene.ask("POST", "/api/v1/query", [("query", "sum("), ("time", "4")])
    #expect(wrong.status == 400)
    #expect(String(decoding: wrong.body, as: UTF8.self).contains(#""errorType":"bad_data""#))
  }
}
