internal import Telemetry

/// What the collector's own judges have left in history.
extension EventReader {
  /// The service of the collector's own calls.
  private static let ownService = "barograph"

  /// Picodollars by judge that its own calls, which ended at `start` (ns since 1970) or later, were
  /// charged to its budget, as they say themselves.
  package func judgeSpending(since start: Int64) throws(StoreError) -> [String: Int64] {
    let sums = try database.prepare(
      """
      SELECT o.prompt, sum(CAST(json_extract(e.attrs, '$.charged_usd') AS REAL))
      FROM events e JOIN operations o ON o.id = e.operation
      WHERE e.id BETWEEN ?1 AND ?2 AND e.time >= ?3 AND e.attrs IS NOT NULL
        AND e.source IN (SELECT id FROM sources WHERE service = ?4) AND o.prompt IS NOT NULL
      GROUP BY o.prompt
      """, isPersistent: false)
    var spending: [String: Int64] = [:]
    var low = try firstID(from: start)
    let newest = try newest()
    while low <= newest {
      sums.bind(1, low)
      sums.bind(2, low + Self.step - 1)
      sums.bind(3, start)
      sums.bind(4, text: Self.ownService)
      while try sums.step() {
        guard let judge = sums.text(0) else { continue }
        let dollars = sums.double(1)
        if dollars > 0 { spending[judge, default: 0] += Int64((dollars * 1e12).rounded()) }
      }
      sums.reset()
      low += Self.step
    }
    return spending
  }

  /// Names of scores that people have given: those that name no evaluator, or `human`, also with
  /// more behind a mark: `human-anna`.
  package func humanScores() throws(StoreError) -> Set<String> {
    let rows = try database.prepare(
      """
      SELECT DISTINCT score FROM operations
      WHERE ifnull(score, '') <> ''
        AND (ifnull(evaluator, '') IN ('', 'human') OR evaluator GLOB 'human[-:/_]*')
      """, isPersistent: false)
    var names: Set<String> = []
    while try rows.step() { if let name = rows.text(0) { names.insert(name) } }
    return names
  }
}
