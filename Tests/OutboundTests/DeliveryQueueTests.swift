import Outbound
import TestSupport
import Testing

@Suite struct DeliveryQueueTests {
  private static let failure = DeliveryOutcome.retry(after: nil, cause: "down")

  @Test func `messages leave one after the other in their order`() {
    var queue = DeliveryQueue()
    for number in 1...3 { #expect(queue.add(Int64(number), group: "g") == nil) }
    for number in 1...3 {
      #expect(queue.next(at: 0) == .send(Int64(number), attempt: 1))
      #expect(queue.next(at: 0) == .rest)
      #expect(queue.finish(.done, at: 0, random: 0) == .sent)
    }
    #expect(queue.next(at: 0) == .rest)
  }

  @Test func `a message waits for its next try, its group with it, other groups do not`() {
    var queue = DeliveryQueue()
    _ = queue.add(1, group: "a")
    _ = queue.add(2, group: "a")
    _ = queue.add(3, group: "b")
    #expect(queue.next(at: 0) == .send(1, attempt: 1))
    #expect(queue.finish(Self.failure, at: 0, random: 500) == .again(at: 500))
    #expect(queue.next(at: 0) == .send(3, attempt: 1))
    #expect(queue.finish(.done, at: 1, random: 0) == .sent)
    #expect(queue.next(at: 1) == .wait(until: 500))
    #expect(queue.next(at: 500) == .send(1, attempt: 2))
    #expect(queue.finish(.done, at: 510, random: 0) == .sent)
    #expect(queue.next(at: 510) == .send(2, attempt: 1))
  }

  @Test func `what a service asks to wait holds for all of its messages`() {
    var queue = DeliveryQueue()
    _ = queue.add(1, group: "a")
    _ = queue.add(2, group: "b")
    #expect(queue.next(at: 0) == .send(1, attempt: 1))
    let outcome = DeliveryOutcome.retry(after: 30, cause: "429")
    #expect(queue.finish(outcome, at: 1_000, random: 7) == .again(at: 31_000))
    #expect(queue.next(at: 1_000) == .wait(until: 31_000))
    #expect(queue.next(at: 31_000) == .send(2, attempt: 1))
  }

  @Test func `a service that asks for too long loses the message, not the next one`() {
    var queue = DeliveryQueue()
    _ = queue.add(1, group: "a")
    _ = queue.add(2, group: "b")
    #expect(queue.next(at: 0) == .send(1, attempt: 1))
    let outcome = DeliveryOutcome.retry(after: .max, cause: "429")
    #expect(
      queue.finish(outcome, at: 0, random: 0) == .failed(cause: "given up after 1 tries: 429"))
    #expect(queue.next(at: 0) == .wait(until: 900_000))
    #expect(queue.next(at: 900_000) == .send(2, attempt: 1))
  }

  @Test func `the oldest is dropped when there is no room, never the one under way`() {
    var queue = DeliveryQueue(DeliveryQueue.Limits(length: 2))
    #expect(queue.add(1, group: "a") == nil)
    #expect(queue.next(at: 0) == .send(1, attempt: 1))
    #expect(queue.add(2, group: "a") == nil)
    #expect(queue.add(3, group: "a") == 2)
    #expect(queue.look.dropped == 1)
    #expect(queue.finish(.done, at: 0, random: 0) == .sent)
    #expect(queue.add(4, group: "a") == nil)
    #expect(queue.add(5, group: "a") == 3)
    #expect(queue.next(at: 0) == .send(4, attempt: 1))
  }

  @Test func `a refusal ends a message at once`() {
    var queue = DeliveryQueue()
    _ = queue.add(1, group: "a")
    #expect(queue.next(at: 0) == .send(1, attempt: 1))
    #expect(queue.finish(.permanent(cause: "404"), at: 0, random: 0) == .failed(cause: "404"))
    #expect(queue.look.lastError == "404")
    #expect(queue.look.queued == 0)
  }

