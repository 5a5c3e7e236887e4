internal import Codec
internal import History
internal import Intake
internal import LinuxIO
internal import Telemetry

/// The writer alone: decoded batches to committed rows, one thread.
struct StoreBench: ~Copyable {
  private static let key = IdentityKey(HashKey(3, 4))
  private let dimensions = DimensionTable(hashKey: HashKey(1, 2))
  private let store: Store
  private var decoder: EventDecoder
  private var next = 0

  static func run(smoke: Bool) throws(Errno) {
    let directory =
      "\(Environment.current()["TMPDIR"] ?? "/tmp")/barograph-store-\(Random.word())"
    try FileSystem.createDirectory(directory)
    do throws(StoreError) {
      var bench = try StoreBench(directory)
      try bench.measure(rounds: smoke ? 1 : 4)
      try bench.backUp(directory, rounds: smoke ? 1 : 4)
      try reopen(directory)
      try findTraces(directory)
    } catch {
      print(error)
    }
    for name in try FileSystem.names(in: directory) {
      try FileSystem.remove("\(directory)/\(name)")
    }
    try FileSystem.removeDirectory(directory)
  }

  private init(_ directory: String) throws(StoreError) {
    store = try Store.open(
      directory: directory, dimensions: dimensions, identityKey: Self.key, now: Clock.wall)
    decoder = EventDecoder(
      dimensions: dimensions,
      settings: IntakeSettings(identityKey: Self.key, pseudonymKey: Array(repeating: 7, count: 32)))
  }

  private mutating func measure(rounds: Int) throws(StoreError) {
    for _ in 0..<rounds {
      let entries = batches(100, of: 1_000)
      print("store, fsync, 10,000 rows a commit:", time(entries, together: 10))
      for entry in entries { entry.forgetDecisions() }
      print("store, the same again, duplicates:", time(entries, together: 10))
      print("store, fsync, 64 batches of one:", time(batches(32_000, of: 1), together: 64))
    }
    store.close()
    let books = store.status.books
    print("store: \(Double(books.storeBytes * 10 / books.stored) / 10) bytes a row")
  }

  /// The same commits beside a backup and without one; how long both and the check take.
  private mutating func backUp(_ directory: String, rounds: Int) throws(StoreError) {
    let desk = BackupDesk()
    for round in 0..<rounds {
      let entries = batches(100, of: 1_000)
      print("store, no backup:", time(entries, together: 10, desk))
      let draft = "\(directory)/copy-\(round)"
      let start = Clock.monotonic
      guard desk.order(draft) else { return }
      while case .copying = desk.state {
        let more = batches(100, of: 1_000)
        print("store, beside a backup:", time(more, together: 10, desk))
      }
      let copied = (Clock.monotonic - start) / 1_000_000
      desk.clear()
      let before = Clock.monotonic
      do throws(BackupFile.Failure) {
        try StoreCheck.verify(draft)
        let mebibytes = try StoreCheck.facts(draft).bytes >> 20
        let checked = (Clock.monotonic - before) / 1_000_000
        print("backup: \(mebibytes) MiB in \(copied) ms, checked in \(checked) ms")
      } catch {
        print(error)
      }
    }
  }

  private static func reopen(_ directory: String) throws(StoreError) {
    let before = Clock.threadCPU
    let store = try Store.open(
      directory: directory, dimensions: DimensionTable(hashKey: HashKey(1, 2)), identityKey: key,
      now: Clock.wall)
    let milliseconds = (Clock.threadCPU - before) / 1_000_000
    print("store: opens in \(milliseconds) ms with \(store.status.books.dedupEntries) identities")
  }

  private static func findTraces(_ directory: String) throws(StoreError) {
    let reader = try EventReader(path: "\(directory)/\(Store.fileName)")
    let rows = try reader.newest()
    let (count, before) = (UInt64(200), Clock.monotonic)
    for number in 0..<count {
      // Ids that no row carries: what is found costs its rendering besides.
      _ = try reader.trace(high: number, low: number << 32 | 7, deadline: .max)
    }
    let microseconds = (Clock.monotonic - before) / 1_000 / Int64(count)
    print("store: looks for a trace in \(rows) rows in \(microseconds) µs")
  }

  private mutating func batches(_ count: Int, of events: Int) -> [EventBatch] {
    (0..<count).map { _ in
      let body = ByteSlab(capacity: events * 600)
      for _ in 0..<events {
        var line: [UInt8] = []
        SampleEvent.append(next, to: &line)
        body.append(line + [0x0A])
        next += 1
      }
      let batch = EventBatch(body: body)
      batch.receivedAt = Clock.wall
      batch.peer = Array("127.0.0.1".utf8)
      decoder.decodeLines(batch, RecordExtent(end: body.count))
      return batch
    }
  }

  private func time(
    _ entries: [EventBatch], together: Int, _ desk: BackupDesk = BackupDesk()
  ) -> String {
    let (wall, cpu) = (Clock.monotonic, Clock.threadCPU)
    for start in stride(from: 0, to: entries.count, by: together) {
      store.append(Array(entries[start..<start + together]))
      _ = desk.advance(on: store, isIdle: false)
      store.maintain()
    }
    let (spent, passed) = (Clock.threadCPU - cpu, Clock.monotonic - wall)
    precondition(entries.allSatisfy { $0.outcome == .committed }, "every batch is stored")
    let events = Double(entries.reduce(0) { $0 + $1.count })
    return "\(Int(events * 1e9 / Double(spent))) events/CPU-s,"
      + " \(Int(events * 1e9 / Double(passed))) events/s"
  }
}
