internal import Codec
internal import PromQL

/// The detectors of a rule, one a series.
struct AnomalyWatch: Sendable {
  private let rule: AnomalyRule
  private var detectors: [Labels: Detector] = [:]
  /// When those of series that are gone were last looked for.
  private var lastSweep: Int64 = .min
  private var unsaved: Set<Labels> = []
  private var isSweepUnsaved = false

  init(_ rule: AnomalyRule) { self.rule = rule }

  /// What is unusual among `samples`; each is learnt from.
  mutating func candidates(
    _ name: String, _ samples: [RuleSample], at time: Int64, _ zone: TimeZoneRules
  ) throws(RuleFailure) -> [AlertCandidate] {
    guard samples.count <= AnomalyRule.seriesLimit else {
      throw RuleFailure(
        "a detector watches at most \(AnomalyRule.seriesLimit) series, this rule has "
          + "\(samples.count)")
    }
    sweep(at: time)
    let local = rule.method == .seasonal ? zone.local(Detector.seconds(time)) : 0
    var candidates: [AlertCandidate] = []
    for sample in samples {
      guard case .float(let value) = sample.value, value.isFinite else { continue }
      let hasName = !sample.labels.metricName.isEmpty
      let labels = hasName ? sample.labels.setting(LabelName.metric, to: "") : sample.labels
      makeRoom(for: labels)
      let step = detectors[labels, default: Detector(rule)]
        .step(value, at: time, local: local, rule)
      if step.isChanged { unsaved.insert(labels) }
      guard step.isUnusual else { continue }
      var candidate = AlertCandidate(name: name, sample: sample)
      candidate.usual = step.usual
      candidates.append(candidate)
    }
    return candidates
  }

  /// Forgets series that were not there for the training time.
  private mutating func sweep(at time: Int64) {
    guard lastSweep == .min || time - lastSweep >= rule.train / 4 else { return }
    lastSweep = time
    isSweepUnsaved = true
    for (labels, detector) in detectors where time - detector.lastSeen > rule.train {
      detectors[labels] = nil
      unsaved.insert(labels)
    }
  }

  /// With too many series the one that was not there for longest goes.
  private mutating func makeRoom(for labels: Labels) {
    guard detectors.count >= 2 * AnomalyRule.seriesLimit, detectors[labels] == nil else { return }
    let oldest = detectors.min {
      ($0.value.lastSeen, $0.key.fingerprint) < ($1.value.lastSeen, $1.key.fingerprint)
    }
    guard let oldest else { return }
    detectors[oldest.key] = nil
    unsaved.insert(oldest.key)
  }
}

// MARK: Saving
extension AnomalyWatch {
  private static let version: UInt8 = 1

  mutating func forgetSaving() {
    unsaved = Set(detectors.keys)
    isSweepUnsaved = true
  }

  /// `d` and a hash: what is learnt of a series. `s`: the last sweep.
  mutating func save(into memory: inout AlertMemory, prefix: String, keys: inout Set<String>) {
    if isSweepUnsaved {
      var writer = MemoryWriter(version: Self.version)
      writer.add(lastSweep)
      memory[prefix + "s"] = writer.bytes
      isSweepUnsaved = false
    }
    keys.insert(prefix + "s")
    for labels in detectors.keys {
      let key = prefix + "d" + labels.fingerprintText
      keys.insert(key)
      if rule.method == .seasonal { keys.insert(key + "h") }
    }
    for labels in unsaved {
      let key = prefix + "d" + labels.fingerprintText
      memory[key] = detectors[labels].map { detector in
        var writer = MemoryWriter(version: Self.version)
        writer.add(labels.entries)
        detector.save(into: &writer)
        return writer.bytes
      }
      guard rule.method == .seasonal else { continue }
      memory[key + "h"] = detectors[labels].map { detector in
        var writer = MemoryWriter(version: Self.version)
        writer.add(labels.entries)
        detector.saveHour(into: &writer)
        return writer.bytes
      }
    }
    unsaved = []
  }

  mutating func restore(_ key: Substring, _ bytes: [UInt8]) -> Bool {
    guard var reader = MemoryReader(bytes, version: Self.version) else { return false }
    if key == "s" {
      guard let time = reader.whole() else { return false }
      lastSweep = time
      return true
    }
    guard key.first == "d", let entries = reader.labels() else { return false }
    let labels = Labels(entries)
    var detector = detectors[labels] ?? Detector(rule)
    let isHour = key.hasSuffix("h")
    guard isHour ? detector.restoreHour(&reader) : detector.restore(&reader), reader.isAtEnd else {
      return false
    }
    detectors[labels] = detector
    return true
  }
}
