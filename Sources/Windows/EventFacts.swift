package import Telemetry

/// What an event counts as, by the counting rules of windows, counters and rollups: the one place
/// that knows them. Computed once an event and handed to everything that counts.
///
/// Counts are in `unit`s: an event with sample rate r counts `unit / r`. Tokens, durations and
/// money are weighted the same way and rounded once, to the nearest whole.
package struct EventFacts: Sendable {
  /// What one unsampled event counts: a millionth is the smallest share.
  package static let unit: Int64 = 1_000_000

  /// The event itself.
  package private(set) var event: Event
  /// What it counts, in units.
  package let weight: Int64
  /// How it ended, where nothing was said too: without an error it went well.
  package let outcome: Status
  /// How the application's own cache served it, if it has one.
  package private(set) var cache: CacheResult?
  /// When it ended and began, in ns, as far as windows are concerned: never after its receipt.
  package let end: Int64
  package let start: Int64
  /// Milliseconds waited, by place of the quantity.
  package private(set) var waits = Waits()
  /// Tokens that no price was found for, where others have one.
  package private(set) var unpricedTokens: Int64 = 0
  /// The value of a score that is a number.
  package private(set) var scoreValue: Double?
  /// Whether it stands for usage that counts, and for no call or span of its own.
  package private(set) var isUsageOnly = false

  /// What a call waited for before it was sent, in ns.
  package struct Waits: Equatable, Sendable {
    package var retry: Int64 = 0
    package var gate: Int64 = 0
    package var queue: Int64 = 0
    package var pool: Int64 = 0

    /// Nothing was waited for.
    package init() {}
  }

  /// Reads `event`, received at `receivedAt`, whose measures are `measures` from `firstMeasure` on.
  package init(_ event: Event, measures: [Measure], receivedAt: Int64) {
    self.event = event
    weight =
      event.sampleRate == 1 ? Self.unit : Int64((Double(Self.unit) / event.sampleRate).rounded())
    outcome = event.status ?? (event.errorType == nil ? .ok : Self.outcome(event.errorType))
    let ownEnd = event.time > receivedAt ? event.receipt(near: receivedAt) : event.time
    let ownStart = min(Self.start(of: event), ownEnd)
    (start, end) = (ownStart, event.isOpen ? ownStart : ownEnd)
    let first = Int(event.firstMeasure)
    for index in first..<(first + Int(event.measureCount)) { take(measures[index]) }
  }

  private static func start(of event: Event) -> Int64 {
    if event.start != Event.absent { return event.start }
    return event.duration == Event.absent ? event.time : event.time - event.duration
  }

  private static func outcome(_ type: ErrorType?) -> Status {
    type == .cancelled ? .cancelled : .error
  }

  private mutating func take(_ measure: Measure) {
    switch measure.quantity {
    case .retryWait: waits.retry = Self.nanoseconds(measure)
    case .gateWait: waits.gate = Self.nanoseconds(measure)
    case .queueWait: waits.queue = Self.nanoseconds(measure)
    case .poolWait: waits.pool = Self.nanoseconds(measure)
    case .cacheResult: cache = CacheResult(rawValue: UInt8(measure.value))
    case .scoreValue: scoreValue = measure.value
    case .unpricedTokens: unpricedTokens = Int64(measure.value)
    default: break
    }
  }

  private static func nanoseconds(_ measure: Measure) -> Int64 {
    // A wait of more than 30 years is no wait.
    Int64(min(max(measure.value, 0), 1e12) * 1e6)
  }

  /// Whether the application's cache answered: in no rate, token or latency figure.
  package var isFromCache: Bool { event.type == .llm && cache?.isAnswer == true }
  /// Whether it is a call to a model, finished or not, that counts as one.
  package var isCall: Bool { event.type == .llm && !isFromCache }
  /// Whether it ended.
  package var isFinished: Bool { !event.isOpen }
  /// Whether it failed; a cancelled call did not.
  package var isError: Bool { outcome == .error }
  /// Whether a breaker kept the call from its provider: an error without a start or a latency.
  package var isCircuitOpen: Bool { event.errorType == .circuitOpen }
  /// Whether this is a first try.
  package var isFirstAttempt: Bool { event.attempt == Event.absent || event.attempt <= 1 }
  /// Whether the provider failed to answer: a server, network or time-out error.
  package var isUnavailable: Bool {
    guard isError else { return false }
    switch event.errorType {
    case .server, .network, .timeout: return true
    default: return false
    }
  }
  /// Whether its duration counts.
  package var hasLatency: Bool {
    isFinished && !isUsageOnly && outcome != .cancelled && !isCircuitOpen
      && event.duration != Event.absent
  }
  /// Whether its time to the first token counts.
  package var hasFirstToken: Bool {
    isFinished && !isUsageOnly && outcome != .cancelled && !isCircuitOpen
      && event.timeToFirstToken != Event.absent
  }
  /// Whether it went well and says nothing about usage.
  package var lacksUsage: Bool {
    isFinished && !isUsageOnly && outcome == .ok && event.leaves.isEmpty
  }

  /// `amount` times the weight.
  @inline(__always)
  package func weighted(_ amount: Int64) -> Int64 {
    weight == Self.unit
      ? amount : Int64((Double(amount) / event.sampleRate).rounded())
  }

  /// How often a value of this event counts in a histogram: a whole number.
  package var histogramCount: Int64 { max(1, (weight + Self.unit / 2) / Self.unit) }
}

// What does not count as it stands.
extension EventFacts {
  /// What it counts as by `counting`: itself, or a span that is no call and the usage that counts.
  package func parts(_ counting: Counting?) -> [EventFacts] {
    guard let counting else { return [self] }
    return counting.hasUsage ? [asSpan, usage(counting)] : [asSpan]
  }

  private var asSpan: EventFacts {
    var span = self
    span.event.type = .span
    span.cache = nil
    return span
  }

  private func usage(_ counting: Counting) -> EventFacts {
    var usage = self
    usage.isUsageOnly = true
    usage.event.type = .llm
    usage.event.isOpen = false
    usage.event.leaves = counting.leaves
    usage.event.cost = counting.cost
    usage.unpricedTokens = counting.unpricedTokens
    usage.cache = nil
    usage.waits = Waits()
    return usage
  }
}

extension TokenLeaves {
  /// All leaves of the input, cached ones included; an absent one adds nothing.
  package var allInput: Int64 {
    max(0, input) + max(0, cacheRead) + max(0, cacheWrite) + max(0, cacheWrite1h)
      + max(0, audioInput) + max(0, imageInput)
  }

  /// All leaves of the output.
  package var allOutput: Int64 {
    max(0, output) + max(0, reasoning) + max(0, audioOutput)
  }
}
