/// What happens in a month of the market, and what it does to its flows.
enum StudyPlan {
  private static let kinds: [StudyIncident.Kind] = [
    .rateLimitStorm, .rateLimitStorm, .rateLimitStorm, .providerOutage, .providerOutage,
    .costSpike, .costSpike, .costSpike, .runawayLoop, .runawayLoop, .scoreDrop, .scoreDrop,
    .scoreDrop, .slowDrift, .deploy, .deploy, .deploy, .deploy,
  ]

  static func make(
    _ month: inout StudyMonth, _ random: inout StudyNumbers
  ) -> [StudyMarket.Change] {
    // One working hour of each day from the fourth on, shared out.
    var days = Array(3..<29)
    var changes: [StudyMarket.Change] = []
    for kind in kinds {
      var hour = 0.0
      var step = 0
      repeat {
        let day = days.remove(at: random.below(days.count))
        hour = random.between(8, 17)
        step = day * 2_880 + Int(hour * 120)
      } while StudyMarket.rhythm(step, month) < 0.4 && days.count > kinds.count / 2
      if StudyMarket.rhythm(step, month) < 0.2 { continue }
      changes += change(kind, step, &month, &random)
    }
    return changes
  }

  private static func change(
    _ kind: StudyIncident.Kind, _ step: Int, _ month: inout StudyMonth,
    _ random: inout StudyNumbers
  ) -> [StudyMarket.Change] {
    let length = 20 + random.below(220)
    var range = step..<min(step + length, month.count)
    var noticeable = step
    var changes: [StudyMarket.Change] = []
    var labels: [(name: String, value: String)] = []
    func flow(_ choices: [Int]) -> StudyMarket.Change {
      let place = choices[random.below(choices.count)]
      labels = Array(StudyMarket.flows[place].labels.prefix(3))
      return StudyMarket.Change(flow: place, range: range)
    }
    switch kind {
    case .rateLimitStorm:
      var change = flow([0, 1, 2, 3])
      change.limited = random.between(0.3, 0.8)
      changes = [change]
    case .providerOutage:
      let provider = ["openai", "anthropic"][random.below(2)]
      labels = [("provider", provider)]
      let share = random.between(0.6, 0.98)
      for place in StudyMarket.flows.indices where StudyMarket.flows[place].provider == provider {
        var change = StudyMarket.Change(flow: place, range: range)
        change.broken = share
        changes.append(change)
      }
    case .costSpike:
      var change = flow([0, 1, 2, 4, 5])
      let factor = random.between(4, 12)
      if random.below(2) == 0 {
        change.calls = factor
      } else {
        (change.cost, change.tokens) = (factor, factor * random.between(0.3, 1))
      }
      changes = [change]
    case .runawayLoop:
      var change = flow([4])
      labels = [("service", "agent")]
      change.calls = random.between(2, 5)
      change.tool = random.below(StudyMarket.tools.count)
      change.tools = random.between(8, 20)
      changes = [change]
    case .scoreDrop:
      let score = StudyMarket.scores[random.below(StudyMarket.scores.count)]
      var change = StudyMarket.Change(flow: score.flow, range: range)
      change.score = random.between(0.5, 0.75)
      labels = [("name", score.name)]
      changes = [change]
    case .slowDrift, .deploy:
      range = kind == .deploy ? step..<month.count : step..<min(step + 2_880 * 4, month.count)
      var change = flow(kind == .deploy ? [0, 1, 2, 4] : [0, 1, 2])
      change.range = range
      lasting(kind, &change, &random)
      // 1 + 1.5 x is 2 at two thirds of the ramp.
      noticeable = min(step + change.ramp * 2 / 3, range.upperBound - 1)
      changes = [change]
    }
    func time(_ step: Int) -> Int64 { month.start + Int64(step) * month.step }
    month.incidents.append(
      StudyIncident(
        kind: kind, start: time(range.lowerBound), noticeable: time(noticeable),
        end: time(range.upperBound - 1), labels: labels))
    return changes
  }

  /// What lasts for days: a drift, or the little that a deployment changes.
  private static func lasting(
    _ kind: StudyIncident.Kind, _ change: inout StudyMarket.Change, _ random: inout StudyNumbers
  ) {
    guard kind == .slowDrift else {
      change.latency = random.between(0.88, 1.14)
      change.tokens = random.between(0.88, 1.14)
      change.cost = change.tokens
      return
    }
    change.ramp = 2_880 * 2 + random.below(2_880)
    if random.below(2) == 0 {
      change.latency = 2.5
    } else {
      (change.tokens, change.cost) = (2.5, 2.5)
    }
  }
}
