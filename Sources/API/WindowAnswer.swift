internal import Codec
internal import Money
internal import Telemetry
internal import Windows

/// Writes the rows of a question to the windows as the contract shows them.
enum WindowAnswer {
  static func json(
    _ rows: [WindowQuery.Row], _ query: WindowQuery, now: Int64
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("now")
    json.value(Timestamp.text(now - now % 1_000_000))
    json.key("groups")
    json.beginArray()
    for row in rows { append(row, query, to: &json) }
    json.endArray()
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
    let inFlight = row.view.inFlight(timeout: query.timeout)
    for span in query.spans {
      guard let sums = row.sums[span] else { continue }
      json.key(span.name)
      append(sums, span, row, inFlight, to: &json)
    }
    json.endObject()
    json.endObject()
  }

  private static func append(
    _ sums: WindowSums, _ span: WindowSpan, _ row: WindowQuery.Row, _ inFlight: Double?,
    to json: inout JSONWriter
  ) {
    func figures(_ figures: [WindowFigure]) {
      for figure in figures {
        json.key(figure.rawValue)
        append(sums.figure(figure, seconds: span.seconds), to: &json)
      }
    }
    json.beginObject()
    figures([
      .rpm, .repm, .tpm, .inputTPM, .outputTPM, .cacheReadTPM, .reasoningTPM, .errorsPerMinute,
      .errorRate, .firstTrySuccess, .availability,
    ])
    json.key("in_flight")
    append(inFlight, to: &json)
    figures([.burst])
    appendTimes(sums, to: &json)
    json.key("cost_usd")
    json.value(Picodollars.text(sums[.cost]))
    json.key("cost_usd_per_hour")
    json.value(Picodollars.text(sums[.cost] * (3_600 / span.seconds)))
    figures([.coverage, .lacksUsage, .cacheHitRate, .retries, .retryWait, .gateWait])
    figures([.queueWait, .poolWait])
    appendState(row, span, to: &json)
    appendScores(row, span, to: &json)
    json.endObject()
  }

  private static func appendScores(
    _ row: WindowQuery.Row, _ span: WindowSpan, to json: inout JSONWriter
  ) {
    json.key("scores")
    json.beginObject()
    for (name, view) in row.scores {
      let sums = view.sums(of: span, withHistograms: false)
      let (given, numbers) = (sums.events(.scores), sums.events(.finished))
      guard given > 0 else { continue }
      json.key(name)
      json.beginObject()
      json.key("avg")
      append(numbers > 0 ? sums.events(.scoreSum) / numbers : nil, to: &json)
      json.key("n")
      append(given, to: &json)
      json.endObject()
    }
    json.endObject()
  }

  private static func appendTimes(_ sums: WindowSums, to json: inout JSONWriter) {
    let shares = [0.5, 0.9, 0.95, 0.99]
    let latency = (
      sums.latencies(shares), sums.figure(.latencyAverage, seconds: 60),
      sums.figure(.latencyMax, seconds: 60)
    )
    let firstToken = (
      sums.firstTokens(shares), sums.figure(.firstTokenAverage, seconds: 60),
      sums.figure(.firstTokenMax, seconds: 60)
    )
    for (name, times) in [("latency_ms", latency), ("ttft_ms", firstToken)] {
      json.key(name)
      json.beginObject()
      json.key("avg")
      append(times.1, to: &json)
      for (place, quantile) in ["p50", "p90", "p95", "p99"].enumerated() {
        json.key(quantile)
        append(times.0?[place], to: &json)
      }
      json.key("max")
      append(times.2, to: &json)
      json.key("bound")
      json.value(ExponentialScale.relativeError)
      json.endObject()
    }
    json.key("output_tokens_per_s")
    json.beginObject()
    let paces = sums.tokensPerSecond.quantiles([0.5, 0.95])
    for (place, quantile) in ["p50", "p95"].enumerated() {
      json.key(quantile)
      append(paces?[place], to: &json)
    }
    json.endObject()
  }

  private static func appendState(
    _ row: WindowQuery.Row, _ span: WindowSpan, to json: inout JSONWriter
  ) {
    json.key("headroom")
    json.beginObject()
    json.key("rpm")
    append(row.headroom.requests.map(Double.init), to: &json)
    json.key("tpm")
    append(row.headroom.tokens.map(Double.init), to: &json)
    json.key("seconds_to_429")
    append(row.headroom.secondsToLimit.map(Double.init), to: &json)
    json.endObject()
    json.key("pool")
    json.beginObject()
    json.key("in_use")
    append(row.view.gauge(.poolInUse, within: span.seconds), to: &json)
    json.key("size")
    append(row.view.gauge(.poolSize, within: span.seconds), to: &json)
    json.endObject()
    json.key("breaker")
    let breaker = row.view.gauge(.breaker, within: span.seconds)
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
