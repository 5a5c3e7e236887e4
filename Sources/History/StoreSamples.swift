internal import Codec
internal import Telemetry

/// Takes the samples of metrics with each commit: finds their series, makes totals of what was only
/// added, and writes a row of `samples` an hour that the commit touches.
///
/// Some 100 bytes a series at hand; of histograms that come as what was added, their totals too.
struct StoreSamples: ~Copyable {
  /// A series at hand, and how far it came.
  struct Slot {
    var key = Hash128.zero
    /// Its row, 0 where the slot is free.
    var id: Int64 = 0
    /// ms of its newest sample, and what that was or adds up to.
    var time = Int64.min
    var value = 0.0
    /// Whether `time` and `value` are known.
    var isKnown = false
    /// What came at `time`, to know it again; 0 where that is forgotten.
    var digest: UInt64 = 0
    var transaction = 0
  }

  /// What became of samples.
  struct Tally {
    var stored: Int64 = 0
    /// Added too late to be told from a repeat, or of a time that is not kept.
    var late: Int64 = 0
    /// Of more series than there may be, or more than fit.
    var dropped: Int64 = 0
    /// Of the time and value of the newest of their series.
    var repeated: Int64 = 0
  }

  private struct Change {
    let place: Int32
    let before: Slot
    let total: SampleHistogram?
  }

  private let hashKey: HashKey
  private let database: Database
  private let insert: Statement
  private let mostSeries: Int
  /// ns before and after receipt that a sample's time may lie.
  private let age: Int64
  private static let ahead: Int64 = 3_600 * 1_000_000_000
  /// ns between two looks for series that rest.
  private static let evictionPause: Int64 = 10_000_000_000

  private var series: SampleSeries
  private var places: [Hash128: Int32] = [:]
  private var slots: [Slot] = []
  private var free: [Int32] = []
  private var totals: [Int32: SampleHistogram] = [:]
  private var recent: RecentSamples?
  private var nextEviction: Int64 = 0

  private var transaction = 1
  private var changes: [Change] = []
  private var chunks: [Int64: SampleChunk.Writer] = [:]
  /// What the open transaction has done.
  private(set) var tally = Tally()

  init(
    _ database: Database, hashKey: HashKey, mostSeries: Int, _ retention: RetentionPolicy
  ) throws(StoreError) {
    let series = try SampleSeries(database)
    let insert = try database.prepare(
      "INSERT INTO samples (hour, first, last, data) VALUES (?1, ?2, ?3, ?4)")
    (self.hashKey, self.database, self.mostSeries) = (hashKey, database, mostSeries)
    age = retention.minutes
    self.series = series
    self.insert = insert
  }

  /// How many series are at hand.
  var count: Int { places.count }

  /// The rows of the series at hand.
  var held: Set<Int64> { Set(slots.lazy.map(\.id)) }

  /// Takes the samples of a batch, within the open transaction, and tells it what became of its
  /// points.
  mutating func store(_ batch: EventBatch) throws(StoreError) {
    let batchSamples = batch.samples
    tally.dropped += Int64(batchSamples.leftOut)
    guard !batchSamples.isEmpty else { return }
    var known = [Int32](repeating: -1, count: batchSamples.series.count)
    var verdicts = PointVerdicts(batchSamples.points)
    for (index, sample) in batchSamples.samples.enumerated() {
      let number = Int(sample.series)
      let verdict: PointVerdict
      if let untimely = untimely(sample, batch.receivedAt) {
        verdict = untimely
        tally.late += 1
      } else {
        if known[number] == -1 {
          known[number] = try place(of: batchSamples.series[number], in: batchSamples, batch) ?? -2
        }
        if known[number] >= 0 {
          verdict = try take(sample, batchSamples, at: known[number])
        } else {
          verdict = .seriesLimit
          tally.dropped += 1
        }
      }
      verdicts.note(verdict, of: index)
    }
    batch.samples.decide(verdicts.settled)
  }

  private func untimely(_ sample: MetricSample, _ receivedAt: Int64) -> PointVerdict? {
    if receivedAt &- sample.time > age { return .tooOld }
    return sample.time > receivedAt &+ Self.ahead ? .future : nil
  }

  /// Writes what was taken, within the open transaction.
  func write() throws(StoreError) {
    for (hour, chunk) in chunks.sorted(by: { $0.key < $1.key }) {
      insert.bind(1, hour)
      insert.bind(2, chunk.first)
      insert.bind(3, chunk.last)
      insert.bind(4, blob: chunk.bytes)
      try insert.run()
    }
  }

  /// Takes the transaction as committed and gives what became of its samples.
  mutating func keep() -> Tally {
    defer { begin() }
    return tally
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    for change in changes.reversed() {
      let place = Int(change.place)
      if change.before.id == 0 {
        release(change.place)
      } else {
        slots[place] = change.before
        totals[change.place] = change.total
      }
    }
    begin()
  }

