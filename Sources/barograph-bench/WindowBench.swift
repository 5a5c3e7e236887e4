internal import Codec
internal import LinuxIO
internal import Telemetry
internal import Windows

/// Windows alone, in memory: recording, reading, the memory of a group.
enum WindowBench {
  static func run(smoke: Bool) {
    recordOneGroup(smoke)
    recordAllBreakdowns(smoke)
    memoryOfAGroup(smoke)
    manyNames(smoke)
    readMany(smoke)
  }

  private static let second: Int64 = 1_000_000_000
  private static let start: Int64 = 1_800_000_000 * second

  /// A batch of calls that ended at `now`.
  private static func batch(
    _ count: Int, at now: Int64, _ dimensions: DimensionTable, operations: Int = 3, first: Int = 0
  ) -> EventBatch {
    let batch = EventBatch(body: ByteSlab(capacity: 0))
    batch.receivedAt = now
    for index in 0..<count {
      var event = Event()
      event.type = .llm
      event.status = .ok
      event.hasOwnTime = true
      event.time = now - Int64(index)
      // A spread like that of answers: most near a second, some much longer.
      let spread = Int64(index * 7_919 % 1_000)
      event.duration = 400_000_000 + spread * spread * 2_000
      event.timeToFirstToken = 90_000_000 + Int64(index % 60) * 1_000_000
      event.leaves.input = 700
      event.leaves.output = 120
      event.cost = 3_000_000_000
      event.source = set(.source, [.service: "chat"], dimensions)
      event.operation = set(
        .operation,
        [
          .provider: "openai", .model: "model-\(first + index % operations)", .operation: "chat",
          .kind: "llm", .name: "chat",
        ], dimensions)
      event.tenant = set(.tenant, [.tenant: "acme"], dimensions)
      batch.append(event)
      batch.decide(.stored)
    }
    return batch
  }

  private static func set(
    _ family: DimensionFamily, _ values: [Dimension: String], _ table: DimensionTable
  ) -> UInt32 {
    table.intern(family, values: family.dimensions.map { values[$0].map { Array($0.utf8) } })
  }

  /// Windows of one shard.
  private struct Lab {
    let dimensions = DimensionTable(hashKey: HashKey(1, 2))
    let table: GroupTable
    let shard: WindowShard
    let reader: WindowReader

    init(_ breakdowns: [Breakdown], now: Int64) {
      table = GroupTable(breakdowns: breakdowns, shards: 1)
      let clock = WindowClock(now: now)
      shard = WindowShard(0, of: table, clock: clock, dimensions: dimensions)
      reader = WindowReader(table: table, shards: [shard], clock: clock)
    }
  }

  private static func nanoseconds(_ times: Int, _ body: () -> Void) -> Double {
    body()
    let before = Clock.threadCPU
    for _ in 0..<times { body() }
    return Double(Clock.threadCPU - before) / Double(times)
  }

  private static func recordOneGroup(_ smoke: Bool) {
    let lab = Lab([], now: start)
    let batch = batch(1_000, at: start, lab.dimensions)
    let one = nanoseconds(smoke ? 2 : 500) { lab.shard.record(batch, now: start) } / 1_000
    print("windows: \(one.rounded()) ns an event recorded in the total alone")
  }

  private static func recordAllBreakdowns(_ smoke: Bool) {
    let lab = Lab(Breakdown.standard, now: start)
    let batch = batch(1_000, at: start, lab.dimensions)
    let all = nanoseconds(smoke ? 2 : 500) { lab.shard.record(batch, now: start) } / 1_000
    print("windows: \(all.rounded()) ns an event recorded in all seven default breakdowns")
  }

  private static func memoryOfAGroup(_ smoke: Bool) {
    let lab = Lab([], now: start)
    lab.shard.record(batch(1, at: start, lab.dimensions), now: start)
    print("windows: \(lab.reader.memory.bytes) bytes for a group seen once")
    for rate in [1, 10, 100] {
      let lab = Lab([], now: start)
      for offset in 0..<Int64(smoke ? 60 : 3_600) {
        let now = start + offset * second
        lab.shard.record(
          batch(rate, at: now, lab.dimensions, first: Int(offset)), now: now)
      }
      print("windows: \(lab.reader.memory.bytes >> 10) KiB for a group of \(rate) calls/s all hour")
      guard rate == 10 else { continue }
      let now = start + 3_600 * second
      let groups = lab.reader.groups(of: 0).flatMap(\.groups)
      let read = nanoseconds(smoke ? 2 : 200) {
        let sums = lab.reader.view(of: groups, now: now).sums(of: .hour)
        precondition(sums.latencies([0.5, 0.9, 0.95, 0.99]) != nil, "there are latencies")
      }
      print("windows: \((read / 100).rounded() / 10) µs to read its hour with quantiles")
    }
  }

  private static func manyNames(_ smoke: Bool) {
    let lab = Lab(Breakdown.standard, now: start)
    let names = smoke ? 10_000 : 1_000_000
    let before = ProcessFacts.current().residentBytes ?? 0
    for first in stride(from: 0, to: names, by: 1_000) {
      let batch = batch(1_000, at: start, lab.dimensions, operations: 1_000, first: first)
      lab.shard.record(batch, now: start)
      lab.dimensions.markSaved(.operation, upTo: UInt32(first + 1_000))
    }
    let sum = lab.reader.groups(of: 2).reduce(0.0) { total, row in
      total
        + lab.reader.view(of: row.groups, now: start)
        .sums(of: .hour, withHistograms: false).events(.finished)
    }
    let grown = ((ProcessFacts.current().residentBytes ?? 0) - before) >> 20
    print(
      "windows: \(names) model names: \(lab.reader.memory.bytes >> 20) MiB of slots, RSS +\(grown)"
        + " MiB, groups sum to \(Int(sum)) of \(names)")
  }

  private static func readMany(_ smoke: Bool) {
    let lab = Lab(Breakdown.standard, now: start)
    for offset in 0..<Int64(smoke ? 5 : 300) {
      let now = start + offset * second
      lab.shard.record(batch(100, at: now, lab.dimensions, operations: 100), now: now)
    }
    var query = WindowQuery()
    query.by = ["model"]
    query.spans = [.fiveMinutes]
    let now = start + 299 * second
    let read = nanoseconds(smoke ? 2 : 50) {
      do throws(WindowQuery.Fault) {
        let rows = try query.rows(of: lab.reader, limits: [], now: now)
        precondition(rows.count == 100, "a row for each model")
      } catch {
        preconditionFailure(error.message)
      }
    }
    print("windows: \((read / 1e4).rounded() / 100) ms for p95 by model, 100 models, 5 minutes")
  }
}
