import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct HoldTests {
  private static let day: Int64 = 86_400 * 1_000_000_000

  private func keep(_ scene: StoreScene) {
    var turns = 0
    while scene.store.upkeep(now: scene.now, isIdle: true) {
      turns += 1
      if turns > 10_000 {
        Issue.record("upkeep ends")
        return
      }
    }
    #expect(scene.store.status.books.upkeepTrouble == nil)
  }

  /// A row of each: of a user, a session, a tenant, a trace, and of nobody.
  private func scene(_ change: (inout RetentionPolicy) -> Void) throws -> StoreScene {
    var settings = StoreSettings()
    change(&settings.retention)
    let scene = try StoreScene(settings)
    _ = scene.append([
      { forge in
        forge.call(trace: 1, span: 1)
        forge.event.user = forge.text("u-1")
        forge.event.input = forge.text("a question")
      },
      { forge in
        forge.call(trace: 2, span: 2)
        forge.event.session = forge.text("s-1")
      },
      { forge in
        forge.call(trace: 3, span: 3)
        forge.set(.tenant, [.tenant: "acme"])
      },
      { forge in forge.call(trace: 4, span: 4) },
      { forge in forge.call(trace: 5, span: 5) },
    ])
    return scene
  }

  private static let trace4 = String(repeating: "0", count: 31) + "4"

  @Test(arguments: [
    (Hold.Kind.user, "u-1", "1"), (.session, "s-1", "2"), (.tenant, "acme", "3"),
    (.trace, trace4, "4"),
  ])
  func `what is held survives retention until it is released`(
    kind: Hold.Kind, value: String, row: String
  ) throws {
    let scene = try scene {
      $0.events = Self.day
      $0.payloads = Self.day / 2
    }
    let hold = try scene.store.hold(kind, value, reason: "case 7", by: "ops", now: scene.now)
    scene.now += Self.day * 3
    keep(scene)
    #expect(try scene.rows("SELECT id FROM events") == [row])
    if kind == .user { #expect(try scene.rows("SELECT input FROM payloads") == ["a question"]) }
    try scene.reopen()
    scene.now += Self.day
    keep(scene)
    #expect(try scene.rows("SELECT id FROM events") == [row])
    #expect(try scene.store.holds() == [hold])
    #expect(try scene.store.release(hold: hold.id) == hold)
    #expect(try scene.store.release(hold: hold.id) == nil)
    scene.now += Self.day
    keep(scene)
    #expect(try scene.rows("SELECT count(*) FROM events") == ["0"])
    #expect(try scene.rows("SELECT count(*) FROM payloads") == ["0"])
  }

  @Test func `the bound on size goes past what is held`() throws {
    let scene = try scene { $0.bytes = 50 << 12 }
    _ = try scene.store.hold(.user, "u-1", reason: "", by: "ops", now: scene.now)
    for step in 0..<10 {
      _ = scene.append(
        (0..<20).map { index in
          { forge in
            forge.call(trace: 9, span: UInt64(step * 100 + index + 10))
            forge.event.message = forge.text(String(repeating: "x", count: 1_000))
          }
        })
      scene.now += 61_000_000_000
      keep(scene)
    }
    #expect(try scene.rows("SELECT min(id) FROM events") == ["1"])
    #expect(try scene.rows("SELECT count(*) < 180 FROM events") == ["1"])
  }

  @Test func `sessions that are held stay, and do not keep others`() throws {
    let scene = try scene {
      $0.events = Self.day
      $0.logs = Self.day
    }
    _ = try scene.store.hold(.session, "s-1", reason: "", by: "ops", now: scene.now)
    _ = scene.append(
      (0..<30).map { index in
        { forge in
          forge.call(trace: 7, span: UInt64(index + 100))
          forge.event.session = forge.text("other-\(index)")
        }
      })
    scene.store.save()
    scene.now += Self.day * 3
    keep(scene)
    scene.now += 60_000_000_000
    keep(scene)
    #expect(try scene.rows("SELECT session FROM session_visits") == ["s-1"])
  }

  @Test func `a hold placed twice is one, and numbers are never given again`() throws {
    let scene = try scene { _ in }
    let first = try scene.store.hold(.user, "u-1", reason: "a", by: "ops", now: scene.now)
    let again = try scene.store.hold(.user, "u-1", reason: "b", by: "eve", now: scene.now + 5)
    #expect(first == again)
    _ = try scene.store.release(hold: first.id)
    let later = try scene.store.hold(.user, "u-1", reason: "c", by: "ops", now: scene.now)
    #expect(later.id == first.id + 1)
  }
}
