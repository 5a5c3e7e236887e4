internal import Codec
internal import History
internal import Intake
internal import LinuxIO
internal import Telemetry

/// The writer alone: decoded batches to committed rows, one thread, in a directory that is there.
enum StoreBench {
  private static let rounds = 4
  private static let batches = 100
  private static let events = 1_000

  static func run() {
    let directory = "\(Environment.current()["TMPDIR"] ?? "/tmp")/barograph-store-bench"
    defer { print("store: what was written stays in \(directory)") }
    do throws(StoreError) {
      for durability in [StoreSettings.Durability.commit, .fsync] {
        try measure("\(directory)/\(durability.rawValue)-\(Random.word())", durability)
      }
    } catch {
      print(error)
    }
  }

  private static func measure(
    _ directory: String, _ durability: StoreSettings.Durability
  ) throws(StoreError) {
    do {
      try FileSystem.createDirectory(directory)
    } catch {
      return print("cannot make \(directory): \(error)")
    }
    let key = IdentityKey(HashKey(3, 4))
    let table = DimensionTable(hashKey: HashKey(1, 2))
    var settings = StoreSettings()
    settings.durability = durability
    let store = try Store.open(
      directory: directory, settings: settings, dimensions: table, identityKey: key,
      now: receivedAt)
    var decoder = EventDecoder(
      dimensions: table,
      settings: IntakeSettings(identityKey: key, pseudonymKey: Array(repeating: 7, count: 32)))
    for round in 0..<rounds {
      let entries = decode(round, &decoder)
      print("\(durability.rawValue) new       ", time(entries, store))
      for entry in entries { entry.forgetDecisions() }
      if round == 0 { print("\(durability.rawValue) duplicates", time(entries, store)) }
    }
    print("\(durability.rawValue) one each   ", timeSingles(store, &decoder))
    store.close()
    let rows = rounds * batches * events + singles
    let books = store.status.books
    print("stored \(books.stored) duplicate \(books.duplicate) of \(rows)")
    print("bytes a row \(Double(books.storeBytes) / Double(rows))")
    try reopen(directory, settings, key)
  }

  private static func reopen(
    _ directory: String, _ settings: StoreSettings, _ key: IdentityKey
  ) throws(StoreError) {
    let before = Clock.threadCPU
    let store = try Store.open(
      directory: directory, settings: settings,
      dimensions: DimensionTable(hashKey: HashKey(1, 2)), identityKey: key, now: receivedAt)
    let took = Double(Clock.threadCPU - before) / 1e9
    print("reopened in \(took) s, remembering \(store.status.books.dedupEntries)")
  }

  private static let receivedAt = Clock.wall

  private static func decode(_ round: Int, _ decoder: inout EventDecoder) -> [EventBatch] {
    (0..<batches).map { number in
      let body = ByteSlab(capacity: 1 << 20)
      for index in 0..<events {
        var line: [UInt8] = []
        SampleEvent.append((round * batches + number) * events + index, to: &line)
        body.append(line + [0x0A])
      }
      let batch = EventBatch(body: body)
      batch.receivedAt = receivedAt
      batch.peer = Array("127.0.0.1".utf8)
      decoder.decodeLines(batch, RecordExtent(end: body.count))
      return batch
    }
  }

  private static let singles = 32_000

  /// What 64 batches of one event a transaction take.
  private static func timeSingles(_ store: Store, _ decoder: inout EventDecoder) -> String {
    let entries = (0..<singles).map { index in
      let body = ByteSlab(capacity: 1 << 10)
      var line: [UInt8] = []
      SampleEvent.append(rounds * batches * events + index, to: &line)
      body.append(line)
      let batch = EventBatch(body: body)
      batch.receivedAt = receivedAt
      batch.peer = Array("127.0.0.1".utf8)
      decoder.decodeLines(batch, RecordExtent(end: body.count))
      return batch
    }
    let cpu = Clock.threadCPU
    for start in stride(from: 0, to: entries.count, by: 64) {
      store.append(Array(entries[start..<start + 64]))
      store.maintain()
    }
    return "\(Int(Double(singles) * 1e9 / Double(Clock.threadCPU - cpu))) events/CPU-s"
  }

  /// What ten batches a transaction take.
  private static func time(_ entries: [EventBatch], _ store: Store) -> String {
    let (wall, cpu) = (Clock.monotonic, Clock.threadCPU)
    for start in stride(from: 0, to: entries.count, by: 10) {
      store.append(Array(entries[start..<start + 10]))
      store.maintain()
    }
    let count = Double(entries.count * events)
    let (spent, passed) = (Clock.threadCPU - cpu, Clock.monotonic - wall)
    let trouble = entries.contains { $0.outcome != .committed } ? " NOT COMMITTED" : ""
    return "\(Int(count * 1e9 / Double(spent))) events/CPU-s,"
      + " \(Int(count * 1e9 / Double(passed))) events/s wall\(trouble)"
  }
}
