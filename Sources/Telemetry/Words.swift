/// A small closed vocabulary: each word has a number that is stored and a text that people see.
/// Numbers are part of the file format: never reuse or renumber one.
package protocol Word: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == UInt8 {
  /// The word as users write and read it.
  var text: String { get }
}

/// What an event is.
package enum EventType: UInt8, Word {
  case llm = 0
  case span = 1
  case log = 2
  case score = 3

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .llm: "llm"
    case .span: "span"
    case .log: "log"
    case .score: "score"
    }
  }
}

/// How an operation ended.
package enum Status: UInt8, Word {
  case ok = 0
  case error = 1
  case cancelled = 2

  /// The word as users write and read it.
  package var text: String { "\(self)" }
}

/// Why an operation failed, as a small set that can be a label.
package enum ErrorType: UInt8, Word {
  case rateLimit = 0
  case timeout, auth, invalidRequest, contextLength, contentFilter, notFound, server, network
  case circuitOpen, cancelled, other

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .rateLimit: "rate_limit"
    case .invalidRequest: "invalid_request"
    case .contextLength: "context_length"
    case .contentFilter: "content_filter"
    case .notFound: "not_found"
    case .circuitOpen: "circuit_open"
    default: "\(self)"
    }
  }
}

/// How loud a log record is.
package enum Level: UInt8, Word {
  case trace = 0
  case debug, info, notice, warning, error, fatal

  /// The word as users write and read it.
  package var text: String { "\(self)" }
}

/// Where the cost of a call comes from.
package enum CostStatus: UInt8, Word {
  case reported = 0
  case computed, partial, unpriced, noUsage, zero

  /// The word as users write and read it.
  package var text: String { self == .noUsage ? "no_usage" : "\(self)" }
}

/// The door an event came through.
package enum Door: UInt8, Word {
  case http = 0
  case udp, otlp
  /// The collector made it itself.
  case own

  /// The word as users write and read it.
  package var text: String { "\(self)" }
}

/// What was doubtful about an event that was kept. The raw value is a bit number.
package enum Warning: UInt8, Word {
  case badType = 0
  case badValue, badTime, future, badID, badUTF8, duplicateKey, truncated, unknownKind

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .badType: "bad_type"
    case .badValue: "bad_value"
    case .badTime: "bad_time"
    case .future: "future"
    case .badID: "bad_id"
    case .badUTF8: "bad_utf8"
    case .duplicateKey: "duplicate_key"
    case .truncated: "truncated"
    case .unknownKind: "unknown_kind"
    }
  }
}

/// Why a record was refused.
package enum RejectCode: UInt8, Word {
  case badJSON = 0
  case notAnObject, tooDeep, tooLarge, tooOld, empty
  /// Of points of metrics only: events keep what is doubtful.
  case badValue, outOfOrder, seriesLimit

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .badJSON: "bad_json"
    case .notAnObject: "not_an_object"
    case .tooDeep: "too_deep"
    case .tooLarge: "too_large"
    case .tooOld: "too_old"
    case .empty: "empty"
    case .badValue: "bad_value"
    case .outOfOrder: "out_of_order"
    case .seriesLimit: "series_limit"
    }
  }
}

/// How the application's own response cache served a call.
package enum CacheResult: UInt8, Word {
  case hit = 0
  case miss, bypass, stale, shared

  /// The word as users write and read it.
  package var text: String { "\(self)" }

  /// Whether the answer came from the cache, so that no provider was called.
  package var isAnswer: Bool { self == .hit || self == .stale || self == .shared }
}

/// How a sender's circuit breaker stands.
package enum BreakerState: UInt8, Word {
  case closed = 0
  case open, halfOpen

  /// The word as users write and read it.
  package var text: String { self == .halfOpen ? "half_open" : "\(self)" }
}

/// Which evidence settled whether input includes the cached tokens.
package enum UsageRule: UInt8, Word {
  case onlyReading = 0
  case flag, total, provider, evidence, assumed, dialect

  /// The word as users write and read it.
  package var text: String { self == .onlyReading ? "only_reading" : "\(self)" }
}

/// What the writer decided about one event.
package enum Verdict: UInt8, Word {
  case stored = 0
  case duplicate, amended

  /// The word as users write and read it.
  package var text: String { "\(self)" }
}

/// Which rule of the contract gives an event its identity.
package enum IdentityRule: UInt8, Word {
  case none = 0
  case eventID, stream, span, score, idempotencyKey, bytes

  /// The word as users write and read it.
  package var text: String { "\(self)" }
}

/// A set of words of one vocabulary, as bits.
package struct WordSet<Member: Word>: Equatable, Sendable {
  package private(set) var bits: UInt32 = 0

  /// The set with no word in it.
  package init() {}

  /// Adds a word.
  package mutating func insert(_ word: Member) {
    bits |= 1 &<< UInt32(word.rawValue)
  }

  /// Whether the word is in the set.
  package func contains(_ word: Member) -> Bool {
    bits & (1 &<< UInt32(word.rawValue)) != 0
  }

  /// Whether no word is in the set.
  package var isEmpty: Bool { bits == 0 }
}
