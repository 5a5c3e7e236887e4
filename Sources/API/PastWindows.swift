internal import History
internal import LinuxIO
internal import Telemetry
internal import Windows

/// Answers a question to the windows for a moment of the past, from what history keeps of it.
///
/// The moment is rounded down to the stretches that history has: ten seconds for the last hours,
/// then minutes, then hours. Windows end there, and cover one stretch at least.
struct PastWindows {
  /// Why there is no answer.
  enum Failure: Error {
    case fault(WindowQuery.Fault)
    case store(StoreError)
    case timeout
  }

  /// The rows at a moment.
  struct Answer {
    let page: WindowQuery.Page
    let query: WindowQuery
    /// The second that the windows end before, and the length of a stretch.
    let end: Int64
    let step: Int64
  }

  private static let hour: Int64 = 3_600

  let reader: EventReader
  let windows: WindowReader
  let deadline: Int64

  /// The rows at `second`, in seconds since 1970.
  func answer(_ question: WindowQuery, at second: Int64) throws(Failure) -> Answer {
    var query = question
    let breakdown = try self.breakdown(query)
    let longest = max(
      query.spans.map(\.seconds).max() ?? 60,
      query.spark == nil ? 0 : Int64(WindowQuery.sparkPoints) * WindowQuery.sparkSeconds)
    let step = try self.step(at: second, longest)
    query.leastSeconds = step
    let end = second - second % step
    let points = Int64(WindowQuery.sparkPoints)
    let reach = max(query.seconds(of: query.spans.max() ?? .minute), step * points)
    let from = max(0, end - reach)
    let held = try read("llm", query.by, breakdown, query, from, end, step)
    // What counted nothing in the longest window is no row there, as in the windows of now.
    var names = held.keys.sorted { $0.lexicographicallyPrecedes($1) }
    if query.by.isEmpty, names.isEmpty { names = [[]] }
    func sums(_ labels: [String], _ from: Int64, _ to: Int64) -> WindowSums {
      Self.sums(held[labels] ?? [:], from, to)
    }
    let first = query.seconds(of: query.spans.first ?? .minute)
    let order = query.order(names) { sums(names[$0], end - first, end) }
    var shown = order.prefix(query.limit).map { index in
      WindowQuery.Row(labels: query.labels(names[index]), view: nil)
    }
    let scores = query.wants(.scores) ? try scored(query, breakdown, from, end, step) : [:]
    for index in shown.indices {
      let labels = shown[index].labels.map(\.value)
      for span in query.spans {
        shown[index].sums[span] = sums(labels, end - query.seconds(of: span), end)
      }
      func spans(_ held: [Int64: Rollup]) -> [WindowSpan: WindowSums] {
        Dictionary(
          uniqueKeysWithValues: query.spans.map { span in
            (span, Self.sums(held, end - query.seconds(of: span), end))
          })
      }
      shown[index].scores = (scores[labels] ?? []).map { score in
        WindowQuery.ScoreSums(
          name: score.name, sums: spans(score.held),
          words: score.words.map { ($0, spans($1)) })
      }
      if let spark = query.spark {
        shown[index].spark = (0..<points).reversed().map { age in
          let last = end - age * step
          return sums(labels, last - step, last).figure(spark, seconds: step)
        }
      }
    }
    return Answer(
      page: WindowQuery.Page(rows: shown, count: order.count), query: query, end: end, step: step)
  }

  private static func sums(_ held: [Int64: Rollup], _ from: Int64, _ to: Int64) -> WindowSums {
    var sums = WindowSums()
    for (time, rollup) in held where time >= from && time < to { sums.add(rollup) }
    return sums
  }

  private func breakdown(_ query: WindowQuery) throws(Failure) -> Breakdown {
    do throws(WindowQuery.Fault) {
      return windows.breakdowns[try query.breakdown(windows)]
    } catch {
      throw .fault(error)
    }
  }

