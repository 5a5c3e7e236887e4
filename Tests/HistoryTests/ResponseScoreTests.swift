import Codec
import Telemetry
import Testing
import Windows

@testable import History

/// Scores that name their call by its response id.
@Suite struct ResponseScoreTests {
  /// A call without trace and span, or the one with `span`.
  private static func call(
    _ response: String? = "resp-1", model: String = "m", span: UInt64 = 0, trace: UInt64 = 0
  ) -> (EventForge) -> Void {
    { forge in
      forge.event.type = .llm
      forge.event.status = .ok
      (forge.event.traceLow, forge.event.spanID) = (trace, span)
      forge.set(.source, [.service: "chat"])
      forge.set(.operation, [.model: model, .prompt: "p"])
      if let response { forge.event.responseID = forge.text(response) }
      if span != 0 {
        forge.event.identityRule = .span
        forge.event.identity = StoreScene.key.span(
          scope: 0, traceHigh: 0, traceLow: trace, span: span, attempt: Event.absent)
      }
    }
  }

  private static func score(
    _ response: String = "resp-1", trace: UInt64 = 0, session: String? = nil, number: UInt64 = 1
  ) -> (EventForge) -> Void {
    { forge in
      forge.event.type = .score
      forge.event.traceLow = trace
      forge.event.responseID = forge.text(response)
      if let session { forge.event.session = forge.text(session) }
      forge.set(.source, [.service: "judge"])
      forge.set(.operation, [.score: "helpful", .evaluator: "e"])
      forge.event.details = forge.text(#"{"value":0.5}"#)
      forge.event.identity = Hash128(high: number << 32, low: number)
    }
  }

  private static func inSession(
    _ fill: @escaping (EventForge) -> Void
  ) -> (EventForge) -> Void {
    { forge in
      fill(forge)
      forge.event.session = forge.text("s-1")
    }
  }

  /// How many scores count under which model.
  private static func counted(_ scene: StoreScene) -> [String: Int64] {
    let table = scene.store.status.totals.snapshot.scores
    return Dictionary(
      uniqueKeysWithValues: (0..<table.count).map { series in
        let model = table.labels[series][2].map { String(decoding: $0, as: UTF8.self) }
        return (model ?? "-", table.histograms[series].count)
      })
  }

  @Test(arguments: [[0, 1], [1, 0]], [false, true])
  func `a score of a response counts under its call's dimensions`(
    order: [Int], restarts: Bool
  ) throws {
    let scene = try StoreScene()
    let fills = [Self.call(), Self.score()]
    for index in order {
      _ = scene.append([fills[index]])
      if restarts { try scene.reopen() }
    }
    #expect(Self.counted(scene) == ["m": 1])
    scene.store.close()
    try scene.reopen()
    #expect(Self.counted(scene) == ["m": 1])
    #expect(!scene.store.scores.isWaiting)
    var replayed: [[UInt8]?] = []
    try scene.store.replay(since: 0) { _, _, _, _ in
    } score: { score in
      replayed.append(scene.dimensions.set(.operation, score.event.operation)?[.model])
    }
    #expect(replayed == [Array("m".utf8)])
  }

  @Test func `a response and its score in one batch find each other in either order`() throws {
    for fills in [[Self.call(), Self.score()], [Self.score(), Self.call()]] {
      let scene = try StoreScene()
      #expect(scene.append(fills) == [.stored, .stored])
      #expect(Self.counted(scene) == ["m": 1])
    }
  }

  @Test func `a response id that comes with the end of a call is found`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.score("other", number: 2), Self.call("first", model: "m0")])
    _ = scene.append([
      { forge in
        Self.call(nil, span: 7, trace: 3)(forge)
        forge.event.isOpen = true
      }
    ])
    _ = scene.append([Self.score()])
    #expect(Self.counted(scene) == [:])
    #expect(scene.append([Self.call(span: 7, trace: 3)]) == [.amended])
    #expect(Self.counted(scene) == ["m": 1])
    _ = scene.append([Self.score(number: 3)])
    #expect(Self.counted(scene) == ["m": 2])
  }

  @Test func `a trace lists the scores that name the response of one of its calls`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      Self.score(), Self.call(span: 6, trace: 3), Self.call("other", span: 7, trace: 4),
    ])
    _ = scene.append([Self.score(number: 2), Self.score("other", number: 3)])
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let trace = try reader.trace(high: 0, low: 3, deadline: .max)
    #expect(trace.scores.count == 2)
    #expect(trace.ids == [2, 1, 4])
    #expect(trace.isWhole)
  }

  @Test func `of calls with the same response id the first counts`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.call(), Self.call(model: "later"), Self.score()])
    #expect(Self.counted(scene) == ["m": 1])
  }

  @Test func `the response is more exact than the trace, which is there without it`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      Self.call(nil, model: "root", span: 5, trace: 3), Self.call(span: 6, trace: 3),
      Self.score(trace: 3), Self.score("unknown", trace: 3, number: 2),
    ])
    #expect(Self.counted(scene) == ["m": 1, "root": 1])
  }

  @Test func `a session stands in for a response that does not come`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      Self.inSession(Self.call(nil)), Self.score(session: "s-1"),
    ])
    #expect(Self.counted(scene) == [:])
    scene.store.maintain(now: scene.now + Limits.scoreWait)
    #expect(Self.counted(scene) == ["m": 1])
  }

  @Test(arguments: [(0, ["m": 1]), (5, ["m": 1]), (6, [:])] as [(UInt32, [String: Int64])])
  func `a score finds calls of its own tenant's key, and one without a key finds all`(
    scope: UInt32, expected: [String: Int64]
  ) throws {
    for trace: UInt64 in [0, 3] {
      let scene = try StoreScene()
      let call = scene.batch([Self.call(span: trace, trace: trace)])
      call.tenantScope = 5
      let score = scene.batch([Self.score(trace == 0 ? "resp-1" : "unknown", trace: trace)])
      score.tenantScope = scope
      scene.store.append([call, score])
      #expect(Self.counted(scene) == expected)
    }
  }

  @Test func `a response that nobody sent counts as it is after ten minutes`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.call("another"), Self.score()])
    #expect(Self.counted(scene) == [:])
    scene.store.maintain(now: scene.now + Limits.scoreWait)
    #expect(Self.counted(scene) == ["-": 1])
  }

  @Test func `a transaction that fails leaves no response behind`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.score()])
    try scene.store.database.execute(
      """
      CREATE TEMP TRIGGER poison BEFORE INSERT ON events WHEN NEW.message = 'poison'
      BEGIN SELECT RAISE(ROLLBACK, 'poisoned'); END
      """)
    scene.store.append([
      scene.batch([Self.call(model: "lost"), { $0.event.message = $0.text("poison") }])
    ])
    #expect(Self.counted(scene) == [:])
    _ = scene.append([Self.call(nil, model: "other"), Self.call()])
    #expect(Self.counted(scene) == ["m": 1])
  }
}
