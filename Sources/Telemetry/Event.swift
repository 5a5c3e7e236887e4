package import Codec

/// Where a text lies in its batch: an offset and a length, in the body as it came or in the scratch
/// that decoding wrote (unescaped, redacted or composed text).
@usableFromInline package struct TextSlice: Equatable, Sendable {
  @usableFromInline let word: UInt64

  /// The text that is absent; an empty text is not absent.
  @inlinable
  package static var absent: TextSlice { TextSlice(word: .max) }

  @inlinable @inline(__always)
  init(word: UInt64) {
    self.word = word
  }

  /// The slice of `length` bytes at `offset`.
  @inlinable @inline(__always)
  package init(offset: Int, length: Int, inScratch: Bool) {
    word =
      (inScratch ? 1 &<< 63 : 0) | UInt64(truncatingIfNeeded: offset) &<< 32
      | UInt64(truncatingIfNeeded: length)
  }

  /// Whether there is no text.
  @inlinable package var isAbsent: Bool { word == .max }
  /// Whether the text lies in the scratch, not in the body.
  @inlinable package var isInScratch: Bool { word >> 63 != 0 }
  /// Where it starts there.
  @inlinable package var offset: Int { Int(word >> 32 & 0x7FFF_FFFF) }
  /// How many bytes it has.
  @inlinable package var length: Int { Int(word & 0xFFFF_FFFF) }
}

/// The disjoint parts of a call's usage, in tokens; −1 is absent, which is not 0.
package struct TokenLeaves: Equatable, Sendable {
  package var input: Int64 = -1
  package var cacheRead: Int64 = -1
  package var cacheWrite: Int64 = -1
  package var cacheWrite1h: Int64 = -1
  package var audioInput: Int64 = -1
  package var imageInput: Int64 = -1
  package var output: Int64 = -1
  package var reasoning: Int64 = -1
  package var audioOutput: Int64 = -1

  /// No leaf is known.
  package init() {}

  /// Whether no leaf is known.
  package var isEmpty: Bool { self == TokenLeaves() }
}

/// One decoded, validated, redacted and priced event, as it goes from an intake thread to the
/// writer and back. A plain value: texts lie in the batch, dimensions are ids of `DimensionTable`.
///
/// Absent numbers are `Event.absent` (`Int64.min`), absent words are nil, absent ids are 0.
package struct Event: Sendable {
  /// The value of a number that the sender did not give.
  package static let absent = Int64.min

  /// What it is and how it went, as far as was said, and what was doubtful about it.
  package var type: EventType = .log
  package var identityRule: IdentityRule = .none
  package var status: Status?
  package var errorType: ErrorType?
  package var level: Level?
  package var costStatus: CostStatus?
  package var warnings = WordSet<Warning>()
  /// A start was announced; its end has not come.
  package var isOpen = false
  /// `time` is the sender's own and not the receipt's.
  package var hasOwnTime = false

  /// When it ended or was emitted, as the sender says, in ns since 1970.
  package var time: Int64 = 0
  /// When it began, or absent.
  package var start: Int64 = Event.absent
  /// Nanoseconds, or absent.
  package var duration: Int64 = Event.absent
  /// Nanoseconds to the first token, or absent.
  package var timeToFirstToken: Int64 = Event.absent

  /// Ids in the dimension table; 0 when every value of the set is absent.
  package var source: UInt32 = 0
  package var operation: UInt32 = 0
  package var tenant: UInt32 = 0

  /// Ids as numbers, 0 where absent; which try it was; the HTTP status, or absent.
  package var traceHigh: UInt64 = 0
  package var traceLow: UInt64 = 0
  package var spanID: UInt64 = 0
  package var parentSpanID: UInt64 = 0
  package var attempt: Int64 = Event.absent
  package var httpStatus: Int64 = Event.absent
  /// The sender's counter within its stream `src`, or absent.
  package var sequence: Int64 = Event.absent
  /// What makes two records the same event; meaningless when `identityRule` is `none`.
  package var identity = Hash128.zero

  /// Usage in disjoint parts.
  package var leaves = TokenLeaves()
  /// Picodollars as priced, or absent.
  package var cost: Int64 = Event.absent
  /// Picodollars as the sender reported them, or absent.
  package var reportedCost: Int64 = Event.absent
  /// Picodollars by the price book where something else counts, such as the sender's report or an
  /// answer from the application's cache; or absent.
  package var computedCost: Int64 = Event.absent
  /// How usage was read, where there was a choice.
  package var usageRule: UsageRule?
  /// How many tokens of the leaves the cost covers.
  package var pricedTokens: Int64 = 0
  /// The price row that priced it; 0 when none did.
  package var priceRow: UInt32 = 0
  /// Its usage came under names that say it is the sum over a run.
  package var isAggregate = false
  /// A hash of the response id within the answer itself, where no field gives one; 0 without one.
  package var answerKey: UInt64 = 0
  /// The application's own cache answered.
  package var isCacheHit = false
  /// This event stands for 1/r like it.
  package var sampleRate = 1.0

  /// Texts, redacted; each may be absent.
  package var user = TextSlice.absent
  package var session = TextSlice.absent
  package var requestID = TextSlice.absent
  package var responseID = TextSlice.absent
  package var message = TextSlice.absent
  /// A JSON object of the given fields that have no place above; absent when there is none.
  package var details = TextSlice.absent
  /// A JSON object of what no field of the contract takes; absent when there is none.
  package var attributes = TextSlice.absent
  package var input = TextSlice.absent
  package var output = TextSlice.absent
  package var stack = TextSlice.absent
  /// The identity's text where the rule is `eventID` or `idempotencyKey`.
  package var eventID = TextSlice.absent

  /// Where this event's further numbers stand in `EventBatch.measures`.
  package var firstMeasure: UInt32 = 0
  package var measureCount: UInt16 = 0
  /// The 1-based line or element it came from.
  package var line: UInt32 = 0

  /// An event with nothing in it.
  package init() {}

  /// By how many whole milliseconds an event of this time is received late; negative when it is
  /// ahead. Rounded down, so that a receipt made again from it is never later than it was.
  package func lag(receivedAt: Int64) -> Int64 {
    let lag = receivedAt &- time
    return lag / 1_000_000 - (lag % 1_000_000 < 0 ? 1 : 0)
  }

  /// The receipt as the stored row tells it, which every later reading must agree with.
  package func receipt(near receivedAt: Int64) -> Int64 {
    time + lag(receivedAt: receivedAt) * 1_000_000
  }

  /// What it is for the nesting of costs: intake settled the type by it.
  package var role: SpanRole {
    switch type {
    case .llm: .call
    case .span: leaves.isEmpty && cost == Event.absent ? .plain : .rollUp
    case .log, .score: .plain
    }
  }

  /// Whether a trace id was given.
  package var hasTrace: Bool { traceHigh | traceLow != 0 }
}
