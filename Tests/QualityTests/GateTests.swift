import Codec
import Quality
import TestSupport
import Testing

struct RateGateTests {
  @Test func `no sliding window ever holds more than allowed, whoever asks when`() {
    for seed in 0..<Scenarios.count(60) as Range<Int> {
      var random = RandomStream(seed: UInt64(seed))
      let (requests, tokens, window) = (Int.random(in: 1...6, using: &random), 500, Int64(60))
      var gate = RateGate(requests: requests, tokens: tokens, window: window)
      var sent: [(time: Int64, ticket: Int, tokens: Int)] = []
      var now: Int64 = 0
      func load(_ moment: Int64) -> (requests: Int, tokens: Int) {
        let inside = sent.filter { $0.time > moment - window }
        return (inside.count, inside.reduce(0) { $0 + $1.tokens })
      }
      for _ in 0..<400 {
        now += Int64.random(in: 0...9, using: &random)
        let wanted = Int.random(in: 1...400, using: &random)
        let before = load(now)
        let fits = before.requests < requests && before.tokens + wanted <= tokens
        switch gate.depart(tokens: wanted, now: now) {
        case .go(let ticket):
          #expect(fits, "seed \(seed)")
          sent.append((now, ticket, wanted))
        case .wait(let time):
          #expect(!fits && time > now, "seed \(seed)")
          // Not a moment too late: just before it does not fit yet.
          let last = load(time - 1)
          #expect(last.requests >= requests || last.tokens + wanted > tokens, "seed \(seed)")
        case .never: Issue.record("seed \(seed): never")
        }
        // What is really used is known later, and may be more than was thought.
        if Bool.random(using: &random), let index = sent.indices.randomElement(using: &random) {
          let used = Int.random(in: 1...sent[index].tokens, using: &random)
          gate.settle(sent[index].ticket, tokens: used)
          sent[index].tokens = used
        }
        let (count, held) = load(now)
        let told = gate.load(now: now)
        #expect(told.requests == count && told.tokens == held, "seed \(seed)")
      }
    }
  }

  @Test func `what can never be let out is told so`() {
    var gate = RateGate(requests: 1, tokens: 100, window: 60)
    #expect(gate.depart(tokens: 101, now: 0) == .never)
    #expect(gate.depart(tokens: 100, now: 0) == .go(ticket: 1))
    #expect(gate.depart(tokens: 1, now: 10) == .wait(until: 60))
    #expect(gate.depart(tokens: 1, now: 60) == .go(ticket: 2))
  }

  @Test func `tokens that were not used let others out sooner`() {
    var gate = RateGate(requests: nil, tokens: 100, window: 60)
    #expect(gate.depart(tokens: 90, now: 0) == .go(ticket: 1))
    #expect(gate.depart(tokens: 90, now: 1) == .wait(until: 60))
    gate.settle(1, tokens: 10)
    #expect(gate.depart(tokens: 90, now: 1) == .go(ticket: 2))
    gate.settle(7, tokens: 1)
    #expect(gate.load(now: 1).tokens == 100)
  }

  @Test func `nobody is let out while the provider wants to be left alone`() {
    var gate = RateGate(requests: nil, tokens: nil, window: 60)
    gate.hold(until: 30)
    gate.hold(until: 20)
    #expect(gate.depart(tokens: 1, now: 1) == .wait(until: 30))
    #expect(gate.depart(tokens: 1, now: 30) == .go(ticket: 1))
  }

  @Test func `other bounds hold from now on, and what was sent counts`() {
    var gate = RateGate(requests: 3, tokens: nil, window: 60)
    for ticket in 1...2 {
      #expect(gate.depart(tokens: 10, now: 0) == .go(ticket: ticket))
    }
    gate.allow(requests: 1, tokens: 15)
    #expect(gate.depart(tokens: 10, now: 1) == .wait(until: 60))
    #expect(gate.depart(tokens: 16, now: 60) == .never)
    #expect(gate.depart(tokens: 15, now: 60) == .go(ticket: 3))
  }
}

struct CircuitBreakerTests {
  private var settings: CircuitBreaker.Settings {
    var settings = CircuitBreaker.Settings()
    (settings.threshold, settings.pause, settings.longestPause) = (3, 10, 40)
    settings.probeTimeout = 5
    return settings
  }

