internal import API
internal import Codec
internal import History
internal import LinuxIO
internal import Serving
internal import Synchronization
internal import Telemetry
internal import Windows

/// The windows of a collector: one shard for each intake thread, one for our own events, one for
/// what was rebuilt at start, and the thread that keeps house.
final class CollectorWindows: Sendable {
  /// Seconds without an event after which a group gives its place to another where places lack.
  private static let coldAfter: Int64 = 600
  private static let period: Int64 = 1_000

  let clock: WindowClock
  let table: GroupTable
  let reader: WindowReader
  private let scores: GroupTable
  let stream: WindowStream
  private let shards: [WindowShard]
  private let limits: Mutex<[ProviderLimit]>
  /// By whose clocks a day begins.
  private let zone: Mutex<TimeZoneRules>
  private let timeout: Int64
  private let ending: EventNotifier
  private let thread = Mutex<Thread?>(nil)

  /// Windows for `threads` that record, empty as of `start` (ns since 1970).
  init(
    _ configuration: Configuration, threads: Int, dimensions: DimensionTable, start: Int64,
    zone: TimeZoneRules
  ) throws(Errno) {
    let clock = WindowClock(now: start)
    let table = GroupTable(
      breakdowns: configuration.breakdowns, shards: threads + 1,
      groupLimit: configuration.windowsGroups, memoryLimit: configuration.windowsMemory)
    let scores = GroupTable(scoresOf: table)
    let shards = (0...threads).map { index in
      WindowShard(index, of: table, scores: scores, clock: clock, dimensions: dimensions)
    }
    self.scores = scores
    self.clock = clock
    self.table = table
    self.shards = shards
    reader = WindowReader(table: table, scores: scores, shards: shards, clock: clock)
    limits = Mutex(configuration.providerLimits)
    self.zone = Mutex(zone)
    timeout = configuration.spanTimeout.components.seconds
    stream = try WindowStream()
    ending = try EventNotifier()
  }

  /// The shard of a thread that records.
  func shard(_ index: Int) -> WindowShard { shards[index] }

  /// Counts again what the windows show of what the store holds, before any thread records: what is
  /// too old to be held by the second from the rollups, the rest from the rows.
  func rebuild(from store: Store) throws(StoreError) {
    guard let shard = shards.last else { return }
    let now = Clock.wall
    let first = WindowClock.firstSingleSecond(at: now / 1_000_000_000)
    try store.replayRollups(from: Self.horizon(now) / 1_000_000_000, to: first) {
      shard.restore($1, named: $0, now: now)
    }
    try store.replay(since: first * 1_000_000_000) { event, texts, counting, receivedAt in
      shard.restore(event, of: texts, as: counting, receivedAt: receivedAt, from: first)
    } score: { score in
      shard.restore(score, from: first)
    }
    shard.tend(now: Clock.wall)
  }

  /// What a store may hold that windows still show; receipt lags behind the event by up to an hour
  /// more only for events that no window takes.
  static func horizon(_ now: Int64) -> Int64 { now - 3_660 * 1_000_000_000 }

  /// What the routes ask with.
  var service: WindowService {
    WindowService(
      reader: reader, limits: { [self] in limits.withLock { $0 } }, timeout: timeout,
      stream: stream, spend: SpendBook { [self] in zone.withLock { $0 } })
  }

  /// What the windows show at `now`, for the page of metrics.
  func metrics(now: Int64) -> WindowMetrics {
    WindowMetrics(
      reader: reader, limits: limits.withLock { $0 }, timeout: timeout, now: now)
  }

  /// Takes on what a reload changed.
  func follow(_ configuration: Configuration) {
    limits.withLock { $0 = configuration.providerLimits }
    do throws(StartError) {
      let fresh = try TimeZoneFiles.zone(configuration.timezone)
      zone.withLock { $0 = fresh }
    } catch {
      // Whoever follows the same configuration for alerts says what is wrong with the zone.
      return
    }
  }

  /// Has groups that name a person who was erased join `other`.
  func forget(_ text: ErasureText) {
    for table in [table, scores] {
      table.join { values in values.contains { text.isMentioned(in: Array($0.utf8)) } }
    }
  }

  /// Starts the thread that keeps house: for the two shards that no loop looks after, and for the
  /// table.
  func start(_ direct: DirectIntake) throws(Errno) {
    let thread = try Thread(name: "windows-tend") { [self] in keep(direct) }
    self.thread.withLock { $0 = thread }
  }

  /// Ends the threads.
  func close() {
    ending.signal()
    thread.withLock { $0 }?.join()
    stream.close()
  }

  private func keep(_ direct: DirectIntake) {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(ending.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while true {
        try epoll.wait(into: events, milliseconds: Int32(Self.period))
        if ending.drain() { return }
        let now = Clock.wall
        clock.followSteps(at: now)
        direct.tend(now: now)
        shards.last?.tend(now: now)
        let cold = now / 1_000_000_000 - Self.coldAfter
        table.tend { group in reader.view(of: [group], now: now).lastSecond < cold }
        if let scored = reader.scores {
          scores.tend { group in scored.view(of: [group], now: now).lastSecond < cold }
        }
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }
}
