import Codec
import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct StoreTests {
  @Test func `a call is stored with every column it has`() throws {
    let scene = try StoreScene()
    let verdicts = scene.append([
      { forge in
        forge.call(trace: 0xA1, span: 0xB2)
        forge.set(.source, [.service: "chat", .env: "prod"])
        forge.set(.operation, [.kind: "llm", .model: "m", .provider: "p"])
        forge.set(.tenant, [.tenant: "acme"])
        forge.event.time -= 1_500_000_000
        forge.event.duration = 2_000_000_000
        forge.event.start = forge.event.time - 2_000_000_000
        forge.event.timeToFirstToken = 90_500_000
        forge.event.status = .ok
        forge.event.parentSpanID = 0xC3
        forge.event.leaves.input = 700
        forge.event.leaves.cacheRead = 20
        forge.event.leaves.output = 0
        forge.event.cost = 3_100_000_000
        forge.event.reportedCost = 3_100_000_000
        forge.event.costStatus = .reported
        forge.event.user = forge.text("u-1")
        forge.event.details = forge.text(#"{"cache":"miss"}"#)
      }
    ])
    #expect(verdicts == [.stored])
    let rows = try scene.rows(
      """
      SELECT id, type, time, received_at, start_ns, duration_ms, ttft_ms, service, env, tenant,
        trace_id, span_id, parent_span_id, model, provider, status, level, input_uncached,
        cache_read, cache_write, output_text, cost_usd, reported_cost_usd, cost_status, sample_rate,
        user, session, details, attrs FROM event_rows
      """)
    #expect(
      rows == [
        "1|llm|2026-11-21T02:26:38.500000000Z|2026-11-21T02:26:40.000000000Z|1795227996500000000"
          + "|2000.0|90.5|chat|prod|acme|000000000000000000000000000000a1|00000000000000b2"
          + "|00000000000000c3|m|p|ok|-|700|20|-|0|0.0031|0.0031|reported|1.0|u-1|-"
          + #"|{"cache":"miss"}|-"#
      ])
    #expect(try scene.rows("SELECT * FROM event_extras") == [])
  }

  @Test func `what few events have goes to the extras, payloads apart`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      { forge in
        forge.event.type = .span
        forge.event.httpStatus = 429
        forge.event.start = 5
        forge.event.isOpen = true
        forge.event.leaves.audioInput = 3
        forge.event.sampleRate = 0.25
        forge.event.reportedCost = 9
        forge.event.cost = 8
        forge.event.warnings.insert(.badValue)
        forge.event.output = forge.text("out")
        forge.event.message = forge.text("")
      }
    ])
    #expect(
      try scene.rows("SELECT * FROM event_extras") == ["1|5|1|429|-|3|-|-|9|0.25|2"])
    #expect(try scene.rows("SELECT * FROM payloads") == ["1|-|out|-"])
    #expect(try scene.rows("SELECT lag, message FROM events") == ["-|"])
  }

  @Test func `a column that one row has is null in the next`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      { $0.event.user = $0.text("u") },
      { $0.event.session = $0.text("s") },
      { _ in },
    ])
    #expect(try scene.rows("SELECT user, session FROM events") == ["u|-", "-|s", "-|-"])
  }

  @Test func `a row reads back as the event it was`() throws {
    let scene = try StoreScene()
    let batch = scene.batch([
      { forge in
        forge.call(trace: 1, span: 2)
        forge.event.traceHigh = 9
        forge.event.isOpen = true
        forge.event.start = forge.event.time - 3
        forge.event.duration = 1
        forge.event.status = .cancelled
        forge.event.errorType = .network
        forge.event.level = .fatal
        forge.event.costStatus = .noUsage
        forge.event.httpStatus = 500
        forge.event.attempt = 2
        forge.event.sequence = 4
        forge.event.sampleRate = 0.5
        forge.event.priceRow = 77
        forge.event.leaves.cacheWrite1h = 5
        forge.event.leaves.audioOutput = 0
        forge.event.warnings.insert(.unknownKind)
        for path in [
          \Event.user, \.session, \.requestID, \.responseID, \.message, \.details, \.attributes,
          \.input, \.output, \.stack,
        ] { forge.event[keyPath: path] = forge.text("t") }
      }
    ])
    scene.store.append([batch])
    let work = EventBatch(body: ByteSlab(capacity: 0))
    let row = try #require(try scene.store.reader.row(1, into: work))
    var (was, event) = (batch[0], row.event)
    #expect(event.leaves == was.leaves)
    was.identity = .zero
    was.identityRule = .none
    event.line = was.line
    was = was.withoutTexts
    event = event.withoutTexts
    #expect("\(event)" == "\(was)")
    #expect(row.receivedAt == scene.now)
    #expect(unsafe Array(work.text(row.event.stack)) == Array("t".utf8))
  }

  @Test func `the file and its log are their owner's only`() throws {
    let scene = try StoreScene()
    _ = scene.append([{ _ in }])
    for name in try FileSystem.names(in: scene.directory) {
      #expect(try FileSystem.mode(of: "\(scene.directory)/\(name)") == 0o600, "\(name)")
    }
  }

  @Test func `dimension sets come back with their ids and numbering goes on`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      { $0.set(.source, [.service: "a"]) }, { $0.set(.source, [.service: "b", .src: ""]) },
    ])
    let last = try #require(scene.dimensions.set(.source, 2))
    try scene.reopen()
    #expect(scene.dimensions.set(.source, 2) == last)
    #expect(scene.dimensions.intern(.source, values: last.values) == 2)
    #expect(scene.dimensions.unsaved(.source) == [])
    _ = scene.append([{ $0.set(.source, [.service: "c"]) }])
    #expect(try scene.rows("SELECT id, service FROM sources") == ["1|a", "2|b", "3|c"])
  }

  @Test func `rows go on where they stood`() throws {
    let scene = try StoreScene()
    _ = scene.append([{ _ in }, { _ in }])
    try scene.reopen()
    _ = scene.append([{ _ in }])
    #expect(try scene.rows("SELECT id FROM events") == ["1", "2", "3"])
  }

  @Test func `the books tell what was done`() throws {
    let scene = try StoreScene()
    _ = scene.append([{ $0.call(trace: 1, span: 1) }, { $0.call(trace: 1, span: 1) }, { _ in }])
    let books = scene.store.status.books
    #expect(books.stored == 2)
    #expect(books.duplicate == 1)
    #expect(books.commits == 1)
    #expect(books.commitSeconds.counts.reduce(0, +) == 1)
    #expect(books.dedupEntries == 1)
    #expect(books.dedupWindowSeconds == 3_600)
    #expect(books.lastCommit == scene.now)
    #expect(books.storeBytes > 0)
    #expect(books.walBytes > 0)
    #expect(books.trouble == nil)
  }
}
