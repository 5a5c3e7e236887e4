internal import Telemetry

/// Counts as they lie on disk until the series they were added to are saved.
extension SeriesCount {
  /// The bytes that `list` reads.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var leaves = leaves
    for number in [
      Int64(kind.rawValue), Int64(source), Int64(operation), Int64(tenant),
      Int64(status.rawValue), Self.number(errorType), Self.number(level), Self.number(cache),
      weight, histogramCount, duration, firstToken, unpricedTokens, cost, lacksUsage ? 1 : 0,
      isRetry ? 1 : 0, waits.retry, waits.gate, waits.queue, waits.pool,
    ] {
      SavedNumber.append(number, to: &bytes)
    }
    leaves.changeEach { SavedNumber.append($0, to: &bytes) }
    return bytes
  }

  /// Reads counts whose `bytes` stand one after another; what is none ends them.
  package static func list(_ bytes: [UInt8]) -> [SeriesCount] {
    var rest = bytes[...]
    var counts: [SeriesCount] = []
    while let count = SeriesCount(&rest) { counts.append(count) }
    return counts
  }

  private init?(_ rest: inout ArraySlice<UInt8>) {
    var numbers: [Int64] = []
    for _ in 0..<(20 + TokenLeaves.words.count) {
      guard let number = SavedNumber.read(Int64.self, &rest) else { return nil }
      numbers.append(number)
    }
    guard let kind = Self.word(numbers[0], Kind.init(rawValue:)),
      let source = UInt32(exactly: numbers[1]), let operation = UInt32(exactly: numbers[2]),
      let tenant = UInt32(exactly: numbers[3]),
      let status = Self.word(numbers[4], Status.init(rawValue:))
    else { return nil }
    self.kind = kind
    (self.source, self.operation, self.tenant) = (source, operation, tenant)
    self.status = status
    errorType = Self.word(numbers[5], ErrorType.init(rawValue:))
    level = Self.word(numbers[6], Level.init(rawValue:))
    cache = Self.word(numbers[7], CacheResult.init(rawValue:))
    (weight, histogramCount) = (numbers[8], numbers[9])
    (duration, firstToken) = (numbers[10], numbers[11])
    (unpricedTokens, cost) = (numbers[12], numbers[13])
    (lacksUsage, isRetry) = (numbers[14] == 1, numbers[15] == 1)
    waits = EventFacts.Waits()
    (waits.retry, waits.gate) = (numbers[16], numbers[17])
    (waits.queue, waits.pool) = (numbers[18], numbers[19])
    leaves = TokenLeaves()
    var place = 20
    leaves.changeEach { leaf in
      leaf = numbers[place]
      place += 1
    }
  }

  private static func number<Vocabulary: Word>(_ word: Vocabulary?) -> Int64 {
    word.map { Int64($0.rawValue) } ?? -1
  }

  private static func word<Value>(_ number: Int64, _ make: (UInt8) -> Value?) -> Value? {
    UInt8(exactly: number).flatMap(make)
  }
}
