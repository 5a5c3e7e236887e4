import Codec
import History
import LinuxIO
import PromQL
import Telemetry
import TestSupport
import Testing
import Windows

@testable import Timeline

/// One event as it was made, for counting the slow way.
struct Made {
  var type = EventType.llm
  var number: UInt64 = 0
  var service = "chat"
  var provider = "p"
  var model = "m"
  var tenant = ""
  var prompt = ""
  var kind = ""
  var name = ""
  var status = Status.ok
  var errorType: ErrorType?
  var level: Level?
  var input: Int64 = -1
  var output: Int64 = -1
  var cost = Event.absent
  /// ns since 1970.
  var end: Int64 = 0
  var duration: Int64 = 1_000_000_000
  var firstToken = Event.absent
  var attempt: Int64 = 1
  /// What else is said, as JSON.
  var details = ""
  /// The score that it is, and the number of what it is given to.
  var score = ""
  var target: UInt64 = 0
}

/// A store with events in it, and the timeline over both.
final class TimelineScene {
  static let start: Int64 = 1_795_226_400_000_000_000
  let directory = "/tmp/barograph-timeline-\(Random.word())"
  private(set) var dimensions = DimensionTable(hashKey: HashKey(1, 2))
  private(set) var store: Store
  let settings: StoreSettings
  var dice: Dice
  var now = TimelineScene.start
  var made: [Made] = []
  var present: [PresentFamily] = []

  init(seed: UInt64 = 1, _ given: StoreSettings = StoreSettings()) throws {
    var settings = given
    settings.durability = .commit
    self.settings = settings
    dice = Dice(seed: seed)
    try FileSystem.createDirectory(directory)
    store = try Store.open(
      directory: directory, settings: settings, dimensions: dimensions,
      identityKey: IdentityKey(HashKey(11, 12)), now: now)
  }

  deinit { Directories.removeAll(directory) }

  /// Opens the file again, as a new process would.
  func reopen() throws {
    dimensions = DimensionTable(hashKey: HashKey(7, 8))
    store = try Store.open(
      directory: directory, settings: settings, dimensions: dimensions,
      identityKey: IdentityKey(HashKey(11, 12)), now: now)
  }

  /// Stores events, in one batch.
  func append(_ events: [Made]) {
    let batch = EventBatch(body: ByteSlab(capacity: 64))
    batch.receivedAt = now
    batch.peer = Array("192.0.2.1".utf8)
    for var event in events {
      event.number = UInt64(made.count + 1)
      made.append(event)
      var stored = event.event(dimensions)
      if !event.details.isEmpty {
        let offset = batch.scratch.count
        batch.scratch.append(Array(event.details.utf8))
        stored.details = TextSlice(
          offset: offset, length: event.details.utf8.count, inScratch: true)
        batch.restoreMeasures(of: &stored)
      }
      batch.append(stored)
    }
    store.append([batch])
    #expect(batch.outcome == .committed)
  }

  /// Stores samples of metrics.
  func send(_ fill: (inout MetricSamples) -> Void) {
    let batch = EventBatch(body: ByteSlab(capacity: 64))
    batch.receivedAt = now
    fill(&batch.samples)
    store.append([batch])
    #expect(batch.outcome == .committed)
  }

  /// Upkeep as the writer does it when nothing else is to do.
  func keepUp() {
    store.save()
    for _ in 0..<10_000 where !store.upkeep(now: now, isIdle: true) { break }
  }

  var timeline: SeriesTimeline {
    let (now, present) = (now, present)
    return SeriesTimeline(
      reads: ReadPool(path: "\(directory)/\(Store.fileName)"), totals: store.status.totals,
      present: { present }, wall: { now })
  }

  func source(_ scope: TenantScope = .all) -> TimelineSource {
    timeline.source(scope, limits: QueryLimits())
  }

  /// The values of an instant query by the text of labels.
  func ask(
    _ text: String, _ scope: TenantScope = .all, at time: Int64? = nil
  ) throws -> [String: Double] {
    let result = try Evaluator.instant(
      try Parser.parse(text), at: time ?? now / 1_000_000, of: source(scope))
    guard case .vector(let series) = result.value else { return [:] }
    return Self.values(series)
  }

  /// The values of a range query by the text of labels and time in ms.
  func ask(
    _ text: String, from: Int64, to: Int64, step: Int64, _ scope: TenantScope = .all
  ) throws -> [String: [Int64: Double]] {
    let result = try Evaluator.range(
      try Parser.parse(text), start: from, end: to, step: step, of: source(scope))
    guard case .matrix(let series) = result.value else { return [:] }
    var all: [String: [Int64: Double]] = [:]
    for series in series {
      var points: [Int64: Double] = [:]
      for point in series.points {
        if case .float(let value) = point.sample { points[point.time] = value }
      }
      all[Self.text(series.labels)] = points
    }
    return all
  }

  private static func values(_ series: [QueryResult.Series]) -> [String: Double] {
    var values: [String: Double] = [:]
    for series in series {
      if case .float(let value)? = series.points.first?.sample {
        values[text(series.labels)] = value
      }
    }
    return values
  }

  /// `name{a="b"}`, with labels by rising name.
  static func text(_ labels: Labels) -> String {
    let pairs = labels.entries.filter { $0.name != LabelName.metric }
    let inner = pairs.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",")
    return "\(labels.metricName){\(inner)}"
  }
}

extension Made {
  /// The event as the store takes it.
  func event(_ dimensions: DimensionTable) -> Event {
    func intern(_ family: DimensionFamily, _ values: [Dimension: String]) -> UInt32 {
      dimensions.intern(
        family,
        values: family.dimensions.map { dimension in
          values[dimension].flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        })
    }
    var event = Event()
    event.type = type
    event.hasOwnTime = true
    event.traceLow = 7
    event.spanID = type == .score ? target : number
    event.source = intern(.source, [.service: service])
    event.operation = intern(
      .operation,
      [
        .provider: provider, .model: model, .operation: type == .llm ? "chat" : "", .kind: kind,
        .name: name, .score: score, .evaluator: score.isEmpty ? "" : "e", .prompt: prompt,
        .promptVersion: prompt.isEmpty ? "" : "v1",
      ])
    if !tenant.isEmpty { event.tenant = intern(.tenant, [.tenant: tenant]) }
    event.time = end
    event.status = status
    event.errorType = errorType
    event.level = level
    event.attempt = attempt
    if type != .log {
      event.duration = duration
      event.start = end - duration
    }
    event.timeToFirstToken = firstToken
    event.leaves.input = input
    event.leaves.output = output
    event.cost = cost
    event.identityRule = type == .score ? .score : .span
    event.identity = IdentityKey(HashKey(11, 12)).span(
      scope: 0, traceHigh: 0, traceLow: 7, span: number, attempt: attempt)
    return event
  }
}
