internal import Codec

/// What an erasure did, to be kept as its proof.
package struct ErasureReceipt: Sendable {
  /// A file that was read, and how many bytes of it.
  package struct Scanned: Equatable, Sendable {
    package let file: String
    package let bytes: Int64
  }

  /// Where the subject still is, and why.
  package struct Left: Equatable, Sendable {
    package let file: String
    package let why: String
  }

  /// What was erased.
  package let kind: DataSubject.Kind
  /// The only tenant that was looked at; nil for all.
  package let tenant: String?
  /// Whether names went wherever they stood.
  package let takesMentions: Bool
  /// ns since 1970.
  package let begun: Int64
  package var ended: Int64 = 0
  /// How often the store was gone through, and pages whose unused bytes were cleared.
  package var rounds = 0
  package var clearedPages = 0
  package var tally = ErasureTally()
  package var scanned: [Scanned] = []
  package var left: [Left] = []

  init(kind: DataSubject.Kind, tenant: String?, takesMentions: Bool, begun: Int64) {
    self.kind = kind
    self.tenant = tenant
    self.takesMentions = takesMentions
    self.begun = begun
  }

  /// Whether nothing is left.
  package var isComplete: Bool { left.isEmpty }

  /// What no erasure covers, for whoever keeps the receipt.
  package static let notCovered = [
    "backups taken before", "what was sent on: alert messages, exports, scrapes",
    "aggregates: counters, rollups and windows keep their numbers",
  ]

  mutating func add(left names: [String: Int64]) {
    for (table, rows) in names.sorted(by: { $0.key < $1.key }) {
      left.append(.init(file: Store.fileName, why: "\(rows) rows of \(table) name it"))
    }
  }

  mutating func add(arrived finds: ErasureFinds) {
    let count = finds.rows.count + finds.mentions.count
    guard count > 0 else { return }
    left.append(
      .init(
        file: Store.fileName,
        why: "\(count) rows came in or could not be changed meanwhile; stop its sender"))
  }

  /// The receipt as JSON; `subject` is the pseudonym that the audit names it by. Its `hash` is
  /// SHA-256 of the text before the member `hash`, which is the last.
  package func json(subject: String) -> (text: [UInt8], hash: String) {
    var json = JSONWriter()
    json.beginObject()
    for (name, text) in [
      ("subject", subject), ("kind", kind.rawValue), ("begun", Timestamp.text(begun)),
      ("ended", Timestamp.text(ended)),
    ] {
      json.key(name)
      json.value(text)
    }
    json.key("complete")
    json.value(isComplete)
    json.key("tenant")
    if let tenant { json.value(tenant) } else { json.null() }
    json.key("mentions")
    json.value(takesMentions ? "removed" : "kept")
    for (name, counts) in [("deleted", tally.deleted), ("rewritten", tally.rewritten)] {
      json.key(name)
      json.beginObject()
      for (what, count) in counts.sorted(by: { $0.key < $1.key }) {
        json.key(what)
        json.value(count)
      }
      json.endObject()
    }
    json.key("rounds")
    json.value(rounds)
    json.key("cleared_pages")
    json.value(clearedPages)
    appendFiles(to: &json)
    json.key("not_covered")
    json.beginArray()
    for what in Self.notCovered { json.value(what) }
    json.endArray()
    var hash = SHA256()
    hash.update(json.bytes)
    let digits = String(decoding: Hex.encode(Array(hash.finalize())), as: UTF8.self)
    json.key("hash")
    json.value(digits)
    json.endObject()
    return (json.bytes + [0x0A], digits)
  }

  private func appendFiles(to json: inout JSONWriter) {
    json.key("scanned")
    json.beginArray()
    for file in scanned {
      json.beginObject()
      json.key("file")
      json.value(file.file)
      json.key("bytes")
      json.value(file.bytes)
      json.endObject()
    }
    json.endArray()
    json.key("left")
    json.beginArray()
    for place in left {
      json.beginObject()
      json.key("file")
      json.value(place.file)
      json.key("why")
      json.value(place.why)
      json.endObject()
    }
    json.endArray()
  }
}
