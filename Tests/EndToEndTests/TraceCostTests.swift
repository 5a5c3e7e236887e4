import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Every worked case of money, through the doors: what a trace comes to on reading.
@Suite struct TraceCostTests {
  @Test(arguments: ["dated", "dialect", "single", "status", "tiers", "trace", "otlp"])
  func aTraceComesToWhatIsWorkedOut(file: String) throws {
    let cases = try WorkedCase.all(file)
    #expect(cases.count >= 45)
    try RunningCollector.use(configuration: "retention: {events: 3650d}\n") { collector in
      for told in cases {
        try told.send(told.bodies, to: collector)
        #expect(try told.mismatches(on: collector) == [], "\(told.id)")
      }
    }
  }

  @Test(arguments: ["status", "trace"])
  func aTraceThatComesEventByEventInOtherOrdersComesToTheSame(file: String) throws {
    let cases = try WorkedCase.all(file).filter { $0.parts.count > 1 }
    #expect(cases.count >= 8)
    try RunningCollector.use(configuration: "retention: {events: 3650d}\n") { collector in
      for told in cases {
        let orders = [
          Array(told.parts.indices), told.parts.indices.reversed(),
          told.parts.indices.map { ($0 * 7 + 3) % told.parts.count },
        ]
        for (number, order) in orders.enumerated() {
          let other = told.renamed(number)
          let places = Set(order).count == other.parts.count ? order : orders[1]
          try other.send(places.map { other.parts[$0] }, to: collector)
          #expect(try other.mismatches(on: collector) == [], "\(told.id) in order \(places)")
        }
      }
    }
  }

  @Test(arguments: ["dated", "dialect", "single", "status", "tiers"])
  func theCountersComeToWhatTheTracesDo(file: String) throws {
    try RunningCollector.use(configuration: "retention: {events: 3650d}\n") { collector in
      var sum: Int128 = 0
      for told in try WorkedCase.all(file) {
        try told.send(told.bodies, to: collector)
        let trace = try collector.text("/v1/traces/\(told.trace)").prefix { $0 != "[" }
        guard let cost = trace.firstRange(of: #""cost_usd":""#) else { continue }
        sum += try Self.picodollars(trace[cost.upperBound...].prefix { $0 != "\"" })
      }
      let page = try collector.text("/metrics").split(separator: "\n")
      let counted = try page.filter {
        $0.hasPrefix("llm_cost_usd_total{") || $0.hasPrefix("llm_cost_adjustment_usd{")
      }.reduce(Int128(0)) { try $0 + Self.picodollars($1[$1.index(after: $1.lastSpace)...]) }
      #expect(counted == sum)
    }
  }

  private static func picodollars(_ text: Substring) throws -> Int128 {
    let isNegative = text.hasPrefix("-")
    let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1] : ""
    let digits = String(parts[0]) + fraction + String(repeating: "0", count: 12 - fraction.count)
    return try #require(Int128(digits)) * (isNegative ? -1 : 1)
  }
}

extension Substring {
  fileprivate var lastSpace: Index { lastIndex(of: " ") ?? startIndex }
}

/// A case with what it must come to.
private struct WorkedCase {
  let id: String
  let path: String
  /// The requests of the case.
  let bodies: [[UInt8]]
  /// Its events as requests of their own.
  let parts: [[UInt8]]
  let trace: String
  let expected: ConfigNode
  private let line: String

  static func all(_ file: String) throws -> [WorkedCase] {
    try Fixtures.bytes("money/\(file).jsonl").split(separator: 0x0A).map {
      try WorkedCase(String(decoding: $0, as: UTF8.self))
    }
  }

  private init(_ line: String) throws {
    self.line = line
    let whole = try #require(try ConfigReader.read(Array(line.utf8)).first)
    id = whole["id"]?.text ?? ""
    expected = try #require(whole["expect"])
    let isOTLP = whole["otlp"] != nil
    path = isOTLP ? "/v1/traces" : "/v1/events"
    let elements = try Self.elements(of: isOTLP ? "otlp" : "events", in: line)
    parts = elements
    bodies =
      isOTLP ? elements : [[0x5B] + Array(elements.joined(separator: [0x2C])) + [0x5D]]
    let name = isOTLP ? #""traceId":""# : #""trace_id":""#
    let told = try #require(line.firstRange(of: name))
    trace = String(line[told.upperBound...].prefix { $0 != "\"" })
  }

