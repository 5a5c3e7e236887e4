import LinuxIO
import Synchronization
import Testing

@testable import Windows

@Suite struct WindowConcurrencyTests {
  @Test("writers and a reader at once: nothing is lost, nothing is seen twice at rest")
  func hammer() throws {
    let start: Int64 = 1_800_000_000_000_000_000
    let lab = WindowLab(shards: 3, now: start)
    let isDone = Atomic(false)
    // Time runs for all together, so that seconds are folded and places are used again.
    let clock = Atomic(start)
    let (batches, calls) = (400, 20)
    let reader = try Thread(name: "reader") {
      while !isDone.load(ordering: .relaxed) {
        for index in lab.reader.breakdowns.indices {
          for (_, groups) in lab.reader.groups(of: index) {
            let sums = lab.reader.view(of: groups, now: clock.load(ordering: .relaxed)).sums(
              of: .hour)
            precondition(sums.events(.finished) <= Double(3 * batches * calls), "never too many")
          }
        }
      }
    }
    let writers = try (0..<3).map { shard in
      try Thread(name: "writer-\(shard)") {
        for batch in 0..<batches {
          let now = clock.wrappingAdd(1_500_000_000, ordering: .relaxed).newValue
          lab.record(Self.calls(calls, at: now, number: batch), shard: shard, now: now)
        }
      }
    }
    for writer in writers { writer.join() }
    isDone.store(true, ordering: .relaxed)
    reader.join()
    let end = clock.load(ordering: .relaxed)
    let sums = lab.sums(0, [], .hour, now: end)
    #expect(sums.events(.finished) == Double(3 * batches * calls))
    #expect(sums.latency.total == Int64(3 * batches * calls))
    let models = lab.reader.groups(of: 2).flatMap(\.groups)
    let parts = lab.reader.view(of: models, now: end).sums(of: .hour)
    #expect(parts.inputTokens == sums.inputTokens && parts[.latencySum] == sums[.latencySum])
    #expect(parts.latency == sums.latency)
  }

  private static func calls(_ count: Int, at now: Int64, number: Int) -> [Call] {
    (0..<count).map { index in
      var call = Call()
      call.model = "model-\((number + index) % 7)"
      call.end = now - Int64(index % 3) * 400_000_000_000
      call.duration = Int64(1 + (number * index) % 4_000) * 1_000_000
      call.input = 100
      return call
    }
  }
}
