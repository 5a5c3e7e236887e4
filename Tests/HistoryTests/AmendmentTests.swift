import Codec
import Telemetry
import Testing

@testable import History

@Suite struct AmendmentTests {
  /// One version of the same span.
  enum Version: String, CaseIterable, Sendable {
    case start, end, usage

    func fill(_ forge: EventForge) {
      forge.call(trace: 1, span: 2)
      forge.event.time = StoreScene.start
      switch self {
      case .start:
        forge.event.type = .span
        forge.event.isOpen = true
        forge.event.start = StoreScene.start
        forge.set(.source, [.service: "chat"])
        forge.set(.operation, [.kind: "llm", .model: "m"])
        forge.event.user = forge.text("u")
        forge.event.attributes = forge.text(#"{"a": 1, "shared": "start"}"#)
        forge.event.input = forge.text("question")
      case .end:
        forge.event.time += 2_000_000_000
        forge.event.status = .ok
        forge.event.costStatus = .noUsage
        forge.set(.source, [.service: "chat", .env: "prod"])
        forge.set(.operation, [.finishReason: "stop", .model: "m"])
        forge.event.responseID = forge.text("r")
        forge.event.attributes = forge.text(#"{"b": [2], "shared": "end"}"#)
        forge.event.output = forge.text("answer")
      case .usage:
        forge.event.time += 2_000_000_000
        forge.event.status = .ok
        forge.event.leaves.input = 7
        forge.event.leaves.output = 3
        forge.event.cost = 5
        forge.event.costStatus = .computed
        forge.event.priceRow = 4
        forge.event.timeToFirstToken = 9
      }
    }
  }

  private static let facts = """
    SELECT type, time, start_ns, duration_ms, ttft_ms, service, env, kind, model, finish_reason,
      status, input_uncached, output_text, cost_usd, cost_status, price_row, user, response_id,
      r.attrs, p.input, p.output, is_open
    FROM event_rows r LEFT JOIN payloads p ON p.id = r.id
    """

  @Test(arguments: [[Version.start, .end], [.end, .start]])
  func `start and end become one row in either order`(order: [Version]) throws {
    let scene = try StoreScene()
    #expect(scene.append([order[0].fill]) == [.stored])
    #expect(scene.append([order[1].fill]) == [.amended])
    let rows = try scene.rows(Self.facts)
    #expect(
      rows == [
        "llm|2026-11-21T02:26:42.000000000Z|1795228000000000000|2000.0|-|chat|prod|llm|m|stop|ok"
          + "|-|-|-|no_usage|-|u|r|" + #"{"b":[2],"shared":"end","a":1}"# + "|question|answer|-"
      ])
    for version in order {
      #expect(scene.append([version.fill]) == [.duplicate], "\(version) again")
    }
    #expect(scene.store.status.books.amended == 1)
  }

  @Test func `three versions give one row in every order, restarts between them or not`() throws {
    let orders: [[Version]] = [
      [.start, .end, .usage], [.start, .usage, .end], [.end, .start, .usage],
      [.end, .usage, .start], [.usage, .start, .end], [.usage, .end, .start],
    ]
    var results: Set<[String]> = []
    for order in orders {
      for restarts in [false, true] {
        let scene = try StoreScene()
        for version in order {
          _ = scene.append([version.fill])
          if restarts { try scene.reopen() }
        }
        for version in order { #expect(scene.append([version.fill]) == [.duplicate]) }
        results.insert(
          try scene.rows(Self.facts.replacing("r.attrs", with: "json_extract(r.attrs, '$.a')")))
      }
    }
    #expect(results.count == 1, "\(results)")
    #expect(results.first?.count == 1)
  }

  @Test func `versions within one batch amend each other`() throws {
    let scene = try StoreScene()
    #expect(
      scene.append([Version.start.fill, Version.end.fill, Version.end.fill])
        == [.stored, .amended, .duplicate])
    #expect(try scene.rows("SELECT count(*) FROM events") == ["1"])
    #expect(try scene.rows("SELECT is_open FROM event_columns") == ["-"])
  }

  @Test func `an amendment tells windows what to take back and what to add`() throws {
    let scene = try StoreScene()
    _ = scene.append([Version.start.fill])
    let batch = scene.batch([{ _ in }, Version.usage.fill])
    scene.store.append([batch])
    let amendment = try #require(batch.amendments.first)
    #expect(batch.amendments.count == 1)
    #expect(amendment.index == 1)
    #expect(amendment.before.isOpen)
    #expect(amendment.before.leaves.isEmpty)
    #expect(!amendment.after.isOpen)
    #expect(amendment.after.leaves.input == 7)
    #expect(amendment.after.cost == 5)
    #expect(amendment.after.duration == 2_000_000_000)
    #expect(amendment.after.identity == batch[1].identity)
  }

  @Test func `usage and cost move together, a reported cost is never lost`() throws {
    let reported: (EventForge) -> Void = { forge in
      Version.end.fill(forge)
      forge.event.cost = 90
      forge.event.reportedCost = 90
      forge.event.costStatus = .reported
    }
    for order in [[reported, Version.usage.fill], [Version.usage.fill, reported]] {
      let scene = try StoreScene()
      for fill in order { _ = scene.append([fill]) }
      #expect(
        try scene.rows(
          "SELECT input_uncached, output_text, cost, cost_status, price_row FROM events")
          == ["7|3|90|0|4"])
    }
  }

  @Test func `the fuller usage counts in whatever order the versions come`() throws {
    let partial: (EventForge) -> Void = { forge in
      Version.usage.fill(forge)
      forge.event.leaves.output = -1
      forge.event.cost = 2
      forge.event.priceRow = 9
    }
    for order in [[partial, Version.usage.fill], [Version.usage.fill, partial]] {
      let scene = try StoreScene()
      for fill in order { _ = scene.append([fill]) }
      #expect(
        try scene.rows("SELECT input_uncached, output_text, cost, price_row FROM events")
          == ["7|3|5|4"])
    }
  }

  @Test func `a second end with other facts takes nothing away`() throws {
    let scene = try StoreScene()
    _ = scene.append([Version.usage.fill])
    let other: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 2)
      forge.event.status = .error
      forge.event.leaves.input = 999
      forge.event.cost = 999
      forge.event.costStatus = .computed
    }
    #expect(scene.append([other]) == [.duplicate])
    #expect(try scene.rows("SELECT status, input_uncached, cost FROM events") == ["0|7|5"])
  }

  @Test func `only spans and calls are amended`() throws {
    let scene = try StoreScene()
    #expect(scene.append([{ $0.event.eventID = $0.text("x") }]) == [.stored])
    #expect(
      scene.append([
        { forge in
          forge.event.eventID = forge.text("x")
          forge.event.message = forge.text("more")
        }
      ]) == [.duplicate])
  }

  @Test(arguments: [true, false])
  func `a version that went well does not take on how another failed`(failedFirst: Bool) throws {
    let scene = try StoreScene()
    let well: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 2)
      forge.event.status = .ok
    }
    let failed: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 2)
      forge.event.status = .error
      forge.event.errorType = .server
      forge.event.httpStatus = 500
      forge.event.user = forge.text("u")
    }
    let order = failedFirst ? [failed, well] : [well, failed]
    for fill in order { _ = scene.append([fill]) }
    let rows = try scene.rows("SELECT status, error_type, http_status FROM event_rows")
    #expect(rows == [failedFirst ? "error|server|500" : "ok|-|-"])
  }
}
