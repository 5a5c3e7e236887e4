internal import PromQL

/// A source of whatever kind.
struct AnySource: SeriesSource {
  let base: any SeriesSource

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    try base.select(matchers, after: after, through: through, hints: hints)
  }
}