  @Test func `it opens after troubles in a row, probes, and closes when the probe is well`() {
    var breaker = CircuitBreaker(settings)
    for isTrouble in [true, true, false, true, true] {
      breaker.record(.pass, isTrouble: isTrouble, now: 0)
    }
    #expect(breaker.state(now: 0) == .closed)
    breaker.record(.pass, isTrouble: true, now: 1)
    #expect(breaker.state(now: 1) == .open)
    #expect(breaker.permit(now: 10) == .refused(until: 11))
    #expect(breaker.state(now: 11) == .halfOpen)
    #expect(breaker.permit(now: 11) == .probe)
    #expect(breaker.permit(now: 12) == .refused(until: 16))
    // Calls from before it opened say nothing.
    breaker.record(.pass, isTrouble: false, now: 12)
    #expect(breaker.state(now: 12) == .halfOpen)
    breaker.record(.probe, isTrouble: false, now: 13)
    #expect(breaker.state(now: 13) == .closed)
    #expect(breaker.permit(now: 13) == .pass)
    #expect(breaker.openings == 1 && breaker.refusals == 2)
  }

  @Test func `each failed probe doubles the pause, up to the longest`() {
    var breaker = CircuitBreaker(settings)
    for _ in 0..<3 { breaker.record(.pass, isTrouble: true, now: 0) }
    var now: Int64 = 10
    for pause: Int64 in [20, 40, 40] {
      #expect(breaker.permit(now: now) == .probe)
      breaker.record(.probe, isTrouble: true, now: now)
      #expect(breaker.permit(now: now) == .refused(until: now + pause))
      now += pause
    }
    #expect(breaker.permit(now: now) == .probe)
    breaker.record(.probe, isTrouble: false, now: now)
    for _ in 0..<3 { breaker.record(.pass, isTrouble: true, now: now) }
    #expect(breaker.permit(now: now) == .refused(until: now + 10))
  }

  @Test func `a probe that is never heard of again has failed`() {
    var breaker = CircuitBreaker(settings)
    for _ in 0..<3 { breaker.record(.pass, isTrouble: true, now: 0) }
    #expect(breaker.permit(now: 10) == .probe)
    #expect(breaker.permit(now: 15) == .refused(until: 35))
    // Its late report changes nothing.
    breaker.record(.probe, isTrouble: false, now: 16)
    #expect(breaker.state(now: 16) == .open)
    #expect(breaker.permit(now: 35) == .probe)
  }
}

struct ResponseCacheTests {
  private func key(_ number: Int) -> Hash128 { Hash128(high: 1, low: UInt64(number)) }

  private func word(_ lookup: ResponseCache<Int>.Lookup) -> String {
    switch lookup {
    case .hit(let answer): "hit \(answer)"
    case .lead: "lead"
    case .follow: "follow"
    }
  }

  @Test func `equal requests are asked once, and the answer is kept for a while`() {
    var cache = ResponseCache<Int>(limit: 10, lifetime: 100)
    #expect(word(cache.ask(key(1), waiter: 1, now: 0)) == "lead")
    #expect(word(cache.ask(key(1), waiter: 2, now: 1)) == "follow")
    #expect(word(cache.ask(key(1), waiter: 3, now: 2)) == "follow")
    #expect(word(cache.ask(key(2), waiter: 4, now: 2)) == "lead")
    #expect(cache.finish(key(1), 7, now: 5) == [2, 3])
    #expect(word(cache.ask(key(1), waiter: 5, now: 104)) == "hit 7")
    #expect(word(cache.ask(key(1), waiter: 6, now: 105)) == "lead")
    var counts = ResponseCache<Int>.Counts()
    (counts.hits, counts.misses, counts.shared, counts.expired) = (1, 3, 2, 1)
    #expect(cache.counts == counts)
  }

  @Test func `a failure is handed to those who wait and kept for nobody`() {
    var cache = ResponseCache<Int>(limit: 10, lifetime: 100)
    _ = cache.ask(key(1), waiter: 1, now: 0)
    _ = cache.ask(key(1), waiter: 2, now: 0)
    #expect(cache.finish(key(1), nil, now: 1) == [2])
    #expect(word(cache.ask(key(1), waiter: 3, now: 2)) == "lead")
    #expect(cache.finish(key(9), nil, now: 1).isEmpty)
  }

  @Test func `without a lifetime it only joins`() {
    var cache = ResponseCache<Int>(limit: 10, lifetime: 0)
    _ = cache.ask(key(1), waiter: 1, now: 0)
    _ = cache.finish(key(1), 5, now: 0)
    #expect(word(cache.ask(key(1), waiter: 2, now: 0)) == "lead")
  }

