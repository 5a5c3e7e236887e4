internal import Telemetry

/// Samples of many series in order of arrival, as one row of `samples`: those of one commit that
/// lie in one hour. Some 20 ns and 5 to 12 bytes a sample, so that a commit costs one insert.
///
/// Each sample is three numbers: the distance of its series from the one before with the kind of
/// its value in the two low bits, the distance of its time, and the value.
enum SampleChunk {
  /// What a sample's value is.
  enum Kind: UInt64 {
    /// A whole number.
    case whole = 0
    case bits
    case histogram
    case stale
  }

  /// A chunk that is being filled.
  struct Writer {
    private(set) var bytes: [UInt8] = []
    private(set) var first = Int64.max
    private(set) var last = Int64.min
    private var series: Int64 = 0
    private var time: Int64

    init(hour: Int64) {
      time = hour
    }

    mutating func append(_ series: Int64, _ time: Int64, _ value: Double) {
      if value.bitPattern == SamplePoints.stale.bitPattern {
        begin(series, time, .stale)
      } else if let whole = Int64(exactly: value), abs(whole) < 1 << 48,
        whole != 0 || value.sign == .plus
      {
        begin(series, time, .whole)
        SampleBytes.append(signed: whole, to: &bytes)
      } else {
        begin(series, time, .bits)
        SampleBytes.append(bits: value.bitPattern, to: &bytes)
      }
    }

    mutating func append(_ series: Int64, _ time: Int64, _ histogram: SampleHistogram) {
      begin(series, time, .histogram)
      var writer = SampleHistogramWriter()
      writer.append(histogram, to: &bytes)
    }

    @inline(__always)
    private mutating func begin(_ series: Int64, _ time: Int64, _ kind: Kind) {
      let distance = SampleBytes.zigzag(series - self.series)
      SampleBytes.append((distance << 2) | kind.rawValue, to: &bytes)
      SampleBytes.append(signed: time - self.time, to: &bytes)
      (self.series, self.time) = (series, time)
      first = min(first, time)
      last = max(last, time)
    }
  }

  /// A value as it is read.
  enum Value: Equatable {
    case number(Double)
    case histogram(SampleHistogram)
  }

  /// Lets `body` see each sample; false where the bytes are not what a writer writes, after what
  /// could be read.
  @inline(__always)
  static func forEach(
    _ bytes: [UInt8], hour: Int64, _ body: (_ series: Int64, _ time: Int64, _ value: Value) -> Void
  ) -> Bool {
    var reader = SampleByteReader(bytes)
    var series: Int64 = 0
    var time = hour
    while !reader.isAtEnd {
      let head = reader.number()
      series &+= SampleBytes.signed(head >> 2)
      time &+= reader.signed()
      let value: Value
      switch Kind(rawValue: head & 3) {
      case .whole: value = .number(Double(reader.signed()))
      case .bits: value = .number(Double(bitPattern: reader.bits()))
      case .histogram:
        var histograms = SampleHistogramReader()
        value = .histogram(histograms.next(&reader))
      case .stale, nil: value = .number(SamplePoints.stale)
      }
      guard !reader.isDamaged else { return false }
      body(series, time, value)
    }
    return true
  }
}
