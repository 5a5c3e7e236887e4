/// What happens in a month, and when: incidents, deploys, and bursts of visitors.
struct HarbourPlan {
  /// What an event is about, and how strong it is.
  enum Event {
    case storm(lane: Int, share: Double)
    /// The kind of drift: latency, or tokens read, that make a call cost more.
    case drift(lane: Int, isLatency: Bool)
    case outage(provider: String, failure: HarbourWeather.Failure, share: Double)
    /// More calls, or the same calls with more to read.
    case spike(lane: Int, factor: Double, isCalls: Bool)
    case loop(span: Int, lane: Int, factor: Double)
    case drop(eval: Int, part: Double, isRelease: Bool)
    case deploy(service: String, change: Deploy)
    case burst(service: String, factor: Double)
  }

  enum Deploy {
    case latency(Double)
    case tokens(Double)
    case errors(Double)
    case prompt
    /// A step of the move of the answers to another model.
    case migration
  }

  struct Entry {
    var event: Event
    var start: Int
    /// The step at which it is there in full.
    var full: Int
    var last: Int
  }

  private(set) var entries: [Entry] = []
  private let rhythm: HarbourRhythm
  private var dice: HarbourDice
  /// Steps that a lane, or an eval after the lanes, is not free in.
  private var taken: [(lane: Int, from: Int, to: Int)] = []
  /// Steps in which a lane's traffic is moving, so that it has no usual of its own.
  private var moving: [(lane: Int, from: Int, to: Int)] = []

  private static let hour = 120
  /// Quiet before and after each event on the same lane; more than three hours.
  private static let margin = 4 * hour
  private static let learned = 3 * HarbourRhythm.day + hour

  init(_ rhythm: HarbourRhythm, _ dice: HarbourDice) {
    self.rhythm = rhythm
    self.dice = dice
    if let first = rhythm.migration.first, let last = rhythm.migration.last {
      let settled = last.step + 4 * HarbourRhythm.day
      let move = HarbourFleet.migration
      moving = [move.from, move.to].map { ($0, first.step - Self.margin, settled) }
      for (step, _) in rhythm.migration {
        let deploy = Event.deploy(service: HarbourFleet.lanes[move.to].service, change: .migration)
        entries.append(Entry(event: deploy, start: step, full: step, last: step + Self.hour))
      }
    }
    repeated(1...2) { $0.drift() }
    repeated(2...3) { $0.outage() }
    repeated(2...4) { $0.storm() }
    repeated(2...3) { $0.spike() }
    repeated(2...4) { $0.loop() }
    repeated(2...3) { $0.drop() }
    let deploys = rhythm.migration.isEmpty ? 2...5 : 1...2
    repeated(deploys) { $0.deploy() }
    repeated(2...5) { $0.burst() }
    entries.sort { $0.start < $1.start }
  }

  /// Draws until as many as wanted have found a free place.
  private mutating func repeated(_ range: ClosedRange<Int>, _ draw: (inout Self) -> Entry?) {
    let wanted = dice.whole(range)
    var found = 0
    for _ in 0..<20_000 where found < wanted {
      guard let entry = draw(&self) else { continue }
      entries.append(entry)
      found += 1
    }
    precondition(found > 0, "a month has room for one of each")
  }

  private mutating func storm() -> Entry? {
    let lane = dice.whole(0...HarbourFleet.lanes.count - 1)
    let share = dice.between(0.36, 0.8)
    let (start, last) = span(hours: 0.25...2)
    guard isBusy(lane, start, last, atLeast: 26 / share), isFree([lane], start, last, steady: true)
    else { return nil }
    return take([lane], .storm(lane: lane, share: share), start, start, last)
  }

  private mutating func outage() -> Entry? {
    let provider = dice.pick(["openai", "openai", "anthropic", "anthropic", "google", "cohere"])
    let lanes = HarbourFleet.lanes(provider: provider)
    let failure = dice.pick([HarbourWeather.Failure.server, .server, .timeout, .network])
    let share = dice.between(0.68, 0.97)
    let (start, last) = span(hours: 0.25...2.5)
    guard lanes.contains(where: { isBusy($0, start, last, atLeast: 40) }),
      isFree(lanes, start, last, steady: false)
    else { return nil }
    let event = Event.outage(provider: provider, failure: failure, share: share)
    return take(lanes, event, start, start, last)
  }

  private mutating func spike() -> Entry? {
    let lane = dice.whole(0...HarbourFleet.lanes.count - 1)
    let factor = dice.between(4.6, 8)
    let isCalls = HarbourFleet.lanes[lane].operation != "chat" || dice.chance(0.5)
    let (start, last) = span(hours: 0.4...3)
    guard isBusy(lane, start, last, atLeast: 26), isFree([lane], start, last, steady: true),
      isEven(lane, start, last)
    else { return nil }
    let event = Event.spike(lane: lane, factor: factor, isCalls: isCalls)
    return take([lane], event, start, start, last)
  }

