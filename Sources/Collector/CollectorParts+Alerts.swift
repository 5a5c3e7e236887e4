internal import API
internal import Alerts
internal import Codec
internal import History
internal import Intake
internal import LinuxIO
internal import Outbound
internal import PromQL
internal import Serving
internal import Timeline

/// Alerts: what they read, and what they remember.
extension CollectorParts {
  /// ns that looking for calls behind an alert may take.
  private static let witnessTime: Int64 = 500_000_000

  /// What evaluates the rules and decides who is told, with what was remembered; messages that
  /// waited are on their way then.
  func alertKeeper(
    _ plan: AlertPlan, _ timeline: SeriesTimeline, _ log: Log
  ) throws(Errno) -> AlertKeeper {
    let (memory, outbox) = remembered(log)
    let engine = AlertEngine(
      plan.settings, remembering: AlertMemory(saved: memory), at: Clock.wall / 1_000_000)
    try posts.follow(plan.receivers, externalURL: plan.externalURL)
    posts.resume(outbox)
    var limits = QueryLimits()
    limits.samples = mostSamples
    return try AlertKeeper(
      engine, source: { timeline.source(.all, limits: $0) },
      witnesses: { [reads] in Self.witnesses($0, reads) }, direct: direct, desk: alertDesk,
      posts: posts, limits: limits, log: log)
  }

  /// Takes on other rules, routes and receivers; gives what is wrong, or nil.
  func follow(_ plan: AlertPlan) -> String? {
    do throws(Errno) {
      try posts.follow(plan.receivers, externalURL: plan.externalURL)
    } catch {
      return "cannot start the post to a receiver: \(error.text)"
    }
    alerts?.follow(plan.files, plan.settings)
    return nil
  }

  /// What the routes of alerts stand on.
  func alertServices(_ keeper: AlertKeeper) -> AlertServices {
    AlertServices(
      state: {
        let look = keeper.state
        return (look.reports, look.router)
      },
      acknowledge: { [self] id, person, comment in
        let names = pseudonyms()
        return keeper.acknowledge(id, by: names.cleaned(person), comment: names.cleaned(comment))
      },
      withdraw: { keeper.withdrawAcknowledgement($0) },
      silence: { keeper.add($0) }, cleaned: { [self] in pseudonyms().cleaned($0) },
      expire: { keeper.expire($0) },
      receivers: { [posts] in posts.reports.map(AlertServices.Receiver.init) },
      trial: { [posts] in posts.trial($0) },
      budgets: { keeper.budgets($0) },
      backtest: { keeper.backtest($0, from: $1, to: $2, until: $3) },
      text: { [posts] in posts.text(of: $0) }, reads: reads)
  }

  private func remembered(
    _ log: Log
  ) -> (memory: [(key: String, bytes: [UInt8])], outbox: [(document: [UInt8], attempts: Int)]) {
    reads.read(.all) { reader in
      do throws(StoreError) {
        return (try reader.alertMemory(), try reader.outbox())
      } catch {
        log.write(.error, "cannot read what alerts remembered, which begin anew: \(error)")
        return ([], [])
      }
    } orElse: { error in
      log.write(.error, "cannot read what alerts remembered, which begin anew: \(error)")
      return ([], [])
    }
  }

  private static func witnesses(_ question: CauseQuestion, _ reads: ReadPool) -> [String] {
    var fields = question.labels.map { (name: $0.name, value: $0.value) }
    fields.append((name: "from", value: "\(question.from)"))
    fields.append((name: "to", value: "\(question.to + 1)"))
    if question.failedOnly { fields.append((name: "status", value: "error")) }
    let filter: EventFilter
    do throws(EventFilter.Fault) {
      filter = try EventFilter(fields)
    } catch {
      // A label of another kind than those of events: no call can be named.
      return []
    }
    return reads.read(.all) { reader in
      do throws(StoreError) {
        let found = try reader.traceIDs(
          filter, limit: CauseQuestion.limit, deadline: Clock.coarseMonotonic + witnessTime)
        return found.map { String(decoding: Hex.encode($0), as: UTF8.self) }
      } catch {
        return []
      }
    } orElse: { _ in
      []
    }
  }
}

extension AlertServices.Receiver {
  fileprivate init(
    _ report: (
      name: String, book: ReceiverPost.Book, look: DeliveryQueue.Look, kind: String
    )
  ) {
    let breaker =
      switch report.look.breaker {
      case .closed: "closed"
      case .open: "open"
      case .halfOpen: "half_open"
      }
    self.init(
      name: report.name, kind: report.kind, queued: report.look.queued, sent: report.book.sent,
      failed: report.book.failed, dropped: report.book.dropped, breaker: breaker,
      lastError: report.look.lastError)
  }
}
