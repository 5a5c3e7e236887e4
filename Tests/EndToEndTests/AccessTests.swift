import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Every route with every kind of key: allowed or refused as the documentation says, and no tenant
/// sees anything of another.
@Suite struct AccessTests {
  private typealias Question = (query: String, body: String?, type: String?)

  @Test func `the documentation lists every route of a running collector`() throws {
    try RunningCollector.use { collector in
      let served = try AccessTable(served: collector.get("/").body)
      let documented = AccessTable.documented
      #expect(served.rows.count > 50)
      for row in served.rows {
        #expect(documented.rows.contains(row), "| `\(row.name)` | \(row.role) | \(row.tenants) |")
      }
      for row in documented.rows { #expect(served.rows.contains(row), "\(row) is no route") }
    }
  }

  @Test func `every route lets in whom the table lets in, and nobody sees another tenant's data`()
    throws
  {
    try TwoTenants.use { scene in
      for row in AccessTable.documented.rows {
        try Self.expectRoles(row, scene)
        guard row.tenants != "refused", row.role == "read" else { continue }
        try Self.expectOwnDataOnly(row, scene)
      }
    }
  }

  // MARK: Roles

  private static func expectRoles(_ row: AccessTable.Row, _ scene: TwoTenants) throws {
    for key in [
      nil, "wrong", "expired", "revoked", "ingest", "read", "admin", "ingest-\(TwoTenants.own)",
      "read-\(TwoTenants.own)",
    ] {
      let answer = try scene.ask(
        row.method, path(row, TwoTenants.own), key: key, body: row.method == "POST" ? "" : nil)
      let expected = expected(row, key)
      if expected == 0 {
        #expect(![401, 403].contains(answer.status), "\(row.name), \(key ?? "no key")")
      } else {
        #expect(answer.status == expected, "\(row.name), \(key ?? "no key"): \(answer.text)")
        #expect((answer.header("www-authenticate") != nil) == (expected == 401))
      }
    }
  }

  /// The status of a refusal, or 0 where there is none.
  private static func expected(_ row: AccessTable.Row, _ key: String?) -> Int {
    if row.role == "open" { return 0 }
    guard let key, !["wrong", "expired", "revoked"].contains(key) else { return 401 }
    guard key == row.role || key.hasPrefix("\(row.role)-") else { return 403 }
    return key.contains("-") && row.tenants == "refused" ? 403 : 0
  }

  // MARK: Tenants

  /// What has no name of anybody in it: numbers, fixed texts, and what only comes with time.
  private static let bare: Set<String> = [
    "GET /v1/spend", "GET /v1/events/stream", "GET /grafana", "GET /api/v1/status/buildinfo",
    "GET /api/v1/format_query",
    "POST /api/v1/format_query", "GET /api/v1/parse_query", "POST /api/v1/parse_query",
    "POST /grafana/metrics", "POST /grafana/metric-payload-options", "POST /grafana/annotations",
  ]

  private static func expectOwnDataOnly(_ row: AccessTable.Row, _ scene: TwoTenants) throws {
    var (ofAll, ofOwn) = ("", "")
    for word in [TwoTenants.own, TwoTenants.foreign] {
      for question in questions(row, word) {
        let path = path(row, word) + (question.query.isEmpty ? "" : "?\(question.query)")
        // First the one who may see all: what is kept of the answer must not reach the other.
        let all = try scene.ask(
          row.method, path, key: "read", body: question.body, type: question.type)
        let own = try scene.ask(
          row.method, path, key: "read-\(TwoTenants.own)", body: question.body,
          type: question.type)
        ofAll += all.text
        ofOwn += own.text
        #expect(!echoless(own.text, path, question).contains(TwoTenants.foreign), "\(path)")
        #expect(!"\(own.headers)".contains(TwoTenants.foreign), "\(path)")
      }
    }
    guard !bare.contains(row.name) else { return }
    #expect(ofAll.contains(TwoTenants.foreign), "\(row.name) shows nothing: \(ofAll.prefix(500))")
    #expect(ofOwn.contains(TwoTenants.own), "\(row.name) shows nothing: \(ofOwn.prefix(500))")
  }

  /// An answer without what it repeats of the question.
  private static func echoless(_ text: String, _ path: String, _ question: Question) -> String {
    guard path.contains(TwoTenants.foreign) || question.body?.contains(TwoTenants.foreign) == true
    else { return text }
    // Errors name what was asked for; lists must be empty.
    return text.contains("\"error\"") || text.contains("\"data\":{\"type\"") ? "" : text
  }

  private static func path(_ row: AccessTable.Row, _ word: String) -> String {
    let isOwn = word == TwoTenants.own
    let id =
      row.path.contains("/traces/")
      ? (isOwn ? TwoTenants.ownTrace : TwoTenants.foreignTrace) : "\(word)-session"
    let name =
      row.path.contains("/label/")
      ? "service" : row.path.contains("/budgets/") ? "\(word)-budget" : "x"
    return row.path.replacing("{id}", with: id).replacing("{name}", with: name)
  }

  private static func questions(_ row: AccessTable.Row, _ word: String) -> [Question] {
    let plain: Question = ("", row.method == "POST" ? "{}" : nil, nil)
    let form = "application/x-www-form-urlencoded"
    func both(_ fields: [String]) -> [Question] {
      fields.map { row.method == "GET" ? ($0, nil, nil) : ("", $0, form) }
    }
    let (now, tenant) = (Clock.wall / 1_000_000_000, "tenant=\(word)-tenant")
    let every = "%7B__name__=~%22.%2B%22%7D"
    let range = "start=\(now - 600)&end=\(now - 20)&step=30"
    switch row.path {
    case "/v1/events":
      return [plain, ("format=ndjson", nil, nil), ("format=csv", nil, nil), (tenant, nil, nil)]
    case "/v1/traces", "/v1/sessions", "/v1/errors", "/v1/alerts", "/v1/alerts/history":
      return [plain] + (row.path.hasPrefix("/v1/alerts") ? [] : [(tenant, nil, nil)])
    case "/v1/windows":
      let labels = "by=tenant,provider,model"
      return [
        plain, (labels, nil, nil), ("\(labels)&filter=tenant:\(word)-tenant", nil, nil),
        ("\(labels)&at=\(now)", nil, nil), ("by=service", nil, nil), ("by=prompt", nil, nil),
      ]
    case "/v1/windows/stream": return [("by=tenant,provider,model", nil, nil)]
    case "/v1/spend": return [plain, ("period=month", nil, nil)]
    case "/api/v1/query":
      return both(
        [every, "llm_tenant_cost_usd_total", "llm_requests_total", "\(word)_gauge", "target_info"]
          .map { "query=\($0)" } + ["query=\(every)&time=\(now - 30)", "query=llm_window_rate"])
    case "/api/v1/query_range": return both(["query=\(every)&\(range)"])
    case "/api/v1/series", "/api/v1/labels":
      return both(["match[]=\(every)", "match[]=%7Btenant=%22\(word)-tenant%22%7D"])
    case "/api/v1/label/{name}/values": return [plain, ("match[]=\(every)", nil, nil)]
    case "/grafana/search": return [plain, ("", #"{"target":"label_values(service)"}"#, nil)]
    case "/grafana/query":
      let target = #"{"refId":"A","target":"sum by (service) (llm_requests_total)"}"#
      return [("", #"{"targets":[\#(target)]}"#, nil)]
    case "/grafana/variable":
      return [("", #"{"payload":{"target":"label_values(llm_requests_total, service)"}}"#, nil)]
    case "/grafana/tag-values": return [("", #"{"key":"service"}"#, nil)]
    case "/grafana/series", "/grafana/table":
      // Its steps begin at whole multiples of them: long ones may all lie before what is there.
      return both(["", "&format=csv"].map { "query=llm_requests_total&step=1s\($0)" })
    case "/grafana/calls": return both(["by=service,model"])
    default: return [plain]
    }
  }
}
