import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct EventReaderTests {
  private func reader(_ scene: StoreScene) throws -> EventReader {
    try EventReader(path: "\(scene.directory)/\(Store.fileName)")
  }

  private func ids(_ rows: [[UInt8]]) -> [Int] {
    rows.compactMap { row in
      Int(String(decoding: row, as: UTF8.self).dropFirst("{\"id\":".count).prefix { $0 != "," })
    }
  }

  /// A store with one event that has every scalar field, as row 1, between others that have none.
  private func full() throws -> StoreScene {
    let scene = try StoreScene()
    _ = scene.append([
      { forge in
        forge.call(trace: 0xA1, span: 0xB2)
        forge.set(
          .source,
          [
            .service: "chat", .env: "prod", .release: "r1", .instance: "i1", .logger: "lg",
            .src: "s1",
          ])
        forge.set(
          .operation,
          [
            .kind: "llm", .name: "n1", .agent: "a1", .tool: "t1", .provider: "p1", .model: "m1",
            .responseModel: "m2", .operation: "chat", .prompt: "pr", .promptVersion: "v3",
            .variant: "b", .serviceTier: "flex", .finishReason: "stop", .stream: "true",
            .score: "sc", .evaluator: "ev",
          ])
        forge.set(.tenant, [.tenant: "acme"])
        forge.event.duration = 2_000_500_000
        forge.event.timeToFirstToken = 90_500_000
        forge.event.status = .error
        forge.event.errorType = .rateLimit
        forge.event.level = .warning
        forge.event.httpStatus = 429
        forge.event.attempt = 2
        forge.event.sequence = 41
        forge.event.parentSpanID = 0xC3
        forge.event.leaves.input = 700
        forge.event.leaves.cacheRead = 20
        forge.event.leaves.cacheWrite = 5
        forge.event.leaves.output = 30
        forge.event.leaves.reasoning = 11
        forge.event.cost = 3_100_000_000
        forge.event.costStatus = .computed
        forge.event.sampleRate = 0.25
        forge.event.warnings.insert(.badValue)
        forge.event.user = forge.text("u-1")
        forge.event.session = forge.text("se-1")
        forge.event.requestID = forge.text("rq-1")
        forge.event.responseID = forge.text("rs-1")
        forge.event.eventID = forge.text("ev-1")
        forge.event.message = forge.text("Too 100% \"busy\"")
        forge.event.details = forge.text(#"{"error":"slow down","cache":"miss"}"#)
        forge.event.attributes = forge.text(
          #"{"team":"blue","a.b":1,"deep":{"x":true},"odd[":"o"}"#)
        forge.event.output = forge.text("hi")
      },
      { _ in },
    ])
    return scene
  }

  @Test func `a row is rendered with every field it has, under the contract's names`() throws {
    let scene = try full()
    defer { withExtendedLifetime(scene) {} }
    let page = try reader(scene).page(
      EventFilter(), below: .max, limit: 10, deadline: .max)
    #expect(
      page.rows.map { String(decoding: $0, as: UTF8.self) } == [
        #"{"id":2,"type":"log","time":"2026-11-21T02:26:40Z","#
          + #""received_at":"2026-11-21T02:26:40Z","service":"unknown"}"#,
        #"{"id":1,"type":"llm","time":"2026-11-21T02:26:40Z","#
          + #""start":"2026-11-21T02:26:37.999500Z","#
          + #""received_at":"2026-11-21T02:26:40Z","duration_ms":2000.5,"ttft_ms":90.5,"#
          + #""service":"chat","env":"prod","release":"r1","instance":"i1","logger":"lg","#
          + #""src":"s1","seq":41,"tenant":"acme","user":"u-1","session":"se-1","#
          + #""trace_id":"000000000000000000000000000000a1","span_id":"00000000000000b2","#
          + #""parent_span_id":"00000000000000c3","request_id":"rq-1","event_id":"ev-1","#
          + #""kind":"llm","name":"n1","agent":"a1","tool":"t1","status":"error","#
          + #""http_status":429,"error_type":"rate_limit","level":"warning","#
          + #""message":"Too 100% \"busy\"","provider":"p1","model":"m1","response_model":"m2","#
          + #""operation":"chat","response_id":"rs-1","finish_reason":"stop","stream":true,"#
          + #""service_tier":"flex","attempt":2,"prompt":"pr","prompt_version":"v3","#
          + #""variant":"b","score":"sc","evaluator":"ev","cost_usd":"0.0031","#
          + #""cost_status":"computed","sample_rate":0.25,"output":"hi","input_tokens":725,"#
          + #""output_tokens":41,"cache_read_tokens":20,"cache_write_tokens":5,"#
          + #""reasoning_tokens":11,"usage_reported":{"input_tokens":725,"output_tokens":41,"#
          + #""cache_read_tokens":20,"cache_write_tokens":5,"reasoning_tokens":11},"leaves":{"#
          + #""input":700,"cache_read":20,"cache_write":5,"output":30,"reasoning":11},"#
          + #""warnings":["bad_value"],"error":"slow down","cache":"miss","#
          + #""attrs":{"team":"blue","a.b":1,"deep":{"x":true},"odd[":"o"}}"#,
      ])
  }

  @Test(arguments: [
    ("type", "llm"), ("service", "chat"), ("env", "prod"), ("release", "r1"), ("instance", "i1"),
    ("logger", "lg"), ("src", "s1"), ("seq", "41"), ("tenant", "acme"), ("user", "u-1"),
    ("session", "se-1"), ("trace_id", "000000000000000000000000000000A1"),
    ("trace_id", "00000000-0000-0000-0000-0000000000a1"), ("span_id", "00000000000000b2"),
    ("parent_span_id", "00000000000000c3"), ("request_id", "rq-1"), ("event_id", "ev-1"),
    ("kind", "llm"), ("name", "n1"), ("agent", "a1"), ("tool", "t1"), ("status", "error"),
    ("http_status", "429"), ("error_type", "rate_limit"), ("level", "warning"),
    ("min_level", "info"), ("message", "Too 100% \"busy\""), ("provider", "p1"), ("model", "m1"),
    ("response_model", "m2"), ("operation", "chat"), ("response_id", "rs-1"),
    ("finish_reason", "stop"), ("stream", "true"), ("service_tier", "flex"), ("attempt", "2"),
    ("prompt", "pr"), ("prompt_version", "v3"), ("variant", "b"), ("score", "sc"),
    ("evaluator", "ev"), ("cost_usd", "0.0031"), ("cost_status", "computed"),
    ("sample_rate", "0.25"), ("duration_ms", "2000.5"), ("ttft_ms", "90.50"),
    ("start", "2026-11-21T02:26:37.9995Z"), ("input_tokens", "725"), ("output_tokens", "41"),
    ("cache_read_tokens", "20"), ("cache_write_tokens", "5"), ("reasoning_tokens", "11"),
    ("error", "slow down"), ("cache", "miss"), ("attrs.team", "blue"), ("attrs.a.b", "1"),
    ("attrs.deep.x", "true"), ("attrs.odd[", "o"), ("text", "100% \"BUSY"), ("text", "slow d"),
    ("text", "blue"),
  ])
  func `a filter on any field gives the event that has it`(
    _ name: String, _ value: String
  ) throws {
    let scene = try full()
    defer { withExtendedLifetime(scene) {} }
    let page = try reader(scene).page(
      EventFilter([(name, value)]), below: .max, limit: 1, deadline: .max)
    #expect(ids(page.rows) == [1])
    #expect(page.next == nil)
  }

  @Test(arguments: [
    ("duration_ms", "2000"), ("cost_usd", "0"), ("sample_rate", "1.5"), ("input_tokens", "0"),
    ("attrs.team", "red"), ("attrs..", "x"), ("attrs.[0", "x"), ("attrs.a..b", "x"),
    ("attrs.deep", "true"), ("text", "1_0%"), ("text", "%"), ("from", "2026-11-21T02:26:41Z"),
    ("to", "2026-11-21T02:26:40Z"), ("message", "Too"), ("model", "m"),
  ])
  func `a filter that nothing meets gives nothing`(_ name: String, _ value: String) throws {
    let scene = try full()
    defer { withExtendedLifetime(scene) {} }
    let page = try reader(scene).page(
      EventFilter([(name, value)]), below: .max, limit: 10, deadline: .max)
    #expect(ids(page.rows) == (value == "%" ? [1] : []))
  }

  @Test(arguments: [
    ("typo", "x"), ("type", "nope"), ("attempt", "two"), ("from", "yesterday-ish"),
    ("trace_id", "xyz"), ("span_id", "a1"), ("duration_ms", "fast"), ("cost_usd", "1e9"),
    ("duration_ms", ""), ("sample_rate", "nan"), ("input_tokens", "1.5"),
    ("attrs.a\"b", "x"), ("attrs.", "x"),
  ])
  func `a filter that makes no sense is a fault with its field`(
    _ name: String, _ value: String
  ) {
    #expect {
      try EventFilter([(name, value)])
    } throws: {
      ($0 as? EventFilter.Fault)?.field == name
    }
  }

  @Test func `pages follow each other, newest first, without a gap or an overlap`() throws {
    let scene = try StoreScene()
    for _ in 0..<5 {
      _ = scene.append(
        (0..<20).map { n in { $0.set(.source, [.service: n % 3 == 0 ? "a" : "b"]) } })
    }
    let reader = try reader(scene)
    let filter = try EventFilter([("service", "a")])
    var all: [Int] = []
    var cursor: Int64? = .max
    var pages = 0
    while let below = cursor {
      let page = try reader.page(filter, below: below, limit: 7, deadline: .max)
      all += ids(page.rows)
      cursor = page.next
      pages += 1
    }
    let expected = (0..<100).filter { $0 % 20 % 3 == 0 }.map { $0 + 1 }
    #expect(all == expected.reversed())
    #expect(pages == 5)
  }

  @Test func `a live reader sees each row once, in order of arrival`() throws {
    let scene = try StoreScene()
    let reader = try reader(scene)
    var seen: [Int] = []
    var last: Int64 = 0
    for size in [1, 7, 3] {
      _ = scene.append((0..<size).map { _ in { _ in } })
      var found = try reader.rows(EventFilter(), after: last, limit: 4)
      while !found.rows.isEmpty {
        seen += ids(found.rows)
        last = found.last
        found = try reader.rows(EventFilter(), after: last, limit: 4)
      }
    }
    #expect(seen == Array(1...11))
  }
}
