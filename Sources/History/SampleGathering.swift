/// Collects the samples of some series.
struct SampleGathering {
  let series: [Int64]
  let after: Int64
  let through: Int64
  private(set) var points: [SamplePoints]
  private(set) var refusal: SampleRefusal?
  private let limit: Int
  private var count = 0
  private let packing = SamplePacking()
  /// The place of each series, by its row from the least one on; −1 where it is not asked for.
  private let places: [Int32]
  private let least: Int64

  init(_ series: [Int64], after: Int64, through: Int64, _ limit: Int) {
    (self.series, self.after, self.through, self.limit) = (series, after, through, limit)
    points = Array(repeating: SamplePoints(), count: series.count)
    least = series.min() ?? 0
    var places = [Int32](repeating: -1, count: Int((series.max() ?? 0) - least) + 1)
    for (place, id) in series.enumerated() { places[Int(id - least)] = Int32(place) }
    self.places = places
  }

  mutating func add(_ packed: [UInt8], hour: Int64, at place: Int) {
    guard let block = packing.points(packed, hour: hour) else { return }
    points[place].append(block, after: after, through: through)
    note(block.times.count + block.histograms.count)
  }

  mutating func add(chunk: [UInt8], hour: Int64) {
    var added = 0
    _ = SampleChunk.forEach(chunk, hour: hour) { id, time, value in
      guard time > after, time <= through, id >= least, id - least < places.count else { return }
      let place = Int(places[Int(id - least)])
      guard place >= 0 else { return }
      added += 1
      switch value {
      case .number(let number): points[place].append(time, number)
      case .histogram(let histogram): points[place].append(time, histogram)
      }
    }
    note(added)
  }

  private mutating func note(_ added: Int) {
    count += added
    if count > limit { refusal = .tooMany }
  }

  mutating func settle() {
    for place in points.indices { points[place].settle() }
  }
}
