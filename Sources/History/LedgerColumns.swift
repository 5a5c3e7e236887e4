internal import Codec
internal import Money
internal import Telemetry
internal import Windows

/// Where the rows of a statement have what the nesting of costs must know of an event.
struct LedgerColumns {
  let type: Int32
  let spanID: Int32
  let parentID: Int32
  let attempt: Int32
  let responseID: Int32
  /// The first of the leaves, which stand one after another.
  let firstLeaf: Int32
  let cost: Int32
  let costStatus: Int32
  let details: Int32
  let isOpen: Int32
  let priceRow: Int32

  /// What the current row says; nil for logs and scores.
  func span(_ row: Statement) -> LedgerSpan? {
    guard let type = EventType(rawValue: UInt8(truncatingIfNeeded: row.integer(type))),
      type == .llm || type == .span
    else { return nil }
    var span = LedgerSpan()
    span.spanID = TraceID.word(row.bytes(spanID) ?? [])
    span.parentID = TraceID.word(row.bytes(parentID) ?? [])
    span.attempt = row.optionalInteger(attempt) ?? 0
    span.isOpen = row.optionalInteger(isOpen) == 1
    span.leaves = Self.leaves(row, from: firstLeaf)
    span.cost = row.optionalInteger(cost) ?? Event.absent
    span.status = row.optionalInteger(costStatus).flatMap {
      CostStatus(rawValue: UInt8(truncatingIfNeeded: $0))
    }
    span.priceRow = UInt32(truncatingIfNeeded: row.integer(priceRow))
    let response = row.bytes(responseID) ?? []
    // unsafe because the text lives as long as the closure that reads it.
    span.responseKey = unsafe response.withUnsafeBytes { unsafe LedgerSpan.responseKey(of: $0) }
    readDetails(row, &span)
    span.role = type == .llm ? .call : span.hasUsage ? .rollUp : .plain
    return span
  }

  private func readDetails(_ row: Statement, _ span: inout LedgerSpan) {
    if span.cost != Event.absent { span.pricedTokens = span.leaves.tokens }
    guard let details = row.bytes(details) else { return }
    let told = AttributeValues.read(
      ["unpriced_tokens", LedgerSpan.aggregateDetail, "cache", LedgerSpan.answerDetail],
      in: details)
    if span.cost != Event.absent { span.pricedTokens -= Int64(told[0]) ?? 0 }
    span.isAggregate = told[1] == "true"
    if span.responseKey == 0 { span.responseKey = LedgerSpan.responseKey(of: told[3]) }
    span.isCacheHit = CacheResult.allCases.contains { $0.text == told[2] && $0.isAnswer }
  }

  /// The leaves from a column on.
  static func leaves(_ row: Statement, from first: Int32) -> TokenLeaves {
    var leaves = TokenLeaves()
    var column = first
    for leaf in TokenLeaf.allCases {
      leaves[leaf] = row.optionalInteger(column) ?? -1
      column += 1
    }
    return leaves
  }
}

extension LedgerSpan {
  /// The share of the model's window that a call filled, where the book knows it.
  var contextUsed: Double? {
    role == .call ? PriceBook.row(priceRow)?.contextUsed(leaves) : nil
  }
}
