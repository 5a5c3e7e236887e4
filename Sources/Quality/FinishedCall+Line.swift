internal import Codec
internal import Money

extension FinishedCall {
  /// The call that a line tells of: `input`, `output` and `expected` as texts, or as the JSON of
  /// messages, `documents` as texts or objects with a `text`.
  package init(_ line: EvalLine) {
    self.init()
    input = Self.text(line.members["input"])
    output = Self.text(line.members["output"])
    expected = Self.text(line.members["expected"])
    if case .array(let documents)? = line.members["documents"] {
      self.documents = documents.compactMap(Self.document)
    }
    finishReason = line.text("finish_reason")
    duration = line.number("duration_ms").map { Self.whole($0 * 1e6) }
    timeToFirstToken = line.number("ttft_ms").map { Self.whole($0 * 1e6) }
    cost = line.number("cost_usd").map { Self.whole($0 * 1e12) }
    for name in CallFilter.wordNames { words[name] = line.text(name) }
    if case .object(let attributes)? = line.members["attrs"] {
      addWords(of: attributes, under: "attrs", depth: 0)
    }
    identity = Self.identity(line)
  }

  private static func whole(_ value: Double) -> Int64 {
    abs(value) < 9e18 ? Int64(value.rounded()) : 0
  }

  private static func text(_ value: JSONValue?) -> [UInt8]? {
    switch value {
    case nil, .null?: nil
    case .string(let text)?: text
    case let value?: value.json
    }
  }

  private static func document(_ value: JSONValue) -> [UInt8]? {
    guard case .object(let document) = value else { return text(value) }
    return text(document["text"])
  }

  private mutating func addWords(of object: JSONObject, under path: String, depth: Int) {
    guard depth < 8 else { return }
    for member in object.members {
      let name = "\(path).\(String(decoding: member.name, as: UTF8.self))"
      if case .object(let inner) = member.value {
        addWords(of: inner, under: name, depth: depth + 1)
      } else if let word = EvalLine.scalar(member.value) {
        words[name] = word
      }
    }
  }

  /// The same for the same call wherever the line stands: of its ids, or of all that it says.
  private static func identity(_ line: EvalLine) -> Hash128 {
    let ids = ["trace_id", "span_id", "attempt", "event_id", "response_id"].map {
      line.text($0) ?? ""
    }
    let isKnown = !ids[1].isEmpty || !ids[3].isEmpty || !ids[4].isEmpty
    let bytes =
      isKnown ? Array(ids.joined(separator: "\u{0}").utf8) : JSONValue.object(line.members).json
    // unsafe because the hash reads the array's own bytes during the call.
    return unsafe bytes.withUnsafeBytes { unsafe naming.hash($0) }
  }

  private static let naming = HashKey(0x6576_616C_2D6C_696E, 0x6261_726F_6772_6170)
}

extension CallTarget {
  /// What the scores of a line's call are for; nil where it names neither trace, span, session nor
  /// response.
  package init?(_ line: EvalLine) {
    self.init()
    traceID = line.text("trace_id")
    spanID = line.text("span_id")
    session = line.text("session")
    responseID = line.text("response_id")
    eventID = line.text("event_id")
    guard traceID != nil || session != nil || responseID != nil else { return nil }
    for name in Self.wordNames { words[name] = line.text(name) }
    identity = FinishedCall(line).identity
  }
}
