/// One question to the collector, asked again as often as it says.
package struct TopRequest: Hashable, Sendable {
  /// What the answer is for.
  package enum Part: Hashable, Sendable, CaseIterable {
    case total, table, graph, spend, alerts, events, calls, trace
  }

  /// What the answer is for.
  package let part: Part
  /// Path and query.
  package let path: String
  /// Nanoseconds until it is asked again; nil for once.
  package let period: Int64?
}

/// What came of a question.
package struct TopAnswer: Sendable {
  /// The answer as read, a trace, or why there is none.
  package enum Content: Sendable {
    case value(Answer)
    case trace(TraceWaterfall)
    /// The collector answered, but with this status and message.
    case refused(status: Int, message: String)
  }

  /// What was asked.
  package let request: TopRequest
  /// What came of it.
  package let content: Content

  /// Reads what the collector answered.
  package init(_ request: TopRequest, status: Int, body: [UInt8]) {
    self.request = request
    guard (200..<300).contains(status) else {
      let error = Answer(body)?["error"] ?? .null
      let message = error["message"].text ?? "the collector answered \(status)"
      let hint = error["hint"].text ?? ""
      content = .refused(status: status, message: hint.isEmpty ? message : "\(message) (\(hint))")
      return
    }
    if request.part == .trace {
      if let trace = TraceWaterfall(body) {
        content = .trace(trace)
      } else {
        content = .refused(status: status, message: "the trace is not understood")
      }
    } else if let answer = Answer(body) {
      content = .value(answer)
    } else {
      content = .refused(status: status, message: "the answer is not understood")
    }
  }
}

/// Builds paths with their queries.
struct QueryPath {
  private(set) var text: String
  private var separator = "?"

  init(_ path: String) { text = path }

  mutating func add(_ name: String, _ value: String) {
    text += "\(separator)\(Self.encoded(name))=\(Self.encoded(value))"
    separator = "&"
  }

  /// Percent-encoded but for letters, digits and `-._~,:*`.
  static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ","), UInt8(ascii: ":"),
        UInt8(ascii: "*"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
