import Codec
import Telemetry
import Testing
import Windows

@testable import History

@Suite struct ScoreTests {
  private static func call(_ forge: EventForge) {
    forge.call(trace: 1, span: 2)
    forge.event.parentSpanID = 9
    forge.set(.source, [.service: "chat"])
    forge.set(.operation, [.model: "m", .prompt: "p", .promptVersion: "v1"])
    forge.set(.tenant, [.tenant: "acme"])
  }

  private static func root(_ forge: EventForge) {
    forge.call(trace: 1, span: 9)
    forge.event.type = .span
    forge.set(.source, [.service: "agent"])
    forge.set(.operation, [.name: "root", .prompt: "whole"])
  }

  private static func score(
    span: UInt64 = 2, value: String = "0.5", name: String = "helpful"
  ) -> (EventForge) -> Void {
    { forge in
      forge.event.type = .score
      forge.event.traceLow = 1
      forge.event.spanID = span
      forge.set(.source, [.service: "judge"])
      forge.set(.operation, [.score: name, .evaluator: "e"])
      forge.event.details = forge.text(#"{"comment":"\"value\":1","value":\#(value)}"#)
      forge.event.identity = Hash128(high: UInt64(name.utf8.count) << 32, low: span)
    }
  }

  private static let own = "helpful e - - -"
  private static let ofCall = "helpful e m p v1"
  private static let ofRoot = "helpful e - whole -"

  /// The label sets of scores and how often each counts.
  private static func counted(_ scene: StoreScene) -> [String: Int64] {
    let table = scene.store.status.totals.snapshot.scores
    return Dictionary(
      uniqueKeysWithValues: (0..<table.count).map { series in
        let labels = table.labels[series].map { $0.map { String(decoding: $0, as: UTF8.self) } }
        return (labels.map { $0 ?? "-" }.joined(separator: " "), table.histograms[series].count)
      })
  }

  @Test(arguments: [[0, 1], [1, 0]], [false, true])
  func `a score counts under its call's dimensions`(
    order: [Int], restarts: Bool
  ) throws {
    let scene = try StoreScene()
    let fills = [Self.call, Self.score()]
    for index in order {
      let batch = scene.batch([fills[index]])
      scene.store.append([batch])
      if index == order[1], !restarts {
        let score = try #require(batch.resolvedScores.first)
        #expect(batch.resolvedScores.count == 1)
        #expect(score.value == 0.5)
        #expect(scene.dimensions.set(.source, score.event.source)?[.service] == Array("chat".utf8))
        #expect(scene.dimensions.set(.tenant, score.event.tenant)?[.tenant] == Array("acme".utf8))
        let operation = scene.dimensions.set(.operation, score.event.operation)
        #expect(operation?[.score] == Array("helpful".utf8))
        #expect(operation?[.model] == Array("m".utf8))
      } else if index != order[1] {
        #expect(batch.resolvedScores.isEmpty)
      }
      if restarts { try scene.reopen() }
    }
    #expect(Self.counted(scene) == [Self.ofCall: 1])
    try scene.reopen()
    #expect(Self.counted(scene) == [Self.ofCall: 1])
    #expect(!scene.store.scores.isWaiting)
  }

  @Test func `a score and its call in one batch find each other in either order`() throws {
    for fills in [[Self.call, Self.score()], [Self.score(), Self.call]] {
      let scene = try StoreScene()
      #expect(scene.append(fills) == [.stored, .stored])
      #expect(Self.counted(scene) == [Self.ofCall: 1])
    }
  }

  @Test func `a score of a trace takes the root, or else the first call`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.call, Self.score(span: 0)])
    #expect(Self.counted(scene) == [Self.ofCall: 1])
    let other = try StoreScene()
    _ = other.append([Self.call, Self.root, Self.score(span: 0)])
    #expect(Self.counted(other) == [Self.ofRoot: 1])
  }

  private static func ofSession(
    _ fill: @escaping (EventForge) -> Void, _ name: String = "s-1", _ tenant: String? = "acme"
  ) -> (EventForge) -> Void {
    { forge in
      fill(forge)
      forge.event.session = forge.text(name)
      if let tenant { forge.set(.tenant, [.tenant: tenant]) }
    }
  }

  private static func sessionScore(_ name: String = "s-1") -> (EventForge) -> Void {
    ofSession(
      { forge in
        score(span: 0)(forge)
        (forge.event.traceLow, forge.event.spanID) = (0, 0)
      }, name)
  }

  @Test(arguments: [[0, 1], [1, 0]], [false, true])
  func `a score of a session counts under its first call's dimensions`(
    order: [Int], restarts: Bool
  ) throws {
    let scene = try StoreScene()
    let fills = [Self.ofSession(Self.call), Self.sessionScore()]
    for index in order {
      _ = scene.append([fills[index]])
      if restarts { try scene.reopen() }
    }
    #expect(Self.counted(scene) == [Self.ofCall: 1])
    try scene.reopen()
    #expect(Self.counted(scene) == [Self.ofCall: 1])
    #expect(!scene.store.scores.isWaiting)
  }

  @Test func `a session and its score in one batch find each other in either order`() throws {
    for fills in [
      [Self.ofSession(Self.call), Self.sessionScore()],
      [Self.sessionScore(), Self.ofSession(Self.call)],
    ] {
      let scene = try StoreScene()
      _ = scene.append(fills)
      #expect(Self.counted(scene) == [Self.ofCall: 1])
    }
  }

  @Test func `a score of another session, or of another tenant's, waits and counts as it is`()
    throws
  {
    for call in [
      Self.ofSession(Self.call, "s-2"), Self.ofSession(Self.call, "s-1", "other"),
    ] {
      let scene = try StoreScene()
      _ = scene.append([call, Self.sessionScore()])
      #expect(Self.counted(scene) == [:])
      scene.store.maintain(now: scene.now + Limits.scoreWait)
      #expect(Self.counted(scene) == [Self.own: 1])
    }
  }

  @Test func `a score of a session that names its model needs nobody else to`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      Self.ofSession(Self.call),
      { forge in
        Self.sessionScore()(forge)
        forge.set(.operation, [.score: "helpful", .evaluator: "e", .model: "m2"])
      },
    ])
    #expect(Self.counted(scene) == ["helpful e m2 - -": 1])
  }

  @Test func `a score without its target counts as it is after ten minutes, once`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.score()])
    #expect(Self.counted(scene) == [:])
    scene.store.maintain(now: scene.now + Limits.scoreWait - 1)
    #expect(Self.counted(scene) == [:])
    scene.store.totals.saveNow()
    scene.store.maintain(now: scene.now + Limits.scoreWait)
    #expect(Self.counted(scene) == [Self.own: 1])
    scene.now += Limits.scoreWait + 1
    let batch = scene.batch([Self.call])
    scene.store.append([batch])
    #expect(batch.resolvedScores.count == 1)
    #expect(Self.counted(scene) == [Self.own: 1])
    scene.store.close()
    try scene.reopen()
    #expect(Self.counted(scene) == [Self.own: 1])
  }

  @Test func `a waiting score outlives restarts, saved or not`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.score()])
    try scene.reopen()
    scene.store.close()
    try scene.reopen()
    #expect(scene.store.scores.waiting.count == 1)
    #expect(try scene.rows("SELECT row FROM totals_waiting") == ["1"])
    _ = scene.append([Self.call])
    #expect(Self.counted(scene) == [Self.ofCall: 1])
    scene.store.close()
    #expect(try scene.rows("SELECT row FROM totals_waiting") == [])
    try scene.reopen()
    #expect(Self.counted(scene) == [Self.ofCall: 1])
  }

  @Test func `a transaction that fails leaves the scores as they were`() throws {
    let scene = try StoreScene()
    _ = scene.append([Self.score()])
    try scene.store.database.execute(
      """
      CREATE TEMP TRIGGER poison BEFORE INSERT ON events WHEN NEW.message = 'poison'
      BEGIN SELECT RAISE(ROLLBACK, 'poisoned'); END
      """)
    let bad = scene.batch([
      Self.call, Self.score(name: "other"), { $0.event.message = $0.text("poison") },
    ])
    scene.store.append([bad])
    #expect(bad.resolvedScores.isEmpty)
    #expect(Self.counted(scene) == [:])
    #expect(scene.store.scores.waiting.count == 1)
    _ = scene.append([Self.call])
    #expect(Self.counted(scene) == [Self.ofCall: 1])
  }

  @Test(arguments: [
    ("true", "true"), ("false", "false"), (#""good \"one\"""#, #"good "one""#),
    ("0.25", nil), ("null", nil), ("\"" + String(repeating: "x", count: 200) + "\"", "other"),
  ]) func `booleans and categories count by their value`(value: String, word: String?) throws {
    let scene = try StoreScene()
    _ = scene.append([Self.call, Self.score(value: value)])
    let table = scene.store.status.totals.snapshot.scoreValues
    #expect(
      table.labels.map { $0[5].map { String(decoding: $0, as: UTF8.self) } }
        == (word.map { [$0] } ?? []))
  }
}
