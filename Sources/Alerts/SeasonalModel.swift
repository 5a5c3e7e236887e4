/// What is usual at each hour of the day or of the week: means over the days or weeks of the
/// training time, the later ones weighing more. Between the middles of two hours it goes straight.
struct SeasonalModel: Sendable, Equatable {
  private struct Hour: Sendable, Equatable {
    var mean: Float = 0
    /// The mean distance from the usual.
    var stray: Float = 0
    /// How often the hour came by.
    var visits: UInt16 = 0
    var samples: UInt16 = 0
  }

  private static let byMean = 1.253_314_137_315_500_3

  private var hours: [Hour]
  /// The hour at hand, counted from 1970, and what it brought so far.
  private var present: Int64 = .min
  private var count: Int64 = 0
  private var sum = 0.0
  private var squares = 0.0
  private var strays = 0.0

  init(hours: Int) { self.hours = Array(repeating: Hour(), count: hours) }

  /// The hour of the season: of a week from Monday on, as 1970 began on a Thursday.
  private func place(_ hour: Int64) -> Int {
    let shifted = hours.count == 168 ? hour + 72 : hour
    let count = Int64(hours.count)
    return Int((shifted % count + count) % count)
  }

  func estimate(_ local: Int64, _ rule: AnomalyRule) -> (usual: Double, scale: Double)? {
    let hour = Self.hour(local)
    let own = hours[place(hour)]
    // A season says little; two tell what it has in common with the next.
    guard own.visits >= 2, own.samples >= rule.minSamples else { return nil }
    let middle = Double(local - hour * 3_600) / 3_600 - 0.5
    let neighbour = hours[place(middle < 0 ? hour - 1 : hour + 1)]
    guard neighbour.visits >= 2 else {
      return (Double(own.mean), Self.byMean * Double(own.stray))
    }
    let share = middle.magnitude
    return (
      Double(own.mean) * (1 - share) + Double(neighbour.mean) * share,
      Self.byMean * (Double(own.stray) * (1 - share) + Double(neighbour.stray) * share)
    )
  }

  mutating func learn(_ value: Double, local: Int64, _ rule: AnomalyRule) {
    let hour = Self.hour(local)
    if hour != present {
      finish(rule)
      present = hour
    }
    let usual = estimate(local, rule)?.usual
    count += 1
    sum += value
    squares += value * value
    strays += usual.map { (value - $0).magnitude } ?? 0
  }

  /// Adds the hour at hand to what is known of its like.
  private mutating func finish(_ rule: AnomalyRule) {
    guard count > 0 else { return }
    let place = place(present)
    var hour = hours[place]
    let mean = sum / Double(count)
    let spread = max(squares / Double(count) - mean * mean, 0).squareRoot() / Self.byMean
    let season = Int64(hours.count) * 3_600_000
    let weight = max(1 / Double(hour.visits + 1), 1 / Double(max(rule.train / season, 2)))
    let stray = hour.visits >= 2 ? strays / Double(count) : spread
    // How far an hour is off its like strays too.
    let shift = hour.visits == 0 ? 0 : (mean - Double(hour.mean)).magnitude
    hour.mean += Float(weight * (mean - Double(hour.mean)))
    hour.stray += Float(weight * (max(stray, hour.visits < 2 ? shift : 0) - Double(hour.stray)))
    hour.visits = min(hour.visits + 1, UInt16.max - 1)
    hour.samples = UInt16(clamping: Int64(hour.samples) + count)
    hours[place] = hour
    (count, sum, squares, strays) = (0, 0, 0, 0)
  }

  private static func hour(_ local: Int64) -> Int64 {
    (local - (local % 3_600 + 3_600) % 3_600) / 3_600
  }

  func saveTable(into writer: inout MemoryWriter) {
    for hour in hours {
      writer.add(hour.mean)
      writer.add(hour.stray)
      writer.add(UInt32(hour.visits) << 16 | UInt32(hour.samples))
    }
  }

  func saveHour(into writer: inout MemoryWriter) {
    writer.add(present)
    writer.add(count)
    writer.add(sum)
    writer.add(squares)
    writer.add(strays)
  }

  mutating func restoreTable(_ reader: inout MemoryReader) -> Bool {
    var hours: [Hour] = []
    for _ in self.hours {
      guard let mean = reader.single(), let stray = reader.single(), let counts = reader.count()
      else { return false }
      hours.append(
        Hour(
          mean: mean, stray: stray, visits: UInt16(counts >> 16),
          samples: UInt16(counts & 0xFFFF)))
    }
    self.hours = hours
    return true
  }

  mutating func restoreHour(_ reader: inout MemoryReader) -> Bool {
    guard let present = reader.whole(), let count = reader.whole(), let sum = reader.float(),
      let squares = reader.float(), let strays = reader.float()
    else { return false }
    (self.present, self.count, self.sum) = (present, count, sum)
    (self.squares, self.strays) = (squares, strays)
    return true
  }
}
