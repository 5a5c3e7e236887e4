internal import History
package import PromQL

/// The series that one query reads; used by one thread.
package struct TimelineSource: SeriesSource {
  let timeline: Timeline
  let scope: TenantScope
  let limits: QueryLimits

  package func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    Selection([])
  }
}
