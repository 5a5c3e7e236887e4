internal import Codec

/// A provider's answer as it came, which some instrumentations hand on whole: its own id tells one
/// call seen by two of them.
enum AnswerObject {
  private static let depth = 64

  /// Where the answer's id stands, without quotes; nil in JSON that is no provider's answer. An
  /// `id` alone may be the application's own, so the answer must also say its model or its kind.
  static func id(_ bytes: ByteView, _ range: Range<Int>) -> Range<Int>? {
    var json = JSONScanner(bytes, from: range.lowerBound, to: range.upperBound)
    json.skipSpace()
    guard json.take(0x7B) else { return nil }
    do throws(JSONError) {
      return try id(&json)
    } catch {
      // Text that only looks like an answer.
      return nil
    }
  }

  private static func id(_ json: inout JSONScanner) throws(JSONError) -> Range<Int>? {
    var (id, isAnswer): (Range<Int>?, Bool) = (nil, false)
    repeat {
      json.skipSpace()
      guard json.next == 0x22 else { return nil }
      let raw = try json.string()
      let key = raw.start..<raw.end
      json.skipSpace()
      guard json.take(0x3A) else { return nil }
      json.skipSpace()
      if json.next == 0x22 {
        let value = try json.string()
        if says(json.bytes, key, Self.id), !value.hasEscapes, value.end > value.start {
          id = value.start..<value.end
        }
        isAnswer = isAnswer || says(json.bytes, key, model) || says(json.bytes, key, object)
      } else {
        try json.skipValue(depth: 1, limit: depth)
      }
      if let id, isAnswer { return id }
      json.skipSpace()
    } while json.take(0x2C)
    return nil
  }

  private static func says(_ bytes: ByteView, _ key: Range<Int>, _ name: [UInt8]) -> Bool {
    key.count == name.count && bytes.copy(key.lowerBound, key.upperBound) == name
  }

  private static let id = Array("id".utf8)
  private static let model = Array("model".utf8)
  private static let object = Array("object".utf8)
}
