internal import Alerts
internal import LinuxIO
internal import PromQL

/// How many incidents of made-up months the starter rules find in time, and how often they are
/// wrong.
enum StudyBench {
  private static let generators: [any StudyTraffic.Type] = [
    StudyMarket.self, StudyHarbour.self,
  ]
  /// Thresholds were chosen on the first seeds and are reported on the others.
  private static let tuning: ClosedRange<UInt64> = 1...6
  private static let reported: ClosedRange<UInt64> = 201...206

  fileprivate struct Sum {
    var months = 0
    var series = 0
    var falseAlarms = 0
    var incidents: [StudyIncident.Kind: (all: Int, inTime: Int, late: Int, seconds: [Int64])] = [:]
  }

  /// `--tune` takes the seeds for choosing thresholds and tells of every miss.
  static func run(smoke: Bool, tune: Bool) {
    let (file, problems) = RuleFileReader.read(Array(StarterRules.text.utf8), path: "starter")
    for problem in problems { print("study: \(problem)") }
    for generator in generators {
      var sum = Sum()
      let seeds = tune ? tuning : reported
      for seed in smoke ? seeds.lowerBound...seeds.lowerBound : seeds {
        let month = generator.month(seed: seed)
        let before = Clock.threadCPU
        let score = StudyScore(month, firings(file, month))
        let seconds = Double(Clock.threadCPU - before) / 1e9
        if tune { tell(score, month, seed, seconds) }
        sum.add(score)
      }
      print("study: generator \(generator.name), \(sum.months) months")
      sum.show()
    }
  }

  private static func firings(_ file: RuleFile, _ month: StudyMonth) -> [StudyScore.Firing] {
    let entries = file.groups.filter { $0.name == "starter" }.map { group in
      RuleReplay<StudySource>.Entry(group, interval: group.interval ?? 60_000)
    }
    var replay = RuleReplay(
      entries, of: StudySource(month), settings: EvaluationSettings(), chunk: 2_880)
    var firings: [StudyScore.Firing] = []
    var open: [Labels: Int] = [:]
    let end = month.start + Int64(month.count - 1) * month.step
    replay.run(from: month.start, through: end) { time, _, group in
      for failure in group.failures { if let failure { print("study: \(failure)") } }
      for alert in group.activeAlerts where alert.state == .firing {
        if let place = open[alert.labels], firings[place].to == time - 30_000 {
          firings[place].to = time
          continue
        }
        open[alert.labels] = firings.count
        firings.append(
          StudyScore.Firing(
            rule: alert.labels[AlertName.label], labels: alert.labels, from: time, to: time))
      }
      return true
    }
    return firings
  }

  private static func tell(
    _ score: StudyScore, _ month: StudyMonth, _ seed: UInt64, _ seconds: Double
  ) {
    func when(_ time: Int64) -> String {
      let minutes = (time - month.start) / 60_000
      return "day \(minutes / 1_440) \(minutes / 60 % 24):\(minutes % 60)"
    }
    print("seed \(seed), \((seconds * 10).rounded() / 10) s of CPU")
    for verdict in score.verdicts where !verdict.isInTime {
      let labels = verdict.incident.labels.map { "\($0.name)=\($0.value)" }
      let found = verdict.found.map { "\($0.rule) after \($0.seconds) s" } ?? "not found"
      print(
        "  missed \(verdict.incident.kind.rawValue) \(labels) at "
          + "\(when(verdict.incident.noticeable)): \(found)")
    }
    for firing in score.falseAlarms {
      let labels = firing.labels.entries.filter { !$0.name.hasPrefix("s") || $0.name == "service" }
      print(
        "  false \(labels.map(\.value)) at \(when(firing.from)) for "
          + "\((firing.to - firing.from) / 60_000) min")
    }
  }
}

extension StudyBench.Sum {
  fileprivate mutating func add(_ score: StudyScore) {
    months += 1
    series += score.series
    falseAlarms += score.falseAlarms.count
    for verdict in score.verdicts {
      var of = incidents[verdict.incident.kind] ?? (0, 0, 0, [])
      of.all += 1
      if verdict.isInTime { of.inTime += 1 }
      if verdict.found != nil, !verdict.isInTime { of.late += 1 }
      if let found = verdict.found { of.seconds.append(found.seconds) }
      incidents[verdict.incident.kind] = of
    }
  }

  fileprivate func show() {
    print("| incident | happened | found in 2 min | later | not found | median time |")
    print("|---|---|---|---|---|---|")
    var (all, inTime) = (0, 0)
    for kind in StudyIncident.Kind.allCases {
      guard let of = incidents[kind] else { continue }
      (all, inTime) = (all + of.all, inTime + of.inTime)
      let sorted = of.seconds.sorted()
      let middle = sorted.isEmpty ? "" : "\(sorted[sorted.count / 2]) s"
      print(
        "| \(kind.rawValue) | \(of.all) | \(of.inTime) | \(of.late) | "
          + "\(of.all - of.inTime - of.late) | \(middle) |")
    }
    let share = Double(inTime) / Double(max(all, 1)) * 100
    let rate = Double(falseAlarms) / Double(max(series, 1))
    print("found in time: \((share * 10).rounded() / 10) % of \(all)")
    print(
      "false alarms: \(falseAlarms) in \(series) months of a series, "
        + "\((rate * 100).rounded() / 100) each")
  }
}
