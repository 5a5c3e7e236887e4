import Codec
import Pattern
import Redaction
import Telemetry
import Testing

@testable import Intake

@Suite struct TenantRedactionTests {
  private func settings() throws -> IntakeSettings {
    var settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(1, 2)), pseudonymKey: Array(repeating: 7, count: 32))
    let badge = RedactionPolicy.Expression(name: "badge", pattern: try BytePattern("B-[0-9]+"))
    settings.tenants["acme"] = IntakeSettings.TenantRules(
      redaction: RedactionPolicy(
        detectors: .standard.union(.ip), expressions: [badge], fields: ["user", "Name"]),
      payloads: .off)
    return settings
  }

  private func batch(_ lines: String) throws -> EventBatch {
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(3, 4)), settings: try settings())
    let body = ByteSlab(capacity: lines.utf8.count + 1)
    body.append(Array(lines.utf8))
    let batch = EventBatch(body: body)
    batch.receivedAt = 1_795_228_000_000_000_000
    decoder.decodeLines(batch, RecordExtent(end: lines.utf8.count))
    return batch
  }

  private func text(_ slice: TextSlice, _ batch: EventBatch) -> String {
    slice.isAbsent ? "-" : unsafe String(decoding: batch.text(slice), as: UTF8.self)
  }

  @Test func `each record goes by the rules of its tenant, whatever came before`() throws {
    let line = #""service":"B-1","user":"ana","name":"n","message":"B-2 at 192.0.2.1","input":"x"}"#
    let batch = try batch(
      [#"{"tenant":"acme","#, #"{"tenant":"other","#, #"{"tenant":"acme","#, "{"]
        .map { $0 + line }.joined(separator: "\n"))
    #expect(batch.count == 4)
    #expect(
      (0..<4).map { text(batch[$0].message, batch) } == [
        "[redacted:badge] at [redacted:ip]", "B-2 at 192.0.2.1",
        "[redacted:badge] at [redacted:ip]", "B-2 at 192.0.2.1",
      ])
    #expect((0..<4).map { text(batch[$0].input, batch) } == ["-", "x", "-", "x"])
    #expect(text(batch[0].user, batch).hasPrefix("hmac:"))
    #expect(text(batch[1].user, batch) == "ana")
    #expect(batch[0].source == batch[2].source)
    #expect(batch[1].source == batch[3].source)
    #expect(batch[0].source != batch[1].source)
    #expect(batch[0].operation != batch[1].operation)
  }

  @Test(arguments: [
    "message", "input", "output", "stack", "error", "user", "note", "nested",
  ])
  func `what is too long is cut before what would be redacted, not in the midst of it`(
    _ field: String
  ) throws {
    let address = "nobody.at.all@example.com"
    for limit in [65_536, 262_144] {
      for kept in [1, 12, address.utf8.count - 1] {
        let text =
          String(repeating: "x ", count: (limit - kept) / 2)
          + String(repeating: " ", count: (limit - kept) % 2) + address + " and more"
        let value = field == "nested" ? #"{"a":["\#(text)"]}"# : #""\#(text)""#
        let batch = try batch(#"{"type":"llm","model":"m","\#(field)":\#(value)}"#)
        let event = batch[0]
        let slices = [
          event.message, event.input, event.output, event.stack, event.user, event.details,
          event.attributes,
        ]
        let all = slices.map { self.text($0, batch) }.joined()
        #expect(!all.contains("nobody"), "\(field) of \(limit), \(kept)")
      }
    }
  }

  @Test func `a refused record is cut before what would be redacted`() throws {
    for kept in 0...25 {
      let text = String(repeating: "x", count: Limits.rejectedText - kept - 1)
      let batch = try batch(text + " nobody.at.all@example.com and more")
      let shown = String(decoding: batch.rejections[0].text, as: UTF8.self)
      #expect(shown.hasPrefix(text))
      #expect(!shown.contains("nobody"), "\(kept)")
    }
  }

  @Test func `a refused record is kept as the strictest rules want it`() throws {
    let batch = try batch(#"{"message":"B-77 at 192.0.2.1","#)
    #expect(batch.rejectedCount == 1)
    let kept = String(decoding: batch.rejections[0].text, as: UTF8.self)
    #expect(!kept.contains("B-77"))
    #expect(!kept.contains("192.0.2.1"))
  }

  @Test func `a person is named alike by intake and by who asks for them`() throws {
    let settings = try settings()
    let names = Pseudonyms(settings)
    let batch = try batch(#"{"user":"ana@example.com","session":"ana"}"#)
    #expect(names.stored("ana@example.com") == text(batch[0].user, batch))
    #expect(names.names(of: "ana@example.com")[1] == text(batch[0].user, batch))
    #expect(names.stored("ana") == "ana")
    #expect(names.mark(of: "ana@example.com") == names.mark(of: text(batch[0].user, batch)))
    #expect(names.cleaned("for ana@example.com") == "for [redacted:email]")
  }

  @Test func `what is replaced is counted by its kind`() throws {
    var settings = try settings()
    let book = RedactionBook()
    settings.redactions = book
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(3, 4)), settings: settings)
    let lines =
      #"{"message":"a@example.com and b@example.com"}"# + "\n"
      + #"{"tenant":"acme","message":"B-1"}"#
    let body = ByteSlab(capacity: lines.utf8.count + 1)
    body.append(Array(lines.utf8))
    let batch = EventBatch(body: body)
    batch.receivedAt = 1_795_228_000_000_000_000
    decoder.decodeLines(batch, RecordExtent(end: lines.utf8.count))
    #expect(
      book.all.map { "\($0.kind) \($0.count)" } == [
        "badge 1", "card 0", "email 2", "iban 0", "ip 0", "phone 0", "secret 0",
      ])
  }
}
