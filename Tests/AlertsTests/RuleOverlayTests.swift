import Alerts
import PromQL
import TestSupport
import Testing

@Suite struct RuleOverlayTests {
  static let selectors = [
    "m", "m{a=\"1\"}", "m{a=\"2\"}", "m{a=\"1\",b=\"0\"}", "m{a!=\"1\"}", "m{b=~\"0|2\"}",
    "m{a=\"\"}",
    "n", "n{a=\"1\"}", "{a=\"1\"}", "{__name__=~\"m|n\",b=\"1\"}", "m{a=\"9\"}", "o",
  ]

  /// Many rules ask much the same; each gets what the source has for it, whatever was asked before.
  @Test(arguments: 0..<20)
  func `what is asked again and again is what the source has`(seed: UInt64) throws {
    var random = Dice(seed: seed &+ 31)
    var source = MemoryTimeline()
    for name in ["m", "n"] {
      for a in 0..<4 {
        for b in 0..<3 where random.below(4) != 0 {
          let labels = a == 3 ? "{b=\"\(b)\"}" : "{a=\"\(a)\",b=\"\(b)\"}"
          for time in Int64(0)..<5 where random.below(4) != 0 {
            try source.set(name + labels, Double(random.below(100)), at: time)
          }
        }
      }
    }
    var overlay = RuleOverlay(source)
    for _ in 0..<60 {
      let text = Self.selectors[Int(random.below(UInt64(Self.selectors.count)))]
      let selector = try Parser.parseSelector(text)
      let after = Int64(random.below(2))
      let hints = SelectHints(first: 4, step: 0, range: 4 - after, function: "rate")
      let got = try overlay.select(selector.matchers, after: after, through: 4, hints: hints)
      let expected = try source.select(selector.matchers, after: after, through: 4, hints: hints)
      #expect(Self.text(got) == Self.text(expected), "\(text), seed \(seed)")
      if random.below(20) == 0 {
        let written = RuleSample(labels: try Parser.parseLabels("m{a=\"8\"}"), value: .float(1))
        overlay.append([written], at: 4)
        try source.set("m{a=\"8\"}", 1, at: 4)
        break
      }
    }
    let all = try Parser.parseSelector("m")
    let hints = SelectHints(first: 4, step: 0, range: 4, function: "")
    let got = try overlay.select(all.matchers, after: 0, through: 4, hints: hints)
    let expected = try source.select(all.matchers, after: 0, through: 4, hints: hints)
    #expect(Self.text(got) == Self.text(expected))
  }

  static func text(_ selection: Selection) -> [String] {
    selection.series.map { "\($0.labels.entries) \($0.times) \($0.values)" }.sorted()
  }
}
