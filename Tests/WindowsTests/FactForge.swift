import Codec
import Telemetry
import TestSupport

@testable import Windows

/// Random events as intake makes them.
struct FactForge {
  let dimensions = DimensionTable(hashKey: HashKey(3, 4))
  var dice: Dice

  init(seed: UInt64) { dice = Dice(seed: seed) }

  mutating func facts() -> EventFacts {
    var event = Event()
    event.type = [.llm, .llm, .llm, .span, .log, .score][roll(6)]
    event.status = maybe { [.ok, .error, .cancelled][$0.roll(3)] }
    event.errorType = roll(3) == 0 ? ErrorType(rawValue: UInt8(roll(12))) : nil
    event.level = maybe { Level(rawValue: UInt8($0.roll(7))) ?? .info }
    event.isOpen = roll(6) == 0
    event.duration = maybe { Int64($0.roll(5_000)) * 1_000_000 } ?? Event.absent
    event.timeToFirstToken = maybe { Int64($0.roll(900)) * 1_000_000 } ?? Event.absent
    event.attempt = maybe { Int64($0.roll(4)) } ?? Event.absent
    event.sampleRate = [1, 1, 1, 0.5, 0.3][roll(5)]
    if roll(3) > 0 { event.leaves.input = Int64(roll(1_000)) }
    if roll(3) > 0 { event.leaves.output = Int64(roll(100)) }
    if roll(5) == 0 { event.leaves.reasoning = Int64(roll(100)) }
    if roll(2) > 0 { event.cost = Int64(roll(1 << 40)) }
    event.source = intern(.source, [.service: word("svc")])
    event.operation = intern(
      .operation,
      [
        .provider: word("p"), .model: word("m"), .operation: word("chat"), .kind: word("k"),
        .prompt: word("x"),
      ])
    event.tenant = intern(.tenant, [.tenant: word("t")])
    let measures = self.measures()
    event.measureCount = UInt16(measures.count)
    return EventFacts(event, measures: measures, receivedAt: 1_000)
  }

  private mutating func measures() -> [Measure] {
    var measures: [Measure] = []
    for quantity in [Measure.Quantity.retryWait, .gateWait, .queueWait, .poolWait] {
      if roll(6) == 0 { measures.append(Measure(quantity, Double(roll(100_000)) / 8)) }
    }
    if roll(4) == 0 { measures.append(Measure(.cacheResult, Double(roll(5)))) }
    return measures
  }

  private mutating func intern(_ family: DimensionFamily, _ values: [Dimension: String?]) -> UInt32
  {
    dimensions.intern(
      family, values: family.dimensions.map { (values[$0] ?? nil).map { Array($0.utf8) } })
  }

  private mutating func word(_ stem: String) -> String? {
    let number = roll(4)
    return number == 3 ? nil : "\(stem)\(number)"
  }

  mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &dice) }

  private mutating func maybe<Value>(_ value: (inout FactForge) -> Value) -> Value? {
    roll(2) == 0 ? nil : value(&self)
  }
}

/// The obvious slow count: every event asked anew what it adds to which name.
struct Recount {
  private(set) var values: [String: Int128] = [:]
  private let dimensions: DimensionTable

  init(_ dimensions: DimensionTable, _ all: [EventFacts]) {
    self.dimensions = dimensions
    for facts in all where facts.isFinished { count(facts) }
    values = values.filter { $0.value != 0 }
  }

  private mutating func count(_ facts: EventFacts) {
    let event = facts.event
    switch event.type {
    case .llm:
      if let cache = facts.cache {
        add("cache|\(cache.text)", [.service], facts, Int128(facts.weight))
        if cache.isAnswer, event.cost != Event.absent {
          add("saved", [.service], facts, Int128(facts.weighted(event.cost)))
        }
      }
      if facts.cache?.isAnswer != true { call(facts) }
    case .span:
      add("spans|\(facts.outcome.text)", SeriesGroup.span.dimensions, facts, Int128(facts.weight))
      histogram("span_duration", SeriesGroup.span.dimensions, facts, event.duration)
    case .log:
      add("logs|\(event.level?.text ?? "")", [.service], facts, Int128(facts.weight))
    case .score: break
    }
  }

  private mutating func call(_ facts: EventFacts) {
    let event = facts.event
    let (labels, weight) = (SeriesGroup.call.dimensions, Int128(facts.weight))
    let (tenant, prompt) = (SeriesGroup.tenant.dimensions, SeriesGroup.prompt.dimensions)
    add("requests|\(facts.outcome.text)", labels, facts, weight)
    add("tenant_requests", tenant, facts, weight)
    add("prompt_requests", prompt, facts, weight)
    if facts.outcome == .error {
      add("errors|\(event.errorType?.text ?? "other")", labels, facts, weight)
    }
    if facts.outcome == .ok, event.leaves.isEmpty { add("no_usage", labels, facts, weight) }
    if event.attempt > 1 { add("retries", labels, facts, weight) }
    var tokens: Int64 = 0
    for (name, count) in [
      ("input", event.leaves.input), ("output", event.leaves.output),
      ("reasoning", event.leaves.reasoning),
    ] where count > 0 {
      tokens += facts.weighted(count)
      add("tokens|\(name)", labels, facts, Int128(facts.weighted(count)))
      add("tenant_tokens|\(name)", tenant, facts, Int128(facts.weighted(count)))
    }
    if event.cost == Event.absent {
      add("unpriced", labels, facts, Int128(tokens))
    } else {
      for (name, labels) in [("cost", labels), ("tenant_cost", tenant), ("prompt_cost", prompt)] {
        add(name, labels, facts, Int128(facts.weighted(event.cost)))
      }
    }
    let waits = [
      ("retry", facts.waits.retry), ("gate", facts.waits.gate), ("queue", facts.waits.queue),
      ("pool", facts.waits.pool),
    ]
    for (name, wait) in waits {
      add("wait|\(name)", labels, facts, Int128(facts.weighted(wait)))
    }
    histogram("duration", labels, facts, event.duration)
    histogram("prompt_duration", prompt, facts, event.duration)
    histogram("ttft", labels, facts, event.timeToFirstToken)
  }

