internal import Codec

/// Learns what is usual of one series and tells what is not.
///
/// What is called unusual is not learnt for half the training time; after that it is, so that a
/// level that stays becomes the usual one.
struct Detector: Sendable, Equatable {
  /// What came of a sample.
  struct Step {
    var isUnusual = false
    /// What a usual value would have been; nil while too little is known.
    var usual: Double?
    /// Whether there is something to save.
    var isChanged = false
  }

  private var median: MedianModel?
  private var averaging: AveragingModel?
  private var seasonal: SeasonalModel?
  /// Since when each sample is unusual.
  private var unusualSince: Int64?
  /// When a sample was last there, give or take a sixteenth of the training time.
  private(set) var lastSeen: Int64 = .min

  /// Nothing learnt yet.
  init(_ rule: AnomalyRule) {
    switch rule.method {
    case .mad: median = MedianModel()
    case .ewma: averaging = AveragingModel()
    case .seasonal: seasonal = SeasonalModel(hours: rule.season.hours)
    }
  }

  /// Judges a sample, then learns from it; `local` is what clocks show, in seconds.
  mutating func step(
    _ value: Double, at time: Int64, local: Int64, _ rule: AnomalyRule
  ) -> Step {
    var step = Step()
    let known = estimate(local, rule)
    if let known {
      step.usual = known.usual
      step.isUnusual = Self.isUnusual(value, known, rule)
    }
    let before = (unusualSince, lastSeen)
    unusualSince = step.isUnusual ? unusualSince ?? time : nil
    if lastSeen == .min || time - lastSeen >= rule.train / 16 { lastSeen = time }
    step.isChanged = before != (unusualSince, lastSeen)
    if let unusualSince, time - unusualSince < rule.train / 2 { return step }
    if learn(value, at: time, local: local, rule) { step.isChanged = true }
    return step
  }

  /// What is usual, and one standard deviation from it; nil while too little is known.
  private func estimate(_ local: Int64, _ rule: AnomalyRule) -> (usual: Double, scale: Double)? {
    if let median { return median.estimate(rule) }
    if let averaging { return averaging.estimate(rule) }
    return seasonal?.estimate(local, rule)
  }

  private mutating func learn(
    _ value: Double, at time: Int64, local: Int64, _ rule: AnomalyRule
  ) -> Bool {
    if rule.method == .mad { return median?.learn(value, at: time, rule) ?? false }
    if rule.method == .ewma {
      averaging?.learn(value, at: time, rule)
    } else {
      seasonal?.learn(value, local: local, rule)
    }
    return true
  }

  private static func isUnusual(
    _ value: Double, _ known: (usual: Double, scale: Double), _ rule: AnomalyRule
  ) -> Bool {
    let change = value - known.usual
    switch rule.direction {
    case .up: if change <= 0 { return false }
    case .down: if change >= 0 { return false }
    case .both: if change == 0 { return false }
    }
    return change.magnitude > rule.sensitivity * known.scale
      && change.magnitude >= rule.minEffect * known.usual.magnitude
      && max(value.magnitude, known.usual.magnitude) >= rule.minValue
  }

  /// Whole seconds of milliseconds since 1970, rounded down.
  static func seconds(_ time: Int64) -> Int64 { (time - (time % 1_000 + 1_000) % 1_000) / 1_000 }
}

// MARK: Saving
extension Detector {
  func save(into writer: inout MemoryWriter) {
    writer.add(unusualSince)
    writer.add(lastSeen)
    median?.save(into: &writer)
    averaging?.save(into: &writer)
    seasonal?.saveTable(into: &writer)
  }

  /// The hour at hand of a seasonal detector, which changes with each sample.
  func saveHour(into writer: inout MemoryWriter) { seasonal?.saveHour(into: &writer) }

  mutating func restore(_ reader: inout MemoryReader) -> Bool {
    guard let since = reader.optionalWhole(), let seen = reader.whole() else { return false }
    (unusualSince, lastSeen) = (since, seen)
    if median != nil { return median?.restore(&reader) ?? false }
    if averaging != nil { return averaging?.restore(&reader) ?? false }
    return seasonal?.restoreTable(&reader) ?? false
  }

  mutating func restoreHour(_ reader: inout MemoryReader) -> Bool {
    seasonal?.restoreHour(&reader) ?? false
  }
}
