/// Reads the windows of all shards while they are written: adds up, for one group or several, what
/// lies within each window's edges.
package struct WindowReader: Sendable {
  private let table: GroupTable
  private let shards: [WindowShard]
  private let clock: WindowClock
  /// The scores' table, where scores are counted.
  private let scoreTable: GroupTable?

  /// Looks at a cell again when it changed underneath; beyond this the last look counts. Each
  /// change takes a writer well under a microsecond, so this many in a row do not happen.
  private static let attempts = 1_000

  /// A reader of these shards, which are all that `table` has.
  package init(
    table: GroupTable, scores: GroupTable? = nil, shards: [WindowShard], clock: WindowClock
  ) {
    self.table = table
    scoreTable = scores
    self.shards = shards
    self.clock = clock
  }

  /// All breakdowns; the first is the total.
  package var breakdowns: [Breakdown] { table.breakdowns }

  /// How many groups each breakdown holds, and what joined `other`.
  package var cardinality: [GroupTable.Cardinality] { table.cardinality() }

  /// Bytes that the slots take, and how many they may.
  package var memory: (bytes: Int, limit: Int) { (table.memory.bytes, table.memory.limit) }

  /// The groups of a breakdown. What left for `other` and is not there yet is listed with it.
  package func groups(of breakdown: Int) -> [(values: [String], groups: [WindowGroup])] {
    let (own, joined) = table.groups(of: breakdown)
    let others = table.breakdowns[breakdown].labels.map { _ in GroupTable.other }
    var rows = own.map { ($0.values, [$0]) }
    if let place = rows.firstIndex(where: { $0.0 == others }) {
      rows[place].1 += joined
    } else if !joined.isEmpty {
      rows.append((others, joined))
    }
    return rows
  }

  /// The groups of a breakdown merged by what was asked.
  func grouping(_ key: WindowGrouping.Key) -> WindowGrouping {
    table.grouping(key) {
      WindowGrouping(
        key, names: breakdowns[key.breakdown].labels.map(\.name), groups(of: key.breakdown))
    }
  }

  /// The moment that a look at the wall clock means.
  func moment(_ now: Int64) -> WindowClock.Moment { clock.look(at: now) }

  /// Lets `body` see each cell of the groups, with the serial number of its group.
  @inline(__always)
  func forEachCell(
    of groups: [WindowGroup], _ moment: WindowClock.Moment, _ body: (Cell, Int64) -> Void
  ) {
    for group in groups {
      for shard in shards where shard.era == moment.era {
        let id = group.cell(shard.index)
        if id != 0 { body(Cell(id, in: shard.memory.handle), group.serial) }
      }
    }
  }

  /// What the cells of `groups` hold, as it was at one moment each.
  package func view(of groups: [WindowGroup], now: Int64) -> WindowView {
    let moment = clock.look(at: now)
    var cells: [Cell] = []
    var serials: [Int64] = []
    forEachCell(of: groups, moment) { cell, serial in
      cells.append(cell)
      serials.append(serial)
    }
    return WindowView(
      cells: cells, serials: serials, owners: shards, second: moment.second)
  }

  /// The reader of the scores: its breakdowns are these with the score's name behind.
  package var scores: WindowReader? {
    scoreTable.map {
      WindowReader(table: $0, shards: shards.compactMap(\.scores), clock: clock)
    }
  }

  /// Runs `body` on a cell until nothing changed meanwhile; `body` starts from nothing each time.
  static func steadily(_ cell: Cell, _ serial: Int64, _ body: () -> Void, reset: () -> Void) {
    for _ in 0..<attempts {
      let version = cell.version
      guard cell.group == serial else { return reset() }
      if version & 1 == 0 {
        body()
        if cell.unchanged(since: version) { return }
      }
      reset()
    }
    body()
  }
}

