import Codec
import LinuxIO
import Telemetry
import TestSupport
import Testing

@testable import History

/// Payloads read the same before and after they are deflated.
@Suite struct PayloadPackingTests {
  private static func text(_ dice: inout Dice) -> String? {
    let length = Int.random(in: 0...2_000, using: &dice)
    switch Int.random(in: 0..<5, using: &dice) {
    case 0: return nil
    case 1: return String(repeating: "é€𝄞", count: length / 9)
    case 2:
      return String(
        (0..<length).map { _ in Character(UnicodeScalar(UInt8.random(in: 32...126, using: &dice))) }
      )
    case 3: return ""
    default: return String(repeating: "the same words again, ", count: length / 22)
    }
  }

  private func pack(_ scene: StoreScene) {
    while scene.store.packPayloads() {}
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func `whatever is stored, amended, deflated and reopened reads as it was sent`(
    seed: UInt64
  ) throws {
    var dice = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15)
    let scene = try StoreScene()
    var expected: [Int64: [String?]] = [:]
    for step in 0..<60 {
      let texts = (0..<20).map { _ in [Self.text(&dice), Self.text(&dice), Self.text(&dice)] }
      let fills = texts.enumerated().map { index, texts in
        { (forge: EventForge) in
          forge.call(trace: 1, span: UInt64(step * 100 + index + 1))
          if let text = texts[0] { forge.event.input = forge.text(text) }
          if let text = texts[1] { forge.event.output = forge.text(text) }
          if let text = texts[2] { forge.event.stack = forge.text(text) }
        }
      }
      #expect(scene.append(fills) != nil)
      for (index, texts) in texts.enumerated() { expected[Int64(step * 20 + index + 1)] = texts }
      switch Int.random(in: 0..<4, using: &dice) {
      case 0: _ = scene.store.packPayloads()
      case 1: pack(scene)
      case 2: try scene.reopen()
      default: break
      }
    }
    pack(scene)
    try expectTexts(expected, scene, "seed \(seed)")
    let blobs = try scene.rows(
      "SELECT count(*) FROM payloads WHERE 'blob' IN (typeof(input), typeof(output))")
    #expect(blobs != ["0"])
    let long = try scene.rows(
      """
      SELECT count(*) FROM payloads WHERE typeof(input) = 'text' AND input LIKE 'the same%'
        AND length(input) > 255
      """)
    #expect(long == ["0"])
    #expect(try scene.rows("PRAGMA integrity_check") == ["ok"])
  }

  private func expectTexts(
    _ expected: [Int64: [String?]], _ scene: StoreScene, _ note: String
  ) throws {
    let view = try scene.store.database.prepare(
      "SELECT input, output, stack FROM payload_texts WHERE id = ?1")
    let function = try scene.store.database.prepare(
      "SELECT payload_text(input), payload_text(output), payload_text(stack) FROM payloads"
        + " WHERE id = ?1")
    let work = EventBatch(body: .init(capacity: 0))
    for (id, texts) in expected {
      for statement in [view, function] {
        statement.bind(1, id)
        let isThere = try statement.step()
        #expect(isThere == texts.contains { $0 != nil }, "\(note) row \(id)")
        if isThere { #expect((0..<3).map { statement.text($0) } == texts, "\(note) row \(id)") }
        statement.reset()
      }
      let row = try #require(try scene.store.reader.row(id, into: work))
      let read = [row.event.input, row.event.output, row.event.stack].map { slice in
        slice.isAbsent ? nil : unsafe String(decoding: work.text(slice), as: UTF8.self)
      }
      #expect(read == texts, "\(note) row \(id)")
      work.reset(keeping: Limits.text)
    }
  }

  @Test func `an event with a deflated payload is a duplicate, and a fuller one amends it`() throws
  {
    let scene = try StoreScene()
    let long = String(repeating: "words and words ", count: 100)
    let opened: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 1)
      forge.event.isOpen = true
      forge.event.input = forge.text(long)
    }
    #expect(scene.append([opened]) == [.stored])
    pack(scene)
    #expect(try scene.rows("SELECT typeof(input), typeof(output) FROM payloads") == ["blob|null"])
    #expect(scene.append([opened]) == [.duplicate])
    let ended: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 1)
      forge.event.status = .ok
      forge.event.output = forge.text(long + "end")
    }
    #expect(scene.append([ended]) == [.amended])
    #expect(try scene.rows("SELECT typeof(input), typeof(output) FROM payloads") == ["text|text"])
    pack(scene)
    #expect(try scene.rows("SELECT typeof(input), typeof(output) FROM payloads") == ["blob|blob"])
    #expect(try scene.rows("SELECT input, output FROM payload_texts") == ["\(long)|\(long)end"])
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let page = try reader.page(EventFilter(), below: .max, limit: 9, deadline: .max)
    let json = String(decoding: try #require(page.rows.first), as: UTF8.self)
    #expect(json.contains(#""input":"\#(long)","output":"\#(long)end""#))
  }

  @Test func `a step takes no longer than it may, and a damaged stream is no text`() throws {
    let scene = try StoreScene()
    let long = String(repeating: "0123456789 abcdefghij ", count: 4_000)
    for start in 0..<20 {
      let fills = (0..<20).map { index in
        { (forge: EventForge) in
          forge.call(trace: 1, span: UInt64(start * 20 + index + 1))
          forge.event.input = forge.text(long)
        }
      }
      #expect(scene.append(fills) != nil)
    }
    var steps = 0
    while scene.store.packPayloads() { steps += 1 }
    #expect(steps > 2)
    #expect(try scene.rows("SELECT value FROM meta WHERE key = 'payloads_packed'") == ["400"])
    try scene.store.database.execute("UPDATE payloads SET input = x'789c00' WHERE id = 7")
    #expect(throws: StoreError.self) { try scene.rows("SELECT input FROM payload_texts") }
    let work = EventBatch(body: .init(capacity: 0))
    #expect(try scene.store.reader.row(7, into: work)?.event.input.isAbsent == true)
  }
}
