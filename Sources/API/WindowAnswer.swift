internal import Codec
internal import Money
internal import Telemetry
internal import Windows

/// Writes the rows of a question to the windows as the contract shows them.
enum WindowAnswer {
  /// The answer at `now`, in ns since 1970; `step` is how long the stretches are that the past is
  /// made of.
  static func json(
    _ page: WindowQuery.Page, _ query: WindowQuery, now: Int64, step: Int64? = nil
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("now")
    json.value(Timestamp.text(now - now % 1_000_000))
    json.key("groups")
    json.beginArray()
    for row in page.rows { append(row, query, to: &json) }
    json.endArray()
    json.key("groups_total")
    json.value(page.count)
    if let step {
      json.key("step_seconds")
      json.value(step)
    }
    json.endObject()
    return json.bytes
  }

  private static func append(
    _ row: WindowQuery.Row, _ query: WindowQuery, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("labels")
    json.beginObject()
    for (name, value) in row.labels {
      json.key(name)
      json.value(value)
    }
    json.endObject()
    if query.spark != nil {
      json.key("spark")
      json.beginArray()
      for value in row.spark { append(value, to: &json) }
      json.endArray()
    }
    json.key("windows")
    json.beginObject()
    for span in query.spans {
      guard let sums = row.sums[span] else { continue }
      json.key(span.name)
      json.beginObject()
      for member in layout where query.members.map(member.isPart) ?? true {
        append(member, sums, span, row, query, to: &json)
      }
      json.endObject()
    }
    json.endObject()
    json.endObject()
  }

  // MARK: Members

  /// One member of a window as it stands in the answer: figures that belong together are one.
  private enum Entry {
    case single(WindowQuery.Member, name: String)
    case group(name: String, figures: [(name: String, figure: WindowFigure)], hasBound: Bool)

    func isPart(of members: [WindowQuery.Member]) -> Bool {
      switch self {
      case .single(let member, _): members.contains(member)
      case .group(_, let figures, _):
        figures.contains { members.contains(.figure($0.figure)) }
      }
    }
  }

  /// All members in the order of the contract.
  private static let layout: [Entry] = {
    func figures(_ figures: [WindowFigure]) -> [Entry] {
      figures.map { .single(.figure($0), name: $0.rawValue) }
    }
    var all = figures([
      .rpm, .repm, .tpm, .inputTPM, .outputTPM, .cacheReadTPM, .reasoningTPM, .errorsPerMinute,
      .errorRate, .firstTrySuccess, .availability,
    ])
    all.append(.single(.inFlight, name: "in_flight"))
    all += figures([.burst])
    for (name, hasBound) in [
      ("latency_ms", true), ("ttft_ms", true), ("output_tokens_per_s", false),
    ] {
      let parts = WindowFigure.allCases.filter { $0.rawValue.hasPrefix(name + ".") }.map {
        (name: String($0.rawValue.dropFirst(name.count + 1)), figure: $0)
      }
      all.append(.group(name: name, figures: parts, hasBound: hasBound))
    }
    all += figures([
      .cost, .costPerHour, .coverage, .lacksUsage, .cacheHitRate, .retries, .retryWait, .gateWait,
      .queueWait, .poolWait,
    ])
    all += [
      .single(.headroom, name: "headroom"), .single(.pool, name: "pool"),
      .single(.breaker, name: "breaker"), .single(.scores, name: "scores"),
    ]
    return all
  }()

  private static func append(
    _ entry: Entry, _ sums: WindowSums, _ span: WindowSpan, _ row: WindowQuery.Row,
    _ query: WindowQuery, to json: inout JSONWriter
  ) {
    let seconds = query.seconds(of: span)
    switch entry {
    case .group(let name, let figures, let hasBound):
      json.key(name)
      json.beginObject()
      for (name, value) in values(of: figures, sums, query) {
        json.key(name)
        append(value, to: &json)
      }
      if hasBound {
        json.key("bound")
        json.value(ExponentialScale.relativeError)
      }
      json.endObject()
    case .single(let member, let name):
      json.key(name)
      switch member {
      case .figure(.cost): json.value(Picodollars.text(sums[.cost]))
      case .figure(.costPerHour):
        json.value(Picodollars.text(sums[.cost] * (3_600 / seconds)))
      case .figure(let figure): append(sums.figure(figure, seconds: seconds), to: &json)
      case .inFlight: append(row.view?.inFlight(timeout: query.timeout), to: &json)
      case .headroom: appendHeadroom(row.headroom, to: &json)
      case .pool: appendPool(row, span, to: &json)
      case .breaker: appendBreaker(row, span, to: &json)
      case .scores: appendScores(row, span, to: &json)
      }
    }
  }

