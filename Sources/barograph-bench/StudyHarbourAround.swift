/// What happens around the calls of models: tools, agents and the scores of answers.
struct HarbourAround {
  /// Answered calls by lane and step, loops left out.
  var useful: [[Double]]
  var weather: [HarbourWeather]
  var entries: [HarbourPlan.Entry]

  mutating func spans(_ dice: HarbourDice) -> [StudySeries] {
    var dice = dice
    var all: [StudySeries] = []
    for (place, span) in HarbourFleet.spans.enumerated() {
      let lanes = HarbourFleet.lanes(service: span.service)
      let loops = entries.compactMap { entry -> (HarbourPlan.Entry, Int)? in
        guard case .loop(place, let lane, _) = entry.event else { return nil }
        return (entry, lane)
      }
      let wander = dice.wander(HarbourRhythm.steps, sigma: 0.07, memory: 200)
      var (ok, error) = (HarbourCounter(), HarbourCounter())
      for step in 0..<HarbourRhythm.steps {
        let calls = lanes.reduce(0) { $0 + useful[$1][step] }
        var mean = calls * span.perCall * wander[step]
        for (entry, lane) in loops where entry.start...entry.last ~= step {
          mean += weather[lane].looping[step] / 2
        }
        let count = dice.poisson(mean)
        // An agent whose model does not answer has failed.
        let failing = lanes.map { broken($0, step) }.max() ?? 0
        let share = span.errors + (span.kind == "agent" ? failing : 0)
        let failed = dice.binomial(count, min(1, share))
        ok.add(count - failed)
        error.add(failed)
      }
      let labels = [("service", span.service), ("kind", span.kind), ("name", span.name)]
      all += ok.series("spans_total", labels + [("status", "ok")])
      all += error.series("spans_total", labels + [("status", "error")])
    }
    return all
  }

  mutating func scores(_ dice: HarbourDice) -> [StudySeries] {
    var dice = dice
    var all: [StudySeries] = []
    for place in HarbourFleet.evals.indices {
      let (quality, versions) = course(place, &dice)
      for lane in HarbourFleet.evals[place].lanes {
        all += scores(HarbourFleet.evals[place], lane, quality, versions, &dice)
      }
    }
    return all
  }

  /// The share of calls of a lane that fail beyond the usual.
  private func broken(_ lane: Int, _ step: Int) -> Double {
    weather[lane].failing[..<3].reduce(0) { $0 + max(0, $1[step] - 0.03) } / 2
  }

  /// The share of good answers and the prompt's version, at each step.
  private func course(
    _ place: Int, _ dice: inout HarbourDice
  ) -> (quality: [Double], versions: [Int]) {
    let eval = HarbourFleet.evals[place]
    let service = HarbourFleet.lanes[eval.lanes[0]].service
    let wander = dice.wander(HarbourRhythm.steps, sigma: 0.02, memory: 400)
    var quality = wander.map { min(0.985, eval.quality * $0) }
    var versions = Array(repeating: 0, count: HarbourRhythm.steps)
    var newest = 0
    for entry in entries {
      switch entry.event {
      case .deploy(service, .prompt):
        newest += 1
        let better = dice.between(-0.015, 0.02)
        for step in entry.start..<HarbourRhythm.steps {
          versions[step] = newest
          quality[step] = min(0.985, quality[step] + better)
        }
      case .drop(place, let part, let isRelease):
        if isRelease { newest += 1 }
        for step in entry.start...entry.last {
          quality[step] = eval.quality(at: part) * wander[step]
          if isRelease { versions[step] = newest }
        }
      default: break
      }
    }
    return (quality, versions)
  }

  private func scores(
    _ eval: HarbourEval, _ lane: Int, _ quality: [Double], _ versions: [Int],
    _ dice: inout HarbourDice
  ) -> [StudySeries] {
    let newest = versions.max() ?? 0
    var sums = (0...newest).map { _ in HarbourCounter() }
    var counts = (0...newest).map { _ in HarbourCounter() }
    for step in 0..<HarbourRhythm.steps {
      let count = dice.poisson(useful[lane][step] * eval.share)
      var sum = 0.0
      for _ in 0..<count {
        let range = dice.chance(quality[step]) ? eval.good : eval.bad
        if eval.isWhole {
          sum += Double(dice.whole(Int(range.lowerBound)...Int(range.upperBound)))
        } else {
          sum += dice.between(range.lowerBound, range.upperBound)
        }
      }
      for version in 0...newest {
        let isShown = version == versions[step]
        sums[version].add(isShown ? sum : 0)
        counts[version].add(isShown ? count : 0)
      }
    }
    return (0...newest).flatMap { version in
      let labels = [
        ("name", eval.name), ("evaluator", eval.evaluator),
        ("model", HarbourFleet.lanes[lane].model), ("prompt", eval.prompt),
        ("prompt_version", "v\(version + 12)"),
      ]
      return sums[version].series("eval_score_sum", labels)
        + counts[version].series("eval_score_count", labels)
    }
  }
}
