/// What people said and read in a payload that may be the JSON of messages.
enum CallText {
  /// The words in a payload: the texts of messages where it is JSON of that kind, else itself.
  static func plain(_ payload: [UInt8]) -> [UInt8] {
    let body = JSONFinder.trimmed(payload)
    guard let first = payload[body].first,
      first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
    else { return payload }
    do {
      let value = try JSONReader.read(payload[body])
      var texts: [[UInt8]] = []
      guard gather(value, depth: 0, into: &texts) else { return payload }
      return Array(texts.joined(separator: [0x0A]))
    } catch {
      return payload
    }
  }

  /// Adds the texts of messages; false when `value` is none and no list of some.
  private static func gather(_ value: JSONValue, depth: Int, into texts: inout [[UInt8]]) -> Bool {
    guard depth < 8 else { return false }
    switch value {
    case .array(let elements):
      let before = texts.count
      for element in elements {
        guard gather(element, depth: depth + 1, into: &texts) else {
          texts.removeSubrange(before...)
          return false
        }
      }
      return !elements.isEmpty
    case .object(let object):
      return gather(object, depth: depth, into: &texts)
    default:
      return false
    }
  }

  private static func gather(
    _ object: JSONObject, depth: Int, into texts: inout [[UInt8]]
  ) -> Bool {
    let isMessage = object["role"] != nil || object["type"] != nil
    for name in ["message", "messages", "choices", "parts"] {
      if let inner = object[name], gather(inner, depth: depth + 1, into: &texts) { return true }
    }
    guard isMessage else { return false }
    for name in ["content", "text"] {
      switch object[name] {
      case .string(let text)?:
        texts.append(text)
        return true
      case .array(let parts)?:
        for part in parts {
          if case .string(let text) = part {
            texts.append(text)
          } else {
            _ = gather(part, depth: depth + 1, into: &texts)
          }
        }
        return true
      case .null?: return true
      default: continue
      }
    }
    // A message that says nothing in words, such as a tool call or a picture.
    return object["role"] != nil || object["type"] != nil
  }
}