  private static func elements(of name: String, in line: String) throws -> [[UInt8]] {
    let bytes = Array(line.utf8)
    let slab = ByteSlab(capacity: bytes.count)
    slab.append(bytes)
    let start = try #require(line.firstRange(of: "\"\(name)\":["))
    let from = line.utf8.distance(from: line.startIndex, to: start.upperBound)
    var json = JSONScanner(unsafe ByteView(slab), from: from, to: bytes.count)
    var elements: [[UInt8]] = []
    repeat {
      let first = json.index
      try json.skipValue(depth: 0, limit: 64)
      elements.append(Array(bytes[first..<json.index]))
    } while json.take(0x2C)
    return elements
  }

  /// The same case on a trace of its own, its events under identities of their own.
  func renamed(_ number: Int) -> WorkedCase {
    let other = trace.dropLast(2) + (number < 10 ? "0\(number)" : "\(number)")
    let text = line.replacing(trace, with: other)
      .replacing(#""event_id":""#, with: "\"event_id\":\"\(number)-")
    do {
      return try WorkedCase(text)
    } catch {
      preconditionFailure("a renamed case is a case: \(error)")
    }
  }

  func send(_ requests: [[UInt8]], to collector: RunningCollector) throws {
    for body in requests {
      let answer = try collector.request(
        .post, path, headers: [HTTPField("Content-Type", Array("application/json".utf8))],
        body: body)
      #expect(answer.status == 200, "\(id)")
      #expect(!answer.text.contains("rejectedSpans"), "\(id)")
    }
  }
}

extension WorkedCase {
  /// What the trace shows otherwise than is worked out.
  func mismatches(on collector: RunningCollector) throws -> [String] {
    let text = try collector.text("/v1/traces/\(trace)")
    let answer = try #require(try ConfigReader.read(Array(text.utf8)).first)
    let summary = try #require(answer["trace"])
    var found: [String] = []
    for name in ["cost_usd", "cost_status", "counted_calls", "coverage"] {
      let wanted = expected[name == "cost_status" ? "status" : name]
      // A status or a number of calls that is null is left open; a cost that is null is none.
      guard let wanted, name == "cost_usd" || wanted.isTold else { continue }
      let value = summary[name]
      if !isEqual(name, value, wanted) { found.append("\(name): \(value?.text ?? "none")") }
    }
    if let wanted = expected["leaves"] {
      let sums = try Self.leaves(answer)
      if sums != Self.counts(wanted) { found.append("leaves: \(sums)") }
    }
    return found + spanMismatches(answer)
  }

  private func isEqual(_ name: String, _ value: ConfigNode?, _ wanted: ConfigNode) -> Bool {
    guard wanted.isTold, let value, value.isTold else {
      return !wanted.isTold && !(value?.isTold ?? false)
    }
    let (left, right) = (value.text ?? "", wanted.text ?? "")
    if name == "coverage" { return abs((Double(left) ?? -1) - (Double(right) ?? -2)) <= 0.001 }
    let slack = expected["cost_slack_pico"]?.text.flatMap(Double.init) ?? 0
    guard name == "cost_usd", slack > 0 else { return left == right }
    return abs((Double(left) ?? -1) - (Double(right) ?? -2)) <= (slack + 0.5) / 1e12
  }

  private func spanMismatches(_ answer: ConfigNode) -> [String] {
    guard let spans = expected["spans"], case .mapping(let wanted) = spans.value,
      case .sequence(let rows) = answer["spans"]?.value
    else { return [] }
    return wanted.flatMap { pair -> [String] in
      let id = pair.key.text ?? ""
      guard let row = rows.first(where: { $0["span_id"]?.text == id }) else {
        return ["no span \(id)"]
      }
      let names = [("status", "cost_status"), ("cost_usd", "cost_usd"), ("counted", "counted")]
      return names.compactMap { told, shown in
        guard let wanted = pair.value[told] else { return nil }
        let value = row[shown]
        return isEqual(shown, value, wanted) ? nil : "\(id) \(shown): \(value?.text ?? "none")"
      }
    }
  }

  /// The sum over the spans that count, leaves of 0 left out.
  private static func leaves(_ answer: ConfigNode) throws -> [String: Int64] {
    guard case .sequence(let rows) = answer["spans"]?.value else { return [:] }
    var sums: [String: Int64] = [:]
    for row in rows where row["counted"]?.text == "true" {
      guard let leaves = row["leaves"] else { continue }
      for (leaf, count) in counts(leaves) { sums[leaf, default: 0] += count }
    }
    return sums
  }

  private static func counts(_ leaves: ConfigNode) -> [String: Int64] {
    guard case .mapping(let pairs) = leaves.value else { return [:] }
    let counts = pairs.map { ($0.key.text ?? "", Int64($0.value.text ?? "") ?? -1) }
    return Dictionary(uniqueKeysWithValues: counts.filter { $0.1 != 0 })
  }
}

extension ConfigNode {
  fileprivate var isTold: Bool { scalar != nil && scalar != .null }
}
