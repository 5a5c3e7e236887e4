internal import Codec
internal import History
internal import LinuxIO
internal import Telemetry

/// Samples of metrics: how fast they go in and are folded, what they take, how fast they are read.
struct SampleBench: ~Copyable {
  private static let series = 1_000
  private static let step: Int64 = 10_000_000_000
  private static let hour: Int64 = 3_600_000_000_000

  private let directory: String
  private let store: Store
  private let start: Int64
  private var noise = SplitMix(state: 7)
  private let hours: Int64

  static func run(smoke: Bool) throws(Errno) {
    let directory =
      "\(Environment.current()["TMPDIR"] ?? "/tmp")/barograph-samples-\(Random.word())"
    try FileSystem.createDirectory(directory)
    do throws(StoreError) {
      var bench = try SampleBench(directory, hours: smoke ? 1 : 6)
      try bench.measure()
    } catch {
      print(error)
    }
    for name in try FileSystem.names(in: directory) {
      try FileSystem.remove("\(directory)/\(name)")
    }
    try FileSystem.removeDirectory(directory)
  }

  private init(_ directory: String, hours: Int64) throws(StoreError) {
    self.directory = directory
    self.hours = hours
    start = 1_795_228_000_000_000_000 / Self.hour * Self.hour
    store = try Store.open(
      directory: directory, settings: StoreSettings(),
      dimensions: DimensionTable(hashKey: HashKey(1, 2)),
      identityKey: IdentityKey(HashKey(3, 4)), now: start)
  }

  private mutating func measure() throws(StoreError) {
    let batch = EventBatch(body: ByteSlab(capacity: 64))
    var count: Int64 = 0
    var spent: Int64 = 0
    let end = start + hours * Self.hour
    for time in stride(from: start, to: end, by: Int64.Stride(Self.step)) {
      fill(batch, at: time)
      let before = Clock.threadCPU
      store.append([batch])
      spent += Clock.threadCPU - before
      precondition(batch.outcome == .committed, "every batch is stored")
      count += Int64(batch.samples.samples.count)
      batch.reset(keeping: 64)
    }
    print("samples: \(count * 1_000_000_000 / spent) a CPU-second in, \(Self.series) a commit")
    try read("as they came", from: end - Self.hour)
    try size("as they came", "samples", count)
    try fold(now: end + 4 * Self.hour, count)
    try size("in blocks", "sample_blocks", count)
    try read("in blocks", from: end - Self.hour)
    store.close()
  }

  /// A third each of counters, of gauges of two decimals and of durations with all their digits.
  private mutating func fill(_ batch: EventBatch, at time: Int64) {
    batch.receivedAt = time
    var identity = MetricIdentity()
    batch.samples.add(metric: .gauge)
    let tick = UInt64(bitPattern: time / Self.step)
    for index in 0..<Self.series {
      identity.begin("bench_metric_\(index % 20)")
      identity.add("instance", "10.0.0.\(index / 20):9100")
      identity.add("job", "bench")
      identity.add("region", "eu-central-1")
      let noise = noise.next() >> 40
      let value: Double =
        switch index % 3 {
        case 0: Double(tick % 100_000 * 50 + noise % 40)
        case 1: Double(5_000 + noise % 300) / 100
        default: Double(noise) / 3
        }
      batch.samples.add(
        MetricSample(
          series: batch.samples.add(&identity), time: time, start: start, value: value))
    }
  }

  private func fold(now: Int64, _ count: Int64) throws(StoreError) {
    var (longest, busiest, spent, turns): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
    var hasMore = true
    while hasMore {
      let before = (Clock.monotonic, Clock.threadCPU)
      hasMore = store.upkeep(now: now, isIdle: true)
      longest = max(longest, Clock.monotonic - before.0)
      let took = Clock.threadCPU - before.1
      busiest = max(busiest, took)
      spent += took
      turns += 1
    }
    print(
      "samples: \(count * 1_000_000_000 / max(spent, 1)) a CPU-second folded in \(turns) turns,"
        + " the longest \(longest / 1_000_000) ms, \(busiest / 1_000_000) ms of them CPU at most")
  }

  private func size(_ name: String, _ table: String, _ count: Int64) throws(StoreError) {
    let database = try Database(path: "\(directory)/\(Store.fileName)", access: .readOnly)
    for suffix in ["", " of counters", " of decimals", " of other numbers"] {
      var condition = ""
      if !suffix.isEmpty {
        guard table == "sample_blocks" else { break }
        let part = [" of counters": 1, " of decimals": 2, " of other numbers": 0][
          suffix, default: 0]
        condition = " WHERE series % 3 = \(part)"
      }
      let bytes = try database.integer("SELECT sum(length(data)) FROM \(table)\(condition)") ?? 0
      let share = suffix.isEmpty ? count : count / 3
      print("samples: \(bytes * 100 / share) hundredths of a byte each \(name)\(suffix)")
    }
  }

  private func read(_ name: String, from: Int64) throws(StoreError) {
    let reader = try EventReader(path: "\(directory)/\(Store.fileName)")
    for _ in 0..<2 {
      let start = Clock.threadCPU
      let series = try reader.series()
      let listed = Clock.threadCPU
      do throws(SampleRefusal) {
        let points = try reader.samples(
          of: series, after: from / 1_000_000 - 1, through: .max / 4, deadline: .max)
        let count = points.reduce(0) { $0 + $1.times.count }
        print(
          "samples: \(series.count) series listed in \((listed - start) / 1_000) us, \(count) of an"
            + " hour read \(name) in \((Clock.threadCPU - listed) / 1_000) CPU us")
      } catch {
        print("samples: cannot read: \(error)")
      }
    }
  }
}

/// Random numbers that are the same in each run.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
