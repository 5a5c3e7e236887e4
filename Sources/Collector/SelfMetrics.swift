internal import API
internal import Exposition
internal import History
internal import LinuxIO
internal import Serving
internal import Telemetry
internal import Windows

/// The collector's figures about itself, as metric families. Every series is there from the start.
struct SelfMetrics: Sendable {
  let loops: [EventLoop]
  let direct: DirectIntake
  let queries: QueryPool
  let evaluations: QueryPool
  let evaluators: EvaluatorDesk
  let asked: QueryService.Report
  let memory: MemoryGauge
  let access: AccessDesk
  let history: @Sendable () -> HistoryBooks

  func families() -> [MetricFamily] {
    events() + doors() + queues() + asked.families + store(history()) + http() + process()
  }

  /// How many label sets the counters of `/metrics` tell apart, and what joined `other` for want of
  /// room, by the groups of counters that share their labels.
  static func series(_ totals: SeriesTotals) -> [MetricFamily] {
    [
      MetricFamily(
        "barograph_series", .gauge, "Label sets that the counters of events tell apart.",
        by: "group", SeriesGroup.allCases.map { ("\($0)", Double(totals[$0].count)) }),
      MetricFamily(
        "barograph_series_joined_total", .counter,
        "Events counted under labels of other because the limit of label sets was reached.",
        by: "group", SeriesGroup.allCases.map { ("\($0)", Double(totals.joined($0))) }),
    ]
  }

  private func events() -> [MetricFamily] {
    let doors: [(Door, IntakeCounts)] = Door.allCases.map { ($0, counts($0)) }
    func family(
      _ name: String, _ help: String, _ value: (IntakeCounts) -> Int64
    ) -> MetricFamily {
      MetricFamily(
        "barograph_events_\(name)_total", .counter, help, by: "intake",
        doors.map { ($0.0.text, Double(value($0.1))) })
    }
    func family<Member: Word>(
      _ name: String, _ help: String, _ label: String, _ words: Member.Type,
      _ values: (IntakeCounts) -> [Int64]
    ) -> MetricFamily {
      MetricFamily(
        "barograph_events_\(name)_total", .counter, help,
        doors.flatMap { door, counts in
          zip(Member.allCases, values(counts)).map { word, count in
            MetricFamily.Sample(
              Double(count), labels: [("intake", door.text), (label, word.text)])
          }
        })
    }
    return [
      family("received", "Records read, whatever became of them.") { $0.received },
      family("stored", "Records stored as new events.") { $0.stored },
      family("duplicate", "Records that were known already.") { $0.duplicate },
      family("amended", "Records that completed a stored event.") { $0.amended },
      family("rejected", "Records refused for what they are.", "code", RejectCode.self) {
        $0.rejected
      },
      family("shed", "Records not taken for want of room.", "reason", ShedReason.self) {
        $0.shed
      },
      family("queued", "Records that wait for the writer.") { $0.queued }.asGauge,
      family("unidentified", "Records stored without an identity.") { $0.unidentified },
      MetricFamily(
        "barograph_event_warnings_total", .counter, "Doubts about stored events.", by: "code",
        Warning.allCases.map { warning in
          let total = doors.reduce(Int64(0)) { $0 + $1.1.warnings[Int(warning.rawValue)] }
          return (warning.text, Double(total))
        }),
      MetricFamily(
        "barograph_freshness_seconds", "From receipt to committed, by record.",
        [([], doors.reduce(into: DurationHistogram()) { $0.add($1.1.freshness) })]),
      MetricFamily(
        "barograph_event_lateness_seconds", "From the sender's time to receipt, by event.",
        [([], doors.reduce(into: DurationHistogram()) { $0.add($1.1.lateness) })]),
    ]
  }

  private func counts(_ door: Door) -> IntakeCounts {
    var sum = direct.books.counts(door)
    for loop in loops { sum.add(loop.books.counts(door)) }
    return sum
  }

