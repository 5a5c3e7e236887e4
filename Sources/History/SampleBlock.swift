internal import Telemetry

/// The samples of one series in one hour, by rising time: a row of `sample_blocks`.
///
/// Times are the change of their distance, so that a regular series needs next to nothing. Values
/// that are decimals of few digits, as most are, become whole numbers of a power of ten, and are
/// written as what they changed by, or what that changed by, whichever is shorter; others as the
/// bits that differ from the value before. Markers of the end are places beside the values.
enum SampleBlock {
  /// How values are written.
  private enum Form: UInt8 {
    /// All alike.
    case constant = 0
    case change, acceleration, bits
  }

  /// ms of an hour.
  static let hour: Int64 = 3_600_000
  /// Powers of ten by which values may become whole.
  private static let powers: [Double] = [1, 10, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

  /// The start of the hour in which a time (ms) lies.
  static func hour(of time: Int64) -> Int64 {
    time - (time % hour + hour) % hour
  }

  static func bytes(_ points: SamplePoints, hour: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    append(points.times, hour, to: &bytes)
    append(points.values, to: &bytes)
    append(points.histogramTimes, hour, to: &bytes)
    var writer = SampleHistogramWriter()
    for histogram in points.histograms { writer.append(histogram, to: &bytes) }
    return bytes
  }

  /// The samples, or nil where the bytes are not what `bytes` gives.
  static func points(_ bytes: [UInt8], hour: Int64) -> SamplePoints? {
    var reader = SampleByteReader(bytes)
    var points = SamplePoints()
    points.times = times(&reader, hour)
    points.values = values(&reader, points.times.count)
    points.histogramTimes = times(&reader, hour)
    var histograms = SampleHistogramReader()
    for _ in points.histogramTimes where !reader.isDamaged {
      points.histograms.append(histograms.next(&reader))
    }
    return reader.isDamaged || !reader.isAtEnd ? nil : points
  }
}

// MARK: Times
extension SampleBlock {
  /// A count, then pairs: how often the distance changes by how much.
  private static func append(_ times: [Int64], _ hour: Int64, to bytes: inout [UInt8]) {
    SampleBytes.append(UInt64(times.count), to: &bytes)
    var (last, distance) = (hour, Int64(0))
    var (run, change) = (UInt64(0), Int64(0))
    for time in times {
      let step = time - last
      if run > 0, step - distance == change, change == 0 {
        run += 1
      } else {
        append(run, change, to: &bytes)
        (run, change) = (1, step - distance)
      }
      (last, distance) = (time, step)
    }
    append(run, change, to: &bytes)
  }

  /// Zero is written with how often it comes, another change alone.
  private static func append(_ run: UInt64, _ change: Int64, to bytes: inout [UInt8]) {
    guard run > 0 else { return }
    SampleBytes.append(signed: change, to: &bytes)
    if change == 0 { SampleBytes.append(run - 1, to: &bytes) }
  }

  private static func times(_ reader: inout SampleByteReader, _ hour: Int64) -> [Int64] {
    let count = reader.number()
    guard count <= UInt64(Self.hour) else {
      reader.fail()
      return []
    }
    var times: [Int64] = []
    var (last, distance) = (hour, Int64(0))
    while times.count < Int(count), !reader.isDamaged {
      let change = reader.signed()
      let run = change == 0 ? reader.number() : 0
      guard run < count - UInt64(times.count) else {
        reader.fail()
        break
      }
      distance &+= change
      for _ in 0...run {
        last &+= distance
        times.append(last)
      }
    }
    return times
  }
}

// MARK: Values
extension SampleBlock {
  private static func append(_ values: [Double], to bytes: inout [UInt8]) {
    guard !values.isEmpty else { return }
    var present: [Double] = []
    present.reserveCapacity(values.count)
    var ends: [Int] = []
    for (index, value) in values.enumerated() {
      if value.bitPattern == SamplePoints.stale.bitPattern {
        ends.append(index)
      } else {
        present.append(value)
      }
    }
    SampleBytes.append(UInt64(ends.count), to: &bytes)
    var last = 0
    for end in ends {
      SampleBytes.append(UInt64(end - last), to: &bytes)
      last = end
    }
    guard let first = present.first else { return }
    if present.allSatisfy({ $0.bitPattern == first.bitPattern }) {
      bytes.append(Form.constant.rawValue)
      SampleBytes.append(bits: first.bitPattern, to: &bytes)
    } else if let (power, wholes) = decimals(present) {
      append(wholes, power, to: &bytes)
    } else {
      appendBits(present, to: &bytes)
    }
  }

