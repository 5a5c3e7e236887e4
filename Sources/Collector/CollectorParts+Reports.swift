internal import API
internal import Alerts
internal import Exposition
internal import History
internal import LinuxIO
internal import Outbound
internal import Redaction
internal import Serving
internal import Telemetry
internal import Windows

/// What the collector says of itself.
extension CollectorParts {
  /// What writes the page of metrics, family by family; of a tenant, its own families.
  func metrics(_ format: MetricFormat, tenant: String? = nil) -> [MetricPage.Section] {
    let totals = status.totals.snapshot
    if let tenant { return MetricPage.sections(of: tenant, totals, format) }
    return MetricPage.sections(totals, format)
      + (present(totals) + (alerts.map { [$0.alerts] } ?? [])).map { family in
        { $0.append(family) }
      }
  }

  /// The families that have no history: what windows show now, and what the collector says of
  /// itself.
  func present() -> [MetricFamily] { present(status.totals.snapshot) }

  private func present(_ totals: SeriesTotals) -> [MetricFamily] {
    let status = status
    return SelfMetrics.series(totals)
      + SelfMetrics(
        loops: loops, direct: direct, queries: queries, evaluations: evaluations,
        evaluators: evaluators,
        asked: service?.report ?? QueryService.Report(), memory: memory, access: keys.access,
        history: { status.books }
      ).families() + windows.metrics(now: Clock.wall).families()
      + (alerts?.families() ?? []) + posts.families() + evaluators.families + judges.families()
      + [redacted]
  }

  private var redacted: MetricFamily {
    MetricFamily(
      "barograph_redactions_total", .counter,
      "Secrets and personal data that were replaced before anything was kept.", by: "kind",
      redactions.all.map { ($0.kind, Double($0.count)) })
  }

  func sources() -> [(StreamBook.Name, StreamBook)] {
    status.streams.map { ($0.name, $0.book) }
  }

  func health() -> HealthReport {
    HealthReport([
      timed("store") { storeHealth() }, timed("disk") { diskHealth() },
      timed("queue") { queueHealth() }, timed("memory") { memoryHealth() },
      timed("rules") { ruleHealth() }, timed("receivers") { receiverHealth() },
      timed("judges", isVital: false) { judges.health() },
    ])
  }

  private func timed(
    _ name: String, isVital: Bool = true, _ check: () -> (HealthReport.Status, String)
  ) -> HealthReport.Component {
    let start = Clock.monotonic
    let (status, message) = check()
    return HealthReport.Component(
      name: name, status: status, message: message,
      milliseconds: Double(Clock.monotonic - start) / 1e6, isVital: isVital)
  }

  /// What the last commit came to, and whether the file can be read and written now.
  private func storeHealth() -> (HealthReport.Status, String) {
    if let trouble = status.books.trouble {
      return (.degraded, "the last commit was refused: \(trouble.text)")
    }
    guard reads.isReadable else { return (.degraded, "the store cannot be read") }
    // Says a disk that became read-only, and rights that changed, before the next commit does.
    guard FileSystem.isWritable(directory),
      FileSystem.isWritable("\(directory)/\(Store.fileName)")
    else { return (.degraded, "the store cannot be written") }
    let damaged = SetAside.names(beside: "\(directory)/\(Store.fileName)")
    // Intake goes on, so this is no reason to be called unready.
    return (
      .ok, damaged.isEmpty ? "" : "damaged and set aside: \(damaged.joined(separator: ", "))"
    )
  }

  private func diskHealth() -> (HealthReport.Status, String) {
    do throws(Errno) {
      let free = try FileSystem.freeSpace(at: directory)
      return free < Self.lowSpace
        ? (.degraded, "\(free >> 20) MiB are free for the data") : (.ok, "")
    } catch {
      return (.degraded, "the free space is not known: \(error.text)")
    }
  }

  private func queueHealth() -> (HealthReport.Status, String) {
    let isFull = journals.contains { $0.length >= $0.capacity }
    return isFull ? (.degraded, "an intake queue is full") : (.ok, "")
  }

  private func ruleHealth() -> (HealthReport.Status, String) {
    let failing = (alerts?.state.reports ?? []).flatMap { report in
      zip(report.evaluation.group.rules, report.evaluation.failures).compactMap {
        $1 == nil ? nil : $0.name
      }
    }
    // Intake and queries go on, so this is no reason to be called unready.
    return (.ok, failing.isEmpty ? "" : "failing: \(failing.prefix(5).joined(separator: ", "))")
  }

  private func receiverHealth() -> (HealthReport.Status, String) {
    let troubled = posts.reports.filter { $0.look.breaker != .closed }
    let words = troubled.map { "\($0.name): \($0.look.lastError)" }
    // Alerts wait in the outbox, so this is no reason to be called unready.
    return (.ok, words.prefix(5).joined(separator: "; "))
  }

  private func memoryHealth() -> (HealthReport.Status, String) {
    memory.inHand > memory.limit / 10 * 9
      ? (.degraded, "bodies in hand come near the memory limit") : (.ok, "")
  }
}
