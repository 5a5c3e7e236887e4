/// What was counted in one second, or in one block of ten, of one group and shard: two lines of
/// memory, a third to fifth for the fields that few calls have, and three sparse histograms.
struct Slot {
  /// The three histograms of a slot.
  enum Histogram: Int, CaseIterable, Sendable {
    case latency, firstToken, tokensPerSecond
  }

  static let lines = 2
  private static let extraLines = 3
  /// Halves of the first three words: the second or block, the run of further fields, the heads.
  private static let tagPlace = 0
  private static let extraPlace = 1
  private static let headPlace = 2
  /// Where the common fields begin, in words; the ones before hold the tag, ids and heads.
  private static let firstField = 3

  let id: UInt32
  let run: WordRun
  let memory: SlotMemoryHandle

  init(_ id: UInt32, in memory: SlotMemoryHandle) {
    self.id = id
    self.memory = memory
    run = memory.run(id)
  }

  /// The second or block it is for.
  var tag: Int64 {
    @inline(__always) get { Int64(run.half(Self.tagPlace)) }
    nonmutating set { run.setHalf(Self.tagPlace, UInt32(truncatingIfNeeded: newValue)) }
  }

  /// Adds values. On the writer's thread.
  @inline(__always)
  func join(_ values: FieldView) {
    var bits = values.present
    while bits != 0 {
      let index = bits.trailingZeroBitCount
      bits &= bits &- 1
      let (words, place) = room(for: index)
      words[place] =
        WindowField.largest >> UInt64(index) & 1 == 1
        ? max(words[place], values[index]) : words[place] &+ values[index]
    }
  }

  @inline(__always)
  private func room(for index: Int) -> (words: WordRun, place: Int) {
    if index < WindowField.common { return (run, index &+ Self.firstField) }
    var extra = run.half(Self.extraPlace)
    if extra == 0 {
      extra = memory.allocate(lines: Self.extraLines)
      run.setHalf(Self.extraPlace, extra)
    }
    return (memory.run(extra), index &- WindowField.common)
  }

  /// Adds to a bucket. On the writer's thread; `retire` is told of runs no longer used.
  @inline(__always)
  func add(
    _ count: Int64, to bucket: Int, of histogram: Histogram, retire: (UInt32, Int) -> Void
  ) {
    let place = Self.headPlace + histogram.rawValue
    let head = run.half(place)
    let now = BucketTable.add(count, to: bucket, of: head, in: memory, retire: retire)
    if now != head { run.setHalf(place, now) }
  }

  /// Adds an event to the histograms. On the writer's thread.
  @inline(__always)
  func add(_ count: Int64, to buckets: EventBuckets, retire: (UInt32, Int) -> Void) {
    if buckets.latency != EventBuckets.none {
      add(count, to: buckets.latency, of: .latency, retire: retire)
    }
    if buckets.firstToken != EventBuckets.none {
      add(count, to: buckets.firstToken, of: .firstToken, retire: retire)
    }
    if buckets.tokensPerSecond != EventBuckets.none {
      add(count, to: buckets.tokensPerSecond, of: .tokensPerSecond, retire: retire)
    }
  }

  /// Adds all fields to `values`. From any thread.
  @inline(__always)
  func read(into values: inout FieldValues) {
    for index in 0..<WindowField.common {
      let value = run[index &+ Self.firstField]
      if value != 0 { values.join(index, value) }
    }
    let extra = run.half(Self.extraPlace)
    guard extra != 0 else { return }
    let words = memory.run(extra)
    for index in WindowField.common..<WindowField.count {
      let value = words[index &- WindowField.common]
      if value != 0 { values.join(index, value) }
    }
  }

  /// The value of one field. From any thread.
  @inline(__always)
  func value(_ field: WindowField) -> Int64 {
    let index = field.rawValue
    if index < WindowField.common { return run[index &+ Self.firstField] }
    let extra = run.half(Self.extraPlace)
    return extra == 0 ? 0 : memory.run(extra)[index &- WindowField.common]
  }

  /// Lets `body` see the buckets of a histogram. From any thread.
  @inline(__always)
  func forEachBucket(of histogram: Histogram, _ body: (_ bucket: Int, _ count: Int64) -> Void) {
    BucketTable.forEach(
      of: run.half(Self.headPlace + histogram.rawValue), in: memory, body)
  }

  /// Adds everything in it to another slot. On the writer's thread. `isSecond`: it is a single
  /// second, that remains known as one that was perhaps the busiest.
  func join(into other: Slot, isSecond: Bool, retire: (UInt32, Int) -> Void) {
    var values = FieldValues()
    read(into: &values)
    if isSecond { values[.busiest] = max(0, values[.starts]) }
    values.withView { other.join($0) }
    for histogram in Histogram.allCases {
      forEachBucket(of: histogram) { bucket, count in
        other.add(count, to: bucket, of: histogram, retire: retire)
      }
    }
  }

  /// Gives its memory back. On the writer's thread.
  func release() {
    let extra = run.half(Self.extraPlace)
    if extra != 0 { memory.release(extra, lines: Self.extraLines) }
    for histogram in Histogram.allCases {
      let head = run.half(Self.headPlace + histogram.rawValue)
      guard head != 0 else { continue }
      let (id, lines) = BucketTable.parts(head)
      memory.release(id, lines: lines)
    }
    memory.release(id, lines: Self.lines)
  }
}
