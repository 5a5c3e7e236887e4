/// What people said and read in a payload that may be the JSON of messages.
enum CallText {
  /// The words in a payload: the texts of messages where it is JSON of that kind, else itself. An
  /// answer that is JSON for its own reasons stays as it is.
  static func plain(_ payload: [UInt8]) -> [UInt8] {
    let body = JSONFinder.trimmed(payload)
    guard let first = payload[body].first,
      first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
    else { return payload }
    do {
      let value = try JSONReader.read(payload[body])
      var texts: [[UInt8]] = []
      guard messages(value, into: &texts) else { return payload }
      return Array(texts.joined(separator: [0x0A]))
    } catch {
      return payload
    }
  }

  private static let roles: Set<String> = [
    "user", "assistant", "system", "tool", "developer", "model", "human", "ai", "function",
  ]
  private static let partTypes: Set<String> = [
    "text", "output_text", "input_text", "thinking", "reasoning", "image_url", "image",
    "input_image", "input_audio", "file", "tool_use", "tool_call", "tool_result",
    "tool_call_response", "message",
  ]

  /// Adds the texts of a message, of a list of messages or parts, or of an answer with choices;
  /// false, with nothing added, when `value` is none of these.
  private static func messages(_ value: JSONValue, into texts: inout [[UInt8]]) -> Bool {
    switch value {
    case .array(let elements):
      let before = texts.count
      for element in elements {
        guard case .object(let object) = element, message(object, into: &texts) else {
          texts.removeSubrange(before...)
          return false
        }
      }
      return !elements.isEmpty
    case .object(let object):
      for name in ["choices", "messages"] {
        if case .array? = object[name], let inner = object[name], messages(inner, into: &texts) {
          return true
        }
      }
      return hasRole(object) && message(object, into: &texts)
    default: return false
    }
  }

  /// Adds the text of one message, part or choice; false when it is none.
  private static func message(_ object: JSONObject, into texts: inout [[UInt8]]) -> Bool {
    if case .object(let inner)? = object["message"], hasRole(inner) {
      return message(inner, into: &texts)
    }
    guard hasRole(object) || word(object["type"]).map(partTypes.contains) ?? false else {
      return false
    }
    for name in ["content", "parts", "text"] {
      if let value = object[name] { content(value, depth: 0, into: &texts) }
    }
    return true
  }

  /// Adds what stands in a message: a text, or parts with texts in them.
  private static func content(_ value: JSONValue, depth: Int, into texts: inout [[UInt8]]) {
    guard depth < 8 else { return }
    switch value {
    case .string(let text): texts.append(text)
    case .array(let parts):
      for part in parts { content(part, depth: depth + 1, into: &texts) }
    case .object(let part):
      for name in ["content", "text"] {
        if let inner = part[name] { content(inner, depth: depth + 1, into: &texts) }
      }
    default: return
    }
  }

  private static func hasRole(_ object: JSONObject) -> Bool {
    word(object["role"]).map(roles.contains) ?? false
  }

  private static func word(_ value: JSONValue?) -> String? {
    if case .string(let text)? = value { String(decoding: text, as: UTF8.self) } else { nil }
  }
}
