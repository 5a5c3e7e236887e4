import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Every worked case of money, through the doors: what a trace comes to on reading.
@Suite struct TraceCostTests {
  private struct Case {
    let id: String
    let events: [UInt8]
    let trace: String
    let expected: ConfigNode

    init(_ line: String) throws {
      let start = try #require(line.firstRange(of: #""events":["#))
      let end = try #require(line.firstRange(of: #"],"expect":"#))
      events = Array("[\(line[start.upperBound..<end.lowerBound])]".utf8)
      let whole = try #require(try ConfigReader.read(Array(line.utf8)).first)
      id = whole["id"]?.text ?? ""
      expected = try #require(whole["expect"])
      let told = try #require(line.firstRange(of: #""trace_id":""#))
      trace = String(line[told.upperBound...].prefix { $0 != "\"" })
    }

    /// A member of what is expected, nil where the case leaves it open.
    func word(_ name: String) -> String? {
      guard let node = expected[name], node.scalar != .null else { return nil }
      return node.text
    }
  }

  @Test(arguments: ["dated", "dialect", "single", "status", "tiers", "trace"])
  func aTraceComesToWhatIsWorkedOut(file: String) throws {
    let lines = Fixtures.bytes("money/\(file).jsonl").split(separator: 0x0A)
    #expect(lines.count > 50)
    try RunningCollector.use(configuration: "retention: {events: 3650d}\n") { collector in
      var sum: Int128 = 0
      for line in lines {
        let told = try Case(String(decoding: line, as: UTF8.self))
        let answer = try collector.request(
          .post, "/v1/events",
          headers: [HTTPField("Content-Type", Array("application/json".utf8))], body: told.events)
        #expect(answer.status == 200, "\(told.id)")
        let trace = try collector.text("/v1/traces/\(told.trace)")
        let summary = trace.prefix { $0 != "[" }
        if let cost = summary.firstRange(of: #""cost_usd":""#) {
          sum += try Self.picodollars(summary[cost.upperBound...].prefix { $0 != "\"" })
        }
        if let cost = told.word("cost_usd") {
          let slack = told.word("cost_slack_pico").flatMap(Int64.init) ?? 0
          let isEqual = summary.contains(#""cost_usd":"\#(cost)","#)
          #expect(isEqual || slack > 0, "\(told.id): \(cost) in \(summary)")
        }
        if let calls = told.word("counted_calls") {
          #expect(summary.contains(#""counted_calls":\#(calls),"#), "\(told.id): \(summary)")
        }
        if let status = told.word("status") {
          #expect(summary.contains(#""cost_status":"\#(status)","#), "\(told.id): \(summary)")
        }
      }
      // What is left of roll-ups counts when their traces have rested.
      guard file != "trace" else { return }
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