  /// How long the stretches are that all of `length` seconds before `second` are kept by.
  private func step(at second: Int64, _ length: Int64) throws(Failure) -> Int64 {
    do throws(StoreError) {
      let tiers = try reader.stretchTiers()
      if let tens = tiers.tens, second - length - 60 >= tens { return 10 }
      // Where nothing older is kept at all, the first hours are known by tens.
      if tiers.minutes == tiers.tens, tiers.hours == tiers.tens { return 10 }
      guard let minutes = tiers.minutes else { return 10 }
      return second - length - 60 >= minutes || tiers.hours == tiers.minutes ? 60 : Self.hour
    } catch {
      throw .store(error)
    }
  }

  /// Stretches of records by labels, told apart by what the breakdown tells apart.
  private func read(
    _ type: String, _ by: [String], _ breakdown: Breakdown, _ query: WindowQuery, _ from: Int64,
    _ end: Int64, _ step: Int64
  ) throws(Failure) -> [[String]: [Int64: Rollup]] {
    // The kind decides whether spans are counted: it is asked for where the breakdown has it.
    let hasKind = type == "llm" && breakdown.countsSpans && !by.contains("kind")
    let asked = RollupQuery(
      type: type, by: by + (hasKind ? ["kind"] : []), filter: query.filter, from: from, to: end,
      step: step, tier: step == Self.hour ? .hours : .fine)
    var found: [[String]: [Int64: Rollup]] = [:]
    do throws(RollupRefusal) {
      for series in try reader.rollups(asked, deadline: deadline) {
        let labels = Array(series.labels.prefix(by.count))
        for (time, rollup) in series.points where !rollup.isEmpty {
          found[labels, default: [:]][time, default: Rollup()].join(rollup)
        }
      }
    } catch {
      switch error {
      case .store(let error): throw .store(error)
      case .timeout: throw .timeout
      case .unknownBreakdown(let labels):
        throw .fault(
          WindowQuery.Fault(
            code: "unknown_breakdown",
            message: "hours are not kept by \(labels.joined(separator: ", "))",
            hint: "minutes are kept for retention.minute"))
      }
    }
    return found
  }

  /// The scores of one name in a row: all, and those of each category.
  private struct Scored {
    let name: String
    var held: [Int64: Rollup] = [:]
    var words: [(word: String, held: [Int64: Rollup])] = []

    mutating func take(_ stretches: [Int64: Rollup], word: String) {
      held.join(stretches)
      guard !word.isEmpty, word != "true", word != "false" else { return }
      words.append((word, stretches))
    }

    /// No more categories than windows tell apart: those that are given most.
    mutating func boundWords() {
      guard words.count > Limits.scoreWords else { return }
      func count(_ held: [Int64: Rollup]) -> Int64 {
        held.values.reduce(0) { $0 + $1[.scores] }
      }
      let ordered = words.map { (count: count($0.held), entry: $0) }
        .sorted { ($1.count, $0.entry.word) < ($0.count, $1.entry.word) }
      var others: [Int64: Rollup] = [:]
      for (_, entry) in ordered.dropFirst(Limits.scoreWords) {
        others.join(entry.held)
      }
      words = ordered.prefix(Limits.scoreWords).map(\.entry)
      if let place = words.firstIndex(where: { $0.word == GroupTable.other }) {
        words[place].held.join(others)
      } else {
        words.append((GroupTable.other, others))
      }
    }
  }

  private func scored(
    _ query: WindowQuery, _ breakdown: Breakdown, _ from: Int64, _ end: Int64, _ step: Int64
  ) throws(Failure) -> [[String]: [Scored]] {
    guard step < Self.hour else { return [:] }
    var scores: [[String]: [String: Scored]] = [:]
    for (labels, held) in try read(
      "score", query.by + ["score", RollupNaming.valueLabel], breakdown, query, from, end, step)
    {
      let (row, name, word) = (labels.dropLast(2), labels[labels.count - 2], labels.last ?? "")
      guard !name.isEmpty else { continue }
      scores[Array(row), default: [:]][name, default: Scored(name: name)].take(held, word: word)
    }
    return scores.mapValues { row in
      row.values.map { scored in
        var scored = scored
        scored.boundWords()
        return scored
      }.sorted { $0.name < $1.name }
    }
  }
}

extension [Int64: Rollup] {
  fileprivate mutating func join(_ other: [Int64: Rollup]) {
    for (time, rollup) in other { self[time, default: Rollup()].join(rollup) }
  }
}
