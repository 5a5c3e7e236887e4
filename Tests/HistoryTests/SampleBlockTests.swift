import Telemetry
import TestSupport
import Testing

@testable import History

/// Values as series have them, from a seed.
enum SampleShapes {
  static let names = [
    "constant", "counter", "decimal", "random", "special", "one", "jitter", "ends",
  ]

  static func points(_ name: String, _ random: inout some RandomNumberGenerator) -> SamplePoints {
    var points = SamplePoints()
    var (time, total) = (SampleBlockTests.hour + 137, 0.0)
    for index in 0..<(name == "one" ? 1 : 360) {
      total += Double(Int.random(in: 0...9, using: &random))
      let value: Double =
        switch name {
        case "constant", "one": -0.0
        case "counter", "jitter": total
        case "decimal": Double(Int.random(in: 0...9_999, using: &random)) / 1_000
        case "random": Double.random(in: -1e9...1e9, using: &random)
        case "ends": index % 7 < 3 ? SamplePoints.stale : total
        default:
          [.nan, .infinity, -.infinity, 1e300, 1e-300, SamplePoints.stale, 0.1, -1].randomElement(
            using: &random) ?? 0
        }
      points.append(time, value)
      time += name == "jitter" ? Int64.random(in: 9_990...10_000, using: &random) : 10_000
    }
    return points
  }

  static func histogram(_ random: inout some RandomNumberGenerator) -> SampleHistogram {
    var histogram = SampleHistogram(scale: 3, zeroThreshold: 1e-9)
    histogram.positive.offset = Int.random(in: -5...5, using: &random)
    histogram.positive.counts = (0..<4).map { _ in UInt64.random(in: 0...100, using: &random) }
    histogram.negative.counts = [1, 2]
    histogram.zeroCount = 4
    histogram.count = histogram.positive.counts.reduce(7, +)
    histogram.sum = Double.random(in: 0...1, using: &random)
    return histogram
  }

  /// The bits of values, which tell NaNs apart.
  static func bits(_ points: SamplePoints) -> [UInt64] { points.values.map(\.bitPattern) }
}

@Suite struct SampleBlockTests {
  static let hour: Int64 = 497_000 * 3_600_000

  private func points(_ name: String, _ seed: UInt64, histograms: Bool) -> SamplePoints {
    var random = Dice(seed: seed)
    var points = SampleShapes.points(name, &random)
    guard histograms else { return points }
    var last = SampleShapes.histogram(&random)
    for index in 0..<20 {
      if index % 6 == 5 { last = SampleShapes.histogram(&random) }
      last.count += 3
      last.isReset = index == 9
      points.append(Self.hour + Int64(index) * 999, last)
    }
    return points
  }

  @Test(arguments: SampleShapes.names, [false, true])
  func `a block gives back what it was made of`(name: String, histograms: Bool) throws {
    for seed in UInt64(1)...20 {
      let points = points(name, seed, histograms: histograms)
      let bytes = SampleBlock.bytes(points, hour: Self.hour)
      let read = try #require(SampleBlock.points(bytes, hour: Self.hour))
      #expect(read.times == points.times)
      #expect(SampleShapes.bits(read) == SampleShapes.bits(points), "seed \(seed)")
      #expect(read.histogramTimes == points.histogramTimes)
      #expect(read.histograms == points.histograms)
    }
  }

  @Test(arguments: SampleShapes.names, [false, true])
  func `a block that is cut anywhere is refused`(name: String, histograms: Bool) {
    let bytes = SampleBlock.bytes(points(name, 3, histograms: histograms), hour: Self.hour)
    for length in 0..<bytes.count {
      #expect(SampleBlock.points(Array(bytes.prefix(length)), hour: Self.hour) == nil)
    }
    #expect(SampleBlock.points(bytes + [0], hour: Self.hour) == nil)
  }

  @Test(arguments: SampleShapes.names)
  func `a block with any byte changed is read without a crash`(name: String) {
    let bytes = SampleBlock.bytes(points(name, 4, histograms: true), hour: Self.hour)
    var read = 0
    for index in 0..<min(bytes.count, 400) {
      for change: UInt8 in [1, 0x7F, 0x80, 0xFF] {
        var changed = bytes
        changed[index] ^= change
        if let points = SampleBlock.points(changed, hour: Self.hour) {
          read += points.times.count == points.values.count ? 1 : 1_000_000
        }
      }
    }
    #expect(read < 1_000_000)
  }

  @Test func `a regular gauge takes less than three bytes a sample`() {
    var random = Dice(seed: 9)
    let bytes = SampleBlock.bytes(SampleShapes.points("decimal", &random), hour: Self.hour)
    #expect(bytes.count < 360 * 3)
    #expect(SampleBlock.bytes(points("constant", 1, histograms: false), hour: Self.hour).count < 40)
  }

  @Test func `a chunk gives back what it was made of, as far as it is whole`() {
    var random = Dice(seed: 5)
    var writer = SampleChunk.Writer(hour: Self.hour)
    var (expected, ends): ([String], [Int]) = ([], [0])
    for index in 0..<200 {
      let series = Int64.random(in: 1...500, using: &random)
      let time = Self.hour + Int64.random(in: 0..<3_600_000, using: &random)
      if index % 11 == 0 {
        let histogram = SampleShapes.histogram(&random)
        writer.append(series, time, histogram)
        expected.append("\(series) \(time) \(SampleChunk.Value.histogram(histogram))")
      } else {
        let value = [-0.0, 0.5, 7, -7, 1e20, .infinity, SamplePoints.stale].randomElement(
          using: &random)
        writer.append(series, time, value ?? 1)
        expected.append("\(series) \(time) \(SampleChunk.Value.number(value ?? 1))")
      }
      ends.append(writer.bytes.count)
    }
    for length in 0...writer.bytes.count {
      var read: [String] = []
      let isWhole = SampleChunk.forEach(Array(writer.bytes.prefix(length)), hour: Self.hour) {
        read.append("\($0) \($1) \($2)")
      }
      #expect(isWhole == ends.contains(length))
      #expect(read == Array(expected.prefix(ends.lastIndex { $0 <= length } ?? 0)))
    }
  }
}