  /// The values as whole numbers of 10^−power, exactly, or nil.
  private static func decimals(_ values: [Double]) -> (power: Int, wholes: [Int64])? {
    var power = 0
    var wholes: [Int64] = []
    wholes.reserveCapacity(values.count)
    for value in values {
      guard value.magnitude < 1e15, value != 0 || value.sign == .plus else { return nil }
      while whole(value, power) == nil {
        power += 1
        guard power < powers.count else { return nil }
      }
    }
    for value in values {
      guard let whole = whole(value, power) else { return nil }
      wholes.append(whole)
    }
    return (power, wholes)
  }

  @inline(__always)
  private static func whole(_ value: Double, _ power: Int) -> Int64? {
    let scaled = (value * powers[power]).rounded()
    guard scaled.magnitude < 9e15, scaled / powers[power] == value else { return nil }
    return Int64(scaled)
  }

  private static func append(_ wholes: [Int64], _ power: Int, to bytes: inout [UInt8]) {
    var (changes, accelerations): ([UInt8], [UInt8]) = ([], [])
    var (last, step): (Int64, Int64) = (0, 0)
    for whole in wholes {
      let change = whole - last
      SampleBytes.append(signed: change, to: &changes)
      SampleBytes.append(signed: change - step, to: &accelerations)
      (last, step) = (whole, change)
    }
    let isSteady = accelerations.count < changes.count
    bytes.append((isSteady ? Form.acceleration : .change).rawValue)
    bytes.append(UInt8(power))
    bytes += isSteady ? accelerations : changes
  }

  /// What differs from the value before, without zero bytes at either end: how many there are in
  /// front and behind, then the rest.
  private static func appendBits(_ values: [Double], to bytes: inout [UInt8]) {
    bytes.append(Form.bits.rawValue)
    var last: UInt64 = 0
    for value in values {
      let difference = value.bitPattern ^ last
      let front = difference.leadingZeroBitCount / 8
      let back = difference == 0 ? 0 : difference.trailingZeroBitCount / 8
      bytes.append(UInt8(front) << 4 | UInt8(back))
      for place in back..<max(back, 8 - front) {
        bytes.append(UInt8(truncatingIfNeeded: difference >> UInt64(place * 8)))
      }
      last = value.bitPattern
    }
  }

  private static func values(_ reader: inout SampleByteReader, _ count: Int) -> [Double] {
    guard count > 0, !reader.isDamaged else { return [] }
    let ends = readEnds(&reader, count)
    let present = count - ends.count
    guard !reader.isDamaged, present > 0 else {
      return Array(repeating: SamplePoints.stale, count: reader.isDamaged ? 0 : count)
    }
    let read = readPresent(&reader, present)
    guard !ends.isEmpty, !reader.isDamaged else { return read }
    var values: [Double] = []
    var (next, end) = (0, 0)
    for index in 0..<count {
      if end < ends.count, ends[end] == index {
        values.append(SamplePoints.stale)
        end += 1
      } else {
        values.append(read[next])
        next += 1
      }
    }
    return values
  }

  private static func readEnds(_ reader: inout SampleByteReader, _ count: Int) -> [Int] {
    let number = reader.count()
    var ends: [Int] = []
    while ends.count < number, !reader.isDamaged {
      let distance = reader.number()
      let last = ends.last ?? 0
      guard distance < UInt64(count - last), distance > 0 || ends.isEmpty else {
        reader.fail()
        break
      }
      ends.append(last + Int(distance))
    }
    return ends
  }

  private static func readPresent(_ reader: inout SampleByteReader, _ count: Int) -> [Double] {
    switch Form(rawValue: reader.byte()) {
    case .constant:
      return Array(repeating: Double(bitPattern: reader.bits()), count: count)
    case .bits: return readBits(&reader, count)
    case .change: return wholes(&reader, count, isSteady: false)
    case .acceleration: return wholes(&reader, count, isSteady: true)
    case nil:
      reader.fail()
      return []
    }
  }

  private static func wholes(
    _ reader: inout SampleByteReader, _ count: Int, isSteady: Bool
  ) -> [Double] {
    let power = Int(reader.byte())
    guard power < powers.count, count <= reader.left else {
      reader.fail()
      return []
    }
    let divisor = powers[power]
    var values: [Double] = []
    values.reserveCapacity(count)
    var (last, step): (Int64, Int64) = (0, 0)
    for _ in 0..<count {
      step = isSteady ? step &+ reader.signed() : reader.signed()
      last &+= step
      values.append(Double(last) / divisor)
    }
    return values
  }

  private static func readBits(_ reader: inout SampleByteReader, _ count: Int) -> [Double] {
    guard count <= reader.left else {
      reader.fail()
      return []
    }
    var values: [Double] = []
    values.reserveCapacity(count)
    var last: UInt64 = 0
    for _ in 0..<count {
      let head = reader.byte()
      let (front, back) = (Int(head >> 4), Int(head & 15))
      guard front + back <= 8 else {
        reader.fail()
        return []
      }
      last ^= front == 8 ? 0 : reader.bits(8 - front - back) << UInt64(back * 8)
      values.append(Double(bitPattern: last))
    }
    return values
  }
}
