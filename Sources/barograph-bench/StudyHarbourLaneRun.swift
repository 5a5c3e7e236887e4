/// A counter as it stands after each step; it is not there before it first counts.
struct HarbourCounter {
  private(set) var values: [Double] = []
  private var total = 0.0

  init() { values.reserveCapacity(HarbourRhythm.steps) }

  /// Ends a step in which `amount` more were counted.
  mutating func add(_ amount: Double) {
    total += amount
    values.append(total > 0 ? total : .nan)
  }

  mutating func add(_ amount: Int) { add(Double(amount)) }

  /// The series, unless it never counted anything.
  func series(_ name: String, _ labels: [(name: String, value: String)]) -> [StudySeries] {
    total > 0 ? [StudySeries(name: name, labels: labels, values: values)] : []
  }
}

/// Makes one lane's calls, one by one, and counts them when they finish.
struct HarbourLaneRun {
  private typealias Failure = HarbourWeather.Failure

  /// What the calls that finished in a step add up to.
  private struct Step {
    var calls = 0
    var failed = Array(repeating: 0, count: Failure.allCases.count)
    var (input, cached, output) = (0.0, 0.0, 0.0)
    var (seconds, untilFirst) = (0.0, 0.0)
    var answered = 0
  }

  private let lane: HarbourLane
  private let rates: [Double]
  private let weather: HarbourWeather
  private var dice: HarbourDice
  private let inputs: [Double]
  private let outputs: [Double]
  private let waits: [Double]
  private let caching: [Double]

  /// Answered calls at each step that a person or a job had asked for, not a loop.
  private(set) var useful: [Double] = []

  /// Calls that wait for another try: those of the step before, and of the one before that.
  private var soon = 0
  private var later = 0
  /// Calls that hang and will be given up in the next step.
  private var hanging = 0

  private var ok = HarbourCounter()
  private var error = HarbourCounter()
  private var failures: [HarbourCounter]
  private var input = HarbourCounter()
  private var cached = HarbourCounter()
  private var output = HarbourCounter()
  private var cost = HarbourCounter()
  private var seconds = HarbourCounter()
  private var timed = HarbourCounter()
  private var untilFirst = HarbourCounter()
  private var first = HarbourCounter()
  private var retries = HarbourCounter()
  private var withoutUsage = HarbourCounter()

  init(_ lane: HarbourLane, rates: [Double], weather: HarbourWeather, _ dice: HarbourDice) {
    self.lane = lane
    self.rates = rates
    self.weather = weather
    self.dice = dice
    inputs = self.dice.sizes(sigma: lane.tail)
    outputs = self.dice.sizes(sigma: lane.tail * 0.9)
    waits = self.dice.sizes(sigma: 0.65)
    caching = self.dice.wander(HarbourRhythm.steps, sigma: 0.05, memory: 300)
    failures = Failure.allCases.map { _ in HarbourCounter() }
    useful.reserveCapacity(HarbourRhythm.steps)
  }

  /// Runs the month; to be called once.
  mutating func series() -> [StudySeries] {
    for step in 0..<HarbourRhythm.steps { run(step) }
    let model = lane.labels
    let labels = model + [("operation", lane.operation)]
    var series = ok.series("llm_requests_total", labels + [("status", "ok")])
    series += error.series("llm_requests_total", labels + [("status", "error")])
    for failure in Failure.allCases {
      series += failures[failure.rawValue].series(
        "llm_errors_total", labels + [("error_type", failure.name)])
    }
    series += input.series("llm_tokens_total", labels + [("type", "input")])
    series += cached.series("llm_tokens_total", labels + [("type", "cache_read")])
    series += output.series("llm_tokens_total", labels + [("type", "output")])
    series += cost.series("llm_cost_usd_total", labels)
    series += withoutUsage.series("llm_calls_without_usage_total", labels)
    series += seconds.series("llm_request_duration_seconds_sum", labels)
    series += timed.series("llm_request_duration_seconds_count", labels)
    series += untilFirst.series("llm_time_to_first_token_seconds_sum", labels)
    series += first.series("llm_time_to_first_token_seconds_count", labels)
    series += retries.series("llm_retries_total", model)
    return series
  }

