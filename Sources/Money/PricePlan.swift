/// All rows of one model in one service tier: what holds when.
final class PricePlan: Sendable {
  /// The prices of one span of days.
  private struct Span: Sendable {
    /// In ns since 1970; the next span's start is the end.
    let from: Int64
    /// By rising time of day; the first starts at midnight.
    let slices: [Slice]
  }

  private struct Slice: Sendable {
    let start: Int64
    let row: PriceRow?
  }

  private let spans: [Span]
  private static let nanosecondsADay: Int64 = 86_400 * 1_000_000_000

  /// The plan of `model`; variants count only for the provider's `own` models.
  init(_ model: PriceSource.Model, provider: String, tier: String, isOwn: Bool) {
    let variants = isOwn && !tier.isEmpty ? model.variants.filter { $0.isFor(tier) } : []
    // A tier without prices of its own has the ordinary rows: tiers are the sender's free text.
    let tier = variants.isEmpty ? "" : tier
    let constraints = model.entries.map(\.constraint) + variants.map(\.constraint)
    let days = constraints.flatMap { [$0.fromDay, $0.toDay].compactMap { $0 } }
    let times = constraints.flatMap { [$0.startTime, $0.endTime].compactMap { $0 } }
    let starts = [Int64.min / Self.nanosecondsADay] + Array(Set(days)).sorted()
    let slices = Array(Set([0] + times.filter { $0 < Self.nanosecondsADay })).sorted()
    let prices = starts.map { day in
      slices.map { Self.prices(model.entries, variants, day: day, time: $0) }
    }
    var spans: [Span] = []
    var index = 0
    while index < starts.count {
      // Days on which nothing changes do not cut a row.
      var next = index + 1
      while next < starts.count, Self.isSame(prices[next], prices[index]) { next += 1 }
      let from = index == 0 ? Int64.min : starts[index] * Self.nanosecondsADay
      let to = next == starts.count ? Int64.max : starts[next] * Self.nanosecondsADay
      spans.append(
        Span(
          from: from,
          slices: zip(slices, prices[index]).map { start, prices in
            Slice(
              start: start,
              row: prices.map {
                PriceRow(
                  provider: provider, model: model.id, tier: tier, prices: $0, from: from, to: to,
                  contextWindow: model.contextWindow)
              })
          }))
      index = next
    }
    self.spans = spans
  }

  /// The row that holds at `time`, in ns since 1970; nil when none does.
  func row(at time: Int64) -> PriceRow? {
    var span = spans.count - 1
    while span > 0, time < spans[span].from { span -= 1 }
    let slices = spans[span].slices
    guard slices.count > 1 else { return slices[0].row }
    var timeOfDay = time % Self.nanosecondsADay
    if timeOfDay < 0 { timeOfDay += Self.nanosecondsADay }
    var slice = slices.count - 1
    while timeOfDay < slices[slice].start { slice -= 1 }
    return slices[slice].row
  }

  /// Every row, oldest first.
  var rows: [PriceRow] { spans.flatMap { $0.slices.compactMap(\.row) } }

  /// From when to when the answer for `time` stays the same: whole spans without times of day.
  func steadySpan(at time: Int64) -> Range<Int64> {
    guard let row = row(at: time), spans.allSatisfy({ $0.slices.count == 1 }) else {
      return time..<time
    }
    return row.from..<row.to
  }

  private static func prices(
    _ entries: [PriceSource.Entry], _ variants: [PriceSource.Variant], day: Int64, time: Int64
  ) -> PriceSet? {
    guard var prices = entries.last(where: { $0.constraint.holds(day: day, time: time) })?.prices
    else { return nil }
    var replaced: Set<Int> = []
    for variant in variants where variant.constraint.holds(day: day, time: time) {
      prices.take(variant.prices, except: &replaced)
    }
    return prices
  }

  private static func isSame(_ left: [PriceSet?], _ right: [PriceSet?]) -> Bool {
    zip(left, right).allSatisfy { $0?.text == $1?.text }
  }
}

extension PriceSource.Variant {
  /// Whether it is for calls of this service tier and nothing else.
  func isFor(_ tier: String) -> Bool {
    let name = tier == "batch" ? "processing" : "service_tier"
    return conditions.count == 1 && conditions[0].name == name && conditions[0].value == tier
  }
}
