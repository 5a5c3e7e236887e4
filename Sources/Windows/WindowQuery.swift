internal import Telemetry

/// A question to the windows: which groups, over which windows, in which order.
package struct WindowQuery: Sendable {
  /// Labels that rows are told apart by; none gives the total.
  package var by: [String] = []
  package var spans: [WindowSpan] = WindowSpan.allCases
  /// Labels that must have these values.
  package var filter: [(label: String, value: String)] = []
  package var sort: Sort = .figure(.rpm)
  package var isAscending = false
  package var limit = 100
  package var spark: WindowFigure?
  /// Only rows that fulfil this.
  package var condition: WindowCondition?
  /// What is answered of each window; nil for everything.
  package var members: [Member]?
  /// Seconds that a window covers at least: those of the stretches that the past is kept by.
  package var leastSeconds: Int64 = 1
  /// Seconds after which an announced call without an end counts no more.
  package var timeout: Int64 = 600

  /// What rows are ordered by; figures are those of the first window asked for.
  package enum Sort: Sendable {
    case figure(WindowFigure)
    case label(String)
  }

  /// Something that is answered of a window: a figure, or what is told with the figures.
  package enum Member: Hashable, Sendable {
    case figure(WindowFigure)
    case inFlight, headroom, pool, breaker, scores

    /// The member of this name, or nil.
    package init?(name: String) {
      switch name {
      case "in_flight": self = .inFlight
      case "headroom": self = .headroom
      case "pool": self = .pool
      case "breaker": self = .breaker
      case "scores": self = .scores
      default:
        guard let figure = WindowFigure(rawValue: name) else { return nil }
        self = .figure(figure)
      }
    }
  }

  /// The rows that were asked for, and how many there are without a limit.
  package struct Page {
    package let rows: [Row]
    package let count: Int

    /// A page.
    package init(rows: [Row], count: Int) {
      (self.rows, self.count) = (rows, count)
    }
  }

  /// Why a question has no answer.
  package struct Fault: Error, Sendable {
    package let code: String
    package let message: String
    package let hint: String

    /// A question that has this wrong with it.
    package init(code: String, message: String, hint: String) {
      self.code = code
      self.message = message
      self.hint = hint
    }
  }

  /// One row of the answer.
  package struct Row {
    package let labels: [(name: String, value: String)]
    /// What the windows of now hold; nil of the past.
    package let view: WindowView?
    package var sums: [WindowSpan: WindowSums] = [:]
    package var spark: [Double?] = []
    package var headroom = Headroom()
    /// What was scored, by the score's name.
    package var scores: [ScoreSums] = []

    /// A row of which nothing but its labels is known yet.
    package init(labels: [(name: String, value: String)], view: WindowView?) {
      (self.labels, self.view) = (labels, view)
    }
  }

  /// What the scores of a name sum up to.
  package struct ScoreSums {
    package let name: String
    package let sums: [WindowSpan: WindowSums]
    /// Those of each category that was given, the most frequent first.
    package let words: [(word: String, sums: [WindowSpan: WindowSums])]

    /// Those of a name; of categories without a name, and of more than windows tell apart, one.
    package init(
      name: String, sums: [WindowSpan: WindowSums],
      words: [(word: String, sums: [WindowSpan: WindowSums])]
    ) {
      (self.name, self.sums) = (name, sums)
      self.words = words.filter { !$0.word.isEmpty }
        .map { (count: $0.sums.values.map { $0.events(.scores) }.max() ?? 0, entry: $0) }
        .sorted { ($1.count, $0.entry.word) < ($0.count, $1.entry.word) }
        .map(\.entry)
    }
  }

  /// Every window of everything, as one row.
  package init() {}

  /// How many points a line over time has, and how many seconds each covers.
  package static let sparkPoints = 30
  package static let sparkSeconds: Int64 = 10

  /// The rows, in order. Histograms are read only for what is returned, unless the order asks.
  package func rows(
    of reader: WindowReader, limits: [ProviderLimit], now: Int64
  ) throws(Fault) -> [Row] {
    try page(of: reader, limits: limits, now: now).rows
  }

  /// As `rows`, with how many there are in all.
  package func page(
    of reader: WindowReader, limits: [ProviderLimit], now: Int64
  ) throws(Fault) -> Page {
    let breakdown = try breakdown(reader)
    let grouping = reader.grouping(key(breakdown))
    var order: [Int]
    var isKept = false
    if condition == nil, case .figure(let figure) = sort {
      let key = WindowGrouping.OrderKey(
        figure: figure, isAscending: isAscending, span: spans.first ?? .minute)
      (order, isKept) = grouping.order(key, now: now) {
        self.order(grouping, reader, now: now)
      }
    } else {
      order = self.order(grouping, reader, now: now)
    }
    let scores = wants(.scores) ? scores(reader, breakdown, now: now) : [:]
    var rows = order.prefix(limit).map { index in
      let (values, members) = grouping.rows[index]
      let view = reader.view(of: members, now: now)
      var row = Row(labels: labels(values), view: view)
      row.sums = view.sums(
        of: spans,
        withHistograms: wantsHistograms || decisive.contains(where: \.needsHistograms))
      row.scores = (scores[values] ?? []).map { score in
        ScoreSums(
          name: score.name, sums: score.view.sums(of: spans, withHistograms: false),
          words: score.words.map { ($0, $1.sums(of: spans, withHistograms: false)) })
      }
      if let spark { row.spark = line(spark, members, view, reader, now: now) }
      if wants(.headroom) { row.headroom = headroom(of: row, view, reader, limits, now: now) }
      return row
    }
    // What is shown stands in the order of the figures that are shown.
    if isKept { sortByFigures(&rows) }
    return Page(rows: rows, count: order.count)
  }

  private func sortByFigures(_ rows: inout [Row]) {
    guard case .figure(let figure) = sort else { return }
    let span = spans.first ?? .minute
    let keyed = rows.map { row in
      (row.sums[span]?.figure(figure, seconds: seconds(of: span)) ?? -1, row)
    }
    let isAscending = isAscending
    rows = keyed.sorted { left, right in
      left.0 == right.0
        ? left.1.labels.lexicographicallyPrecedes(right.1.labels) { $0.value < $1.value }
        : (left.0 < right.0) == isAscending
    }.map(\.1)
  }

  private func key(_ breakdown: Int) -> WindowGrouping.Key {
    WindowGrouping.Key(
      breakdown: breakdown, by: by, filter: filter.map { [$0.label, $0.value] })
  }

  /// The labels asked for with their values.
  package func labels(_ values: [String]) -> [(name: String, value: String)] {
    zip(by, values).map { (name: $0, value: $1) }
  }

  /// How many seconds a window covers.
  package func seconds(of span: WindowSpan) -> Int64 { max(span.seconds, leastSeconds) }

  /// Whether something is answered.
  package func wants(_ member: Member) -> Bool { members?.contains(member) ?? true }

  private var wantsHistograms: Bool {
    members?.contains { member in
      if case .figure(let figure) = member { figure.needsHistograms } else { false }
    } ?? true
  }

  /// The breakdown with the fewest labels that has all of those asked for.
  package func breakdown(_ reader: WindowReader) throws(Fault) -> Int {
    let wanted = Set(by + filter.map(\.label))
    let found = reader.breakdowns.indices.filter { index in
      wanted.isSubset(of: reader.breakdowns[index].labels.map(\.name))
    }
    guard
      let least = found.min(by: {
        reader.breakdowns[$0].labels.count < reader.breakdowns[$1].labels.count
      })
    else {
      let there = reader.breakdowns.dropFirst().map { breakdown in
        breakdown.labels.map(\.name).joined(separator: ",")
      }
      throw Fault(
        code: "unknown_breakdown",
        message: "no breakdown has all of \(wanted.sorted().joined(separator: ", "))",
        hint: "there are \(there.joined(separator: "; ")); more with breakdowns")
    }
    return least
  }

  private typealias ScoreView = (
    name: String, view: WindowView, words: [(String, WindowView)]
  )

  /// The scores of each row, by the row's labels.
  private func scores(
    _ reader: WindowReader, _ breakdown: Int, now: Int64
  ) -> [[String]: [ScoreView]] {
    guard let reader = reader.scores else { return [:] }
    var query = self
    query.by.append(Dimension.score.name)
    let names = reader.grouping(query.key(breakdown)).rows
    query.by.append(WindowLabel.scoreWord.name)
    var words: [[String]: [(String, WindowView)]] = [:]
    for (values, members) in reader.grouping(query.key(breakdown)).rows {
      guard let word = values.last, !word.isEmpty else { continue }
      words[Array(values.dropLast()), default: []].append(
        (word, reader.view(of: members, now: now)))
    }
    var found: [[String]: [ScoreView]] = [:]
    for (values, members) in names {
      guard let name = values.last, !name.isEmpty else { continue }
      found[Array(values.dropLast()), default: []].append(
        (name, reader.view(of: members, now: now), words[values] ?? []))
    }
    return found.mapValues { $0.sorted { $0.name < $1.name } }
  }

  // MARK: Order

  /// The figures that decide which rows there are, and their order.
  package var decisive: Set<WindowFigure> {
    var figures = condition?.figures ?? []
    if case .figure(let figure) = sort { figures.insert(figure) }
    return figures
  }

  private func order(_ grouping: WindowGrouping, _ reader: WindowReader, now: Int64) -> [Int] {
    let span = spans.first ?? .minute
    let decisive = decisive
    let plain = decisive.compactMap { figure in PlainFigure(figure).map { (figure, $0) } }
    guard plain.count == decisive.count else {
      let needsHistograms = decisive.contains(where: \.needsHistograms)
      return order(grouping.rows.map(\.values)) { index in
        reader.view(of: grouping.rows[index].members, now: now)
          .sums(of: span, withHistograms: needsHistograms)
      }
    }
    let moment = reader.moment(now)
    let first = span.firstSecond(at: moment.second)
    return order(grouping.rows.map(\.values)) { index in
      var sums = WindowSums()
      for (_, fields) in plain {
        let values = reader.values(
          of: fields, grouping.rows[index].members, moment, from: first)
        sums.values[fields.first] = values.0
        sums.values[fields.second] = values.1
      }
      return sums
    }
  }

  /// The places of the rows that fulfil the condition, in order; `rows` are the values of their
  /// labels in the order that equal ones keep, and `sums` gives what the first window of one holds.
  package func order(_ rows: [[String]], _ sums: (Int) -> WindowSums) -> [Int] {
    let seconds = seconds(of: spans.first ?? .minute)
    let needsSums = !decisive.isEmpty
    var figures = [Double](repeating: 0, count: rows.count)
    var order: [Int] = []
    order.reserveCapacity(rows.count)
    for index in rows.indices {
      let held = needsSums ? sums(index) : WindowSums()
      if let condition {
        let isWanted = condition.holds(labels: labels(rows[index])) {
          held.figure($0, seconds: seconds)
        }
        guard isWanted else { continue }
      }
      if case .figure(let figure) = sort {
        figures[index] = held.figure(figure, seconds: seconds) ?? -1
      }
      order.append(index)
    }
    let isAscending = isAscending
    if case .label(let name) = sort {
      guard let place = by.firstIndex(of: name) else { return order }
      order.sort { left, right in
        let (first, second) = (rows[left][place], rows[right][place])
        return first == second ? left < right : (first < second) == isAscending
      }
    } else {
      order.sort { left, right in
        let (first, second) = (figures[left], figures[right])
        return first == second ? left < right : (first < second) == isAscending
      }
    }
    return order
  }

  private func line(
    _ figure: WindowFigure, _ members: [WindowGroup], _ view: WindowView, _ reader: WindowReader,
    now: Int64
  ) -> [Double?] {
    if let fields = PlainFigure(figure) {
      return reader.line(
        of: fields, members, reader.moment(now), points: Self.sparkPoints,
        seconds: Self.sparkSeconds
      ).map { fields.sums($0).figure(figure, seconds: Self.sparkSeconds) }
    }
    return (0..<Self.sparkPoints).reversed().map { age in
      let last = view.second - Int64(age) * Self.sparkSeconds
      return view.sums(
        from: last - Self.sparkSeconds + 1, to: last, withHistograms: figure.needsHistograms
      ).figure(figure, seconds: Self.sparkSeconds)
    }
  }

  private func headroom(
    of row: Row, _ view: WindowView, _ reader: WindowReader, _ limits: [ProviderLimit], now: Int64
  ) -> Headroom {
    var labels = Dictionary(row.labels.map { ($0.name, $0.value) }) { first, _ in first }
    for (label, value) in filter { labels[label] = value }
    guard labels["provider"]?.isEmpty == false else { return Headroom() }
    if let limit = limits.first(where: { $0.covers(labels) }) {
      return Headroom(limit, users(of: limit, reader, now: now))
    }
    var headroom = Headroom()
    headroom.requests = view.gauge(.remainingRequests, within: 60).map { Int64($0) }
    headroom.tokens = view.gauge(.remainingTokens, within: 60).map { Int64($0) }
    return headroom
  }

  /// All calls that use up a limit, whoever made them.
  private func users(of limit: ProviderLimit, _ reader: WindowReader, now: Int64) -> WindowView {
    let names = ["provider", "model"] + (limit.account.isEmpty ? [] : ["attrs.account"])
    guard
      let breakdown = reader.breakdowns.indices.first(where: { index in
        Set(names).isSubset(of: reader.breakdowns[index].labels.map(\.name))
      })
    else { return reader.view(of: [], now: now) }
    let labels = reader.breakdowns[breakdown].labels.map(\.name)
    let groups = reader.groups(of: breakdown).filter { values, _ in
      limit.covers(Dictionary(zip(labels, values)) { first, _ in first })
    }
    return reader.view(of: groups.flatMap(\.groups), now: now)
  }
}
