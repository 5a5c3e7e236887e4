internal import Glibc

/// A freight platform's month: eleven uses of models by five services of four teams, written from
/// what such a company would see and without a look at the rules.
enum StudyHarbour: StudyTraffic {
  static let name = "harbour"

  static func month(seed: UInt64) -> StudyMonth {
    var dice = HarbourDice(seed)
    let rhythm = HarbourRhythm(&dice)
    let plan = HarbourPlan(rhythm, dice.split())
    var weather = HarbourFleet.lanes.indices.map { lane in
      HarbourWeather(HarbourFleet.lanes[lane], rates: rhythm.rates[lane], &dice)
    }
    hiccups(&weather, &dice)
    for entry in plan.entries { apply(entry, to: &weather, rhythm, &dice) }

    var month = StudyMonth(start: rhythm.start)
    month.incidents = plan.entries.compactMap { incident($0, rhythm) }
    var useful: [[Double]] = []
    for lane in HarbourFleet.lanes.indices {
      var run = HarbourLaneRun(
        HarbourFleet.lanes[lane], rates: rhythm.rates[lane], weather: weather[lane], dice.split())
      month.series += run.series()
      useful.append(run.useful)
    }
    var around = HarbourAround(useful: useful, weather: weather, entries: plan.entries)
    month.series += around.spans(dice.split())
    month.series += around.scores(dice.split())
    return month
  }

  /// A provider fails a few calls for a minute or two, as each does each week.
  private static func hiccups(_ weather: inout [HarbourWeather], _ dice: inout HarbourDice) {
    for provider in ["openai", "anthropic", "google", "cohere", "mistral"] {
      for _ in 0..<dice.poisson(3) {
        let begin = dice.whole(0...HarbourRhythm.steps - 10)
        let share = dice.between(0.01, 0.07)
        let failure = dice.pick([HarbourWeather.Failure.server, .timeout, .network])
        for step in begin..<begin + dice.whole(1...4) {
          for lane in HarbourFleet.lanes(provider: provider) {
            weather[lane].fail(failure, share, at: step)
          }
        }
      }
    }
  }

  private static func apply(
    _ entry: HarbourPlan.Entry, to weather: inout [HarbourWeather], _ rhythm: HarbourRhythm,
    _ dice: inout HarbourDice
  ) {
    let steps = entry.start...entry.last
    switch entry.event {
    case .storm(let lane, let share):
      for step in steps {
        // The limit is for a minute: late in each one more calls meet it.
        let swing = step % 2 == 0 ? 0.95 : 1.05
        weather[lane].fail(.rateLimit, share * swing + dice.between(-0.02, 0.02), at: step)
        weather[lane].latency[step] *= 1.15
      }
    case .outage(let provider, let failure, let share):
      for lane in HarbourFleet.lanes(provider: provider) {
        for step in steps {
          weather[lane].fail(failure, share * 0.93 + dice.between(-0.02, 0.02), at: step)
          weather[lane].fail(.network, share * 0.05, at: step)
          weather[lane].latency[step] *= 1.8
        }
      }
    case .drift(let lane, let isLatency):
      drift(entry, isLatency: isLatency, HarbourFleet.lanes[lane], &weather[lane])
    case .spike(let lane, let factor, let isCalls):
      let reading = inputFactor(HarbourFleet.lanes[lane], cost: factor)
      for step in steps {
        if isCalls {
          weather[lane].volume[step] *= factor
        } else {
          weather[lane].input[step] *= reading
          weather[lane].latency[step] *= 1.25
        }
      }
    case .loop(let place, let lane, let factor):
      // One call of the model for each turn of the loop.
      let span = HarbourFleet.spans[place]
      let lanes = HarbourFleet.lanes(service: span.service)
      for step in steps {
        let usual = lanes.reduce(0) { $0 + rhythm.rates[$1][step] } * span.perCall
        weather[lane].looping[step] += usual * (factor - 1)
      }
    case .deploy(let service, let change):
      deploy(change, entry.start, HarbourFleet.lanes(service: service), &weather)
    case .burst(let service, let factor):
      for step in steps {
        let rise = min(1, Double(step - entry.start + 1) / Double(entry.full - entry.start))
        let fall = exp(-3 * Double(step - entry.start) / Double(steps.count))
        for lane in HarbourFleet.lanes(service: service) {
          weather[lane].volume[step] *= 1 + (factor - 1) * rise * fall
        }
      }
    case .drop: break
    }
  }

  /// Twice the usual at the entry's full step, and still growing until it is mended.
  private static func drift(
    _ entry: HarbourPlan.Entry, isLatency: Bool, _ lane: HarbourLane,
    _ weather: inout HarbourWeather
  ) {
    for step in entry.start...entry.last {
      let way = Double(step - entry.start + 1) / Double(entry.full - entry.start + 1)
      let factor = 1 + min(way, 1.4)
      if isLatency {
        weather.latency[step] *= factor
      } else {
        weather.input[step] *= inputFactor(lane, cost: factor)
      }
    }
  }

  /// How much more must be read for a call to cost so much more.
  private static func inputFactor(_ lane: HarbourLane, cost factor: Double) -> Double {
    1 + (factor - 1) * lane.cost / lane.inputCost
  }

  private static func deploy(
    _ change: HarbourPlan.Deploy, _ start: Int, _ lanes: [Int], _ weather: inout [HarbourWeather]
  ) {
    for lane in lanes {
      switch change {
      case .latency(let factor):
        for step in start..<HarbourRhythm.steps { weather[lane].latency[step] *= factor }
      case .tokens(let factor):
        for step in start..<HarbourRhythm.steps { weather[lane].input[step] *= factor }
      case .errors(let share):
        for step in start...start + 1 { weather[lane].fail(.network, share, at: step) }
      case .prompt, .migration: break
      }
    }
  }

  private static func incident(
    _ entry: HarbourPlan.Entry, _ rhythm: HarbourRhythm
  ) -> StudyIncident? {
    let kind: StudyIncident.Kind
    let labels: [(name: String, value: String)]
    switch entry.event {
    case .storm(let lane, _): (kind, labels) = (.rateLimitStorm, HarbourFleet.lanes[lane].labels)
    case .drift(let lane, _): (kind, labels) = (.slowDrift, HarbourFleet.lanes[lane].labels)
    case .outage(let provider, _, _): (kind, labels) = (.providerOutage, [("provider", provider)])
    case .spike(let lane, _, _): (kind, labels) = (.costSpike, HarbourFleet.lanes[lane].labels)
    case .loop(let place, _, _):
      let span = HarbourFleet.spans[place]
      (kind, labels) = (.runawayLoop, [("service", span.service), ("name", span.name)])
    case .drop(let place, _, _):
      (kind, labels) = (.scoreDrop, [("name", HarbourFleet.evals[place].name)])
    case .deploy(let service, _): (kind, labels) = (.deploy, [("service", service)])
    case .burst: return nil
    }
    return StudyIncident(
      kind: kind, start: rhythm.time(entry.start), noticeable: rhythm.time(entry.full),
      end: rhythm.time(entry.last), labels: labels)
  }
}