  @Test func `it is bounded, and the oldest leave first`() {
    var cache = ResponseCache<Int>(limit: 3, lifetime: 1_000)
    for number in 1...5 {
      _ = cache.ask(key(number), waiter: 0, now: 0)
      _ = cache.finish(key(number), number, now: 0)
    }
    #expect(cache.count == 3)
    #expect(cache.counts.evicted == 2)
    #expect(word(cache.ask(key(3), waiter: 0, now: 1)) == "hit 3")
    #expect(word(cache.ask(key(2), waiter: 0, now: 1)) == "lead")
    cache.clear()
    #expect(cache.count == 0)
  }

  @Test func `it goes like the obvious slow cache`() {
    for seed in 0..<30 as Range<UInt64> {
      var random = RandomStream(seed: seed)
      var cache = ResponseCache<Int>(limit: 4, lifetime: 20)
      var model: [(key: Int, answer: Int, until: Int64)] = []
      var now: Int64 = 0
      for step in 0..<500 {
        now += Int64.random(in: 0...3, using: &random)
        let number = Int.random(in: 0..<9, using: &random)
        let known = model.first { $0.key == number && now < $0.until }
        switch cache.ask(key(number), waiter: step, now: now) {
        case .hit(let answer): #expect(known?.answer == answer, "seed \(seed)")
        case .follow: Issue.record("seed \(seed): nobody leads")
        case .lead:
          #expect(known == nil, "seed \(seed)")
          model.removeAll { $0.key == number }
          _ = cache.finish(key(number), step, now: now)
          model.append((number, step, now + 20))
          if model.count > 4 { model.removeFirst() }
        }
        #expect(cache.count <= 4)
      }
    }
  }
}

struct BudgetBookTests {
  static let day: Int64 = 86_400_000_000_000

  @Test func `calls under way together do not pass the budget`() {
    var book = BudgetBook(limit: 100)
    let first = book.reserve(60, now: 0) ?? 0
    #expect(first != 0)
    #expect(book.reserve(60, now: 0) == nil)
    let second = book.reserve(40, now: 0) ?? 0
    #expect(book.reserve(1, now: 0) == nil)
    book.settle(first, cost: 10, now: 1)
    #expect(book.spent == 10 && book.reserved == 40)
    #expect(book.reserve(51, now: 2) == nil)
    #expect(book.reserve(50, now: 2) != nil)
    book.settle(second, cost: 45, now: 3)
    book.settle(second, cost: 45, now: 3)
    #expect(book.spent == 55)
    #expect(book.refusals == 3)
  }

  @Test func `of calls whose cost nobody knows one is made at a time`() {
    var book = BudgetBook(limit: 100)
    let ticket = book.reserve(nil, now: 0) ?? 0
    #expect(book.reserve(nil, now: 0) == nil)
    #expect(book.reserve(1, now: 0) == nil)
    book.settle(ticket, cost: 130, now: 0)
    #expect(book.spent == 130)
    #expect(book.reserve(nil, now: 0) == nil)
  }

  @Test func `a new day is a new budget, and a clock that goes back gives none`() {
    var book = BudgetBook(limit: 100, offset: 3_600_000_000_000)
    let late = Self.day - 3_600_000_000_000
    let ticket = book.reserve(100, now: late - 1)
    #expect(book.nextDay(after: late - 1) == late)
    book.settle(ticket ?? 0, cost: 100, now: late - 1)
    #expect(book.reserve(1, now: late - 1) == nil)
    #expect(book.reserve(100, now: late) != nil)
    #expect(book.reserve(1, now: late - 1) == nil)
  }

  @Test func `whatever happens the day's budget is passed by one call at most`() {
    for seed in 0..<30 as Range<UInt64> {
      var random = RandomStream(seed: seed)
      var book = BudgetBook(limit: 1_000)
      var open: [(ticket: Int, estimate: Int64?)] = []
      for _ in 0..<400 {
        if Bool.random(using: &random) {
          let estimate: Int64? =
            Int.random(in: 0..<5, using: &random) == 0
            ? nil : Int64.random(in: 1...80, using: &random)
          if let ticket = book.reserve(estimate, now: 5) { open.append((ticket, estimate)) }
        } else if let index = open.indices.randomElement(using: &random) {
          let (ticket, estimate) = open.remove(at: index)
          let cost = Int64.random(in: 0...(estimate ?? 90), using: &random)
          book.settle(ticket, cost: cost, now: 5)
        }
        #expect(book.spent <= 1_000 + 90, "seed \(seed)")
        if open.isEmpty { #expect(book.reserved == 0) }
      }
    }
  }
}