  private mutating func begin() {
    transaction += 1
    changes.removeAll(keepingCapacity: true)
    chunks.removeAll(keepingCapacity: true)
    tally = Tally()
  }

  /// Forgets series without a sample since `horizon` (ns since 1970).
  mutating func forget(before horizon: Int64) {
    release { $0.time < horizon / 1_000_000 }
  }
}

// MARK: Series
extension StoreSamples {
  private mutating func place(
    of series: MetricSamples.Series, in batchSamples: MetricSamples, _ batch: EventBatch
  ) throws(StoreError) -> Int32? {
    let end = series.start + series.nameLength
    // unsafe because the hash reads the name and labels within the call.
    let key = unsafe batchSamples.texts.withUnsafeBytes { raw in
      unsafe hashKey.hash(
        UnsafeRawBufferPointer(rebasing: raw[series.start..<(end + series.labelsLength)]),
        salt: UInt64(series.nameLength))
    }
    if let place = places[key] { return place }
    if places.count >= mostSeries {
      try evict(now: batch.receivedAt)
      guard places.count < mostSeries else { return nil }
    }
    let (id, isNew) = try self.series.row(
      name: Array(batchSamples.texts[series.start..<end]),
      labels: Array(batchSamples.texts[end..<(end + series.labelsLength)]),
      batchSamples.metrics[Int(series.metric)],
      hour: SampleBlock.hour(of: batch.receivedAt / 1_000_000))
    var slot = Slot()
    (slot.key, slot.id, slot.isKnown, slot.transaction) = (key, id, isNew, transaction)
    let place: Int32
    if let last = free.popLast() {
      place = last
      slots[Int(place)] = slot
    } else {
      place = Int32(slots.count)
      slots.append(slot)
    }
    places[key] = place
    changes.append(Change(place: place, before: Slot(), total: nil))
    return place
  }

  private mutating func release(_ place: Int32) {
    places[slots[Int(place)].key] = nil
    totals[place] = nil
    slots[Int(place)] = Slot()
    free.append(place)
  }

  /// Forgets series whose rows are gone.
  mutating func forget(series rows: Set<Int64>) {
    release { rows.contains($0.id) }
  }

  private mutating func release(where isResting: (Slot) -> Bool) {
    for place in slots.indices {
      let slot = slots[place]
      guard slot.id != 0, slot.transaction != transaction, isResting(slot) else { continue }
      recent?.forget(slot.id)
      release(Int32(place))
    }
  }

  /// Gives the places of series away whose newest sample is in a block, where it is found again.
  private mutating func evict(now: Int64) throws(StoreError) {
    guard now >= nextEviction || now < nextEviction - Self.evictionPause else { return }
    nextEviction = now + Self.evictionPause
    let folding = SampleBlock.hour(of: now / 1_000_000) - StoreSampleFolding.delay
    let oldest = try database.integer("SELECT hour FROM samples ORDER BY hour LIMIT 1") ?? folding
    let horizon = min(oldest, folding)
    release { $0.time < horizon }
  }

  /// Finds out how far a series came before it was at hand.
  private mutating func know(_ place: Int) throws(StoreError) {
    let id = slots[place].id
    if recent == nil { recent = try RecentSamples(database) }
    slots[place].isKnown = true
    var last = recent?.last[id] ?? RecentSamples.Last()
    if last.value == nil, last.histogram == nil, let points = try series.newestBlock(id) {
      last.add(points)
    }
    guard last.time >= slots[place].time else { return }
    (slots[place].time, slots[place].value) = (last.time, last.value ?? 0)
    totals[Int32(place)] = last.histogram
  }
}

// MARK: Values
extension StoreSamples {
  private mutating func take(
    _ sample: MetricSample, _ batchSamples: MetricSamples, at place: Int32
  ) throws(StoreError) -> PointVerdict {
    let index = Int(place)
    let isTotalled = !sample.flags.isDisjoint(with: [.delta, .monotonic])
    let isHistogram = sample.histogram >= 0
    if slots[index].transaction != transaction {
      changes.append(
        Change(place: place, before: slots[index], total: totals.isEmpty ? nil : totals[place]))
      slots[index].transaction = transaction
    }
    if isTotalled || isHistogram, !slots[index].isKnown { try know(index) }
    let time = SampleTime.milliseconds(sample.time)
    let digest = Self.digest(sample, batchSamples)
    if let known = recognise(sample, time, digest, slots[index]) {
      if known == .duplicate { tally.repeated += 1 } else { tally.late += 1 }
      return known
    }
    if time >= slots[index].time { slots[index].digest = digest }
    if sample.flags.contains(.stale) {
      write(place, time, SamplePoints.stale)
      slots[index].time = max(slots[index].time, time)
      return .stored
    }
    if isHistogram {
      takeHistogram(sample, batchSamples.histograms[Int(sample.histogram)], time, at: place)
    } else {
      takeNumber(sample, time, at: place)
    }
    return .stored
  }

