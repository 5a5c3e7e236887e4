import History
import PromQL
import Telemetry
import TestSupport
import Testing
import Windows

@testable import Timeline

@Suite struct WindowGaugeTests {
  private static let second: Int64 = 1_000_000_000

  /// What a window that ends before the second `end` shows, counted the slow way.
  private static func expected(
    _ scene: TimelineScene, _ model: String, _ span: WindowSpan, end: Int64
  ) throws -> [String: Double] {
    // The far edge lies at or before the second, where one stretch ends and the next begins.
    let tiers = try scene.source().picture(through: .min).tiers
    let step = tiers.step(at: end - span.seconds)
    let first = (end - span.seconds) / step * step
    func isWithin(_ time: Int64) -> Bool { (first..<end).contains(time / second) }
    let own = scene.made.filter { $0.model == model }
    let starts = own.count { isWithin($0.end - $0.duration) }
    let finished = own.filter { isWithin($0.end) }
    let timed = finished.filter { $0.status != .cancelled }.map { Double($0.duration) / 1e9 }
    let isThere = own.contains { made in
      [made.end, made.end - made.duration].contains {
        (end - 3_600..<end).contains($0 / second)
      }
    }
    guard isThere else { return [:] }
    var shown = ["llm_window_rpm": Double(starts) * 60 / Double(span.seconds)]
    let tokens = finished.reduce(0) { $0 + $1.input + $1.output }
    shown["llm_window_tpm"] = Double(tokens) * 60 / Double(span.seconds)
    if !finished.isEmpty {
      shown["llm_window_error_ratio"] =
        Double(finished.count { $0.status == .error }) / Double(finished.count)
    }
    if !timed.isEmpty {
      shown["llm_window_latency_seconds avg"] = timed.reduce(0, +) / Double(timed.count)
      shown["llm_window_latency_seconds max"] = timed.max()
    }
    return shown
  }

  private static func found(
    _ scene: TimelineScene, _ model: String, _ span: WindowSpan, at time: Int64
  ) throws -> [String: Double] {
    let query =
      #"{__name__=~"llm_window_(rpm|tpm|error_ratio)",model="\#(model)",window="\#(span.name)"}"#
      + #" or llm_window_latency_seconds{stat=~"avg|max",model="\#(model)",window="\#(span.name)"}"#
    let result = try Evaluator.instant(try Parser.parse(query), at: time, of: scene.source())
    guard case .vector(let series) = result.value else { return [:] }
    var found: [String: Double] = [:]
    for series in series {
      guard case .float(let value)? = series.points.first?.sample else { continue }
      let stat = series.labels["stat"]
      found[series.labels.metricName + (stat.isEmpty ? "" : " \(stat)")] = value
    }
    return found
  }

  @Test(arguments: 1...UInt64(Scenarios.count(6)))
  func `windows of the past show what was in them`(seed: UInt64) throws {
    let scene = try TimelineScene(seed: seed)
    let pace: Int64 = [4, 120][Int(seed % 2)]
    for turn in 0..<200 {
      scene.now += Int64.random(in: 0...pace * Self.second, using: &scene.dice)
      scene.append(
        (0..<Int.random(in: 0...3, using: &scene.dice)).map { _ in
          var call = Made()
          call.end = scene.now
          call.model = ["a", "b"].randomElement(using: &scene.dice) ?? ""
          call.status = [Status.ok, .error, .cancelled].randomElement(using: &scene.dice) ?? .ok
          call.duration = Int64.random(in: 1_000_000...20_000_000_000, using: &scene.dice)
          (call.input, call.output) = (Int64.random(in: 0...900, using: &scene.dice), 7)
          return call
        })
      if turn % 50 == 49 { scene.keepUp() }
    }
    scene.store.save()
    for _ in 0..<30 {
      let span = WindowSpan.allCases.randomElement(using: &scene.dice) ?? .minute
      let last = scene.now / 1_000_000 - 2_000
      let time = Int64.random(in: last - 7_200_000...last, using: &scene.dice)
      guard time >= TimelineScene.start / 1_000_000 else { continue }
      let tiers = try scene.source().picture(through: .min).tiers
      let step = 1_000 * tiers.step(at: time / 1_000 - 1)
      let aligned = time / step * step
      guard span.seconds * 1_000 >= step else { continue }
      for model in ["a", "b"] {
        let expected = try Self.expected(scene, model, span, end: aligned / 1_000)
        let found = try Self.found(scene, model, span, at: aligned)
        #expect(found.keys.sorted() == expected.keys.sorted(), "seed \(seed)")
        for (name, value) in expected {
          let shown = found[name] ?? -1
          #expect(abs(shown - value) <= 1e-9 * value, "seed \(seed): \(name), \(span.name)")
        }
      }
    }
  }

  @Test func `at present a window shows what the windows themselves show`() throws {
    let scene = try TimelineScene()
    scene.now += 60 * Self.second
    var call = Made()
    call.end = scene.now
    scene.append([call])
    scene.now += 5 * Self.second
    scene.present = [
      PresentFamily(
        "llm_window_rpm", type: "gauge", help: "",
        [.init(42, labels: [("window", "1m"), ("provider", "p"), ("model", "m")])])
    ]
    let now = scene.now / 1_000_000
    let found = try scene.ask(
      #"llm_window_rpm{window="1m"}"#, from: now - 2_000, to: now, step: 1_000)
    #expect(
      found == [
        #"llm_window_rpm{model="m",provider="p",window="1m"}"#: [
          now - 2_000: 1, now - 1_000: 1, now: 42,
        ]
      ])
  }
}
