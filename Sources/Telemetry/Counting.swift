/// What a stored event counts as where it does not count as it stands: it is a span and no call,
/// and of its usage only this counts.
package struct Counting: Equatable, Sendable {
  package var leaves = TokenLeaves()
  /// Picodollars, or `Event.absent`.
  package var cost = Event.absent
  /// Tokens of the leaves that the cost does not cover.
  package var unpricedTokens: Int64 = 0

  /// A span whose usage does not count.
  package init() {}

  /// Whether any usage counts.
  package var hasUsage: Bool { !leaves.isEmpty || cost != Event.absent }
}
