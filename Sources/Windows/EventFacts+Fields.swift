internal import Telemetry

extension EventFacts {
  /// What the event counts in the second in which it began.
  func startValues() -> FieldValues {
    var values = FieldValues()
    guard !isFromCache, !isCircuitOpen, !isUsageOnly else { return values }
    values[.starts] = weight
    if event.isOpen { values[.opened] = weight }
    return values
  }

  /// What the event counts in the second in which it ended; nothing while it has not.
  func endValues() -> FieldValues {
    var values = FieldValues()
    guard isFinished else { return values }
    if cache == .hit { values[.cacheHits] = weight }
    if cache == .miss { values[.cacheMisses] = weight }
    if isFromCache { return values }
    if event.type == .llm { countUsage(&values) }
    if isUsageOnly { return values }
    countOutcome(&values)
    countTimes(&values)
    values[.retryWait] = weighted(waits.retry)
    values[.gateWait] = weighted(waits.gate)
    values[.queueWait] = weighted(waits.queue)
    values[.poolWait] = weighted(waits.pool)
    return values
  }

  private func countOutcome(_ values: inout FieldValues) {
    values[.finished] = weight
    if isError { values[.errors] = weight }
    if isUnavailable { values[.unavailable] = weight }
    if !isFirstAttempt {
      values[.laterAttempts] = weight
    } else if outcome != .ok {
      values[.firstFailed] = weight
    }
  }

  private func countTimes(_ values: inout FieldValues) {
    if hasLatency {
      values[.latencySum] = weighted(event.duration)
      values[.latencyMax] = event.duration
      values[.latencyMin] = Least.mirrored(event.duration)
    } else {
      values[.untimed] = weight
    }
    if hasFirstToken {
      values[.firstTokenSum] = weighted(event.timeToFirstToken)
      values[.firstTokenCount] = weight
      values[.firstTokenMax] = event.timeToFirstToken
    }
  }

  private func countUsage(_ values: inout FieldValues) {
    if lacksUsage { values[.lacksUsage] = weight }
    let leaves = event.leaves
    values[.input] = weighted(max(0, leaves.input))
    values[.output] = weighted(max(0, leaves.output))
    values[.cacheRead] = weighted(max(0, leaves.cacheRead))
    values[.cacheWrite] = weighted(max(0, leaves.cacheWrite))
    values[.cacheWrite1h] = weighted(max(0, leaves.cacheWrite1h))
    values[.audioInput] = weighted(max(0, leaves.audioInput))
    values[.imageInput] = weighted(max(0, leaves.imageInput))
    values[.reasoning] = weighted(max(0, leaves.reasoning))
    values[.audioOutput] = weighted(max(0, leaves.audioOutput))
    if event.cost != Event.absent {
      values[.cost] = weighted(event.cost)
      values[.unpricedTokens] = weighted(unpricedTokens)
    } else {
      values[.unpricedTokens] = values.tokens
    }
  }

  /// What a score counts in the second in which it was given. One that is a category has no value
  /// to add up.
  func scoreValues() -> FieldValues {
    var values = FieldValues()
    values[.scores] = weight
    guard let scoreValue, scoreValue.magnitude < 1e9 else { return values }
    values[.finished] = weight
    values[.scoreSum] = Int64((scoreValue * Double(weight)).rounded())
    return values
  }

  /// The buckets that the event's durations and pace fall in.
  func buckets() -> EventBuckets {
    var buckets = EventBuckets()
    guard isFinished, !isFromCache else { return buckets }
    if hasLatency {
      let seconds = Double(event.duration) / 1e9
      buckets.latency = ExponentialScale.index(of: seconds)
      let tokens = event.type == .llm ? event.leaves.allOutput : 0
      if tokens > 0, seconds > 0 {
        buckets.tokensPerSecond = ExponentialScale.index(of: Double(tokens) / seconds)
      }
    }
    if hasFirstToken {
      buckets.firstToken = ExponentialScale.index(of: Double(event.timeToFirstToken) / 1e9)
    }
    return buckets
  }
}

/// The bucket of each histogram that an event falls in, or `none`.
struct EventBuckets {
  static let none = Int.min
  var latency = none
  var firstToken = none
  var tokensPerSecond = none
}

extension FieldValues {
  /// All tokens.
  fileprivate var tokens: Int64 {
    [
      WindowField.input, .cacheRead, .cacheWrite, .cacheWrite1h, .audioInput, .imageInput, .output,
      .reasoning, .audioOutput,
    ].reduce(0) { $0 + self[$1] }
  }

  /// The same with the opposite sign, to take it back. What is a largest value cannot be taken
  /// back; readers bound it by the histogram instead.
  func takenBack() -> FieldValues {
    var values = FieldValues()
    var bits = present & ~WindowField.largest
    while bits != 0 {
      let index = bits.trailingZeroBitCount
      bits &= bits &- 1
      values[index] = -self[index]
    }
    return values
  }
}
