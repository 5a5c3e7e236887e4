internal import Codec
package import Serving

/// What is done to the keys in a file.
extension KeysFile {
  /// Makes a key; gives all keys, and the new one as JSON with its text, which nobody gets to see
  /// again.
  package func add(
    _ order: KeyOrder, at now: Int64
  ) throws(KeyOrder.Refusal) -> (keys: [AccessKey], json: [UInt8]) {
    let (key, text) = order.make(at: now)
    let keys = try edit { keys throws(KeyOrder.Refusal) in
      guard !keys.contains(where: { $0.name == key.name }) else {
        throw KeyOrder.Refusal(message: "there is a key '\(key.name)' already")
      }
      guard keys.count < AccessKey.most else {
        throw KeyOrder.Refusal(message: "there are \(AccessKey.most) keys")
      }
      keys.append(key)
    }
    return (keys, Array("{\"key\":\"\(text)\",".utf8) + Self.json(key).dropFirst() + [0x0A])
  }

  /// Revokes a key, which stays in the file; gives all keys, and this one as JSON, nil when there
  /// is none of that name.
  package func revoke(
    _ name: String, at now: Int64
  ) throws(KeyOrder.Refusal) -> (keys: [AccessKey], json: [UInt8]?) {
    let keys = try edit { keys throws(KeyOrder.Refusal) in
      guard let place = keys.firstIndex(where: { $0.name == name }) else { return }
      if keys[place].revoked == nil { keys[place].revoked = now }
    }
    let found = keys.first { $0.name == name }
    return (keys, found.map { Self.json($0) + [0x0A] })
  }

  /// Keys as `{"keys":[…],"next":null}`.
  package static func list(_ keys: [AccessKey]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("keys")
    json.beginArray()
    for key in keys { write(key, to: &json, withDigest: false) }
    json.endArray()
    json.key("next")
    json.null()
    json.endObject()
    return json.bytes + [0x0A]
  }

  private static func json(_ key: AccessKey) -> [UInt8] {
    var json = JSONWriter()
    write(key, to: &json, withDigest: false)
    return json.bytes
  }
}
