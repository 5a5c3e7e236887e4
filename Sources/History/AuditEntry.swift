internal import Codec

/// One administrative act, before it has its place in the trail.
package struct AuditDraft: Equatable, Sendable {
  /// Who did it: the name of a key, `socket`, `signal` or `command`.
  package let principal: String
  /// What was done, such as `erase` or `silence.add`.
  package let act: String
  /// What it was done to. Never a person's name: their pseudonym.
  package let target: String
  /// `ok`, or why it was refused or failed.
  package let outcome: String
  /// What else there is to say, such as the hash of a receipt.
  package let detail: String

  /// An act of these parts; each is cut at 1,024 bytes.
  package init(
    principal: String, act: String, target: String = "", outcome: String = "ok",
    detail: String = ""
  ) {
    self.principal = Self.bounded(principal)
    self.act = Self.bounded(act)
    self.target = Self.bounded(target)
    self.outcome = Self.bounded(outcome)
    self.detail = Self.bounded(detail)
  }

  /// What a row says, whole: one that somebody made longer must not pass for what it was.
  init(_ row: Statement) {
    principal = row.text(2) ?? ""
    act = row.text(3) ?? ""
    target = row.text(4) ?? ""
    outcome = row.text(5) ?? ""
    detail = row.text(6) ?? ""
  }

  private static let longest = 1_024

  private static func bounded(_ text: String) -> String {
    guard text.utf8.count > longest else { return text }
    var cut = text
    while cut.utf8.count > longest { cut.removeLast(max(1, (cut.utf8.count - longest) / 4)) }
    return cut
  }
}

/// One row of the audit.
package struct AuditEntry: Equatable, Sendable {
  /// 1 and up without a gap; ns since 1970.
  package let id: Int64
  package let time: Int64
  package let draft: AuditDraft
  /// SHA-256 over the hash of the row before and everything in this row.
  package let hash: [UInt8]

  /// The hash in hexadecimal digits.
  package var digits: String { String(decoding: Hex.encode(hash), as: UTF8.self) }

  /// What stands before the first row.
  static let origin = [UInt8](repeating: 0, count: 32)

  /// The act as the row behind one with the hash `previous`.
  init(_ draft: AuditDraft, id: Int64, time: Int64, after previous: [UInt8]) {
    self.draft = draft
    self.id = id
    self.time = time
    hash = Self.hash(draft, id: id, time: time, after: previous)
  }

  /// A row as it is in the file.
  init(_ row: Statement) {
    id = row.integer(0)
    time = row.integer(1)
    draft = AuditDraft(row)
    hash = row.bytes(7) ?? []
  }

  /// Whether the row says what it said when it was written behind `previous`.
  func follows(_ previous: [UInt8]) -> Bool {
    hash == Self.hash(draft, id: id, time: time, after: previous)
  }

  /// Lengths stand before the texts, so that nothing can move from one to the next.
  private static func hash(
    _ draft: AuditDraft, id: Int64, time: Int64, after previous: [UInt8]
  ) -> [UInt8] {
    var bytes = previous
    func add(_ number: UInt64) {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
      }
    }
    add(UInt64(bitPattern: id))
    add(UInt64(bitPattern: time))
    for text in [draft.principal, draft.act, draft.target, draft.outcome, draft.detail] {
      add(UInt64(text.utf8.count))
      bytes += Array(text.utf8)
    }
    var hash = SHA256()
    hash.update(bytes)
    return Array(hash.finalize())
  }

  /// `{"id","time","principal","act","target","outcome","detail","hash"}`
  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("id")
    json.value(id)
    for (name, text) in columns.dropFirst() {
      json.key(name)
      json.value(text)
    }
    json.endObject()
    return json.bytes
  }

  /// Its columns by name, as texts.
  package var columns: [(name: String, text: String)] {
    [
      ("id", "\(id)"), ("time", Timestamp.text(time)), ("principal", draft.principal),
      ("act", draft.act), ("target", draft.target), ("outcome", draft.outcome),
      ("detail", draft.detail), ("hash", digits),
    ]
  }
}
