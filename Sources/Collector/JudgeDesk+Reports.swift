internal import API
internal import Exposition
internal import Judging
internal import Quality

/// What is shown of judges.
extension JudgeDesk {
  private typealias Sample = MetricFamily.Sample

  /// Families for `/metrics`; none without judges.
  func families() -> [MetricFamily] {
    guard let report else { return [] }
    return questions(report.judges) + tries(report.endpoints) + queues()
  }

  private func questions(_ judges: [JudgeReport.Judge]) -> [MetricFamily] {
    func gauge(
      _ name: String, _ help: String, _ value: (JudgeReport.Judge) -> Int64?
    ) -> MetricFamily {
      MetricFamily(
        name, .gauge, help, by: "judge",
        judges.compactMap { judge in value(judge).map { (judge.name, Double($0) / 1e12) } })
    }
    return [
      MetricFamily(
        "barograph_judge_questions_total", .counter,
        "Questions to judges, by what came of them.",
        judges.flatMap { judge in
          (["ok"] + judge.outcomes.keys.filter { $0 != "ok" }.sorted()).map { word in
            Sample(
              Double(judge.outcomes[word] ?? 0),
              labels: [("judge", judge.name), ("outcome", word)])
          }
        }),
      MetricFamily(
        "barograph_judge_cache_total", .counter,
        "Questions to judges by whether the answer was known, asked for, or came with an equal "
          + "question's.",
        judges.flatMap { judge in
          [
            ("hit", judge.cache.hits), ("miss", judge.cache.misses),
            ("shared", judge.cache.shared),
          ].map { word, count in
            Sample(Double(count), labels: [("judge", judge.name), ("result", word)])
          }
        }),
      MetricFamily(
        "barograph_judge_cache_entries", .gauge, "Answers of judges that are kept.",
        by: "judge", judges.map { ($0.name, Double($0.cachedAnswers)) }),
      gauge("barograph_judge_spent_usd", "What a judge's calls have cost today.") { $0.spent },
      gauge(
        "barograph_judge_reserved_usd", "What a judge's calls under way may cost at most."
      ) { $0.reserved },
      gauge("barograph_judge_budget_usd", "What a judge's calls may cost in a day.") {
        $0.budget
      },
      MetricFamily(
        "barograph_judge_requests_in_flight", .gauge, "Requests of a judge that are under way.",
        by: "judge", judges.map { ($0.name, Double($0.underWay)) }),
    ]
  }

  private func tries(_ endpoints: [JudgeReport.Endpoint]) -> [MetricFamily] {
    func labels(_ endpoint: JudgeReport.Endpoint) -> [(name: String, value: String)] {
      [("model", endpoint.endpoint.model), ("endpoint", endpoint.place)]
    }
    func family(
      _ name: String, _ kind: MetricFamily.Kind, _ help: String,
      _ value: (JudgeReport.Endpoint) -> Double
    ) -> MetricFamily {
      MetricFamily(
        name, kind, help, endpoints.map { Sample(value($0), labels: labels($0)) })
    }
    return [
      MetricFamily(
        "barograph_judge_tries_total", .counter,
        "Requests to judges' models, by what came of them.",
        endpoints.flatMap { endpoint in
          (["ok"] + endpoint.tries.keys.filter { $0 != "ok" }.sorted()).map { word in
            Sample(
              Double(endpoint.tries[word] ?? 0),
              labels: labels(endpoint) + [("outcome", word)])
          }
        }),
      family(
        "barograph_judge_gate_wait_seconds_total", .counter,
        "Time that requests waited to keep within the bounds of a minute."
      ) { Double($0.gateWait) / 1e9 },
      family(
        "barograph_judge_gate_delayed_total", .counter, "Requests that waited for that."
      ) { Double($0.delayed) },
      family(
        "barograph_judge_gate_queue_length", .gauge, "Requests that wait for that now."
      ) { Double($0.waiting) },
      MetricFamily(
        "barograph_judge_breaker_state", .gauge, "How the breaker of a judge's model stands.",
        endpoints.flatMap { endpoint in
          [CircuitBreaker.State.closed, .open, .halfOpen].map { state in
            Sample(
              endpoint.breaker == state ? 1 : 0,
              labels: labels(endpoint) + [("state", state.rawValue)])
          }
        }),
      family(
        "barograph_judge_breaker_openings_total", .counter, "Times that the breaker opened."
      ) { Double($0.openings) },
    ]
  }

  private func queues() -> [MetricFamily] {
    let desk = desk
    return [
      MetricFamily(
        "barograph_judge_queue_length", .gauge, "Calls that wait for a judge.", by: "judge",
        desk.queues.map { ($0.name, Double($0.length)) }),
      MetricFamily(
        "barograph_judge_queue_capacity", .gauge, "Calls that may wait for a judge.",
        by: "judge", desk.queues.map { ($0.name, Double(JudgeQueue.capacity)) }),
      MetricFamily(
        "barograph_judge_dropped_total", .counter,
        "Calls that a judge was to look at and did not, by reason.",
        desk.queues.flatMap { queue in
          JudgeQueue.Loss.allCases.map { loss in
            Sample(
              Double(queue.losses[loss] ?? 0),
              labels: [("judge", queue.name), ("reason", loss.rawValue)])
          }
        }),
      MetricFamily(
        "barograph_judge_lines_lost_total", .counter,
        "Scores and calls of judges that could not be stored.", value: Double(desk.lost)),
      MetricFamily(
        "barograph_judge_calibrated", .gauge,
        "Whether people have given scores of the judge's name, so that it can be compared.",
        by: "judge", desk.queues.map { ($0.name, desk.calibrated.contains($0.name) ? 1 : 0) }),
    ]
  }

  /// Whether all judges can be asked. None of it keeps events from being taken in and asked for.
  func health() -> (HealthReport.Status, String) {
    guard let report else { return (.ok, "") }
    var words: [String] = []
    for endpoint in report.endpoints {
      if let lack = endpoint.lack {
        words.append("\(endpoint.endpoint.model): \(lack)")
      } else if endpoint.breaker != .closed {
        words.append("\(endpoint.endpoint.model): it is in trouble, its breaker is open")
      }
    }
    for judge in report.judges {
      if let budget = judge.budget, judge.spent >= budget {
        words.append("\(judge.name): the day's budget is spent")
      }
      for model in judge.unpriced {
        words.append("\(judge.name): there is a budget, and \(model) has no price")
      }
    }
    return (words.isEmpty ? .ok : .degraded, words.prefix(5).joined(separator: "; "))
  }
}