  @Test func `tries and time end a message, counted over a restart`() {
    let backoff = Backoff(tries: 3)
    var queue = DeliveryQueue(DeliveryQueue.Limits(backoff: backoff))
    _ = queue.add(1, group: "a", attempts: 2, firstTry: 0)
    #expect(queue.next(at: 10) == .send(1, attempt: 3))
    #expect(
      queue.finish(Self.failure, at: 10, random: 0)
        == .failed(cause: "given up after 3 tries: down"))
    _ = queue.add(2, group: "a", attempts: 1, firstTry: 0)
    #expect(queue.next(at: 900_001) == .send(2, attempt: 2))
    #expect(
      queue.finish(Self.failure, at: 900_001, random: 0)
        == .failed(cause: "given up after 2 tries: down"))
  }

  @Test func `messages keep the gap a service wants`() {
    var queue = DeliveryQueue(DeliveryQueue.Limits(gap: 1_000))
    _ = queue.add(1, group: "a")
    _ = queue.add(2, group: "a")
    #expect(queue.next(at: 0) == .send(1, attempt: 1))
    #expect(queue.finish(.done, at: 100, random: 0) == .sent)
    #expect(queue.next(at: 100) == .wait(until: 1_000))
    #expect(queue.next(at: 1_000) == .send(2, attempt: 1))
  }

  @Test func `after failures in a row the service is left alone, then asked once`() {
    var queue = DeliveryQueue()
    for number in 1...9 { _ = queue.add(Int64(number), group: "\(number)") }
    for number in 1...5 {
      #expect(queue.next(at: 0) == .send(Int64(number), attempt: 1))
      _ = queue.finish(Self.failure, at: 0, random: 0)
    }
    #expect(queue.look.breaker == .open)
    #expect(queue.next(at: 0) == .wait(until: 30_000))
    guard case .send = queue.next(at: 30_000) else {
      Issue.record("no trial")
      return
    }
    #expect(queue.look.breaker == .halfOpen)
    _ = queue.finish(Self.failure, at: 30_001, random: 0)
    #expect(queue.next(at: 30_001) == .wait(until: 90_001))
    guard case .send = queue.next(at: 90_001) else {
      Issue.record("no second trial")
      return
    }
    #expect(queue.finish(.done, at: 90_002, random: 0) == .sent)
    #expect(queue.look.breaker == .closed)
    guard case .send = queue.next(at: 90_002) else {
      Issue.record("closed and yet silent")
      return
    }
  }

  @Test func `a message that is not under way can be taken away`() {
    var queue = DeliveryQueue()
    _ = queue.add(1, group: "a")
    _ = queue.add(2, group: "a")
    #expect(queue.next(at: 0) == .send(1, attempt: 1))
    let taken = [queue.cancel(1), queue.cancel(2), queue.cancel(2)]
    #expect(taken == [false, true, false])
    #expect(queue.look.queued == 1)
  }
}

/// Random services that are up and down at random, beside what must hold whatever they do.
@Suite struct DeliveryQueueModelTests {
  private static let length = 8

  @Test(arguments: 1...300 as ClosedRange<UInt64>)
  func `whatever a service does, each message ends once and groups stay in order`(seed: UInt64) {
    var random = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15)
    let backoff = Backoff(tries: 4, totalMilliseconds: 120_000)
    var queue = DeliveryQueue(
      DeliveryQueue.Limits(length: Self.length, backoff: backoff, gap: Int64(random.below(3)) * 100)
    )
    var now: Int64 = 0
    var next: Int64 = 1
    var groups: [Int64: String] = [:]
    var waiting: [Int64] = []
    var ended: Set<Int64> = []
    var attempts: [Int64: Int] = [:]
    var quietUntil = Int64.min
    func end(_ number: Int64) {
      #expect(ended.insert(number).inserted, "seed \(seed): \(number) ends twice")
      waiting.removeAll { $0 == number }
    }
    for _ in 0..<400 {
      if random.below(3) == 0 {
        let group = "g\(random.below(3))"
        groups[next] = group
        waiting.append(next)
        if let dropped = queue.add(next, group: group) { end(dropped) }
        next += 1
        #expect(waiting.count <= Self.length, "seed \(seed)")
      }
      switch queue.next(at: now) {
      case .rest: #expect(waiting.isEmpty, "seed \(seed): \(waiting) are forgotten")
      case .wait(let until):
        #expect(until > now, "seed \(seed): waits for what is past")
        #expect(until - now <= 300_000, "seed \(seed): waits for ever")
        now = random.below(2) == 0 ? until : now + Int64(random.below(UInt64(until - now)))
      case .send(let number, let attempt):
        #expect(now >= quietUntil, "seed \(seed): the service asked for silence")
        let older = waiting.first { groups[$0] == groups[number] }
        #expect(older == number, "seed \(seed): \(number) passes \(older ?? 0)")
        attempts[number, default: 0] += 1
        #expect(attempts[number] == attempt && attempt <= 4, "seed \(seed)")
        now += Int64(random.below(2_000))
        let outcome: DeliveryOutcome
        switch random.below(6) {
        case 0, 1: outcome = .done
        case 2: outcome = .permanent(cause: "no")
        case 3:
          let seconds = Int64(random.below(40))
          quietUntil = now + seconds * 1_000
          outcome = .retry(after: seconds, cause: "later")
        default: outcome = .retry(after: nil, cause: "down")
        }
        switch queue.finish(outcome, at: now, random: random.next()) {
        case .sent:
          #expect(outcome == .done, "seed \(seed)")
          end(number)
        case .failed: end(number)
        case .again(let time): #expect(time >= now, "seed \(seed)")
        }
      }
      #expect(queue.look.queued == waiting.count, "seed \(seed)")
    }
  }
}
