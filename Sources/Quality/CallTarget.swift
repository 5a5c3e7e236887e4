package import Codec

/// What a score is for: the call as a score's line names it, and the words under which the score
/// counts where the call itself cannot be found again. All of it as it is stored, after redaction.
package struct CallTarget: Equatable, Sendable {
  /// 32 and 16 hex digits.
  package var traceID: String?
  package var spanID: String?
  package var session: String?
  /// What the sender called the event, and what the provider called its answer.
  package var eventID: String?
  package var responseID: String?
  /// `service env tenant provider model operation prompt prompt_version variant`, those there are.
  package var words: [String: String] = [:]
  /// The tenant of the key it came with, which scopes identities; 0 without keys.
  package var tenantScope: UInt32 = 0
  /// The call's identity, in memory only.
  package var identity = Hash128.zero

  /// The words of a call that its scores carry.
  package static let wordNames = [
    "service", "env", "tenant", "provider", "model", "operation", "prompt", "prompt_version",
    "variant",
  ]

  /// A target of which nothing is known.
  package init() {}

  /// The score as a line of our own event format, without its end. The line's `event_id` is made of
  /// the call's identity, `name` and `evaluator`: the same score of the same call is one event.
  ///
  /// `attributes` is a JSON object of what else there is to say. Where no span names the call, its
  /// own event id stands beside them as `call_event_id`.
  package func line(
    score name: String, _ value: ScoreValue, evaluator: String, comment: String = "",
    attributes: [UInt8]? = nil
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("type")
    json.value("score")
    json.key("score")
    json.value(name)
    json.key("value")
    switch value {
    case .number(let number): json.value(number)
    case .boolean(let flag): json.value(flag)
    case .category(let word): json.value(word)
    }
    json.key("evaluator")
    json.value(evaluator)
    if !comment.isEmpty {
      json.key("comment")
      json.value(comment)
    }
    write(to: &json)
    json.key("event_id")
    json.value(Self.eventID(identity, name, evaluator))
    write(attributes, to: &json)
    json.endObject()
    return json.bytes
  }

  private func write(_ attributes: [UInt8]?, to json: inout JSONWriter) {
    let call = spanID == nil ? eventID : nil
    guard attributes != nil || call != nil else { return }
    json.key("attrs")
    json.beginObject()
    if let call {
      json.key("call_event_id")
      json.value(call)
    }
    if let attributes, attributes.count > 2 {
      json.members(json: Array(attributes.dropFirst().dropLast()))
    }
    json.endObject()
  }

  private func write(to json: inout JSONWriter) {
    let ids = [
      ("trace_id", traceID), ("span_id", spanID), ("session", session),
      ("response_id", responseID),
    ]
    for (name, id) in ids {
      guard let id else { continue }
      json.key(name)
      json.value(id)
    }
    for name in Self.wordNames {
      guard let word = words[name] else { continue }
      json.key(name)
      json.value(word)
    }
  }

  private static func eventID(_ identity: Hash128, _ name: String, _ evaluator: String) -> String {
    // unsafe because the hash reads the names' own bytes during the call.
    let names = unsafe Array("\(name)\u{0}\(evaluator)".utf8).withUnsafeBytes {
      unsafe naming.hash($0)
    }
    let both = naming.hash(
      identity.high ^ names.high, identity.low ^ names.low, salt: names.high)
    var text = Array("score-".utf8)
    Hex.append(both.high, to: &text)
    Hex.append(both.low, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  private static let naming = HashKey(0x7363_6F72_652D_6964, 0x6261_726F_6772_6170)
}