  /// The figures of a group that are wanted. Quantiles of one histogram are read in one go.
  private static func values(
    of figures: [(name: String, figure: WindowFigure)], _ sums: WindowSums, _ query: WindowQuery
  ) -> [(String, Double?)] {
    let wanted = figures.filter { query.wants(.figure($0.figure)) }
    let shares = wanted.compactMap { part in
      part.name.hasPrefix("p") ? Double(part.name.dropFirst()).map { $0 / 100 } : nil
    }
    var quantiles: [Double]?
    switch figures.first?.figure {
    case .latencyAverage: quantiles = sums.latencies(shares)
    case .firstTokenAverage: quantiles = sums.firstTokens(shares)
    default: quantiles = sums.tokensPerSecond.quantiles(shares)
    }
    var place = 0
    return wanted.map { name, figure in
      guard name.hasPrefix("p") else { return (name, sums.figure(figure, seconds: 60)) }
      place += 1
      return (name, quantiles?[place - 1])
    }
  }

  private static func appendScores(
    _ row: WindowQuery.Row, _ span: WindowSpan, to json: inout JSONWriter
  ) {
    json.beginObject()
    for score in row.scores {
      guard let sums = score.sums[span] else { continue }
      let (given, numbers) = (sums.events(.scores), sums.events(.finished))
      guard given > 0 else { continue }
      json.key(score.name)
      json.beginObject()
      json.key("avg")
      append(numbers > 0 ? sums.events(.scoreSum) / numbers : nil, to: &json)
      json.key("n")
      append(given, to: &json)
      appendWords(score, span, to: &json)
      json.endObject()
    }
    json.endObject()
  }

  private static func appendWords(
    _ score: WindowQuery.ScoreSums, _ span: WindowSpan, to json: inout JSONWriter
  ) {
    let counts = score.words.compactMap { word, sums in
      sums[span].map { (word: word, count: $0.events(.scores)) }
    }.filter { $0.count > 0 }
    guard !counts.isEmpty else { return }
    json.key("values")
    json.beginObject()
    for (word, count) in counts {
      json.key(word)
      append(count, to: &json)
    }
    json.endObject()
  }

  private static func appendHeadroom(_ headroom: Headroom, to json: inout JSONWriter) {
    json.beginObject()
    json.key("rpm")
    append(headroom.requests.map(Double.init), to: &json)
    json.key("tpm")
    append(headroom.tokens.map(Double.init), to: &json)
    json.key("seconds_to_429")
    append(headroom.secondsToLimit.map(Double.init), to: &json)
    json.endObject()
  }

  private static func appendPool(
    _ row: WindowQuery.Row, _ span: WindowSpan, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("in_use")
    append(row.view?.gauge(.poolInUse, within: span.seconds), to: &json)
    json.key("size")
    append(row.view?.gauge(.poolSize, within: span.seconds), to: &json)
    json.endObject()
  }

  private static func appendBreaker(
    _ row: WindowQuery.Row, _ span: WindowSpan, to json: inout JSONWriter
  ) {
    let breaker = row.view?.gauge(.breaker, within: span.seconds)
    if let state = breaker.flatMap({ BreakerState(rawValue: UInt8($0)) }) {
      json.value(state.text)
    } else {
      json.null()
    }
  }

  /// A number to a millionth, or null.
  private static func append(_ value: Double?, to json: inout JSONWriter) {
    guard let value else { return json.null() }
    let rounded = (value * 1e6).rounded() / 1e6
    if let whole = Int64(exactly: rounded) { json.value(whole) } else { json.value(rounded) }
  }
}
