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
    event.role = unsafe SpanRole(
      type: event.type, kind: kind, operation: operation,
      hasResponseID: !event.responseID.isAbsent, hasUsage: !usage.isEmpty)
    event.isAggregate = usage.isAggregate
    var bill = Bill()
    bill.usage = usage
    bill.reportedCost = event.reportedCost
    bill.time = event.time
    bill.isCall = event.role == .call
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
    if let used = quote.contextUsed { batch.append(Measure(.contextUsed, used)) }
    if usage.total != nil || !resolved.inputIncludesCache || !quote.anomalies.isEmpty {
      details.add(usage)
    }
    if usage.total != nil || resolved.rule != .onlyReading {
      details.add("usage_rule", json: Array("\"\(resolved.rule.text)\"".utf8))
    }
    if !quote.anomalies.isEmpty { details.add("usage_anomalies", words: quote.anomalies) }
    if !quote.unpriced.isEmpty { details.add("unpriced", words: quote.unpriced) }
    if event.computedCost != Event.absent {
      details.add("computed_cost_usd", amount: event.computedCost)
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
    add(name, json: Array("\"\(Picodollars.text(amount))\"".utf8))
  }

  /// Adds the counts as they were reported.
  fileprivate mutating func add(_ usage: ReportedUsage) {
    var writer = JSONWriter()
    writer.beginObject()
    for (field, count) in usage.counts {
      writer.key(field.name)
      writer.value(count)
    }
    writer.endObject()
    add("usage_reported", json: writer.bytes)
  }
}

extension ReportedUsage {
  /// The counts that are there, under their fields.
  fileprivate var counts: [(Field, Int64)] {
    let all: [(Field, Int64?)] = [
      (.inputTokens, input), (.outputTokens, output), (.totalTokens, total),
      (.cacheReadTokens, cacheRead), (.cacheWriteTokens, cacheWrite),
      (.cacheWrite1hTokens, cacheWrite1h), (.reasoningTokens, reasoning),
      (.audioInputTokens, audioInput), (.audioOutputTokens, audioOutput),
      (.imageInputTokens, imageInput),
    ]
    return all.compactMap { field, count in count.map { (field, $0) } }
  }
}