  private mutating func histogram(
    _ name: String, _ labels: [Dimension], _ facts: EventFacts, _ value: Int64
  ) {
    guard value != Event.absent, facts.outcome != .cancelled, facts.event.errorType != .circuitOpen
    else { return }
    let times = Int128(facts.histogramCount)
    let bucket = ExponentialScale.index(of: Double(value) / 1e9)
    add("\(name)|\(bucket)", labels, facts, times)
    add("\(name)|sum", labels, facts, Int128(value) * times)
  }

  private mutating func add(
    _ name: String, _ labels: [Dimension], _ facts: EventFacts, _ amount: Int128
  ) {
    let texts = labels.map { dimension -> String in
      let id =
        switch dimension.family {
        case .source: facts.event.source
        case .operation: facts.event.operation
        case .tenant: facts.event.tenant
        }
      let value = dimensions.set(dimension.family, id)?[dimension]
      return value.map { String(decoding: $0, as: UTF8.self) } ?? "-"
    }
    values[Self.key(name, texts), default: 0] += amount
  }

  static func key(_ name: String, _ labels: [String]) -> String {
    let parts = name.split(separator: "|", maxSplits: 1).map(String.init)
    return ([parts[0]] + labels + parts.dropFirst()).joined(separator: "|")
  }
}

extension SeriesTotals {
  /// Every number that is not 0 by name and labels; exact or as it is shown.
  func flat(isExact: Bool) -> [String: Int128] {
    var flat: [String: Int128] = [:]
    for group in SeriesGroup.allCases {
      let table = self[group]
      let names = group.names
      for series in 0..<table.count {
        let labels = table.labels[series].map {
          $0.map { String(decoding: $0, as: UTF8.self) } ?? "-"
        }
        let saved = table.saved(series)
        for (index, name) in names.counters.enumerated() {
          let owed = isExact ? saved.owedCounters[index] ?? 0 : 0
          flat[Recount.key(name, labels)] = Int128(saved.counters[index] - owed)
        }
        for (index, name) in names.amounts.enumerated() {
          let owed = isExact ? saved.owedAmounts[index] ?? 0 : 0
          flat[Recount.key(name, labels)] = saved.amounts[index] - owed
        }
        for (index, name) in names.histograms.enumerated() {
          let owed = isExact ? saved.owedHistograms[index] : nil
          for bucket in saved.histograms[index].buckets {
            let count = saved.histograms[index].count(inBucket: bucket)
            flat[Recount.key("\(name)|\(bucket)", labels)] =
              Int128(count - (owed?.count(inBucket: bucket) ?? 0))
          }
          flat[Recount.key("\(name)|sum", labels)] = saved.histograms[index].sum - (owed?.sum ?? 0)
        }
      }
    }
    return flat.filter { $0.value != 0 }
  }
}

extension SeriesHistogram {
  /// Its buckets that hold anything.
  fileprivate var buckets: [Int] {
    counts.indices.filter { counts[$0] != 0 }.map { $0 + (firstDoubling - 1) * 32 + 1 }
  }

  func count(inBucket bucket: Int) -> Int64 {
    let place = bucket - (firstDoubling - 1) * 32 - 1
    return counts.indices.contains(place) ? counts[place] : 0
  }
}

extension SeriesGroup {
  /// What its numbers are called in a recount, in their order.
  fileprivate var names: (counters: [String], amounts: [String], histograms: [String]) {
    let status = Status.allCases.map(\.text)
    let tokens = TokenLeaves.words
    switch self {
    case .call:
      return (
        status.map { "requests|\($0)" } + ErrorType.allCases.map { "errors|\($0.text)" }
          + ["no_usage", "retries"] + tokens.map { "tokens|\($0)" } + ["unpriced"],
        ["cost"] + CallAmount.waitReasons.map { "wait|\($0)" }, ["duration", "ttft"]
      )
    case .service:
      return (
        CacheResult.allCases.map { "cache|\($0.text)" }
          + Level.allCases.map { "logs|\($0.text)" } + ["logs|"], ["saved"], []
      )
    case .tenant:
      return (["tenant_requests"] + tokens.map { "tenant_tokens|\($0)" }, ["tenant_cost"], [])
    case .prompt: return (["prompt_requests"], ["prompt_cost"], ["prompt_duration"])
    case .span: return (status.map { "spans|\($0)" }, [], ["span_duration"])
    case .score: return ([], [], ["score"])
    case .scoreValue: return (["scores"], [], [])
    }
  }
}