  /// Whether the sample says what is known, or what can no longer be added.
  private func recognise(
    _ sample: MetricSample, _ time: Int64, _ digest: UInt64, _ slot: Slot
  ) -> PointVerdict? {
    let isDelta = sample.flags.contains(.delta) && !sample.flags.contains(.stale)
    if time == slot.time, digest == slot.digest || (isDelta && slot.digest == 0) {
      return .duplicate
    }
    return isDelta && time <= slot.time ? .outOfOrder : nil
  }

  /// A mark of a sample's value, never 0.
  private static func digest(_ sample: MetricSample, _ batchSamples: MetricSamples) -> UInt64 {
    var hasher = Hasher()
    if sample.flags.contains(.stale) {
      hasher.combine(SamplePoints.stale.bitPattern)
    } else if sample.histogram >= 0 {
      let histogram = batchSamples.histograms[Int(sample.histogram)]
      hasher.combine(histogram.count)
      hasher.combine(histogram.zeroCount)
      hasher.combine(histogram.sum.bitPattern)
      hasher.combine(histogram.scale)
      for run in [histogram.positive, histogram.negative] {
        hasher.combine(run.offset)
        hasher.combine(run.counts)
      }
    } else {
      hasher.combine(sample.value.bitPattern)
    }
    return UInt64(bitPattern: Int64(hasher.finalize())) | 1
  }

  private mutating func takeNumber(_ sample: MetricSample, _ time: Int64, at place: Int32) {
    let slot = slots[Int(place)]
    let start = sample.start > 0 ? SampleTime.milliseconds(sample.start) : Int64.max
    var value = sample.value
    if sample.flags.contains(.delta) {
      // What is added to a new series was added to nothing, at its start; a rate must see it.
      if slot.time == .min, start < time, sample.time - sample.start <= age {
        write(place, start, 0)
      }
      value += slot.value
    } else if sample.flags.contains(.monotonic), slot.time != .min, start > slot.time,
      start < time, value >= slot.value
    {
      // It counts anew and is past where it was: nothing but a zero between shows that.
      write(place, start, 0)
    }
    write(place, time, value)
    guard time >= slot.time else { return }
    slots[Int(place)].time = time
    slots[Int(place)].value = value
  }

  private mutating func takeHistogram(
    _ sample: MetricSample, _ histogram: SampleHistogram, _ time: Int64, at place: Int32
  ) {
    let slot = slots[Int(place)]
    var histogram = histogram
    if sample.flags.contains(.delta) {
      if var total = totals[place] {
        total.isReset = false
        if total.add(histogram) { histogram = total } else { histogram.isReset = true }
      }
      totals[place] = histogram
    } else if slot.time != .min, sample.start > 0,
      SampleTime.milliseconds(sample.start) > slot.time
    {
      histogram.isReset = true
    }
    chunk(of: time, place) { $0.append(slot.id, time, histogram) }
    if time >= slot.time { slots[Int(place)].time = time }
  }

  private mutating func write(_ place: Int32, _ time: Int64, _ value: Double) {
    let id = slots[Int(place)].id
    chunk(of: time, place) { $0.append(id, time, value) }
  }

  @inline(__always)
  private mutating func chunk(
    of time: Int64, _ place: Int32, _ body: (inout SampleChunk.Writer) -> Void
  ) {
    let hour = SampleBlock.hour(of: time)
    body(&chunks[hour, default: SampleChunk.Writer(hour: hour)])
    tally.stored += 1
  }
}

/// Times of samples, which PromQL has in ms.
enum SampleTime {
  static func milliseconds(_ nanoseconds: Int64) -> Int64 {
    let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return rest < 0 ? quotient - 1 : quotient
  }
}

/// The newest samples that are not in blocks yet, of every series: read once, when a series goes on
/// after a restart. Some 20 ns a sample.
struct RecentSamples {
  struct Last {
    var time = Int64.min
    var value: Double?
    var histogram: SampleHistogram?
  }

  private(set) var last: [Int64: Last] = [:]

  init(_ database: Database) throws(StoreError) {
    let rows = try database.prepare(
      "SELECT hour, data FROM samples ORDER BY id", isPersistent: false)
    while try rows.step() {
      _ = SampleChunk.forEach(rows.bytes(1) ?? [], hour: rows.integer(0)) { series, time, value in
        last[series, default: Last()].note(time, value)
      }
    }
  }

  mutating func forget(_ series: Int64) { last[series] = nil }
}

extension RecentSamples.Last {
  fileprivate mutating func note(_ time: Int64, _ value: SampleChunk.Value) {
    guard time >= self.time else { return }
    self.time = time
    switch value {
    case .number(let number):
      // The end of a series does not end what it adds up to.
      if number.bitPattern != SamplePoints.stale.bitPattern { self.value = number }
    case .histogram(let histogram): self.histogram = histogram
    }
  }

  mutating func add(_ points: SamplePoints) {
    value = points.values.last { $0.bitPattern != SamplePoints.stale.bitPattern }
    histogram = points.histograms.last
    time = max(time, points.times.last ?? .min, points.histogramTimes.last ?? .min)
  }
}
