internal import Codec
internal import LinuxIO
internal import Telemetry
internal import Windows

/// Makes, from all blocks of ten seconds of one hour, blocks of minutes and the sums of the hour by
/// breakdown: a piece at a time, in memory only. Holds the blocks and the groups' sums.
struct RollupFold {
  let hour: Int64
  /// The rows that it was made from.
  let blocks: [Int64]
  /// The minutes, compressed.
  private(set) var minutes: [[UInt8]] = []
  /// The sums of the hour by breakdown, by the names of groups.
  private(set) var hours: [[[UInt8]: Sum]]
  /// All groups met.
  private(set) var groups: [UInt32] = []
  private let breakdowns: [RollupBreakdown]
  private var merge: RollupMerge
  private var open: [UInt8] = []
  private var last: UInt32 = 0

  /// What a group of a breakdown counted in the hour.
  struct Sum {
    var rollup = Rollup()
    /// Finished ones that were cancelled, in units.
    var cancelled: Int64 = 0
  }

  /// Seconds of a stretch once an hour is folded.
  static let step: Int64 = 60
  /// Bytes of minutes in one row, before they are compressed.
  private static let chunk = 64 << 10

  init(hour: Int64, blocks: [(row: Int64, bytes: [UInt8])], _ breakdowns: [RollupBreakdown]) {
    self.hour = hour
    self.blocks = blocks.map(\.row)
    self.breakdowns = breakdowns
    hours = breakdowns.map { _ in [:] }
    merge = RollupMerge(
      blocks.map { RollupCursor($0.bytes, hour: hour, step: RollupCounter.step) }, hour: hour,
      step: Self.step)
  }

  /// Whether a block held what this program does not write; the rest of it is left out.
  var isDamaged: Bool { merge.isDamaged }

  /// Goes on until `deadline`, a monotonic time: whether it is done. `name` gives a group's labels.
  mutating func advance(
    until deadline: Int64, name: (UInt32) throws(StoreError) -> [UInt8]?
  ) throws(StoreError) -> Bool {
    while let (group, stretches) = merge.next() {
      guard !stretches.isEmpty else { continue }
      RollupBlock.append(
        group: group, after: last, stretches, hour: hour, step: Self.step, to: &open)
      last = group
      groups.append(group)
      if let name = try name(group) { add(stretches.map(\.rollup), name) }
      if open.count >= Self.chunk { seal() }
      if Clock.monotonic > deadline { return false }
    }
    if !open.isEmpty { seal() }
    return true
  }

  private mutating func seal() {
    minutes.append(RollupPacking.pack(open))
    open.removeAll(keepingCapacity: true)
    last = 0
  }

  private mutating func add(_ rollups: [Rollup], _ name: [UInt8]) {
    var sum = Rollup()
    for rollup in rollups { sum.join(rollup) }
    let told = AttributeValues.read([RollupNaming.typeLabel, RollupNaming.statusLabel], in: name)
    guard let type = EventType.allCases.first(where: { $0.text == told[0] }) else { return }
    let isCancelled = told[1] == Status.cancelled.text
    for (place, breakdown) in breakdowns.enumerated() where breakdown.takes(type) {
      let labels = Self.labels(breakdown.labels, in: name)
      hours[place][labels, default: Sum()].rollup.join(sum)
      if isCancelled { hours[place][labels, default: Sum()].cancelled += sum[.finished] }
    }
  }

  private static func labels(_ names: [String], in name: [UInt8]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for (label, value) in zip(names, AttributeValues.read(names, in: name))
    where !value.isEmpty {
      json.key(label)
      json.value(value)
    }
    json.endObject()
    return json.bytes
  }
}

/// How folded blocks lie in the file: a zlib stream.
enum RollupPacking {
  private static let level = 4
  /// More than any block has.
  private static let most = 64 << 20

  static func pack(_ bytes: [UInt8]) -> [UInt8] {
    var deflater = Deflater(.zlib, level: level)
    var packed: [UInt8] = []
    deflater.deflate(bytes, appendingTo: &packed)
    deflater.finish(appendingTo: &packed)
    return packed
  }

  /// The bytes that were packed, or nil for anything else.
  static func unpack(_ packed: [UInt8]) -> [UInt8]? {
    var inflater = Inflater(.zlib)
    var bytes: [UInt8] = []
    do throws(InflateError) {
      try inflater.inflate(packed, appendingTo: &bytes, limit: most)
      try inflater.finish()
      return bytes
    } catch {
      return nil
    }
  }
}