  private func doors() -> [MetricFamily] {
    func sum(_ value: (DatagramBook) -> Int64) -> Double {
      Double(loops.reduce(0) { $0 + value($1.datagrams) })
    }
    return [
      MetricFamily(
        "barograph_udp_datagrams_total", .counter, "Datagrams taken from the kernel.",
        value: sum { $0.datagrams }),
      MetricFamily(
        "barograph_udp_kernel_drops_total", .counter,
        "Datagrams the kernel dropped because its buffer was full.",
        value: sum { $0.kernelDrops }),
      MetricFamily(
        "barograph_udp_refused_total", .counter,
        "Datagrams whose sender may not send, or sent too much.",
        value: sum { $0.refusals }),
      MetricFamily(
        "barograph_access_refused_total", .counter, "Requests and senders refused, by reason.",
        by: "reason", access.book.refusals.map { ($0.reason.rawValue, Double($0.count)) }),
      MetricFamily(
        "barograph_rate_buckets", .gauge, "Clients whose rates are watched.",
        value: Double(access.table.buckets)),
      MetricFamily(
        "barograph_rate_overflows_total", .counter,
        "Looks at a rate that clients share because too many are watched.",
        value: Double(access.table.overflows)),
      MetricFamily(
        "barograph_udp_truncated_total", .counter, "Datagrams cut by the kernel.",
        value: sum { $0.cut }),
    ]
  }

  private func queues() -> [MetricFamily] {
    let journals = loops.enumerated().map { ("intake_\($0.offset)", $0.element.journal) }
    return [
      MetricFamily(
        "barograph_queue_length", .gauge, "What waits in a bounded queue.", by: "queue",
        journals.map { ($0.0, Double($0.1.length)) }
          + [
            ("queries", Double(queries.length)), ("evaluations", Double(evaluations.length)),
          ]),
      MetricFamily(
        "barograph_queue_capacity", .gauge, "What a bounded queue can hold.", by: "queue",
        journals.map { ($0.0, Double($0.1.capacity)) }
          + [
            ("queries", Double(queries.capacity)),
            ("evaluations", Double(evaluations.capacity)),
          ]),
      MetricFamily(
        "barograph_evaluator_queue_bytes", .gauge, "Finished calls that wait for evaluators.",
        value: Double(evaluators.length)),
      MetricFamily(
        "barograph_evaluator_queue_capacity_bytes", .gauge,
        "Finished calls that may wait for evaluators.", value: Double(evaluators.capacity)),
      MetricFamily(
        "barograph_memory_in_hand_bytes", .gauge, "Bodies and batches in hand.",
        value: Double(memory.inHand)),
      MetricFamily(
        "barograph_limit_hits_total", .counter, "How often a limit was hit.", by: "limit",
        [
          ("memory_limit", Double(memory.refusals)), ("queries", Double(queries.refusals)),
          ("evaluations", Double(evaluations.refusals)),
          ("series", Double(history().droppedSamples)),
        ] + limitHits()),
    ]
  }

  /// What the limits of requests, records and queries kept out or cut. A text, a payload and a
  /// record's attributes that were too much are cut and marked, and counted together.
  private func limitHits() -> [(String, Double)] {
    let doors: [IntakeCounts] = [Door.http, .udp, .otlp].map { counts($0) }
    func refused(_ code: RejectCode) -> Double {
      Double(doors.reduce(0) { $0 + $1.rejected[Int(code.rawValue)] })
    }
    let cut = doors.reduce(0) { $0 + $1.warnings[Int(Warning.truncated.rawValue)] }
    return LimitBook.Limit.allCases.map { limit in
      (limit.rawValue, Double(loops.reduce(0) { $0 + $1.limits.hits(of: limit) }))
    } + [
      ("line", refused(.tooLarge)), ("depth", refused(.tooDeep)), ("string", Double(cut)),
    ]
      + ["query_time", "query_points", "query_samples"].map {
        ($0, Double(asked.limits[$0] ?? 0))
      }
  }

