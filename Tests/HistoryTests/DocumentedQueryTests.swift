import Codec
import Telemetry
import TestSupport
import Testing

@testable import History

/// The queries of the documentation, run as people would.
@Suite struct DocumentedQueryTests {
  private static let queries: [String] = {
    let page = Fixtures.bytes("../../Sources/barograph/Documentation.docc/History.md")
    let text = String(decoding: page, as: UTF8.self)
    guard let start = text.firstRange(of: "```sql\n"),
      let end = text[start.upperBound...].firstRange(of: "```")
    else { return [] }
    return text[start.upperBound..<end.lowerBound].split(separator: ";").map {
      String($0)
    }.filter { $0.contains("SELECT") }
  }()

  @Test func `each gives rows where there is something to find`() throws {
    let scene = try StoreScene()
    scene.now = StoreScene.start
    for span in 1...3 as ClosedRange<UInt64> {
      _ = scene.append([
        { forge in
          forge.call(trace: 1, span: span)
          forge.event.session = forge.text("s")
          forge.event.user = forge.text("u")
          forge.set(.source, [.service: "chat"])
          forge.set(
            .operation,
            [.provider: "p", .model: "m", .prompt: "p", .promptVersion: "v", .tool: "search"])
          forge.event.time = scene.now
          forge.event.details = forge.text(#"{"arguments_hash":"ab"}"#)
          (forge.event.leaves.input, forge.event.leaves.output) = (10, 2)
          (forge.event.cost, forge.event.costStatus) = (5_000_000_000, .computed)
          if span == 2 { (forge.event.status, forge.event.errorType) = (.error, .timeout) }
          if span == 3 {
            forge.event.leaves = TokenLeaves()
            (forge.event.cost, forge.event.costStatus) = (Event.absent, .noUsage)
          }
        },
        { forge in
          forge.event.type = .score
          forge.event.traceLow = 1
          forge.set(.operation, [.score: "helpful"])
          forge.event.details = forge.text(#"{"value":0.5}"#)
          forge.event.identity = Hash128(high: 1, low: span)
        },
      ])
    }
    scene.store.close()
    while scene.store.upkeep(now: scene.now + 20_000_000_000_000, isIdle: true) {}
    #expect(Self.queries.count == 10)
    for query in Self.queries {
      // Its hour is that of the machine's clock, not of these events.
      let rows = try scene.rows(query.replacing("-1 hour", with: "-100 years"))
      #expect(!rows.isEmpty, "\(query)")
    }
  }
}
