import Exposition
import History
import PromQL
import Telemetry
import Testing
import Windows

@testable import Timeline

@Suite struct TimelineSourceTests {
  private static let second: Int64 = 1_000_000_000
  private static let hour: Int64 = 3_600 * second

  /// A little of everything, at the scene's time.
  private static func append(_ scene: TimelineScene) {
    var call = Made()
    call.end = scene.now
    call.tenant = "acme"
    call.prompt = "greet"
    (call.input, call.output, call.cost) = (1_200, 34, 5_670_000_000)
    call.firstToken = 250_000_000
    call.details = #"{"retry_wait_ms":1500}"#
    var failed = call
    (failed.status, failed.errorType, failed.attempt) = (.error, .timeout, 2)
    failed.tenant = "other \"one\""
    var hit = call
    hit.details = #"{"cache":"hit"}"#
    var shared = call
    shared.details = #"{"cache":"shared"}"#
    var span = Made()
    (span.type, span.kind, span.name, span.end) = (.span, "tool", "find", scene.now)
    var log = Made()
    (log.type, log.level, log.end) = (.log, .warning, scene.now)
    var score = Made()
    (score.type, score.score, score.end) = (.score, "helpful", scene.now)
    (score.target, score.details) = (UInt64(scene.made.count + 1), #"{"value":0.5}"#)
    var word = score
    (word.score, word.details) = ("kind", #"{"value":"short"}"#)
    scene.append([call, failed, hit, shared, span, log, score, word])
  }

  @Test(arguments: [0, 7, 40]) func `the last seconds are the same after a restart`(
    savedAfter: Int
  ) throws {
    let scene = try TimelineScene()
    for step in 0..<40 {
      scene.now += 700_000_000
      Self.append(scene)
      if step + 1 == savedAfter { scene.store.save() }
    }
    let end = scene.now / Self.second * 1_000
    let counters = #"{__name__=~".+_(total|count|sum|bucket)"}"#
    let before = try scene.ask(counters, from: end - 20_000, to: end, step: 500)
    #expect(before.count > 20)
    #expect(Set(before.values.flatMap(\.values)).count > 20)
    try scene.reopen()
    let after = try scene.ask(counters, from: end - 20_000, to: end, step: 500)
    let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    #expect(changed == [])
  }

  @Test func `the present is what the page of metrics shows, name by name`() throws {
    let scene = try TimelineScene()
    Self.append(scene)
    scene.now += 70 * Self.second
    Self.append(scene)
    var page = MetricPage(.text)
    page.append(scene.store.status.totals.snapshot)
    var shown: [String: Double] = [:]
    for line in String(decoding: page.finished(), as: UTF8.self).split(separator: "\n")
    where !line.hasPrefix("#") {
      let space = try #require(line.lastIndex(of: " "))
      let labels = try Parser.parseLabels(String(line[..<space]))
      shown[TimelineScene.text(labels)] = Double(line[line.index(after: space)...])
    }
    for saves in [false, true] {
      if saves { scene.store.save() }
      let found = try scene.ask(#"{__name__=~".+",__name__!~"llm_window_.+"}"#)
      #expect(found == shown)
    }
    #expect(shown.count > 100)
    #expect(
      Set(shown.keys.map { String($0.prefix { $0 != "{" }) })
        == Set(FamilyPart.all.filter { $0.part != .native }.map(\.name)))
  }

  @Test func `native histograms say what classic ones say, finer`() throws {
    let scene = try TimelineScene()
    for number in 1...200 {
      scene.now += Self.second
      var call = Made()
      (call.end, call.duration) = (scene.now, Int64(number) * 10_000_000)
      scene.append([call])
    }
    let name = "llm_request_duration_seconds"
    let label = #"{model="m",operation="chat",provider="p",service="chat"}"#
    #expect(try scene.ask("histogram_count(\(name))") == [label: 200])
    let sum = try #require(try scene.ask("histogram_sum(\(name))")[label])
    #expect(abs(sum - 201) < 1e-9)
    let median = try #require(try scene.ask("histogram_quantile(0.5, \(name))")[label])
    #expect(abs(median - 1) < 0.02)
    // The last hundred seconds took from 1 s on.
    scene.now += Self.second
    let late = "histogram_quantile(0, increase(\(name)[100s]))"
    let least = try #require(try scene.ask(late)[label])
    #expect(abs(least - 1.01) < 0.03)
    #expect(
      try scene.ask("histogram_count(increase(\(name)[100s]))")[label]
        == scene.ask("increase(\(name)_count[100s])")[label])
  }

  @Test func `a series begins with its first event, and a rate sees it`() throws {
    let scene = try TimelineScene()
    scene.append([])
    scene.now += 20 * Self.second
    var call = Made()
    call.end = scene.now
    scene.append([call])
    let at = scene.now / 1_000_000
    scene.now += 100 * Self.second
    scene.store.save()
    let found = try scene.ask(
      "sum(llm_tokens_total) or sum(llm_requests_total)", from: at - 3_000, to: at + 3_000,
      step: 1_000)
    #expect(found == ["{}": [at + 1_000: 1, at + 2_000: 1, at + 3_000: 1]])
    let rates = try scene.ask(
      "sum(increase(llm_requests_total[5s]))", from: at - 3_000, to: at + 8_000, step: 1_000)
    #expect(
      rates["{}"] == [
        at + 1_000: 1, at + 2_000: 1, at + 3_000: 1, at + 4_000: 1, at + 5_000: 1,
        at + 6_000: 0, at + 7_000: 0, at + 8_000: 0,
      ])
    let seconds = try scene.ask(#"count_over_time(llm_requests_total{status="ok"}[50s])"#)
    #expect(seconds.values.map { $0 } == [50])
  }

  @Test func `a histogram of zeros is there from its first`() throws {
    let scene = try TimelineScene()
    scene.append([])
    scene.now += 20 * Self.second
    var call = Made()
    call.end = scene.now
    var score = Made()
    (score.type, score.score, score.end) = (.score, "helpful", scene.now)
    (score.target, score.details) = (1, #"{"value":0}"#)
    scene.append([call, score])
    scene.now += 5 * Self.second
    scene.store.save()
    for query in ["histogram_count(increase(eval_score[10s]))", "histogram_count(eval_score)"] {
      let counts = try scene.ask(query).values.map { $0 }
      #expect(counts == [1], "\(query)")
    }
  }

  @Test func `a tenant sees its own`() throws {
    let scene = try TimelineScene()
    Self.append(scene)
    scene.now += 5 * Self.second
    scene.store.save()
    let acme = TenantScope.only(["acme"])
    #expect(
      try scene.ask("sum by (tenant) (llm_tenant_requests_total)", acme)
        == [#"{tenant="acme"}"#: 1])
    #expect(try scene.ask("sum(llm_requests_total)", acme) == ["{}": 1])
    #expect(try scene.ask("sum(llm_errors_total)", acme) == [:])
    #expect(try scene.ask("sum(rate(llm_errors_total[1m]))", acme).values.allSatisfy { $0 == 0 })
    #expect(try scene.ask("sum(llm_requests_total)", .only([])) == [:])
    let now = scene.now / 1_000_000
    let names = try scene.source(.only(["nobody"])).labelValues(
      "__name__", [], from: now - 3_600_000, through: now, limit: 0)
    #expect(names.values == [])
    let tenants = try scene.source(acme).labelValues(
      "tenant", [], from: now - 3_600_000, through: now, limit: 0)
    #expect(tenants.values == ["acme"])
  }

  @Test func `labels, names and metadata are told`() throws {
    let scene = try TimelineScene()
    Self.append(scene)
    scene.present = [
      PresentFamily("up_now", type: "gauge", help: "Up.", [.init(1, labels: [("a", "b")])])
    ]
    scene.send { samples in
      let series = samples.gauge("room", [("floor", "2")])
      samples.add(MetricSample(series: series, time: scene.now, value: 21))
    }
    let now = scene.now / 1_000_000
    let source = scene.source()
    let some = [[try LabelMatcher("__name__", .matches, "room|up_now|llm_retries_total")]]
    let found = try source.series(some, from: now - 60_000, through: now, limit: 0)
    #expect(
      found.values.map(TimelineScene.text) == [
        #"llm_retries_total{model="m",provider="p",service="chat"}"#, #"room{floor="2"}"#,
        #"up_now{a="b"}"#,
      ])
    let short = try source.series(some, from: now - 60_000, through: now, limit: 2)
    #expect(short.values.count == 2 && short.isTruncated && !found.isTruncated)
    let names = try source.labelNames(some, from: now - 60_000, through: now, limit: 0)
    #expect(names.values == ["__name__", "a", "floor", "model", "provider", "service"])
    let values = try source.labelValues(
      "error_type", [], from: now - 60_000, through: now, limit: 0)
    #expect(values.values == ["timeout"])
    #expect(
      try source.metadata("room", limit: 0) == [
        FamilyMetadata(name: "room", type: "gauge", help: "Help of room.", unit: "s")
      ])
    #expect(try source.metadata(nil, limit: 3).count == 3)
    #expect(try scene.ask("up_now", at: now - 200_000) == [#"up_now{a="b"}"#: 1])
    #expect(try scene.ask("up_now", at: now - 400_000) == [:])
  }

  @Test func `metrics that were sent come as they came`() throws {
    let scene = try TimelineScene()
    let start = scene.now
    scene.send { samples in
      let series = samples.gauge("room", [("floor", "2")])
      for (index, value) in [20.5, 21, 22].enumerated() {
        samples.add(
          MetricSample(series: series, time: start + Int64(index) * 10 * Self.second, value: value))
      }
      samples.add(
        MetricSample(series: series, time: start + 30 * Self.second, value: 0, flags: .stale))
    }
    scene.now += 40 * Self.second
    let at = start / 1_000_000
    #expect(try scene.ask("room", at: at + 15_000) == [#"room{floor="2"}"#: 21])
    #expect(try scene.ask("room", at: at + 35_000) == [:])
    #expect(try scene.ask("sum_over_time(room[1m])") == [#"{floor="2"}"#: 63.5])
  }

  @Test func `where only hours are left, ranges widen and the answer says so`() throws {
    var settings = StoreSettings()
    settings.retention.minutes = 24 * Self.hour
    let scene = try TimelineScene(seed: 1, settings)
    var call = Made()
    for _ in 0..<72 {
      for _ in 0..<3 {
        scene.now += 20 * 60 * Self.second
        call.end = scene.now - Self.second
        scene.append([call])
      }
      scene.keepUp()
    }
    scene.keepUp()
    let start = TimelineScene.start / 1_000_000
    let expression = try Parser.parse(
      "increase(llm_tokens_total[5m]) or increase(llm_requests_total[5m])")
    let result = try Evaluator.instant(expression, at: start + 36_000_000, of: scene.source())
    guard case .vector(let series) = result.value else { return }
    #expect(series.contains { $0.points[0].sample == .float(6) })
    #expect(result.warnings == ["only samples 1h apart exist here: looked back 2h"])
    let total = try scene.ask("sum(llm_requests_total)", at: start + 36_000_000)
    #expect(total == ["{}": 30])
    let recent = try Evaluator.instant(
      expression, at: scene.now / 1_000_000, of: scene.source())
    #expect(recent.warnings == [])
  }

  @Test func `limits end a query with an error of their own`() throws {
    let scene = try TimelineScene()
    Self.append(scene)
    scene.now += Self.second
    func failure(_ change: (inout QueryLimits) -> Void) throws -> QueryError.Kind? {
      var settings = Evaluator.Settings()
      change(&settings.limits)
      do throws(QueryError) {
        _ = try Evaluator.instant(
          try Parser.parse("changes(llm_tokens_total[1h])"), at: scene.now / 1_000_000,
          of: scene.timeline.source(.all, limits: settings.limits), settings: settings)
        return nil
      } catch {
        return error.kind
      }
    }
    #expect(try failure { _ in } == nil)
    #expect(try failure { $0.samples = 5 } == .limit)
    #expect(try failure { $0.isCanceled = { true } } == .canceled)
    #expect(
      try failure {
        $0.deadline = 5
        $0.now = { 6 }
      } == .timeout)
  }
}

extension MetricSamples {
  /// Adds a gauge of its own.
  fileprivate mutating func gauge(_ name: String, _ labels: [(String, String)]) -> Int32 {
    add(metric: .gauge, unit: Array("s".utf8), help: Array("Help of \(name).".utf8))
    var identity = MetricIdentity()
    identity.begin(name)
    for (label, value) in labels { identity.add(label, value) }
    return add(&identity)
  }
}
