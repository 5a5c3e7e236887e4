/// Mean and variance in which a sample weighs the less the older it is: after the training time a
/// quarter of what it weighed.
struct AveragingModel: Sendable, Equatable {
  private var mean = 0.0
  private var variance = 0.0
  private var count: Int64 = 0
  private var last: Int64 = 0

  func estimate(_ rule: AnomalyRule) -> (usual: Double, scale: Double)? {
    count >= rule.minSamples ? (mean, variance.squareRoot()) : nil
  }

  mutating func learn(_ value: Double, at time: Int64, _ rule: AnomalyRule) {
    // Of the same size as 1 − e^(−passed ÷ third) while little time passed, and never above 1.
    let passed = Double(max(time - last, 0))
    let aged = passed / (passed + Double(rule.train) / 3)
    let weight = count == 0 ? 1 : max(aged, 1 / Double(count + 1))
    let change = value - mean
    mean += weight * change
    variance = (1 - weight) * (variance + weight * change * change)
    count += 1
    last = time
  }

  func save(into writer: inout MemoryWriter) {
    writer.add(mean)
    writer.add(variance)
    writer.add(count)
    writer.add(last)
  }

  mutating func restore(_ reader: inout MemoryReader) -> Bool {
    guard let mean = reader.float(), let variance = reader.float(), let count = reader.whole(),
      let last = reader.whole()
    else { return false }
    (self.mean, self.variance, self.count, self.last) = (mean, variance, count, last)
    return true
  }
}
