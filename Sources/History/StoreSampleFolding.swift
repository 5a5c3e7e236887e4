internal import Codec
internal import LinuxIO
internal import Telemetry

/// Folds the samples of hours that are over for two hours: from rows by arrival to a block a
/// series, together with the block that is there already.
///
/// The rows stay until all of their series are in blocks, and a sample that is in both is the same
/// one, so that the work can be cut anywhere: a fold that was broken off is simply begun again.
struct StoreSampleFolding: ~Copyable {
  fileprivate struct Fold {
    let hour: Int64
    var rows: [Int64] = []
    var chunks: [[UInt8]] = []
    var decoded = 0
    var places: [Int64: Int] = [:]
    var points: [(series: Int64, points: SamplePoints)] = []
    var written = 0
  }

  private var fold: Fold?
  private var deflater = Deflater(.zlib, level: 6)
  private let packing = SamplePacking()
  private let oldest: Statement
  private let load: Statement
  private let find: Statement
  private let write: Statement
  private let touch: Statement
  private let erase: Statement

  /// ms for which samples stay as they came after their hour.
  static let delay: Int64 = 7_200_000
  /// Bytes of rows that are folded at one time: some 20 MB of samples in memory.
  private static let loadBytes = 8 << 20
  /// Series whose blocks are written before the time is looked at.
  private static let seriesAtOnce = 16

  init(_ database: Database) throws(StoreError) {
    let oldest = try database.prepare("SELECT min(hour) FROM samples")
    let load = try database.prepare("SELECT id, data FROM samples WHERE hour = ?1 ORDER BY id")
    let find = try database.prepare(
      "SELECT data FROM sample_blocks WHERE hour = ?2 AND series = ?1")
    let write = try database.prepare(
      "INSERT OR REPLACE INTO sample_blocks (series, hour, data) VALUES (?1, ?2, ?3)")
    let touch = try database.prepare("UPDATE series SET last = ?2 WHERE id = ?1 AND last < ?2")
    let erase = try database.prepare("DELETE FROM samples WHERE id = ?1")
    (self.oldest, self.load, self.find) = (oldest, load, find)
    (self.write, self.touch, self.erase) = (write, touch, erase)
  }

  /// The hour (ms) that is to be folded when it is `now` (ms), or nil.
  func due(now: Int64) throws(StoreError) -> Int64? {
    defer { oldest.reset() }
    guard try oldest.step(), let hour = oldest.optionalInteger(0) else { return nil }
    return hour + SampleBlock.hour + Self.delay <= now ? hour : nil
  }

  /// Whether a fold is under way.
  var isActive: Bool { fold != nil }

  /// Begins to fold an hour.
  mutating func begin(_ hour: Int64) throws(StoreError) {
    var fold = Fold(hour: hour)
    var size = 0
    load.bind(1, hour)
    defer { load.reset() }
    while size < Self.loadBytes, try load.step() {
      let bytes = load.bytes(1) ?? []
      size += bytes.count
      fold.rows.append(load.integer(0))
      fold.chunks.append(bytes)
    }
    self.fold = fold
  }

  /// Sorts samples by series until `deadline`, a monotonic time: whether all are.
  mutating func advance(until deadline: Int64) -> Bool {
    while var fold, fold.decoded < fold.chunks.count {
      guard Clock.monotonic < deadline else { return false }
      self.fold = nil
      let chunk = fold.chunks[fold.decoded]
      fold.chunks[fold.decoded] = []
      fold.decoded += 1
      fold.add(chunk)
      self.fold = fold
    }
    // The table is in this order; so a fold writes each page once.
    fold?.points.sort { $0.series < $1.series }
    return true
  }

  /// Writes blocks until `deadline`, within the open transaction, and removes the rows when they
  /// all are: whether that is so.
  mutating func write(until deadline: Int64) throws(StoreError) -> Bool {
    while let fold, fold.written < fold.points.count {
      guard Clock.monotonic < deadline else { return false }
      let end = min(fold.written + Self.seriesAtOnce, fold.points.count)
      for place in fold.written..<end {
        try write(fold.points[place].points, of: fold.points[place].series, hour: fold.hour)
      }
      self.fold?.written = end
    }
    for row in fold?.rows ?? [] {
      erase.bind(1, row)
      try erase.run()
    }
    return true
  }

  /// Ends the fold, written or given up.
  mutating func end() { fold = nil }

  private mutating func write(
    _ added: SamplePoints, of series: Int64, hour: Int64
  ) throws(StoreError) {
    var points = try block(series, hour) ?? SamplePoints()
    points.append(added)
    points.settle()
    write.bind(1, series)
    write.bind(2, hour)
    write.bind(
      3, blob: SamplePacking.packed(SampleBlock.bytes(points, hour: hour), with: &deflater))
    try write.run()
    touch.bind(1, series)
    touch.bind(2, hour)
    try touch.run()
  }

  private func block(_ series: Int64, _ hour: Int64) throws(StoreError) -> SamplePoints? {
    find.bind(1, series)
    find.bind(2, hour)
    defer { find.reset() }
    guard try find.step() else { return nil }
    return packing.points(find.bytes(0) ?? [], hour: hour)
  }
}

extension StoreSampleFolding.Fold {
  fileprivate mutating func add(_ chunk: [UInt8]) {
    _ = SampleChunk.forEach(chunk, hour: hour) { series, time, value in
      let place: Int
      if let known = places[series] {
        place = known
      } else {
        place = points.count
        places[series] = place
        points.append((series, SamplePoints()))
      }
      switch value {
      case .number(let number): points[place].points.append(time, number)
      case .histogram(let histogram): points[place].points.append(time, histogram)
      }
    }
  }
}
