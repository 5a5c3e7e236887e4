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
  /// Seconds after which an announced call without an end counts no more.
  package var timeout: Int64 = 600

  /// What rows are ordered by; figures are those of the first window asked for.
  package enum Sort: Sendable {
    case figure(WindowFigure)
    case label(String)
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
    package let view: WindowView
    package var sums: [WindowSpan: WindowSums] = [:]
    package var spark: [Double?] = []
    package var headroom = Headroom()
    /// What was scored, by the score's name.
    package var scores: [(name: String, view: WindowView)] = []
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
    let breakdown = try breakdown(reader)
    var rows = merged(reader, breakdown, now: now)
    sort(&rows)
    rows = Array(rows.prefix(limit))
    let scores = scores(reader, breakdown, now: now)
    for index in rows.indices {
      rows[index].scores = scores[rows[index].labels.map(\.value)] ?? []
      rows[index].sums = rows[index].view.sums(of: spans, withHistograms: true)
      if let spark { rows[index].spark = line(spark, rows[index].view) }
      rows[index].headroom = headroom(of: rows[index], reader, limits, now: now)
    }
    return rows
  }

  /// The breakdown with the fewest labels that has all of those asked for.
  private func breakdown(_ reader: WindowReader) throws(Fault) -> Int {
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

  private func merged(_ reader: WindowReader, _ breakdown: Int, now: Int64) -> [Row] {
    let names = reader.breakdowns[breakdown].labels.map(\.name)
    var groups: [[String]: [WindowGroup]] = [:]
    for (values, members) in reader.groups(of: breakdown) {
      let labels = Dictionary(zip(names, values)) { first, _ in first }
      guard filter.allSatisfy({ labels[$0.label] == $0.value }) else { continue }
      groups[by.map { labels[$0] ?? "" }, default: []] += members
    }
    if by.isEmpty, groups.isEmpty { groups[[]] = [] }
    return groups.map { values, members in
      Row(
        labels: Array(zip(by, values)).map { (name: $0.0, value: $0.1) },
        view: reader.view(of: members, now: now))
    }
  }

  /// The scores of each row, by the row's labels.
  private func scores(
    _ reader: WindowReader, _ breakdown: Int, now: Int64
  ) -> [[String]: [(name: String, view: WindowView)]] {
    guard let reader = reader.scores else { return [:] }
    var query = self
    query.by.append(Dimension.score.name)
    var found: [[String]: [(name: String, view: WindowView)]] = [:]
    for row in query.merged(reader, breakdown, now: now) {
      guard let name = row.labels.last?.value, !name.isEmpty else { continue }
      found[row.labels.dropLast().map(\.value), default: []].append((name, row.view))
    }
    return found.mapValues { $0.sorted { $0.name < $1.name } }
  }

  private func sort(_ rows: inout [Row]) {
    let span = spans.first ?? .minute
    var keyed = rows.map { row -> (row: Row, figure: Double, label: String) in
      switch sort {
      case .label(let name):
        return (row, 0, row.labels.first { $0.name == name }?.value ?? "")
      case .figure(let figure):
        let sums = row.view.sums(of: span, withHistograms: figure.needsHistograms)
        return (row, sums.figure(figure, seconds: span.seconds) ?? -1, "")
      }
    }
    let isAscending = isAscending
    keyed.sort { left, right in
      if left.figure != right.figure { return (left.figure < right.figure) == isAscending }
      if left.label != right.label { return (left.label < right.label) == isAscending }
      // Equal rows keep one order, so that a table does not flicker.
      return left.row.labels.map(\.value).lexicographicallyPrecedes(right.row.labels.map(\.value))
    }
    rows = keyed.map(\.row)
  }

  private func line(_ figure: WindowFigure, _ view: WindowView) -> [Double?] {
    (0..<Self.sparkPoints).reversed().map { age in
      let last = view.second - Int64(age) * Self.sparkSeconds
      return view.sums(
        from: last - Self.sparkSeconds + 1, to: last, withHistograms: figure.needsHistograms
      ).figure(figure, seconds: Self.sparkSeconds)
    }
  }

  private func headroom(
    of row: Row, _ reader: WindowReader, _ limits: [ProviderLimit], now: Int64
  ) -> Headroom {
    var labels = Dictionary(row.labels.map { ($0.name, $0.value) }) { first, _ in first }
    for (label, value) in filter { labels[label] = value }
    guard labels["provider"]?.isEmpty == false else { return Headroom() }
    if let limit = limits.first(where: { $0.covers(labels) }) {
      return Headroom(limit, users(of: limit, reader, now: now))
    }
    var headroom = Headroom()
    headroom.requests = row.view.gauge(.remainingRequests, within: 60).map { Int64($0) }
    headroom.tokens = row.view.gauge(.remainingTokens, within: 60).map { Int64($0) }
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
