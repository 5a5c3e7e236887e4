import Codec
import HTTP
import LinuxIO
import Outbound
import Testing

/// A collector that holds data of two tenants, whose every text carries the tenant's own word, and
/// keys of every kind.
struct TwoTenants {
  /// The word that is in all that is the first one's, and nothing else.
  static let own = "zalpha"
  static let foreign = "zbeta"
  static let ownTrace = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
  static let foreignTrace = "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"

  let collector: RunningCollector
  let keys: TestKeys

  static func use(_ body: (TwoTenants) throws -> Void) throws {
    var keys = TestKeys()
    keys.add("ingest", ["ingest"])
    keys.add("read", ["read"])
    keys.add("admin", ["admin"])
    for word in [own, foreign] {
      keys.add("ingest-\(word)", ["ingest"], tenant: "\(word)-tenant")
      keys.add("read-\(word)", ["read"], tenant: "\(word)-tenant")
    }
    keys.add("expired", ["ingest", "read"], #","expires":"2020-01-01T00:00:00Z""#)
    keys.add("revoked", ["ingest", "read"], #","revoked":"2020-01-01T00:00:00Z""#)
    let directory = "/tmp/barograph-e2e-rules-\(ProcessFacts.id)-\(Random.word())"
    try FileSystem.createDirectory(directory)
    let path = "\(directory)/rules.yaml"
    defer {
      RunningCollector.files(below: directory).forEach { try? FileSystem.remove($0) }
      try? FileSystem.removeDirectory(directory)
    }
    try FileSystem.writeAtomically(Array(rules.utf8), to: path)
    let configuration = """
      rules: [\(path)]
      starter_rules: false
      limits: {wrong_keys_per_min: 1000000}
      """
    try RunningCollector.use(configuration: configuration, keys: keys) { collector in
      let scene = TwoTenants(collector: collector, keys: keys)
      for (word, trace) in [(own, ownTrace), (foreign, foreignTrace)] {
        try scene.plant(word, trace)
      }
      try scene.waitForAlerts()
      try body(scene)
    }
  }

  private static let rules = """
    groups:
      - name: calls
        interval: 200ms
        rules:
          - alert: Calls
            expr: sum by (tenant) (llm_tenant_requests_total) > 0
            annotations: {summary: "{{ $labels.tenant }} called"}
          - {budget: zalpha-budget, usd: 5, period: day, match: {tenant: zalpha-tenant}}
          - {budget: zbeta-budget, usd: 5, period: day, match: {tenant: zbeta-tenant}}
    """

  /// One of everything, sent by a key of no tenant, by one of the tenant, and as metrics; and a
  /// silence.
  private func plant(_ word: String, _ trace: String) throws {
    let span = trace.prefix(16)
    let common =
      #""service":"\#(word)-service","env":"\#(word)-env","release":"\#(word)-release","#
      + #""instance":"\#(word)-instance","session":"\#(word)-session","user":"\#(word)-user","#
      + #""agent":"\#(word)-agent","trace_id":"\#(trace)","#
      + #""attrs":{"\#(word)-key":"\#(word)-value"}"#
    let call =
      #"{"type":"llm","provider":"\#(word)-provider","model":"\#(word)-model","operation":"chat","#
      + #""prompt":"\#(word)-prompt","prompt_version":"\#(word)-1","variant":"\#(word)-variant","#
      + #""input":"\#(word)-input","output":"\#(word)-output","status":"error","duration_ms":12,"#
      + #""error":{"type":"server","message":"\#(word)-error"},"request_id":"\#(word)-request","#
      + #""response_id":"\#(word)-response","input_tokens":100,"output_tokens":20,"cost_usd":0.5,"#
      + #""message":"\#(word)-message","#
    let lines = [
      call + #""event_id":"\#(word)-1","span_id":"\#(span)","# + common,
      #"{"type":"span","kind":"tool","name":"\#(word)-name","tool":"\#(word)-tool","#
        + #""duration_ms":3,"event_id":"\#(word)-2","# + common,
      #"{"type":"log","level":"error","logger":"\#(word)-logger","message":"\#(word)-log","#
        + #""error":{"message":"\#(word)-failure","stack":"\#(word)-stack"},"#
        + #""event_id":"\#(word)-3","#
        + common,
      #"{"type":"score","score":"\#(word)-score","value":0.5,"evaluator":"\#(word)-evaluator","#
        + #""comment":"\#(word)-comment","span_id":"\#(span)","event_id":"\#(word)-4","# + common,
    ].map { $0 + #","tenant":"\#(word)-tenant"}"# }
    try collector.post(lines.joined(separator: "\n"), accepted: 4)
    // The key's tenant stands for what the event says.
    let bound = [
      call + #""event_id":"\#(word)-5","tenant":"somebody","src":"\#(word)-src","seq":1,"# + common
        + "}",
      #"{"\#(word)-broken": "#,
    ]
    let sent = try ask(
      "POST", "/v1/events", key: "ingest-\(word)", body: bound.joined(separator: "\n"))
    #expect(sent.text.hasPrefix(#"{"accepted":1,"duplicates":0,"rejected":1"#), "\(sent.text)")
    let metrics = try ask(
      "POST", "/v1/metrics", key: "ingest-\(word)", body: Self.metrics(word),
      type: "application/json")
    #expect(metrics.status == 200, "\(metrics.text)")
    let silence =
      #"{"matchers":["tenant=\"\#(word)-tenant\"","alertname=\"Nothing\""],"duration":"1h","#
      + #""created_by":"\#(word)-person","comment":"\#(word)-why"}"#
    let made = try ask("POST", "/v1/silences", key: "admin", body: silence)
    #expect(made.status == 200, "\(made.text)")
  }

  /// A gauge and its resource; the tenant that it names is not the key's.
  private static func metrics(_ word: String) -> String {
    func attribute(_ name: String, _ value: String) -> String {
      #"{"key":"\#(name)","value":{"stringValue":"\#(value)"}}"#
    }
    let now = Clock.wall
    let resource = [
      attribute("service.name", "\(word)-service"), attribute("tenant.id", "somebody"),
      attribute("\(word).room", "\(word)-room"),
    ].joined(separator: ",")
    return #"{"resourceMetrics":[{"resource":{"attributes":[\#(resource)]},"scopeMetrics":[{"#
      + #""metrics":[{"name":"\#(word)_gauge","description":"\#(word)-help","#
      + #""gauge":{"dataPoints":["#
      + #"{"asDouble":7,"timeUnixNano":"\#(now)","attributes":[\#(attribute("x", "\(word)-x")),"#
      + #"\#(attribute("tenant", "nobody"))]}]}}]}]}]}"#
  }

  private func waitForAlerts() throws {
    let deadline = Clock.monotonic + 20_000_000_000
    while Clock.monotonic < deadline {
      let (now, past) = try (collector.text("/v1/alerts"), collector.text("/v1/alerts/history"))
      if [Self.own, Self.foreign].allSatisfy({ now.contains($0) && past.contains($0) }) { return }
    }
    Issue.record("the alerts do not fire")
  }

  /// The answer to somebody with the key of a name, or without one; of a stream its head and what
  /// comes first.
  func ask(
    _ method: String, _ path: String, key: String?, body: String? = nil, type: String? = nil
  ) throws -> Response {
    let text = key.map { name in
      name == "wrong" ? "baro_" + String(repeating: "0", count: 64) : keys[name]
    }
    let client = try HTTPClient(url: collector.url, key: text.map { Secret($0) })
    let fields = type.map { [HTTPField("Content-Type", Array($0.utf8))] } ?? []
    if path.split(separator: "?").first?.hasSuffix("/stream") == true {
      var first: [UInt8] = []
      let head = try client.stream(path, headers: fields) { _, bytes in
        first += bytes
        return false
      }
      return Response(status: head.status, headers: head.headers, body: first)
    }
    let known: [String: HTTPMethod] = ["GET": .get, "POST": .post, "DELETE": .delete]
    return try client.request(
      try #require(known[method]), path, headers: fields, body: body.map { Array($0.utf8) })
  }
}
