package import Telemetry

/// What the nesting of costs must know of one span.
package struct LedgerSpan: Equatable, Sendable {
  package var spanID: UInt64 = 0
  /// 0 where the span has no parent.
  package var parentID: UInt64 = 0
  /// Which try it was; 0 where that was not said.
  package var attempt: Int64 = 0
  package var role = SpanRole.plain
  /// A start was announced; the end has not come.
  package var isOpen = false
  /// Its usage came under names that say it is the sum over a run.
  package var isAggregate = false
  /// The application's own cache answered.
  package var isCacheHit = false
  /// A hash of the response id, from `responseKey(of:)`; 0 where there is none.
  package var responseKey: UInt64 = 0
  package var leaves = TokenLeaves()
  package var status: CostStatus?
  /// Picodollars, or `Event.absent`.
  package var cost = Event.absent
  /// How many tokens of the leaves the cost covers.
  package var pricedTokens: Int64 = 0
  package var priceRow: UInt32 = 0

  /// The member of an event's details that says that its usage is the sum over a run.
  package static let aggregateDetail = "usage_is_aggregate"
  /// The member of an event's details with the id in the answer, where no response id was given.
  package static let answerDetail = "answer_response_id"

  /// A span of which nothing is known.
  package init() {}

  /// The span that an event is; `responseID` is its text, empty where absent.
  package init(_ event: Event, responseID: UnsafeRawBufferPointer) {
    (spanID, parentID) = (event.spanID, event.parentSpanID)
    attempt = event.attempt == Event.absent ? 0 : event.attempt
    role = event.role
    isOpen = event.isOpen
    isAggregate = event.isAggregate
    isCacheHit = event.isCacheHit
    responseKey = unsafe responseID.isEmpty ? event.answerKey : Self.responseKey(of: responseID)
    leaves = event.leaves
    status = event.costStatus
    cost = event.cost
    pricedTokens = event.pricedTokens
    priceRow = event.priceRow
  }

  /// FNV-1a in 64 bits; an empty text gives 0.
  package static func responseKey(of text: UnsafeRawBufferPointer) -> UInt64 {
    guard unsafe !text.isEmpty else { return 0 }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    // unsafe because the text is the caller's for this call.
    for index in 0..<text.count { hash = unsafe (hash ^ UInt64(text[index])) &* 0x100_0000_01B3 }
    return max(hash, 1)
  }

  /// The same of a text; "" gives 0.
  package static func responseKey(of text: String) -> UInt64 {
    var text = text
    // unsafe because the bytes are the text's for the length of the closure.
    return text.withUTF8 { unsafe responseKey(of: UnsafeRawBufferPointer($0)) }
  }

  /// Whether it says what was used or what it cost.
  package var hasUsage: Bool { !leaves.isEmpty || cost != Event.absent }
}