  private mutating func run(_ step: Int) {
    let asked = rates[step] * weather.volume[step] / 2
    let looping = weather.looping[step] / 2
    let new = dice.poisson(asked + looping)
    let again = soon
    (soon, later) = (later, 0)
    var sums = Step()
    giveUp(&sums)
    call(new + again, step, &sums)
    retry(sums)
    let answered = Double(sums.answered)
    useful.append(asked > 0 ? answered * asked / (asked + looping) : 0)
    record(sums, again)
  }

  /// Clients hang up after 30 seconds, so that a call that hangs is counted a step later.
  private mutating func giveUp(_ sums: inout Step) {
    sums.failed[Failure.timeout.rawValue] = hanging
    sums.calls = hanging
    sums.seconds = 30 * Double(hanging)
    hanging = 0
  }

  private mutating func call(_ count: Int, _ step: Int, _ sums: inout Step) {
    let shares = weather.failing.map { $0[step] }
    let failing = min(0.995, shares.reduce(0, +))
    let (slow, reading) = (weather.latency[step], weather.input[step])
    let wait = lane.firstToken * slow
    let pace = lane.perToken * slow
    var (input, output, seconds, untilFirst) = (0.0, 0.0, 0.0, 0.0)
    for _ in 0..<count {
      let bits = dice.bits()
      let luck = Double(bits >> 40) * 0x1p-24
      if luck < failing {
        fail(shares, luck, Double(bits & 0xFFFF) * 0x1p-16, &sums)
        continue
      }
      let said = (lane.output * outputs[Int(bits & 8_191)]).rounded(.up)
      let begun = wait * waits[Int((bits >> 13) & 8_191)]
      input += (lane.input * reading * inputs[Int((bits >> 26) & 8_191)]).rounded(.up)
      output += said
      untilFirst += begun
      seconds += begun + said * pace
      sums.answered += 1
    }
    sums.cached = (input * lane.cached * min(1.2, caching[step])).rounded()
    sums.input = input - sums.cached
    sums.output = output
    sums.seconds += seconds
    sums.untilFirst = untilFirst
    sums.calls += sums.answered
  }

  /// `luck` tells by what the call fails, `part` how long it takes to.
  private mutating func fail(
    _ shares: [Double], _ luck: Double, _ part: Double, _ sums: inout Step
  ) {
    var left = luck
    let place = shares.firstIndex { share in
      left -= share
      return left < 0
    }
    let failure = place.flatMap(Failure.init) ?? .server
    switch failure {
    case .timeout:
      hanging += 1
      return
    case .server: sums.seconds += 0.4 + 3 * part * part
    case .network: sums.seconds += 0.2 + 5 * part * part
    case .contentFilter: sums.seconds += 0.5 + part
    case .rateLimit, .auth, .invalidRequest: sums.seconds += 0.08 + 0.3 * part
    }
    sums.failed[failure.rawValue] += 1
    sums.calls += 1
  }

  /// Most callers try again, after a few seconds or most of a minute.
  private mutating func retry(_ sums: Step) {
    for failure in Failure.allCases where failure.isRetried {
      let tries = dice.binomial(sums.failed[failure.rawValue], 0.55)
      let near = dice.binomial(tries, 0.7)
      soon += near
      later += tries - near
    }
  }

  private mutating func record(_ sums: Step, _ again: Int) {
    let failed = sums.failed.reduce(0, +)
    ok.add(sums.answered)
    error.add(failed)
    for place in failures.indices { failures[place].add(sums.failed[place]) }
    input.add(sums.input)
    cached.add(sums.cached)
    output.add(sums.output)
    cost.add(
      ((sums.input + sums.cached * 0.1) * lane.inputPrice + sums.output * lane.outputPrice) / 1e6)
    withoutUsage.add(dice.poisson(Double(sums.answered) * 0.0002))
    seconds.add(sums.seconds)
    timed.add(sums.calls)
    let streams = lane.output > 0
    untilFirst.add(streams ? sums.untilFirst : 0)
    first.add(streams ? sums.answered : 0)
    retries.add(again)
  }
}
