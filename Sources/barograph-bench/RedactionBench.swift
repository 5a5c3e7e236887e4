internal import Codec
internal import Intake
internal import LinuxIO
internal import Pattern
internal import Redaction
internal import Telemetry

/// What redaction costs an event: the same lines decoded under different rules, in turns, so that
/// what else the machine does falls on all alike.
enum RedactionBench {
  private static let events = 1_000

  private struct Rules {
    let name: String
    let policy: RedactionPolicy
  }

  static func run(smoke: Bool) {
    do throws(PatternError) {
      let badge = RedactionPolicy.Expression(
        name: "employee", pattern: try BytePattern("E-[0-9]{6}"))
      let rules = [
        Rules(name: "none", policy: RedactionPolicy(detectors: [])),
        Rules(name: "standard", policy: RedactionPolicy()),
        Rules(name: "with ip and phone", policy: RedactionPolicy(detectors: .all)),
        Rules(
          name: "with a pattern and a field",
          policy: RedactionPolicy(expressions: [badge], fields: ["customer_note"])),
      ]
      measure("call", rules, smoke) { SampleEvent.append($0, to: &$1) }
      measure("call with 2 KiB of prompt", rules, smoke) { index, line in
        SampleEvent.append(index, to: &line)
        line.removeLast()
        line += Array(#","input":""#.utf8) + Array(prompt.utf8) + Array("\"}".utf8)
      }
    } catch {
      preconditionFailure("the pattern is one: \(error)")
    }
  }

  /// Believable prose, some of it almost a hit.
  private static let prompt = String(
    repeating: "Please summarise ticket 4711 of 2026-11-03: the customer says that order 99-1042 "
      + "came late, and wants to know when refund A17 will be paid. ", count: 14)

  private static func measure(
    _ what: String, _ rules: [Rules], _ smoke: Bool, _ append: (Int, inout [UInt8]) -> Void
  ) {
    let body = ByteSlab(capacity: 4 << 20)
    for index in 0..<events {
      var line: [UInt8] = []
      append(index, &line)
      body.append(line + [0x0A])
    }
    var samples = rules.map { _ in [Double]() }
    for _ in 0..<(smoke ? 2 : 40) {
      for (index, rule) in rules.enumerated() {
        samples[index].append(contentsOf: decode(body, rule.policy))
      }
    }
    let middles = samples.map { $0.sorted()[$0.count / 2] }
    for (rule, middle) in zip(rules, middles) {
      print(
        "redaction: \(what), \(rule.name): \(Int(middle)) ns an event"
          + " (+\(Int(middle - middles[0])))")
    }
  }

  /// ns an event, some times in a row.
  private static func decode(_ body: ByteSlab, _ policy: RedactionPolicy) -> [Double] {
    var settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: Array(repeating: 7, count: 32))
    settings.redaction = policy
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(1, 2)), settings: settings)
    let batch = EventBatch(body: body)
    batch.receivedAt = Clock.wall
    var samples: [Double] = []
    for round in 0..<4 {
      batch.truncate(toCount: 0, measures: 0, scratch: 0)
      let before = Clock.threadCPU
      decoder.decodeLines(batch, RecordExtent(end: body.count))
      // The first round fills the caches.
      if round > 0 { samples.append(Double(Clock.threadCPU - before) / Double(events)) }
    }
    precondition(batch.count == events, "every event is decoded")
    return samples
  }
}
