import Testing

@testable import Money

/// Price rows that are kept with the calls they priced.
struct PriceKeepingTests {
  @Test func `every row of the book is the same row when it is made again from what is kept`() {
    let entries = PriceBook().entries(containing: "", at: 1_795_262_400_000_000_000)
    let rows = entries.compactMap(\.row)
    #expect(rows.count > 2_000)
    for row in rows {
      let kept = PriceRow.kept(
        provider: row.provider, model: row.model, tier: row.tier, prices: row.prices,
        from: row.from, to: row.to, contextWindow: row.contextWindow)
      #expect(kept?.id == row.id, "\(row.provider) \(row.model): \(row.prices)")
      #expect(kept?.prices == row.prices)
      #expect(kept?.isFree == row.isFree)
      #expect(kept?.thresholds == row.thresholds)
      #expect(PriceBook.row(row.id)?.id == row.id)
    }
  }

  @Test(arguments: [
    "", "fee", "fee x", "fee  nothing_mtok 3", "fee  input_mtok", "fee  input_mtok -3",
    "fee  input_mtok 3 >x 4", "fee  input_mtok 3 >4", "free of charge",
  ])
  func `what no row gave is no row`(text: String) {
    #expect(
      PriceRow.kept(
        provider: "p", model: "m", tier: "", prices: text, from: .min, to: .max,
        contextWindow: nil) == nil)
  }
}
