import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Prometheus' API and `barograph query` over a collector that runs.
@Suite struct QueryTests {
  private static let calls = (1...20).map { number in
    #"{"type":"llm","event_id":"q\#(number)","service":"chat","model":"m\#(number % 2)","#
      + #""status":"ok","duration_ms":\#(number * 10),"input_tokens":10}"#
  }.joined(separator: "\n")

  private static let chart = """
      55 |                                                         ****
         |                                                    *****   *
         |                                              ******         *
         |                                         *****               *
         |                                    *****                     *
         |                              ******                          *
    27.5 |                         *****                                 *
         |                   ******                                      *
         |              *****                                             *
         |        ******                                                  *
         |   *****                                                         *
       0 |***                                                              *
          1970-01-01T00:01:00Z                          1970-01-01T00:02:00Z

                                                     min   mean  max  last
    * {} __.--=+**#@@_                                 0  25.38   55     0

    """

  private func run(
    _ words: [String], _ collector: RunningCollector
  ) throws -> (end: ChildProcess.End, text: String) {
    let file = "\(collector.directory)/said"
    let process = try ChildProcess(
      "/bin/sh",
      ["-c", #"COLUMNS=72 exec "$0" "$@" > "\#(file)" 2>&1"#, RunningCollector.program, "query"]
        + words
        + ["--url", collector.url])
    let end = process.wait()
    return (end, String(decoding: try FileSystem.read(file, limit: 1 << 20), as: UTF8.self))
  }

  @Test func `what was answered 200 is in the next query`() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls, accepted: 20)
      let form = HTTPField("Content-Type", "application/x-www-form-urlencoded")
      let answer = try collector.request(
        .post, "/api/v1/query", headers: [form],
        body: Array("query=sum+by(model)(llm_requests_total)%2B0&stats=".utf8))
      #expect(answer.status == 200)
      #expect(answer.text.hasPrefix(#"{"status":"success","data":{"resultType":"vector","#))
      #expect(answer.text.contains(#"{"metric":{"model":"m0"},"value":["#))
      #expect(answer.text.components(of: #","10"]}"#) == 2)
      let health = try collector.request(
        .post, "/api/v1/query", headers: [form], body: Array("query=1%2B1&time=4".utf8))
      #expect(
        health.text == #"{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}"#)
      let values = try collector.text("/api/v1/label/model/values?match[]=llm_requests_total")
      #expect(values == #"{"status":"success","data":["m0","m1"]}"#)
      let metadata = try collector.text("/api/v1/metadata?metric=llm_requests_total")
      #expect(
        metadata
          == #"{"status":"success","data":{"llm_requests_total":[{"type":"counter","#
          + #""help":"Finished calls, errors included.","unit":""}]}}"#)
    }
  }

  @Test func `a range that begins before anything is known counts all that is known`() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls, accepted: 20)
      // What was in the second of its start a collector knows once the rollups are saved.
      let deadline = Clock.monotonic + 20_000_000_000
      for range in ["1m", "2h", "3d"] {
        var answer = ""
        while !answer.hasSuffix(#","20"]}]}}"#), Clock.monotonic < deadline {
          answer = try collector.text(
            "/api/v1/query?query=sum(increase(llm_requests_total[\(range)]))")
        }
        #expect(answer.hasSuffix(#","20"]}]}}"#), "\(range): \(answer)")
      }
    }
  }

  @Test func `errors have Prometheus' shape whoever finds them`() throws {
    try RunningCollector.use { collector in
      for (path, status, body) in [
        ("/api/v1/nope", 404, "404 page not found\n"),
        (
          "/api/v1/query?query=%zz", 400,
          #"{"status":"error","errorType":"bad_data","#
            + #""error":"the query string is not well encoded"}"#
        ),
        (
          "/api/v1/query?query=up%7B", 400,
          #"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": "#
            + #"1:4: parse error: unexpected end of input in label matching, expected "#
            + #"identifier or \"}\""}"#
        ),
      ] {
        let answer = try collector.get(path)
        #expect(answer.status == status)
        #expect(answer.text == body)
      }
    }
  }

  @Test func `a client that has gone ends its query`() throws {
    try RunningCollector.use { collector in
      let before = try collector.metrics()[#"barograph_queries_total{outcome="canceled"}"#]
      #expect(before == 0)
      let slow = "sum_over_time(vector(1)[30d:1s])%2Bsum_over_time(vector(1)[30d:1s])"
      let nested = "max_over_time((\(slow))[1d:1s])"
      var connection: RawConnection? = try RawConnection(collector.url)
      try connection?.send("GET /api/v1/query?query=\(nested) HTTP/1.1\r\nHost: localhost\r\n\r\n")
      // The query has begun once a thread has taken it; the next answers need none of its threads.
      _ = try collector.get("/livez")
      connection = nil
      var canceled: Double = 0
      let deadline = Clock.monotonic + 20_000_000_000
      while canceled == 0, Clock.monotonic < deadline {
        canceled = try collector.metrics()[#"barograph_queries_total{outcome="canceled"}"#] ?? 0
      }
      #expect(canceled == 1)
    }
  }

  @Test func `the command prints tables, charts and the place of a mistake`() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls, accepted: 20)
      let table = try run(["sum by (model) (llm_requests_total) + 0"], collector)
      #expect(table.end == .exit(0))
      #expect(
        table.text == """
          model  value
          ─────  ─────
          m0        10
          m1        10

          """)
      #expect(try run(["1 + 1"], collector).text == "2\n")
      #expect(try run(["nope"], collector).text == "no series\n")
      let csv = try run(["vector(3)", "--time", "2026-11-21T02:29:45.5Z", "--csv"], collector)
      #expect(csv.text == "time,__name__,value\r\n2026-11-21T02:29:45.500Z,,3\r\n")
      let json = try run(["vector(3)", "--time", "4", "--json"], collector)
      #expect(
        json.text
          == #"{"status":"success","data":{"resultType":"vector","result":"#
          + #"[{"metric":{},"value":[4,"3"]}]}}"# + "\n")
      let chart = try run(
        ["vector(time() % 60)", "--range", "1m", "--step", "5s", "--time", "120", "--ascii"],
        collector)
      #expect(chart.text == Self.chart)
      let wrong = try run(["sum by (model) (rate(x[5m])"], collector)
      #expect(wrong.end == .exit(1))
      #expect(
        wrong.text == """
          barograph: 1:28: parse error: unclosed left parenthesis
            sum by (model) (rate(x[5m])
                                       ^

          """)
      #expect(try run([], collector).end == .exit(2))
      #expect(try run(["1", "--range", "soon"], collector).end == .exit(2))
      #expect(try run(["1", "--step", "1m"], collector).end == .exit(2))
    }
  }
}

extension String {
  /// How often `part` occurs.
  fileprivate func components(of part: String) -> Int {
    ranges(of: part).count
  }
}
