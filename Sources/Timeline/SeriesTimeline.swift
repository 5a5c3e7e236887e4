package import History
package import PromQL
package import Windows

/// All series there are, as one timeline: the counters of events from their totals, the last
/// seconds and the rollups of history; the metrics that were sent; what is known at present only.
package struct SeriesTimeline: Sendable {
  let reads: ReadPool
  let totals: SeriesBoard
  let present: @Sendable () -> [PresentFamily]
  let wall: @Sendable () -> Int64
  let memory = FamilyMemory()

  /// The timeline of one collector. `totals` are what `/metrics` shows, `present` gives the
  /// families that have no history, `wall` the time in ns since 1970.
  package init(
    reads: ReadPool, totals: SeriesBoard, present: @escaping @Sendable () -> [PresentFamily],
    wall: @escaping @Sendable () -> Int64
  ) {
    self.reads = reads
    self.totals = totals
    self.present = present
    self.wall = wall
  }

  /// Forgets what was found out about label sets, after some were given other texts.
  package func forgetLabels() { memory.forget() }

  /// The series in scope, for one query on one thread. Reading ends with a typed error at the
  /// deadline of `limits` (which its clock tells), when nobody waits any more, and beyond its
  /// samples.
  package func source(_ scope: TenantScope, limits: QueryLimits) -> TimelineSource {
    TimelineSource(timeline: self, scope: scope, limits: limits)
  }
}

/// A family of which only present values are known.
package struct PresentFamily: Sendable {
  /// One series of it: labels without the name, and the value now.
  package struct Sample: Sendable {
    /// What follows the family's name, the labels without the name, and the value now.
    package let suffix: String
    package let labels: [(name: String, value: String)]
    package let value: Double

    /// A sample of the family; `suffix` is what follows the family's name.
    package init(_ value: Double, labels: [(name: String, value: String)], suffix: String = "") {
      self.suffix = suffix
      self.labels = labels
      self.value = value
    }
  }

  /// The name before any suffix, the type as Prometheus says it, what it says in words.
  package let name: String
  package let type: String
  package let help: String
  package let samples: [Sample]

  /// A family of these samples; `type` as Prometheus says it.
  package init(_ name: String, type: String, help: String, _ samples: [Sample]) {
    self.name = name
    self.type = type
    self.help = help
    self.samples = samples
  }
}
