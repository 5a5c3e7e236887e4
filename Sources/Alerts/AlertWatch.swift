internal import Codec
internal import PromQL

/// What a rule of some kind remembers of what it watches, beside its alerts.
struct AlertWatch: Sendable {
  /// Says of what the records are, lest a rule that asks something else takes them for its own.
  private let stamp: String
  private(set) var anomaly: AnomalyWatch?
  private(set) var budget: BudgetWatch?
  private(set) var absence: AbsenceWatch?

  /// Nothing seen yet.
  init(_ rule: AlertingRule) {
    stamp = "w\(Self.stamp(rule))-"
    switch rule.kind {
    case .expression: break
    case .anomaly(let rule): anomaly = AnomalyWatch(rule)
    case .budget(let rule): budget = BudgetWatch(rule)
    case .absence(let time): absence = AbsenceWatch(after: time)
    }
  }

  /// What is wrong at `time`, and whether the rule's expression gave nothing at all.
  mutating func candidates(
    of rule: AlertingRule, at time: Int64, zone: TimeZoneRules, _ ask: AlertEvaluation.Asking
  ) throws(RuleFailure) -> (candidates: [AlertCandidate], isBlank: Bool) {
    switch rule.kind {
    case .expression:
      let samples = try ask(0, time)
      if samples.isEmpty { return ([], true) }
      return (samples.map { AlertCandidate(name: rule.name, sample: $0) }, false)
    case .anomaly:
      let samples = try ask(0, time)
      return (
        try anomaly?.candidates(rule.name, samples, at: time, zone) ?? [], samples.isEmpty
      )
    case .budget: return (try budget?.candidates(at: time, zone, ask) ?? [], false)
    case .absence:
      let samples = try ask(0, time)
      return (absence?.candidates(rule.name, samples, at: time) ?? [], false)
    }
  }

  private static func stamp(_ rule: AlertingRule) -> String {
    let words: [String]
    switch rule.kind {
    case .expression, .absence: words = []
    case .anomaly(let anomaly):
      words = [anomaly.method.rawValue, anomaly.season.rawValue, String(anomaly.train)]
    case .budget(let budget): words = [budget.period.rawValue]
    }
    let labels = (words + [rule.query.text]).enumerated().map { Label("\($0)", "=" + $1) }
    return Labels(labels).fingerprintText
  }

  /// Makes the next saving save all.
  mutating func forgetSaving() {
    anomaly?.forgetSaving()
    budget?.isUnsaved = true
    absence?.isUnsaved = true
  }

  /// Saves what is not as it was last saved under keys that begin with `prefix`.
  mutating func save(into memory: inout AlertMemory, prefix: String, keys: inout Set<String>) {
    let prefix = prefix + stamp
    anomaly?.save(into: &memory, prefix: prefix, keys: &keys)
    if budget?.isUnsaved == true { memory[prefix + "b"] = budget?.record }
    if absence?.isUnsaved == true { memory[prefix + "n"] = absence?.record }
    if budget != nil { keys.insert(prefix + "b") }
    if absence != nil { keys.insert(prefix + "n") }
    budget?.isUnsaved = false
    absence?.isUnsaved = false
  }

  /// Takes a record of this kind; whether it could be read. Those of what the rule asked before it
  /// was changed are let go.
  mutating func restore(_ key: Substring, _ bytes: [UInt8]) -> Bool {
    guard key.hasPrefix(stamp) else { return key.first == "w" }
    let key = key.dropFirst(stamp.count)
    return switch key.first {
    case "b": budget?.restore(bytes) ?? true
    case "n": absence?.restore(bytes) ?? true
    default: anomaly?.restore(key, bytes) ?? true
    }
  }
}

/// When events were last counted.
struct AbsenceWatch: Sendable {
  private static let version: UInt8 = 1
  private let limit: Int64
  private var count = 0.0
  /// When the count last changed, or was first asked for, and when it was last asked for.
  private var since: Int64?
  private var last: Int64 = 0
  var isUnsaved = false

  init(after limit: Int64) { self.limit = limit }

  /// What is missing when `samples` is what was counted so far. While nobody looked for as long as
  /// the limit nothing is known, so time begins anew then.
  mutating func candidates(
    _ name: String, _ samples: [RuleSample], at time: Int64
  ) -> [AlertCandidate] {
    let now = samples.reduce(0) { $0 + $1.number }
    defer {
      last = time
      isUnsaved = true
    }
    guard let since, now == count, time - last < max(limit, 600_000) else {
      (self.since, count) = (time, now)
      return []
    }
    guard time - since >= limit else { return [] }
    let seconds = Double(time - since) / 1_000
    return [AlertCandidate(name: name, sample: RuleSample(labels: .none, value: .float(seconds)))]
  }

  var record: [UInt8] {
    var writer = MemoryWriter(version: Self.version)
    writer.add(count)
    writer.add(since)
    writer.add(last)
    return writer.bytes
  }

  mutating func restore(_ bytes: [UInt8]) -> Bool {
    guard var reader = MemoryReader(bytes, version: Self.version), let count = reader.float(),
      let since = reader.optionalWhole(), let last = reader.whole(), reader.isAtEnd
    else { return false }
    (self.count, self.since, self.last) = (count, since, last)
    return true
  }
}

extension RuleSample {
  /// The value; a histogram's count.
  var number: Double {
    switch value {
    case .float(let value): value
    case .histogram(let histogram): histogram.count
    }
  }
}
