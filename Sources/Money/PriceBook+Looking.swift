/// Looking into the book, for people.
extension PriceBook {
  /// A model of the book and what it costs.
  package struct Entry: Sendable {
    package let provider: String
    package let model: String
    /// The row that holds; nil when none does.
    package let row: PriceRow?

    /// An entry of these.
    package init(provider: String, model: String, row: PriceRow?) {
      (self.provider, self.model, self.row) = (provider, model, row)
    }
  }

  /// The models whose provider or name contains `word`, in the book's order, with the
  /// prices at `time`, in ns since 1970.
  package func entries(containing word: String, at time: Int64) -> [Entry] {
    let word = word.lowercased()
    var entries: [Entry] = []
    for source in sources {
      for provider in source.providers {
        let name = String(decoding: provider.id, as: UTF8.self)
        for model in provider.models
        where word.isEmpty || name.contains(word) || model.id.lowercased().contains(word) {
          let plan = PricePlan(model, provider: name, tier: "", isOwn: true)
          entries.append(Entry(provider: name, model: model.id, row: plan.row(at: time)))
        }
      }
    }
    return entries
  }

  /// The rows by which a call with these names is priced, oldest first; none where it is unpriced.
  package func rows(provider: String, model: String, serviceTier: String) -> [PriceRow] {
    var finder = PriceFinder(self)
    let finding = finder.find(
      PriceFinder.Names(
        provider: Array(provider.lowercased().utf8), model: Array(model.lowercased().utf8),
        responseModel: [], serviceTier: serviceTier))
    return finding.plan?.rows ?? []
  }
}
