import Glibc
import LinuxIO
import Synchronization
import TestSupport
import Testing

struct RingTests {
  private final class Item: Sendable {
    let number: Int
    let living: Living

    init(_ number: Int, _ living: Living) {
      self.number = number
      self.living = living
      living.count.add(1, ordering: .relaxed)
    }

    deinit { living.count.subtract(1, ordering: .relaxed) }
  }

  private final class Living: Sendable {
    let count = Atomic(0)
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 4), (64, 64), (65, 128)])
  func `capacity is rounded up to a power of two`(_ asked: Int, _ expected: Int) {
    #expect(SingleProducerRing<Living>(capacity: asked).capacity == expected)
  }

  @Test func `full and empty are answers`() {
    let living = Living()
    let ring = SingleProducerRing<Item>(capacity: 2)
    #expect(ring.pop() == nil)
    #expect(ring.push(Item(1, living)))
    #expect(ring.push(Item(2, living)))
    #expect(!ring.push(Item(3, living)))
    #expect(ring.count == 2)
    #expect(ring.pop()?.number == 1)
    #expect(ring.push(Item(4, living)))
    #expect(ring.pop()?.number == 2)
    #expect(ring.pop()?.number == 4)
    #expect(ring.pop() == nil)
    #expect(ring.count == 0)
  }

  @Test func `what is left in the ring goes with it`() {
    let living = Living()
    do {
      let ring = SingleProducerRing<Item>(capacity: 8)
      for number in 0..<5 { #expect(ring.push(Item(number, living))) }
      _ = ring.pop()
      #expect(living.count.load(ordering: .relaxed) == 4)
    }
    #expect(living.count.load(ordering: .relaxed) == 0)
  }

  @Test(arguments: [1, 2, 7, 64])
  func `it behaves as a queue of limited length`(_ capacity: Int) {
    let seed = Random.word()
    var generator = Dice(seed: seed)
    let living = Living()
    let ring = SingleProducerRing<Item>(capacity: capacity)
    var model: [Int] = []
    for number in 0..<20_000 {
      if generator.next() & 1 == 0 {
        let fits = model.count < ring.capacity
        if fits { model.append(number) }
        #expect(ring.push(Item(number, living)) == fits, "seed \(seed)")
      } else {
        let expected = model.isEmpty ? nil : model.removeFirst()
        #expect(ring.pop()?.number == expected, "seed \(seed)")
      }
      #expect(ring.count == model.count, "seed \(seed)")
    }
  }

  @Test(arguments: [1, 4, 256])
  func `two threads see every element once and in order`(_ capacity: Int) throws {
    let seed = Random.word()
    let total = 50_000
    let living = Living()
    let ring = SingleProducerRing<Item>(capacity: capacity)
    let producer = try Thread(name: "producer") {
      var generator = Dice(seed: seed)
      for number in 0..<total {
        let item = Item(number, living)
        while !ring.push(item) { if generator.next() & 7 == 0 { sched_yield() } }
      }
    }
    var generator = Dice(seed: ~seed)
    var wrong = 0
    for number in 0..<total {
      while true {
        if let item = ring.pop() {
          if item.number != number { wrong += 1 }
          break
        }
        if generator.next() & 7 == 0 { sched_yield() }
      }
    }
    producer.join()
    #expect(wrong == 0, "seed \(seed)")
    #expect(ring.pop() == nil)
    #expect(living.count.load(ordering: .relaxed) == 0)
  }
}
