internal import Exposition
internal import Quality
internal import Synchronization

/// What became of the calls that evaluators could have looked at, by evaluator.
final class EvaluationBook: Sendable {
  /// What became of one call at one evaluator.
  enum Outcome: Int, CaseIterable, Sendable {
    case scored
    /// `when` or the sample left it out.
    case skipped
    /// It lacked what the evaluator looks at.
    case missing
    /// There was no room for it.
    case dropped
    /// Its score could not be stored.
    case lost
  }

  /// What became of calls at one evaluator.
  struct Page: Sendable {
    fileprivate var counts = [Int64](repeating: 0, count: Outcome.allCases.count)
    fileprivate var nanoseconds: Int64 = 0

    /// Counts calls, which took so many ns.
    mutating func count(_ outcome: Outcome, _ count: Int64 = 1, nanoseconds: Int64 = 0) {
      counts[outcome.rawValue] += count
      self.nanoseconds += nanoseconds
    }
  }

  private let pages = Mutex<[String: Page]>([:])

  /// Begins a page for each evaluator, so that its series are there from the start.
  func open(_ plan: QualityPlan) {
    pages.withLock { pages in
      for evaluator in plan.evaluators where pages[evaluator.name] == nil {
        pages[evaluator.name] = Page()
      }
    }
  }

  /// Adds what became of calls at the evaluators of a plan.
  func add(_ pages: [Page], of plan: QualityPlan) {
    self.pages.withLock { known in
      for (evaluator, page) in zip(plan.evaluators, pages) {
        var sum = known[evaluator.name, default: Page()]
        for (index, count) in page.counts.enumerated() { sum.counts[index] += count }
        sum.nanoseconds += page.nanoseconds
        known[evaluator.name] = sum
      }
    }
  }

  /// Counts one call at each of the evaluators among `members`.
  func count(_ outcome: Outcome, _ members: UInt64, _ plan: QualityPlan) {
    var pages = plan.pages
    for index in pages.indices where members >> UInt64(index) & 1 == 1 {
      pages[index].count(outcome)
    }
    add(pages, of: plan)
  }

  /// Counts calls that were left out, as many of each of the audience as `counts` says.
  func skip(_ counts: [Int64], _ plan: QualityPlan) {
    guard counts.contains(where: { $0 > 0 }) else { return }
    var pages = plan.pages
    for index in pages.indices { pages[index].count(.skipped, counts[index]) }
    add(pages, of: plan)
  }

  /// What is shown of it.
  func families() -> [MetricFamily] {
    let pages = pages.withLock { $0 }.sorted { $0.key < $1.key }
    return [
      MetricFamily(
        "barograph_evaluations_total", .counter,
        "Finished calls by evaluator and by what became of them there.",
        pages.flatMap { name, page in
          Outcome.allCases.map { outcome in
            MetricFamily.Sample(
              Double(page.counts[outcome.rawValue]),
              labels: [("evaluator", name), ("outcome", "\(outcome)")])
          }
        }),
      MetricFamily(
        "barograph_evaluation_seconds_total", .counter, "Time that evaluators took.",
        by: "evaluator", pages.map { ($0.key, Double($0.value.nanoseconds) / 1e9) }),
    ]
  }
}

extension QualityPlan {
  /// An empty page for each evaluator.
  var pages: [EvaluationBook.Page] {
    Array(repeating: EvaluationBook.Page(), count: evaluators.count)
  }
}
