internal import Codec
internal import Money
internal import Telemetry

extension EventBuilder {
  // unsafe because texts of the batch stay in place while it is decoded.

  /// Turns reported counts into leaves, prices them, and says where the cost comes from.
  mutating func settleUsage() {
    guard event.type == .llm || event.type == .span || !usage.isEmpty else { return }
    let kind = unsafe dimensionText(.kind)
    let operation = unsafe dimensionText(.operation)
    let role = unsafe SpanRole(
      type: event.type, kind: kind, operation: operation,
      hasResponseID: !event.responseID.isAbsent, hasUsage: !usage.isEmpty)
    // What counts as a call is of the type of calls, whatever it was called.
    if event.type == .llm || event.type == .span { event.type = role == .call ? .llm : .span }
    event.isAggregate = usage.isAggregate
    if usage.isAggregate { details.add(LedgerSpan.aggregateDetail, json: Array("true".utf8)) }
    var bill = Bill()
    bill.usage = usage
    bill.reportedCost = event.reportedCost
    bill.time = event.time
    bill.isCall = role == .call
    bill.isOpen = event.isOpen
    bill.isCacheHit = event.isCacheHit
    let names = unsafe CallNames(
      provider: dimensionText(.provider), model: dimensionText(.model),
      responseModel: dimensionText(.responseModel), serviceTier: dimensionText(.serviceTier))
    let quote = unsafe pricer.quote(bill, names)
    take(quote)
  }

  private mutating func take(_ quote: Quote) {
    event.costStatus = quote.status
    event.cost = quote.cost
    event.priceRow = quote.priceRow
    event.pricedTokens = quote.pricedTokens
    if quote.computedCost != quote.cost { event.computedCost = quote.computedCost }
    guard let resolved = quote.usage else { return }
    event.leaves = resolved.leaves
    if usage.total != nil || !resolved.inputIncludesCache || !quote.anomalies.isEmpty {
      details.add(usage)
    }
    if usage.total != nil || resolved.rule != .onlyReading { event.usageRule = resolved.rule }
    if !quote.anomalies.isEmpty { details.add("usage_anomalies", words: quote.anomalies) }
    if !quote.unpriced.isEmpty { details.add("unpriced", words: quote.unpriced) }
    if quote.status == .partial {
      let missing = resolved.leaves.tokens - quote.pricedTokens
      batch.append(Measure(.unpricedTokens, Double(missing)))
      details.add("unpriced_tokens", json: Array(String(missing).utf8))
    }
    if quote.otherCost != Event.absent {
      details.add("other_reading_cost_usd", amount: quote.otherCost)
    }
  }

  /// A dimension's text as the sender wrote it; empty where absent.
  @unsafe private func dimensionText(_ dimension: Dimension) -> UnsafeRawBufferPointer {
    let slice = dimensionTexts[Int(dimension.rawValue)]
    return unsafe slice.isAbsent
      ? UnsafeRawBufferPointer(start: nil, count: 0) : batch.text(slice)
  }
}

extension DetailWriter {
  /// Adds words as a list.
  fileprivate mutating func add<Member: Word>(_ name: String, words: WordSet<Member>) {
    let texts = Member.allCases.filter(words.contains).map { "\"\($0.text)\"" }
    add(name, json: Array("[\(texts.joined(separator: ","))]".utf8))
  }

  /// Adds picodollars as a decimal in USD, which stays exact as text.
  fileprivate mutating func add(_ name: String, amount: Int64) {
    var text: [UInt8] = [0x22]
    text.reserveCapacity(24)
    Picodollars.append(amount, to: &text)
    text.append(0x22)
    add(name, json: text)
  }

  /// Adds the counts as they were reported.
  fileprivate mutating func add(_ usage: ReportedUsage) {
    var object: [UInt8] = []
    object.reserveCapacity(192)
    for (place, count) in usage.counts where count >= 0 {
      object += ReportedUsage.keys[place]
      object.append(contentsOf: String(count).utf8)
    }
    if object.isEmpty { return }
    object[0] = 0x7B
    object.append(0x7D)
    add("usage_reported", json: object)
  }
}

extension ReportedUsage {
  /// Each field as a JSON key behind a comma, in the order of `counts`; made once.
  fileprivate static let keys: [[UInt8]] = [
    .inputTokens, .outputTokens, .totalTokens, .cacheReadTokens, .cacheWriteTokens,
    .cacheWrite1hTokens, .reasoningTokens, .audioInputTokens, .audioOutputTokens,
    .imageInputTokens,
  ].map { (field: Field) in Array(",\"\(field.name)\":".utf8) }

  /// The counts with their places; −1 is absent.
  fileprivate var counts: [(Int, Int64)] {
    [
      (0, input ?? -1), (1, output ?? -1), (2, total ?? -1), (3, cacheRead ?? -1),
      (4, cacheWrite ?? -1), (5, cacheWrite1h ?? -1), (6, reasoning ?? -1),
      (7, audioInput ?? -1), (8, audioOutput ?? -1), (9, imageInput ?? -1),
    ]
  }
}
