import Codec
import Testing
import Windows

@testable import Exposition

/// The page of metrics as Prometheus' protobuf messages, read back field by field.
@Suite struct MetricMessageTests {
  /// A message as text: `field:value` in order, inner messages in braces.
  private static func text(_ reader: inout ProtobufReader, _ inner: Shape) throws -> String {
    var words: [String] = []
    while let tag = try reader.next() {
      let number = "\(tag.field):"
      switch inner.fields[tag.field] {
      case .varint: words.append(number + "\(try reader.varint())")
      case .zigzag: words.append(number + "\(try reader.zigzag())")
      case .double: words.append(number + "\(try reader.double())")
      case .text:
        let range = try reader.range()
        words.append(number + String(decoding: range.map { reader.bytes[$0] }, as: UTF8.self))
      case .deltas:
        var packed = try reader.message()
        var deltas: [String] = []
        while !packed.isAtEnd { deltas.append("\(try packed.zigzag())") }
        words.append(number + "[\(deltas.joined(separator: " "))]")
      case .message(let shape):
        var message = try reader.message()
        words.append(number + "{\(try text(&message, shape))}")
      case nil:
        words.append(number + "?")
        try reader.skip(tag)
      }
    }
    return words.joined(separator: " ")
  }

  indirect enum Field { case varint, zigzag, double, text, deltas, message(Shape) }

  struct Shape { let fields: [UInt32: Field] }

  private static let label = Shape(fields: [1: .text, 2: .text])
  private static let time = Shape(fields: [1: .varint, 2: .varint])
  private static let exemplar = Shape(fields: [
    1: .message(label), 2: .double, 3: .message(time),
  ])
  private static let bucket = Shape(fields: [1: .varint, 2: .double, 3: .message(exemplar)])
  private static let span = Shape(fields: [1: .zigzag, 2: .varint])
  private static let histogram = Shape(fields: [
    1: .varint, 2: .double, 3: .message(bucket), 5: .zigzag, 6: .double, 7: .varint,
    12: .message(span), 13: .deltas,
  ])
  private static let number = Shape(fields: [1: .double])
  private static let metric = Shape(fields: [
    1: .message(label), 2: .message(number), 3: .message(number), 7: .message(histogram),
  ])
  private static let family = Shape(fields: [
    1: .text, 2: .text, 3: .varint, 4: .message(metric),
  ])

  private static func families(_ page: [UInt8]) throws -> [String] {
    let slab = ByteSlab(capacity: page.count)
    slab.append(page)
    var reader = unsafe ProtobufReader(ByteView(slab), from: 0, to: slab.count)
    var texts: [String] = []
    while !reader.isAtEnd {
      var message = try reader.message()
      texts.append(try text(&message, family))
    }
    return texts
  }

  @Test func `plain families become messages after their lengths`() throws {
    let page = MetricPage.bytes(
      [
        MetricFamily(
          "x_total", .counter, "Help \"it\".",
          [MetricFamily.Sample(1.5, labels: [("a", "q\"\n"), ("empty", "")])]),
        MetricFamily("y", .gauge, "Odd.", by: "is", [("nan", .nan), ("large", .infinity)]),
        MetricFamily("nothing", .gauge, "No samples."),
        MetricFamily(
          "h", .histogram, "Classic.",
          MetricFamily.samples([("r", "/")], bounds: [0.5, 1], counts: [2, 0, 3], sum: 7)),
      ], .protobuf)
    #expect(
      try Self.families(page) == [
        "1:x_total 2:Help \"it\". 3:0 4:{1:{1:a 2:q\"\n} 3:{1:1.5}}",
        "1:y 2:Odd. 3:1 4:{1:{1:is 2:nan} 2:{1:nan}} 4:{1:{1:is 2:large} 2:{1:inf}}",
        "1:h 2:Classic. 3:4 4:{1:{1:r 2:/} "
          + "7:{3:{1:2 2:0.5} 3:{1:2 2:1.0} 3:{1:5 2:inf} 2:7.0 1:5}}",
      ])
  }

  @Test func `a histogram is written both ways, with its exemplar`() throws {
    var histogram = SeriesHistogram()
    let trace = SeriesHistogram.Exemplar(
      traceHigh: 0x4bf9, traceLow: 0xabc, value: 1_500_000_000, time: 1_795_228_171_873_000_000)
    // 1, 1.5 twice, 1.6 and 1000: neighbours share a run, what is far begins another.
    for (bucket, times) in [(0, 1), (19, 2), (22, 1), (319, 1)] {
      histogram.record(bucket: bucket, times: Int64(times), sum: 1, bucket == 19 ? trace : nil)
    }
    histogram.record(bucket: ExponentialScale.lowest, times: 3, sum: 0, nil)
    var message = MetricMessage()
    message.begin("x", .histogram, "")
    message.append(histogram, [], .scores)
    var page: [UInt8] = []
    message.end(to: &page)
    let buckets = (-6...7).map { power in
      let count = power < 0 ? 3 : power == 0 ? 4 : 7
      let bound = Double(sign: .plus, exponent: power, significand: 1)
      let exemplar =
        power == 1
        ? " 3:{1:{1:trace_id 2:0000000000004bf90000000000000abc} 2:1.5 3:{1:1795228171 "
          + "2:873000000}}" : ""
      return "3:{1:\(count) 2:\(bound)\(exemplar)}"
    }.joined(separator: " ")
    let told = try Self.families(page)
    #expect(
      told == [
        "1:x 2: 3:4 4:{7:{1:8 2:4e-09 \(buckets) 3:{1:8 2:inf} 5:5 6:\(0x1p-20) 7:3 "
          + "12:{1:0 2:1} 12:{1:18 2:4} 12:{1:296 2:1} 13:[1 1 -2 0 1 0]}}"
      ])
  }

  @Test func `native buckets hold what the classic ones hold`() throws {
    var histogram = SeriesHistogram()
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let bucket = Int.random(in: -300...300, using: &generator)
      histogram.record(bucket: bucket, times: .random(in: 1...9), sum: 1, nil)
    }
    var message = HistogramMessage()
    message.append(native: histogram)
    let slab = ByteSlab(capacity: message.bytes.count)
    slab.append(message.bytes)
    var reader = unsafe ProtobufReader(ByteView(slab), from: 0, to: slab.count)
    var counts: [Int: Int64] = [:]
    var spans: [Int] = []
    var next = 0
    while let tag = try reader.next() {
      if tag.field == 12 {
        var span = try reader.message()
        _ = try span.next()
        next += Int(try span.zigzag())
        _ = try span.next()
        for _ in 0..<(try span.varint()) {
          spans.append(next)
          next += 1
        }
      } else if tag.field == 13 {
        var (packed, count, place) = (try reader.message(), Int64(0), 0)
        while !packed.isAtEnd {
          count += try packed.zigzag()
          if count != 0 { counts[spans[place]] = count }
          place += 1
        }
        #expect(place == spans.count)
      } else {
        try reader.skip(tag)
      }
    }
    let first = (histogram.firstDoubling - 1) * 32 + 1
    let expected = histogram.counts.enumerated().filter { $0.element != 0 }
      .map { (first + $0.offset, $0.element) }
    #expect(counts == Dictionary(uniqueKeysWithValues: expected))
  }
}
