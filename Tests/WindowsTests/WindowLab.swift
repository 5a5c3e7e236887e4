import Codec
import Telemetry
import TestSupport

@testable import Windows

extension Dice {
  mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}

/// A call as a test makes it, in plain words.
struct Call: Equatable {
  var service = "chat"
  var model = "gpt-4o"
  var tenant: String?
  var type = EventType.llm
  var status: Status? = .ok
  var errorType: ErrorType?
  var attempt: Int64?
  var cache: CacheResult?
  /// In ns.
  var end: Int64 = 0
  var duration: Int64?
  var firstToken: Int64?
  var isOpen = false
  var input: Int64?
  var output: Int64?
  var cost: Int64?
  var sampleRate = 1.0
  var retryWait: Int64 = 0

  /// Adds the event to a batch.
  func append(to batch: EventBatch, _ dimensions: DimensionTable) {
    let event = event(dimensions, firstMeasure: batch.measures.count)
    for measure in measures { batch.append(measure) }
    batch.append(event)
  }

  var measures: [Measure] {
    var measures: [Measure] = []
    if let cache { measures.append(Measure(.cacheResult, Double(cache.rawValue))) }
    if retryWait > 0 { measures.append(Measure(.retryWait, Double(retryWait))) }
    return measures
  }

  func event(_ dimensions: DimensionTable, firstMeasure: Int) -> Event {
    var event = Event()
    event.type = type
    event.status = status
    event.errorType = errorType
    event.isOpen = isOpen
    event.hasOwnTime = true
    event.time = end
    if isOpen { event.start = end }
    if let duration {
      event.duration = duration
    }
    event.timeToFirstToken = firstToken ?? Event.absent
    event.attempt = attempt ?? Event.absent
    event.leaves.input = input ?? -1
    event.leaves.output = output ?? -1
    event.cost = cost ?? Event.absent
    event.sampleRate = sampleRate
    event.source = Self.intern(dimensions, .source, [.service: service])
    event.operation = Self.intern(dimensions, .operation, [.model: model, .kind: "llm"])
    event.tenant = Self.intern(dimensions, .tenant, tenant.map { [.tenant: $0] } ?? [:])
    event.firstMeasure = UInt32(firstMeasure)
    event.measureCount = UInt16(measures.count)
    return event
  }

  private static func intern(
    _ table: DimensionTable, _ family: DimensionFamily, _ values: [Dimension: String]
  ) -> UInt32 {
    table.intern(family, values: family.dimensions.map { values[$0].map { Array($0.utf8) } })
  }
}

/// Windows with some shards, fed with calls.
struct WindowLab {
  let dimensions = DimensionTable(hashKey: HashKey(1, 2))
  let table: GroupTable
  let clock: WindowClock
  let shards: [WindowShard]
  let reader: WindowReader

  init(
    shards count: Int = 1, now: Int64, groupLimit: Int = 2_000, memoryLimit: Int = 128 << 20,
    breakdowns: [Breakdown] = Breakdown.standard
  ) {
    let table = GroupTable(
      breakdowns: breakdowns, shards: count, groupLimit: groupLimit, memoryLimit: memoryLimit)
    let clock = WindowClock(now: now)
    let dimensions = dimensions
    let shards = (0..<count).map {
      WindowShard($0, of: table, clock: clock, dimensions: dimensions)
    }
    self.table = table
    self.clock = clock
    self.shards = shards
    reader = WindowReader(table: table, shards: shards, clock: clock)
  }

  func record(_ calls: [Call], shard: Int = 0, now: Int64) {
    let batch = EventBatch(body: ByteSlab(capacity: 0))
    batch.receivedAt = now
    for call in calls {
      call.append(to: batch, dimensions)
      batch.decide(.stored)
    }
    shards[shard].record(batch, now: now)
  }

  func amend(_ before: Call, _ after: Call, receivedAt: Int64, shard: Int = 0, now: Int64) {
    let batch = EventBatch(body: ByteSlab(capacity: 0))
    batch.receivedAt = now
    after.append(to: batch, dimensions)
    batch.decide(.amended)
    let measures = before.measures + after.measures
    batch.amendments.append(
      Amendment(
        index: 0, row: 1,
        before: (before.event(dimensions, firstMeasure: 0), receivedAt),
        after: (after.event(dimensions, firstMeasure: before.measures.count), now),
        measures: measures, attributes: ([], [])))
    shards[shard].record(batch, now: now)
  }

  /// The sums of the group with these values, nothing when there is none.
  func sums(_ breakdown: Int, _ values: [String], _ span: WindowSpan, now: Int64) -> WindowSums {
    let groups = reader.groups(of: breakdown).filter { $0.values == values }.flatMap(\.groups)
    return reader.view(of: groups, now: now).sums(of: span)
  }
}
