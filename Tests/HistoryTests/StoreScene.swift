import Codec
import LinuxIO
import Telemetry
import TestSupport

@testable import History

/// A store in a directory of its own, batches to put into it, and questions about what it holds.
final class StoreScene {
  static let key = IdentityKey(HashKey(11, 12))
  static let start: Int64 = 1_795_228_000_000_000_000

  let directory = "/tmp/barograph-history-\(Random.word())"
  var settings: StoreSettings
  private(set) var dimensions = DimensionTable(hashKey: HashKey(1, 2))
  private(set) var store: Store
  var now = StoreScene.start

  init(_ settings: StoreSettings = StoreSettings()) throws {
    self.settings = settings
    try FileSystem.createDirectory(directory)
    store = try Store.open(
      directory: directory, settings: settings, dimensions: dimensions,
      identityKey: Self.key, now: now)
  }

  deinit { Directories.removeAll(directory) }

  /// Opens the file again, as a new process would.
  func reopen() throws {
    dimensions = DimensionTable(hashKey: HashKey(7, 8))
    store = try Store.open(
      directory: directory, settings: settings, dimensions: dimensions,
      identityKey: Self.key, now: now)
  }

  /// A batch of events that `fill` makes, each from nothing.
  func batch(_ fills: [(EventForge) -> Void]) -> EventBatch {
    let batch = EventBatch(body: ByteSlab(capacity: 64))
    batch.receivedAt = now
    batch.peer = Array("192.0.2.1".utf8)
    for (index, fill) in fills.enumerated() {
      let forge = EventForge(batch, dimensions)
      forge.event.line = UInt32(index + 1)
      forge.event.time = now
      fill(forge)
      batch.append(forge.finished())
    }
    return batch
  }

  /// Stores one batch and gives its verdicts, or nil when it was refused.
  func append(_ fills: [(EventForge) -> Void]) -> [Verdict]? {
    let batch = batch(fills)
    store.append([batch])
    return verdicts(batch)
  }

  func verdicts(_ batch: EventBatch) -> [Verdict]? {
    guard batch.outcome == .committed else { return nil }
    return (0..<batch.count).map { batch.verdict($0) }
  }

  /// The rows of a query, columns joined by bars; NULL is `-`.
  func rows(_ sql: String) throws -> [String] {
    let statement = try store.database.prepare(sql, isPersistent: false)
    var rows: [String] = []
    while try statement.step() {
      let columns = (0..<statement.columnCount).map { statement.text($0) ?? "-" }
      rows.append(columns.joined(separator: "|"))
    }
    return rows
  }
}

/// Makes one event by hand, with identities as intake gives them.
final class EventForge {
  var event = Event()
  var src: [UInt8] = []
  private let batch: EventBatch
  private let dimensions: DimensionTable

  init(_ batch: EventBatch, _ dimensions: DimensionTable) {
    self.batch = batch
    self.dimensions = dimensions
  }

  func text(_ text: String) -> TextSlice {
    let offset = batch.scratch.count
    batch.scratch.append(Array(text.utf8))
    return TextSlice(offset: offset, length: text.utf8.count, inScratch: true)
  }

  /// Sets the dimensions of one family; the others are absent.
  func set(_ family: DimensionFamily, _ values: [Dimension: String]) {
    let id = dimensions.intern(
      family, values: family.dimensions.map { values[$0].map { Array($0.utf8) } })
    switch family {
    case .source:
      event.source = id
      src = Array((values[.src] ?? "").utf8)
    case .operation: event.operation = id
    case .tenant: event.tenant = id
    }
  }

  func call(trace: UInt64, span: UInt64) {
    event.type = .llm
    event.hasOwnTime = true
    event.traceLow = trace
    event.spanID = span
  }

  func finished() -> Event {
    batch.restoreMeasures(of: &event)
    let key = StoreScene.key
    let scope = batch.tenantScope
    if !event.eventID.isAbsent {
      event.identityRule = .eventID
      if event.identity == .zero {
        event.identity = unsafe key.eventID(scope: scope, batch.text(event.eventID))
      }
    } else if !src.isEmpty, event.sequence != Event.absent {
      event.identityRule = .stream
      event.identity = unsafe src.withUnsafeBytes {
        unsafe key.stream(scope: scope, src: $0, sequence: event.sequence)
      }
    } else if event.spanID != 0, event.type == .llm || event.type == .span {
      event.identityRule = .span
      event.identity = key.span(
        scope: scope, traceHigh: event.traceHigh, traceLow: event.traceLow, span: event.spanID,
        attempt: event.attempt)
    } else if event.identity != .zero {
      event.identityRule = event.type == .score ? .score : .bytes
    }
    return event
  }
}
