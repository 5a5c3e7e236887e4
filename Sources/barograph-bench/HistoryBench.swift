internal import Codec
internal import History
internal import Intake
internal import LinuxIO
internal import Synchronization
internal import Telemetry
internal import Windows

/// A month of events in one file: how fast they go in at its end, what it holds, how it answers.
struct HistoryBench: ~Copyable {
  private static let key = IdentityKey(HashKey(3, 4))
  private static let month: Int64 = 30 * 86_400 * 1_000_000_000
  private static let batch = 1_000

  private let dimensions = DimensionTable(hashKey: HashKey(1, 2))
  private let directory: String
  private let store: Store
  private var decoder: EventDecoder
  private let start: Int64
  private let total: Int
  /// The longest turn of upkeep, and the one that took most of a processor, in ns.
  private var slowest: Int64 = 0
  private var dearest: Int64 = 0

  static func run(smoke: Bool) throws(Errno) {
    let directory =
      "\(Environment.current()["TMPDIR"] ?? "/tmp")/barograph-month-\(Random.word())"
    try FileSystem.createDirectory(directory)
    do throws(StoreError) {
      var bench = try HistoryBench(directory, total: smoke ? 50_000 : 10_000_000)
      try bench.measure()
    } catch {
      print(error)
    }
    for name in try FileSystem.names(in: directory) {
      try FileSystem.remove("\(directory)/\(name)")
    }
    try FileSystem.removeDirectory(directory)
  }

  private init(_ directory: String, total: Int) throws(StoreError) {
    self.directory = directory
    self.total = total
    start = Clock.wall - Self.month
    var settings = StoreSettings()
    settings.retention.events = Self.month * 2
    settings.retention.logs = Self.month * 2
    settings.retention.minutes = Self.month * 2
    store = try Store.open(
      directory: directory, settings: settings, dimensions: dimensions, identityKey: Self.key,
      now: start)
    var intake = IntakeSettings(
      identityKey: Self.key, pseudonymKey: Array(repeating: 7, count: 32))
    intake.retention = Self.month * 2
    decoder = EventDecoder(dimensions: dimensions, settings: intake)
  }

  private mutating func measure() throws(StoreError) {
    let tenth = total / 10
    var rates: [Double] = []
    for part in 0..<10 {
      if part < 9 {
        rates.append(insert(part * tenth, tenth).rate)
      } else {
        rates += try insertWhileReading(part * tenth, tenth)
      }
    }
    let first = rates[0]
    print("history: \(total) events of 30 days, rows a CPU-second of the writer, upkeep included:")
    print(
      "history: first tenth \(Int(first)), ninth \(Int(rates[8])),"
        + " \(percent(rates[8] / first)) of the first")
    print(
      "history: last tenth \(Int(rates[9])) alone, \(Int(rates[10])) while queries run all the"
        + " time, \(percent(rates[10] / rates[9]))")
    print(
      "history: the slowest turn of upkeep took \(slowest / 1_000) µs, the dearest"
        + " \(dearest / 1_000) µs of CPU")
    store.close()
    try size()
    try ask()
    try expire()
  }

  /// What it takes to remove half of the month.
  private func expire() throws(StoreError) {
    var settings = StoreSettings()
    settings.retention.events = Self.month / 2
    settings.retention.logs = Self.month / 2
    let now = start + Self.month
    let store = try Store.open(
      directory: directory, settings: settings,
      dimensions: DimensionTable(hashKey: HashKey(1, 2)), identityKey: Self.key, now: now)
    var (turns, longest) = (0, Int64(0))
    let (cpu, before) = (Clock.threadCPU, store.status.books.storeBytes)
    var hasMore = true
    while hasMore {
      let began = Clock.monotonic
      hasMore = store.upkeep(now: now, isIdle: true)
      longest = max(longest, Clock.monotonic - began)
      turns += 1
      store.maintain(now: now)
    }
    let (books, spent) = (store.status.books, Clock.threadCPU - cpu)
    print(
      "history: removed \(books.expired) events in \(turns) turns, \(spent / 1_000_000) ms of CPU,"
        + " the slowest turn \(longest / 1_000) µs; the file went from \(before >> 20) to"
        + " \(books.storeBytes >> 20) MiB")
  }

  private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

