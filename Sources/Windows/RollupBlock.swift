internal import Telemetry

/// Rollups of one hour as bytes: groups by rising number, and of each group the stretches of time,
/// by rising start. A call that is alone in its stretch takes some 30 bytes.
///
/// Whole numbers are written seven bits a byte, signed ones by zigzag. A group is its distance from
/// the one before and the bytes that its stretches take, so that a reader skips what it does not
/// look for. The layout is part of the file format.
package enum RollupBlock {
  /// Seconds of an hour, whose start the stretches are counted from.
  package static let hour: Int64 = 3_600

  /// What a rollup says twice is written once, and told by these bits.
  fileprivate struct Flags: OptionSet {
    let rawValue: UInt64
    static let latencyMax = Flags(rawValue: 1)
    static let latencyMin = Flags(rawValue: 2)
    static let firstTokenMax = Flags(rawValue: 4)
    static let latencyBucket = Flags(rawValue: 8)
    static let firstTokenBucket = Flags(rawValue: 16)
    /// How many there are.
    static let bits: UInt64 = 5
  }

  /// Fields that count in units: nearly always whole ones.
  fileprivate static let inUnits: UInt64 = [
    WindowField.starts, .finished, .firstTokenCount, .errors, .unavailable, .laterAttempts,
    .firstFailed, .untimed, .lacksUsage, .opened, .cacheHits, .cacheMisses, .scores, .busiest,
  ].reduce(0) { $0 | 1 << UInt64($1.rawValue) }

  /// Appends one group with its stretches, the starts of which are multiples of `step` from the
  /// hour's start on. `last` is the group written before, or 0.
  package static func append(
    group: UInt32, after last: UInt32, _ stretches: [(time: Int64, rollup: Rollup)], hour: Int64,
    step: Int64, to bytes: inout [UInt8]
  ) {
    var run: [UInt8] = []
    var previous: Int64 = -1
    for (time, rollup) in stretches {
      let place = (time - hour) / step
      append(UInt64(place - previous - 1), to: &run)
      append(rollup, to: &run)
      previous = place
    }
    append(UInt64(group - last), to: &bytes)
    append(UInt64(run.count), to: &bytes)
    bytes += run
  }

  private static func append(_ rollup: Rollup, to bytes: inout [UInt8]) {
    let flags = flags(of: rollup)
    var present = rollup.values.present
    if flags.contains(.latencyMax) { present &= ~bit(.latencyMax) }
    if flags.contains(.latencyMin) { present &= ~bit(.latencyMin) }
    if flags.contains(.firstTokenMax) { present &= ~bit(.firstTokenMax) }
    append(present << Flags.bits | flags.rawValue, to: &bytes)
    var bits = present
    while bits != 0 {
      let index = bits.trailingZeroBitCount
      bits &= bits &- 1
      let value = rollup.values[index]
      guard inUnits >> UInt64(index) & 1 == 1 else {
        append(zigzag(value), to: &bytes)
        continue
      }
      let (whole, rest) = value.quotientAndRemainder(dividingBy: EventFacts.unit)
      append(rest == 0 ? zigzag(whole) << 1 : zigzag(value) << 1 | 1, to: &bytes)
    }
    if !flags.contains(.latencyBucket) { append(rollup.latency, to: &bytes) }
    if !flags.contains(.firstTokenBucket) { append(rollup.firstToken, to: &bytes) }
    append(rollup.tokensPerSecond, to: &bytes)
  }

  private static func append(_ buckets: RollupBuckets, to bytes: inout [UInt8]) {
    append(UInt64(buckets.buckets.count), to: &bytes)
    var last = 0
    for bucket in buckets.buckets {
      append(zigzag(Int64(bucket.index) - Int64(last)), to: &bytes)
      append(zigzag(bucket.count), to: &bytes)
      last = Int(bucket.index)
    }
  }

  private static func flags(of rollup: Rollup) -> Flags {
    var flags: Flags = []
    let values = rollup.values
    let (latency, first) = (values[.latencySum], values[.firstTokenSum])
    if latency > 0 {
      if values[.latencyMax] == latency { flags.insert(.latencyMax) }
      if values[.latencyMin] == Least.mirrored(latency) { flags.insert(.latencyMin) }
    }
    if first > 0, values[.firstTokenMax] == first { flags.insert(.firstTokenMax) }
    if isOne(rollup.latency, of: latency) { flags.insert(.latencyBucket) }
    if isOne(rollup.firstToken, of: first) { flags.insert(.firstTokenBucket) }
    return flags
  }

  private static func isOne(_ buckets: RollupBuckets, of sum: Int64) -> Bool {
    buckets.buckets == [RollupBuckets.Bucket(index: bucket(of: sum), count: 1)]
  }

  fileprivate static func bucket(of nanoseconds: Int64) -> Int16 {
    Int16(ExponentialScale.index(of: Double(nanoseconds) / 1e9))
  }

  private static func bit(_ field: WindowField) -> UInt64 { 1 << UInt64(field.rawValue) }

  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: (value << 1) ^ (value >> 63))
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// Reads the groups of a block one after the other, about 10 ns a number.
package struct RollupCursor: Sendable {
  private let bytes: [UInt8]
  private var index = 0
  private let hour: Int64
  private let step: Int64
  private var runEnd = 0
  /// The group it stands at, or nil at the end.
  package private(set) var group: UInt32?
  /// Whether the bytes are not what `RollupBlock` writes.
  package private(set) var isDamaged = false

  /// Stands at the first group of a block.
  package init(_ bytes: [UInt8], hour: Int64, step: Int64) {
    self.bytes = bytes
    self.hour = hour
    self.step = step
    group = 0
    next()
  }

  /// Goes on to the next group.
  package mutating func next() {
    index = runEnd
    guard index < bytes.count, let last = group else {
      group = nil
      return
    }
    let distance = number()
    let length = Int(truncatingIfNeeded: number())
    guard !isDamaged, length >= 0, length <= bytes.count - index,
      let found = UInt32(exactly: UInt64(last) &+ distance)
    else { return fail() }
    group = found
    runEnd = index + length
  }

  /// Lets `body` see each stretch of the group it stands at. Once a group.
  package mutating func stretches(_ body: (_ time: Int64, _ rollup: Rollup) -> Void) {
    var place: Int64 = -1
    while index < runEnd {
      place += Int64(truncatingIfNeeded: number() & 0xFFFF) + 1
      let rollup = rollup()
      guard !isDamaged else { return fail() }
      body(hour + place * step, rollup)
    }
  }

  private mutating func fail() {
    isDamaged = true
    group = nil
    index = bytes.count
    runEnd = bytes.count
  }

  private mutating func rollup() -> Rollup {
    let head = number()
    let flags = RollupBlock.Flags(rawValue: head & (1 << RollupBlock.Flags.bits - 1))
    var bits = head >> RollupBlock.Flags.bits
    var rollup = Rollup()
    guard bits >> UInt64(WindowField.count) == 0 else {
      isDamaged = true
      return rollup
    }
    while bits != 0 {
      let index = bits.trailingZeroBitCount
      bits &= bits &- 1
      let number = number()
      guard RollupBlock.inUnits >> UInt64(index) & 1 == 1 else {
        rollup.values[index] = signed(number)
        continue
      }
      let value = signed(number >> 1)
      rollup.values[index] = number & 1 == 0 ? value &* EventFacts.unit : value
    }
    let (latency, first) = (rollup.values[.latencySum], rollup.values[.firstTokenSum])
    if flags.contains(.latencyMax) { rollup.values[.latencyMax] = latency }
    if flags.contains(.latencyMin) { rollup.values[.latencyMin] = Least.mirrored(latency) }
    if flags.contains(.firstTokenMax) { rollup.values[.firstTokenMax] = first }
    rollup.latency = buckets(flags.contains(.latencyBucket) ? latency : nil)
    rollup.firstToken = buckets(flags.contains(.firstTokenBucket) ? first : nil)
    rollup.tokensPerSecond = buckets(nil)
    return rollup
  }

  private mutating func buckets(_ only: Int64?) -> RollupBuckets {
    var buckets = RollupBuckets()
    if let only {
      buckets.append(.init(index: RollupBlock.bucket(of: only), count: 1))
      return buckets
    }
    var left = number()
    var last: Int64 = 0
    guard left <= UInt64(ExponentialScale.count) else {
      isDamaged = true
      return buckets
    }
    while left > 0, !isDamaged {
      left -= 1
      last += signed(number())
      let count = signed(number())
      guard (ExponentialScale.lowest...ExponentialScale.highest).contains(Int(last)) else {
        isDamaged = true
        return buckets
      }
      buckets.append(.init(index: Int16(truncatingIfNeeded: last), count: count))
    }
    return buckets
  }

  private func signed(_ number: UInt64) -> Int64 {
    Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  @inline(__always)
  private mutating func number() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while index < bytes.count, shift < 64 {
      let byte = bytes[index]
      index &+= 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    isDamaged = true
    return 0
  }
}