  private func store(_ books: HistoryBooks) -> [MetricFamily] {
    [
      MetricFamily(
        "barograph_commits_total", .counter, "Transactions committed.",
        value: Double(books.commits)),
      MetricFamily(
        "barograph_rollbacks_total", .counter, "Transactions the store refused.",
        value: Double(books.rollbacks)),
      MetricFamily(
        "barograph_commit_seconds", .histogram, "How long transactions took.",
        MetricFamily.samples(
          [], bounds: CommitTimes.bounds, counts: books.commitSeconds.counts,
          sum: books.commitSeconds.sum)),
      MetricFamily(
        "barograph_store_bytes", .gauge, "Size of the database file.",
        value: Double(books.storeBytes)),
      MetricFamily(
        "barograph_wal_bytes", .gauge, "Size of the write-ahead log.",
        value: Double(books.walBytes)),
      MetricFamily(
        "barograph_events_expired_total", .counter,
        "Events removed by age or by the bound on size.",
        value: Double(books.expired)),
      MetricFamily(
        "barograph_rollup_folds_total", .counter, "Hours whose rollups became minutes.",
        value: Double(books.foldedHours)),
      MetricFamily(
        "barograph_upkeep_failures_total", .counter, "Turns of removal or folding that failed.",
        value: Double(books.upkeepFailures)),
      MetricFamily(
        "barograph_metric_series", .gauge, "Series of sent metrics at hand.",
        value: Double(books.series)),
      MetricFamily(
        "barograph_samples_total", .counter, "Samples of sent metrics, by what became of them.",
        by: "outcome",
        [
          ("stored", Double(books.samples)), ("late", Double(books.lateSamples)),
          ("dropped", Double(books.droppedSamples)),
          ("duplicate", Double(books.repeatedSamples)),
        ]),
      MetricFamily(
        "barograph_dedup_entries", .gauge, "Identities remembered.",
        value: Double(books.dedupEntries)),
      MetricFamily(
        "barograph_dedup_window_seconds", .gauge, "How far back identities are remembered.",
        value: books.dedupWindowSeconds),
    ]
  }

  private func http() -> [MetricFamily] {
    var counts: [HTTPBook.Key: Int64] = [:]
    var durations: [String: DurationHistogram] = [:]
    for loop in loops {
      counts.merge(loop.http.counts) { $0 + $1 }
      durations.merge(loop.http.durations) { left, right in
        var sum = left
        sum.add(right)
        return sum
      }
    }
    return [
      MetricFamily(
        "barograph_http_requests_total", .counter, "Requests answered.",
        counts.sorted { "\($0.key)" < "\($1.key)" }.map { key, count in
          MetricFamily.Sample(
            Double(count),
            labels: [
              ("route", key.route), ("method", key.method), ("code", String(key.status)),
            ])
        }),
      MetricFamily(
        "barograph_http_request_duration_seconds", "From a request's head to its answer.",
        durations.sorted { $0.key < $1.key }.map { ([("route", $0.key)], $0.value) }),
      MetricFamily(
        "barograph_build_info", .gauge, "The version, as a label.", by: "version",
        [(Version.text, 1)]),
    ]
  }

  private func process() -> [MetricFamily] {
    let facts = ProcessFacts.current()
    let values: [(String, MetricFamily.Kind, String, Double?)] = [
      ("process_cpu_seconds_total", .counter, "Processor time used.", facts.cpuSeconds),
      (
        "process_resident_memory_bytes", .gauge, "Resident memory.",
        facts.residentBytes.map(Double.init)
      ),
      (
        "process_virtual_memory_bytes", .gauge, "Virtual memory.",
        facts.virtualBytes.map(Double.init)
      ),
      ("process_open_fds", .gauge, "Open descriptors.", facts.openDescriptors.map(Double.init)),
      (
        "process_max_fds", .gauge, "Descriptors that may be open.",
        facts.maximumDescriptors.map(Double.init)
      ),
      (
        "process_start_time_seconds", .gauge, "When the process started, since 1970.",
        facts.startSeconds
      ),
    ]
    return values.compactMap { name, kind, help, value in
      value.map { MetricFamily(name, kind, help, value: $0) }
    }
  }
}

extension MetricFamily {
  /// The same figures as a gauge, under a name without `_total`.
  fileprivate var asGauge: MetricFamily {
    MetricFamily(
      name.hasSuffix("_total") ? String(name.dropLast(6)) : name, .gauge, help, samples)
  }
}
