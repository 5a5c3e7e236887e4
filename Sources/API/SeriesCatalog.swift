package import History
package import PromQL
package import Timeline

/// The series that queries read, with what lists of them ask for.
package protocol SeriesCatalog: SeriesSource {
  /// The label sets that pass any of the selectors and have a sample from `from` through `through`
  /// (milliseconds since 1970), at most `limit` where that is not 0; everything without a selector.
  func series(
    _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<Labels>
  /// The names of labels of those series.
  func labelNames(
    _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<String>
  /// The values of one label of those series.
  func labelValues(
    _ name: String, _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<String>
  /// What is known of metrics beside their samples, by rising name; of one metric when given.
  func metadata(_ metric: String?, limit: Int) throws(QueryError) -> [FamilyMetadata]
}

extension TimelineSource: SeriesCatalog {}

/// What the routes of Prometheus' API stand on.
package struct QuerySources: Sendable {
  /// The series in scope, for one query on one thread.
  package typealias Source = @Sendable (TenantScope, QueryLimits) -> any SeriesCatalog

  /// The series.
  package let source: Source
  /// Counts what is committed; a later number means that something may have changed.
  package let revision: @Sendable () -> Int
  /// Whether nothing up to a time (milliseconds since 1970) changed since a revision.
  package let isUnchanged: @Sendable (_ since: Int, _ through: Int64) -> Bool

  /// The sources of one collector.
  package init(
    source: @escaping Source, revision: @escaping @Sendable () -> Int,
    isUnchanged: @escaping @Sendable (_ since: Int, _ through: Int64) -> Bool
  ) {
    self.source = source
    self.revision = revision
    self.isUnchanged = isUnchanged
  }
}