  private mutating func loop() -> Entry? {
    let place = dice.whole(0...HarbourFleet.spans.count - 1)
    let span = HarbourFleet.spans[place]
    let lanes = HarbourFleet.lanes(service: span.service)
    let (start, last) = self.span(hours: 0.2...1.5)
    guard span.loops, isFree(lanes, start, last, steady: true),
      let lane = lanes.filter({ HarbourFleet.lanes[$0].cost > 0.001 })
        .max(by: { rhythm.rates[$0][start] < rhythm.rates[$1][start] })
    else { return nil }
    let usual = lanes.reduce(0) { $0 + rhythm.rates[$1][start] } * span.perCall
    guard usual >= 2.8, isEven(lane, start, last) else { return nil }
    let event = Event.loop(span: place, lane: lane, factor: dice.between(10, 18))
    return take(lanes, event, start, start, last)
  }

  private mutating func drop() -> Entry? {
    let place = dice.whole(0...HarbourFleet.evals.count - 1)
    let eval = HarbourFleet.evals[place]
    let (start, last) = span(hours: 0.5...5)
    let places = eval.lanes + [HarbourFleet.lanes.count + place]
    let scored = stride(from: start, through: last, by: 20).allSatisfy { step in
      eval.lanes.reduce(0) { $0 + rhythm.rates[$1][step] } * eval.share >= 13
    }
    guard scored, isFree(places, start, last, steady: true) else { return nil }
    let event = Event.drop(
      eval: place, part: dice.between(0.6, 0.71), isRelease: dice.chance(0.5))
    return take(places, event, start, start, last)
  }

  private mutating func drift() -> Entry? {
    let lane = dice.pick(HarbourFleet.lanes.indices.filter { HarbourFleet.lanes[$0].peak >= 80 })
    let isLatency = HarbourFleet.lanes[lane].operation != "chat" || dice.chance(0.5)
    let start = dice.whole(Self.learned...HarbourRhythm.steps - 5 * HarbourRhythm.day)
    let full = start + Int(dice.between(1, 3) * Double(HarbourRhythm.day))
    let last = full + Int(dice.between(4, 20) * Double(Self.hour))
    guard isBusy(lane, full - Self.hour, full + Self.hour, atLeast: 30),
      isFree([lane], start, last, steady: true)
    else { return nil }
    return take([lane], .drift(lane: lane, isLatency: isLatency), start, full, last)
  }

  private mutating func deploy() -> Entry? {
    let service = dice.pick(["support-chat", "dispatch-copilot", "search", "papers"])
    let hour = dice.between(8.5, 16.5)
    let day = dice.whole(0...29)
    let start = day * HarbourRhythm.day + Int(hour * Double(Self.hour))
    let lanes = HarbourFleet.lanes(service: service)
    guard rhythm.weekday(ofDay: day) < 5, day != rhythm.holiday,
      isFree(lanes, start, start + Self.hour, steady: true)
    else { return nil }
    let factor = dice.between(0.87, 1.15)
    let change = dice.pick([
      Deploy.latency(factor), .tokens(factor), .errors(dice.between(0.04, 0.12)), .prompt,
    ])
    let event = Event.deploy(service: service, change: change)
    return take(lanes, event, start, start, start + Self.hour)
  }

  private mutating func burst() -> Entry? {
    let service = dice.pick(["support-chat", "search", "search"])
    let start = dice.whole(0...29) * HarbourRhythm.day + dice.whole(8 * Self.hour...19 * Self.hour)
    let last = start + dice.whole(Self.hour...4 * Self.hour)
    let lanes = HarbourFleet.lanes(service: service)
    guard last < HarbourRhythm.steps, isFree(lanes, start, last, steady: false) else { return nil }
    return take(
      lanes, .burst(service: service, factor: dice.between(1.4, 2.3)), start, start + 12, last)
  }

  private mutating func span(hours: ClosedRange<Double>) -> (start: Int, last: Int) {
    let longest = hours.upperBound / hours.lowerBound
    // Most incidents are short, a few long.
    let part = dice.fraction() * dice.fraction()
    let length = hours.lowerBound * (1 + (longest - 1) * part)
    let start = dice.whole(Self.learned...HarbourRhythm.steps - 10 * Self.hour)
    return (start, start + Int(length * Double(Self.hour)))
  }

  private func isBusy(_ lane: Int, _ from: Int, _ through: Int, atLeast rate: Double) -> Bool {
    stride(from: from, through: through, by: 10).allSatisfy { rhythm.rates[lane][$0] >= rate }
      && rhythm.rates[lane][through] >= rate
  }

  /// Whether the lane's own rhythm does not hide, or feign, what an incident does to it.
  private func isEven(_ lane: Int, _ from: Int, _ through: Int) -> Bool {
    let usual = rhythm.rates[lane][from]
    return stride(from: from - Self.hour, through: through, by: 10).allSatisfy {
      rhythm.rates[lane][$0] < usual * 1.35 && rhythm.rates[lane][$0] > usual * 0.75
    }
  }

  private func isFree(_ lanes: [Int], _ from: Int, _ to: Int, steady: Bool) -> Bool {
    let others = steady ? taken + moving : taken
    return !others.contains { other in
      lanes.contains(other.lane) && other.from <= to + Self.margin
        && other.to + Self.margin >= from
    }
  }

  private mutating func take(
    _ lanes: [Int], _ event: Event, _ start: Int, _ full: Int, _ last: Int
  ) -> Entry {
    for lane in lanes { taken.append((lane, start, last)) }
    return Entry(event: event, start: start, full: full, last: last)
  }
}
