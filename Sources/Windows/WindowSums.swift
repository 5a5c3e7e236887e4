/// What one window of one group, or of several merged, adds up to.
package struct WindowSums: Equatable, Sendable {
  var values = FieldValues()
  /// In seconds, but for the last in tokens per second.
  package internal(set) var latency = MergedHistogram()
  package internal(set) var firstToken = MergedHistogram()
  package internal(set) var tokensPerSecond = MergedHistogram()

  /// Nothing was counted.
  package init() {}

  /// The sum, or the largest value, of a field.
  package subscript(field: WindowField) -> Int64 { values[field] }

  /// Counts in events: a field that is in `EventFacts.unit`s.
  package func events(_ field: WindowField) -> Double {
    Double(values[field]) / Double(EventFacts.unit)
  }

  /// Finished events whose duration counts, in events.
  package var timed: Double { events(.finished) - events(.untimed) }

  /// The longest latency in ns. One that was taken back again counts as its bucket at most.
  package var longest: Int64? { Self.largest(values[.latencyMax], latency) }
  /// The longest time to a first token in ns.
  package var longestFirstToken: Int64? { Self.largest(values[.firstTokenMax], firstToken) }
  /// The shortest latency in ns. One that was taken back again counts as its bucket at least.
  package var shortest: Int64? {
    guard values[.latencyMin] != 0, let lowest = latency.lowest else { return nil }
    let value = Least.mirrored(values[.latencyMin])
    guard lowest > ExponentialScale.lowest else { return value }
    return max(value, Int64(ExponentialScale.upperBound(lowest - 1) * 1e9) + 1)
  }

  private static func largest(_ value: Int64, _ histogram: MergedHistogram) -> Int64? {
    guard let highest = histogram.highest else { return nil }
    let bound = ExponentialScale.upperBound(highest) * 1e9
    return Double(value) <= bound ? value : Int64(bound)
  }

  /// All tokens of the input, cached ones included.
  package var inputTokens: Int64 {
    [WindowField.input, .cacheRead, .cacheWrite, .cacheWrite1h, .audioInput, .imageInput]
      .reduce(0) { $0 + values[$1] }
  }

  /// All tokens of the output.
  package var outputTokens: Int64 {
    values[.output] + values[.reasoning] + values[.audioOutput]
  }

  /// The share of tokens that a price was found for; nil without tokens.
  package var coverage: Double? {
    let all = inputTokens + outputTokens
    return all > 0 ? 1 - Double(values[.unpricedTokens]) / Double(all) : nil
  }

  /// Adds what a later window's extra seconds hold.
  package mutating func add(_ other: WindowSums) {
    values.join(other.values)
    latency.add(other.latency)
    firstToken.add(other.firstToken)
    tokensPerSecond.add(other.tokensPerSecond)
  }
}