/// The cells of some groups, ready to be added up.
package struct WindowView {
  private let cells: [Cell]
  private let serials: [Int64]
  /// Keeps the cells' memory alive.
  private let owners: [WindowShard]
  /// The second that windows end with.
  package let second: Int64

  init(cells: [Cell], serials: [Int64], owners: [WindowShard], second: Int64) {
    self.owners = owners
    self.cells = cells
    self.serials = serials
    self.second = second
  }

  /// Whether no shard holds anything of the groups.
  package var isEmpty: Bool { cells.isEmpty }

  /// The newest second that anything was counted in.
  package var lastSecond: Int64 { cells.map(\.lastSecond).max() ?? 0 }

  /// What the window holds.
  package func sums(of span: WindowSpan, withHistograms: Bool = true) -> WindowSums {
    sums(from: span.firstSecond(at: second), to: second, withHistograms: withHistograms)
  }

  /// What each of several windows holds: a longer one is the next shorter one and what lies before.
  package func sums(of spans: [WindowSpan], withHistograms: Bool) -> [WindowSpan: WindowSums] {
    var found: [WindowSpan: WindowSums] = [:]
    var all = WindowSums()
    var last = second
    for span in spans.sorted() {
      let first = span.firstSecond(at: second)
      all.add(sums(from: first, to: last, withHistograms: withHistograms))
      last = first - 1
      found[span] = all
    }
    return found
  }

  /// What the seconds from `first` to `last` hold, both included. Older ones than five minutes only
  /// by whole blocks of ten.
  package func sums(from first: Int64, to last: Int64, withHistograms: Bool) -> WindowSums {
    var all = WindowSums()
    let places = Int64(WindowReach.singlePlaces)
    // Starts of each single second, over all shards, by its place.
    var starts = [Int64](repeating: 0, count: WindowReach.singlePlaces)
    for (cell, serial) in zip(cells, serials) {
      var sums = WindowSums()
      var seconds: [(Int64, Int64)] = []
      WindowReader.steadily(cell, serial) {
        cell.forEachSlot(from: first, to: last) { slot, single in
          let before = sums.values[.starts]
          slot.read(into: &sums.values)
          if let single, single > last - places {
            seconds.append((single, sums.values[.starts] - before))
          }
          if withHistograms { Self.read(slot, into: &sums) }
        }
      } reset: {
        sums = WindowSums()
        seconds.removeAll(keepingCapacity: true)
      }
      all.add(sums)
      for (second, count) in seconds { starts[Int(second % places)] += count }
    }
    all.values[.busiest] = max(all.values[.busiest], starts.max() ?? 0)
    return all
  }

  private static func read(_ slot: Slot, into sums: inout WindowSums) {
    slot.forEachBucket(of: .latency) { sums.latency.add($1, to: $0) }
    slot.forEachBucket(of: .firstToken) { sums.firstToken.add($1, to: $0) }
    slot.forEachBucket(of: .tokensPerSecond) { sums.tokensPerSecond.add($1, to: $0) }
  }

  /// Calls that were announced within `timeout` seconds and have not ended, in events; nil when
  /// starts are never announced.
  package func inFlight(timeout: Int64) -> Double? {
    guard cells.contains(where: \.isAnnounced) else { return nil }
    let first = WindowReach.block(of: second - timeout + 1) * WindowReach.blockSeconds
    return max(0, sums(from: first, to: second, withHistograms: false).events(.opened))
  }

  /// The newest report of a gauge, when one came within `seconds`.
  package func gauge(_ gauge: WindowGauge, within seconds: Int64) -> Double? {
    let newest = cells.compactMap { $0.gauge(gauge.cellGauge) }.max { $0.time < $1.time }
    guard let newest, newest.time / 1_000_000_000 > second - seconds else { return nil }
    return newest.value
  }
}

/// What senders report of their own limits and pools.
package enum WindowGauge: CaseIterable, Sendable {
  case remainingRequests, remainingTokens, poolInUse, poolSize, breaker

  var cellGauge: Cell.Gauge {
    switch self {
    case .remainingRequests: .remainingRequests
    case .remainingTokens: .remainingTokens
    case .poolInUse: .poolInUse
    case .poolSize: .poolSize
    case .breaker: .breaker
    }
  }
}
