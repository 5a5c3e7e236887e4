/// Median and median distance from it, of samples spread evenly over the training time.
struct MedianModel: Sendable, Equatable {
  /// Samples kept: half a kilobyte.
  static let capacity = 120
  /// Distances of a normal distribution: a standard deviation by the median one, and by the mean.
  private static let byMedian = 1.482_602_218_505_602
  private static let byMean = 1.253_314_137_315_500_3

  private var values: [Float] = []
  /// Where the next one goes once there are enough.
  private var next = 0
  /// Which part of the training time the last one is of.
  private var lastPart: Int64 = .min
  private var usual = 0.0
  private var scale = 0.0

  func estimate(_ rule: AnomalyRule) -> (usual: Double, scale: Double)? {
    values.count >= min(rule.minSamples, Self.capacity) ? (usual, scale) : nil
  }

  /// Takes the first sample of each part of the training time; whether this is one.
  mutating func learn(_ value: Double, at time: Int64, _ rule: AnomalyRule) -> Bool {
    let width = max(rule.train / Int64(Self.capacity), 1)
    let part = time / width
    guard part != lastPart else { return false }
    lastPart = part
    if values.count < Self.capacity {
      values.append(Float(value))
    } else {
      values[next] = Float(value)
      next = (next + 1) % Self.capacity
    }
    measure()
    return true
  }

  private mutating func measure() {
    var sorted = values
    sorted.sort()
    usual = Self.middle(sorted)
    for index in sorted.indices { sorted[index] = (sorted[index] - Float(usual)).magnitude }
    sorted.sort()
    scale = Self.byMedian * Self.middle(sorted)
    guard scale == 0 else { return }
    scale = Self.byMean * sorted.reduce(0) { $0 + Double($1) } / Double(sorted.count)
  }

  private static func middle(_ sorted: [Float]) -> Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1
      ? Double(sorted[middle]) : (Double(sorted[middle - 1]) + Double(sorted[middle])) / 2
  }

  func save(into writer: inout MemoryWriter) {
    writer.add(lastPart)
    writer.add(UInt32(next))
    writer.add(UInt32(values.count))
    for value in values { writer.add(value) }
  }

  mutating func restore(_ reader: inout MemoryReader) -> Bool {
    guard let part = reader.whole(), let next = reader.count(), next < Self.capacity,
      let count = reader.count(), count <= Self.capacity
    else { return false }
    var values: [Float] = []
    for _ in 0..<count {
      guard let value = reader.single() else { return false }
      values.append(value)
    }
    (self.values, self.next, lastPart) = (values, next, part)
    if !values.isEmpty { measure() }
    return true
  }
}