  private mutating func insert(_ from: Int, _ count: Int) -> (rate: Double, wall: Int64) {
    var spent: Int64 = 0
    let wall = Clock.monotonic
    for index in stride(from: from, to: from + count, by: Self.batch * 10) {
      let entries = (0..<10).map { batch(index + $0 * Self.batch) }
      let before = Clock.threadCPU
      store.append(entries)
      precondition(entries.allSatisfy { $0.outcome == .committed }, "every batch is stored")
      store.maintain(now: entries[9].receivedAt)
      // Three quarters of an hour lie between two of these: time for all there is to do.
      var hasMore = true
      while hasMore {
        let (began, cpu) = (Clock.monotonic, Clock.threadCPU)
        hasMore = store.upkeep(now: entries[9].receivedAt, isIdle: true)
        slowest = max(slowest, Clock.monotonic - began)
        dearest = max(dearest, Clock.threadCPU - cpu)
      }
      spent += Clock.threadCPU - before
    }
    return (Double(count) * 1e9 / Double(spent), Clock.monotonic - wall)
  }

  /// Half of the rows alone, half with a thread that asks all the time.
  private mutating func insertWhileReading(
    _ from: Int, _ count: Int
  ) throws(StoreError) -> [Double] {
    let alone = insert(from, count / 2)
    let isEnding = Box()
    let path = "\(directory)/\(Store.fileName)"
    let (oldest, newest) = (start, start + Self.month)
    let thread: LinuxIO.Thread
    do throws(Errno) {
      thread = try Thread(name: "reader") {
        do throws(StoreError) {
          let reader = try EventReader(path: path)
          while !isEnding.flag.load(ordering: .relaxed) {
            _ = Self.models(reader, from: oldest, to: newest)
            _ = try reader.page(
              EventFilter(), below: .max, limit: 100, deadline: Clock.monotonic + 1_000_000_000)
          }
        } catch {
          print(error)
        }
      }
    } catch {
      preconditionFailure("a thread can be started: \(error)")
    }
    let together = insert(from + count / 2, count / 2)
    isEnding.flag.store(true, ordering: .relaxed)
    thread.join()
    return [alone.rate, together.rate]
  }

  private final class Box: Sendable {
    let flag = Atomic(false)
  }

  private mutating func batch(_ first: Int) -> EventBatch {
    let body = ByteSlab(capacity: Self.batch * 500)
    var line: [UInt8] = []
    for index in first..<first + Self.batch {
      line.removeAll(keepingCapacity: true)
      MonthEvent.append(index, at: time(index), to: &line)
      body.append(line)
    }
    let batch = EventBatch(body: body)
    batch.receivedAt = time(first + Self.batch)
    batch.peer = Array("127.0.0.1".utf8)
    decoder.decodeLines(batch, RecordExtent(end: body.count))
    return batch
  }

  private func time(_ index: Int) -> Int64 {
    start + Self.month / Int64(total) * Int64(index)
  }
}

// MARK: Asking
extension HistoryBench {
  private static func models(_ reader: EventReader, from: Int64, to: Int64) -> Int {
    let (first, last) = (from / 3_600_000_000_000 * 3_600, to / 3_600_000_000_000 * 3_600 + 3_600)
    let query = RollupQuery(
      type: "llm", by: ["model"], from: first, to: last, step: last - first, tier: .hours)
    do throws(RollupRefusal) {
      let series = try reader.rollups(query, deadline: .max)
      for model in series {
        var sums = WindowSums()
        for point in model.points.values { sums.add(point) }
        _ = sums.latencies([0.95])
      }
      return series.count
    } catch {
      print("cannot read rollups: \(error)")
      return 0
    }
  }

  private func ask() throws(StoreError) {
    let reader = try EventReader(path: "\(directory)/\(Store.fileName)")
    let (start, end) = (start, start + Self.month)
    var found = 0
    report("cost and p95 by model over 30 days") {
      found = Self.models(reader, from: start, to: end)
    }
    precondition(found == MonthEvent.models, "every model is found")
    let failures = try filter([("status", "error")])
    try reportPage(reader, "last 100 errors", failures)
    let recent = Timestamp.text(end - 300_000_000_000)
    try reportPage(reader, "newest 100 of 5 minutes", filter([("from", recent)]))
    try reportPage(reader, "newest 100 of a tenant", filter([("tenant", "tenant-7")]))
    try reportTraces(reader)
  }

  private func filter(
    _ fields: [(name: String, value: String)]
  ) throws(StoreError) -> EventFilter {
    do throws(EventFilter.Fault) {
      return try EventFilter(fields)
    } catch {
      preconditionFailure("a filter of ours is right: \(error)")
    }
  }

