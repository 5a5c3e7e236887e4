internal import Codec
package import History

/// What somebody asks to have erased.
package struct ErasureOrder: Sendable {
  package let kind: DataSubject.Kind
  /// The name as people know it, not as it is stored.
  package let name: String
  /// The only tenant whose rows are meant; nil for all.
  package let tenant: String?
  /// Whether the name goes wherever it stands; nil where it is distinctive.
  package let mentions: Bool?
  /// Whether older copies of the store beside it go too where they hold the name.
  package let removesCopies: Bool
  /// Who asks.
  package let principal: String

  /// An order of these.
  package init(
    _ kind: DataSubject.Kind, _ name: String, tenant: String?, mentions: Bool?,
    removesCopies: Bool, principal: String
  ) {
    self.kind = kind
    self.name = name
    self.tenant = tenant
    self.mentions = mentions
    self.removesCopies = removesCopies
    self.principal = principal
  }
}

/// How far an erasure is.
package struct ErasureReport: Sendable {
  /// What is being done, or how the last one ended.
  package enum Phase: String, Sendable {
    case idle, working, done, refused, failed
  }

  /// What is being done, or how the last one ended.
  package var phase = Phase.idle
  /// Whether nothing is left, once it is done.
  package var isComplete = false
  /// The receipt, JSON, once it is done.
  package var receipt: [UInt8]?
  /// Why it was refused or failed, or empty.
  package var message = ""

  /// No erasure.
  package init() {}

  /// `{"phase","complete","message","receipt"}`
  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("phase")
    json.value(phase.rawValue)
    json.key("complete")
    json.value(isComplete)
    json.key("message")
    json.value(message)
    json.key("receipt")
    if let receipt { json.value(json: receipt.filter { $0 != 0x0A }) } else { json.null() }
    json.endObject()
    return json.bytes + [0x0A]
  }
}
