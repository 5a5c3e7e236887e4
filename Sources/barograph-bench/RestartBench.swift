internal import Codec
internal import History
internal import Intake
internal import LinuxIO
internal import Telemetry
internal import Windows

/// What a start costs after an hour at a thousand events a second: opening the store with its
/// identities, and making the windows again.
enum RestartBench {
  private static let key = IdentityKey(HashKey(3, 4))

  static func run(smoke: Bool) throws(Errno) {
    let directory =
      "\(Environment.current()["TMPDIR"] ?? "/tmp")/barograph-restart-\(Random.word())"
    try FileSystem.createDirectory(directory)
    do throws(StoreError) {
      let now = Clock.wall
      let total = smoke ? 36_000 : 3_600_000
      try fill(directory, total, until: now)
      try measure(directory, total, now: now)
    } catch {
      print(error)
    }
    for name in try FileSystem.names(in: directory) {
      try FileSystem.remove("\(directory)/\(name)")
    }
    try FileSystem.removeDirectory(directory)
  }

  private static func fill(
    _ directory: String, _ total: Int, until now: Int64
  ) throws(StoreError) {
    let dimensions = DimensionTable(hashKey: HashKey(1, 2))
    let start = now - 3_600_000_000_000
    let store = try Store.open(
      directory: directory, dimensions: dimensions, identityKey: key, now: start)
    var decoder = EventDecoder(
      dimensions: dimensions,
      settings: IntakeSettings(identityKey: key, pseudonymKey: Array(repeating: 7, count: 32)))
    let gap = 3_600_000_000_000 / Int64(total)
    var line: [UInt8] = []
    for first in stride(from: 0, to: total, by: 1_000) {
      let body = ByteSlab(capacity: 500_000)
      for index in first..<first + 1_000 {
        line.removeAll(keepingCapacity: true)
        MonthEvent.append(index, at: start + gap * Int64(index), to: &line)
        body.append(line)
      }
      let batch = EventBatch(body: body)
      batch.receivedAt = start + gap * Int64(first + 1_000)
      batch.peer = Array("127.0.0.1".utf8)
      decoder.decodeLines(batch, RecordExtent(end: body.count))
      store.append([batch])
      precondition(batch.outcome == .committed, "every batch is stored")
      store.maintain(now: batch.receivedAt)
    }
    store.close()
  }

  private static func measure(
    _ directory: String, _ total: Int, now: Int64
  ) throws(StoreError) {
    let dimensions = DimensionTable(hashKey: HashKey(1, 2))
    let began = Clock.monotonic
    let store = try Store.open(
      directory: directory, dimensions: dimensions, identityKey: key, now: now)
    let opened = Clock.monotonic
    let clock = WindowClock(now: now - 3_660_000_000_000)
    let table = GroupTable(breakdowns: Breakdown.standard, shards: 1)
    let shard = WindowShard(
      0, of: table, scores: GroupTable(scoresOf: table), clock: clock, dimensions: dimensions)
    let first = WindowClock.firstSingleSecond(at: now / 1_000_000_000)
    try store.replayRollups(from: now / 1_000_000_000 - 3_660, to: first) {
      shard.restore($1, named: $0, now: now)
    }
    let rolled = Clock.monotonic
    try store.replay(since: first * 1_000_000_000) { event, texts, counting, receivedAt in
      shard.restore(event, of: texts, as: counting, receivedAt: receivedAt, from: first)
    } score: { score in
      shard.restore(score, from: first)
    }
    let ended = Clock.monotonic
    let identities = store.status.books.dedupEntries
    print(
      "restart: \(total) events of one hour: store open in \((opened - began) / 1_000_000) ms with"
        + " \(identities) identities, windows from rollups in \((rolled - opened) / 1_000_000) ms,"
        + " from the newest rows in \((ended - rolled) / 1_000_000) ms,"
        + " in all \((ended - began) / 1_000_000) ms")
  }
}