  private func reportPage(
    _ reader: EventReader, _ name: String, _ filter: EventFilter
  ) throws(StoreError) {
    var rows = 0
    var failure: StoreError?
    report(name) {
      do throws(StoreError) {
        rows = try reader.page(filter, below: .max, limit: 100, deadline: .max).rows.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    if rows < 100 { print("history:   found only \(rows)") }
  }

  private func reportTraces(_ reader: EventReader) throws(StoreError) {
    let count = 200
    var slowest: Int64 = 0
    let before = Clock.monotonic
    for number in 0..<count {
      let (high, low) = MonthEvent.trace(total / count * number)
      let one = Clock.monotonic
      let trace = try reader.trace(high: high, low: low, deadline: .max)
      slowest = max(slowest, Clock.monotonic - one)
      precondition(!trace.isEmpty, "every trace is found")
    }
    let mean = (Clock.monotonic - before) / Int64(count)
    print("history: trace by id \(mean / 1_000) µs, slowest of \(count) \(slowest / 1_000) µs")
  }

  /// The best and the first of five runs.
  private func report(_ name: String, _ body: () -> Void) {
    var times: [Int64] = []
    for _ in 0..<5 {
      let before = Clock.monotonic
      body()
      times.append((Clock.monotonic - before) / 1_000)
    }
    print("history: \(name): \(times[0]) µs at first, \(times.min() ?? 0) µs at best")
  }

  private func size() throws(StoreError) {
    let path = "\(directory)/\(Store.fileName)"
    let database = try Database(path: path, access: .readOnly)
    let pages = try database.integer("PRAGMA page_count") ?? 0
    let free = try database.integer("PRAGMA freelist_count") ?? 0
    let bytes = Double((pages - free) * 4_096) / Double(total)
    print("history: \((bytes * 10).rounded() / 10) bytes an event in all")
    let tables = try database.prepare(
      """
      SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING sum(pgsize) > 1000000
      ORDER BY 2 DESC
      """)
    while try tables.step() {
      let share = Double(tables.integer(1)) / Double(total)
      print("history:   \((share * 10).rounded() / 10) \(tables.text(0) ?? "")")
    }
  }
}

/// Events of a believable month: traces of four spans, sessions of eight traces.
enum MonthEvent {
  static let models = 12
  private static let services = ["chat", "search", "triage", "billing", "agent", "batch"]

  /// The trace of an event.
  static func trace(_ index: Int) -> (high: UInt64, low: UInt64) {
    let number = UInt64(index / 4) &+ 1
    return (mix(number), mix(number &+ 1 << 40))
  }

  private static func mix(_ number: UInt64) -> UInt64 {
    var word = number &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    return word ^ word >> 27
  }

  static func append(_ index: Int, at time: Int64, to bytes: inout [UInt8]) {
    let dice = mix(UInt64(index))
    let owner = mix(UInt64(index / 32))
    let service = services[Int(owner % 6)]
    let isCall = index % 4 > 1
    let (high, low) = trace(index)
    add("{\"type\":\"\(isCall ? "llm" : "span")\",\"time\":\"", &bytes)
    Timestamp.append(time / 1_000_000 * 1_000_000, to: &bytes)
    add("\",\"service\":\"\(service)\",\"env\":\"prod\",\"release\":\"2026.11.3\",", &bytes)
    add("\"trace_id\":\"", &bytes)
    Hex.append(high, to: &bytes)
    Hex.append(low, to: &bytes)
    add("\",\"span_id\":\"", &bytes)
    Hex.append(dice, to: &bytes)
    if index % 4 > 0 {
      add("\",\"parent_span_id\":\"", &bytes)
      Hex.append(mix(UInt64(index / 4 * 4)), to: &bytes)
    }
    let milliseconds = 300 + dice % 900 + dice >> 32 % 4 * 700
    add("\",\"duration_ms\":\(milliseconds).5,\"user\":\"u-\(owner % 5_000)\",", &bytes)
    add("\"session\":\"s-\(index / 32)\",\"tenant\":\"tenant-\(owner % 20)\",", &bytes)
    if dice % 50 == 0 {
      add("\"status\":\"error\",\"error_type\":\"rate_limit\",", &bytes)
    } else {
      add("\"status\":\"ok\",", &bytes)
    }
    if isCall {
      let model = Int(owner >> 8) % models
      add("\"name\":\"chat\",\"provider\":\"openai\",\"model\":\"model-\(model)\",", &bytes)
      add("\"operation\":\"chat\",\"ttft_ms\":\(90 + dice % 60),\"stream\":true,", &bytes)
      add("\"input_tokens\":\(700 + dice % 500),\"output_tokens\":\(100 + dice % 80),", &bytes)
      add("\"cache_read_tokens\":\(dice % 256),\"cost_usd\":0.00\(3_000 + dice % 999)}\n", &bytes)
    } else {
      add("\"kind\":\"\(index % 4 == 0 ? "workflow" : "retrieval")\",", &bytes)
      add("\"name\":\"\(index % 4 == 0 ? "answer" : "search")\"}\n", &bytes)
    }
  }

  private static func add(_ text: String, _ bytes: inout [UInt8]) {
    bytes.append(contentsOf: text.utf8)
  }
}
