import Codec
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History

/// Lists of traces, against the slow way: every trace looked at whole.
@Suite struct TraceListTests {
  private struct Span {
    let trace: UInt64
    let model: String
    let cost: Int64
    let duration: Int64
    let hasFailed: Bool
  }

  private static func spans(_ dice: inout Dice) -> [Span] {
    (0..<Int.random(in: 20...60, using: &dice)).map { _ in
      Span(
        trace: UInt64.random(in: 1...15, using: &dice),
        model: ["a", "b", "c"].randomElement(using: &dice) ?? "a",
        cost: Int64.random(in: 0...4_000_000_000_000, using: &dice),
        duration: Int64.random(in: 1_000_000...900_000_000, using: &dice),
        hasFailed: Int.random(in: 0..<4, using: &dice) == 0)
    }
  }

  private func ids(_ page: EventReader.Page) -> [String] {
    page.rows.map { row in
      let text = String(decoding: row, as: UTF8.self)
      return String(text.dropFirst(#"{"trace_id":""#.count).prefix(32))
    }
  }

  @Test(arguments: 1...UInt64(Scenarios.count(30)))
  func `pages of traces are those that match, each once, newest first`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let scene = try StoreScene()
    let spans = Self.spans(&dice)
    for (index, span) in spans.enumerated() {
      _ = scene.append([
        { forge in
          forge.call(trace: span.trace, span: UInt64(index + 1))
          forge.set(.operation, [.model: span.model])
          forge.event.duration = span.duration
          forge.event.cost = span.cost
          forge.event.leaves.input = 5
          forge.event.status = span.hasFailed ? .error : .ok
        }
      ])
    }
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let model = ["a", nil].randomElement(using: &dice) ?? nil
    let isError = Bool.random(using: &dice)
    var wanted = TraceFilter()
    if Bool.random(using: &dice) { wanted.leastCost = 6_000_000_000_000 }
    if Bool.random(using: &dice) { wanted.leastDuration = 500_000_000 }
    var fields: [(name: String, value: String)] = []
    if let model { fields.append(("model", model)) }
    if isError { fields.append(("status", "error")) }
    let filter = try EventFilter(fields)

    var expected: [(row: Int, id: String)] = []
    for trace in Set(spans.map(\.trace)) {
      let own = spans.enumerated().filter { $0.element.trace == trace }
      let matching = own.filter { _, span in
        (model.map { span.model == $0 } ?? true) && (!isError || span.hasFailed)
      }
      let cost = own.reduce(0) { $0 + $1.element.cost }
      let length = own.map(\.element.duration).max() ?? 0
      guard let newest = matching.map(\.offset).max(), cost >= wanted.leastCost ?? 0,
        length >= wanted.leastDuration ?? 0
      else { continue }
      let digits = String(trace, radix: 16)
      expected.append((newest, String(repeating: "0", count: 32 - digits.count) + digits))
    }
    expected.sort { $0.row > $1.row }
    var found: [String] = []
    var cursor = Int64.max
    for _ in 0..<100 {
      let page = try reader.traces(filter, wanted, below: cursor, limit: 3, deadline: .max)
      found += ids(page)
      guard let next = page.next else { break }
      cursor = next
    }
    #expect(found == expected.map(\.id), "seed \(seed)")
  }

  @Test func `a trace is found by the ids of its rows`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      { forge in
        forge.call(trace: 0xAB, span: 0xCD)
        forge.event.requestID = forge.text("req-1")
        forge.event.responseID = forge.text("resp-1")
      }
    ])
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    for (field, value) in [
      ("span_id", "00000000000000cd"), ("request_id", "req-1"), ("response_id", "resp-1"),
    ] {
      let found = try reader.traceID(EventFilter([(field, value)]), deadline: .max)
      #expect(found?.low == 0xAB)
    }
    #expect(try reader.traceID(EventFilter([("request_id", "req")]), deadline: .max) == nil)
  }

  @Test func `a narrowed reader sees the sessions, errors and rollups of its tenant only`() throws {
    let scene = try StoreScene()
    for (span, tenant) in [(1, "acme"), (2, "beta"), (3, "")] as [(UInt64, String)] {
      _ = scene.append([
        { forge in
          forge.call(trace: span, span: span)
          if !tenant.isEmpty { forge.set(.tenant, [.tenant: tenant]) }
          forge.set(.operation, [.provider: "p", .model: "m"])
          forge.event.session = forge.text("s")
          (forge.event.status, forge.event.errorType) = (.error, .server)
        }
      ])
    }
    scene.store.close()
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let second = StoreScene.start / 1_000_000_000
    let query = RollupQuery(
      type: "llm", by: ["model"], from: second / 3_600 * 3_600, to: second + 3_600, step: 3_600,
      tier: .fine)
    func seen() throws -> [Int64] {
      [
        Int64(try reader.sessions(GroupFilter(), below: .max, limit: 10).rows.count),
        Int64(try reader.errors(GroupFilter(), below: .max, limit: 10).rows.count),
        try reader.rollups(query, deadline: .max).flatMap(\.points.values).reduce(0) {
          $0 + $1[.finished] / 1_000_000
        },
      ]
    }
    #expect(try seen() == [3, 3, 3])
    try reader.narrow(to: .only(["acme"]))
    #expect(try seen() == [1, 1, 1])
    try reader.narrow(to: .only([]))
    #expect(try seen() == [0, 0, 0])
    try reader.narrow(to: .all)
    #expect(try seen() == [3, 3, 3])
  }
}
