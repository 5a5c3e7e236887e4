internal import Codec

/// What was retrieved for a call, out of the JSON in which events carry it.
package enum CallDocuments {
  /// The texts of a list of documents: texts, or objects with a `text`, `content` or
  /// `page_content`; another text is one document as it is.
  package static func texts(_ json: [UInt8]) -> [[UInt8]] {
    do throws(JSONError) {
      guard case .array(let elements) = try JSONReader.read(json[...]) else { return [json] }
      return elements.compactMap { text(of: $0) }
    } catch {
      return [json]
    }
  }

  /// A member of a JSON object as text: a text itself, anything else as JSON; nil without it.
  package static func text(_ name: String, in json: [UInt8]) -> [UInt8]? {
    do throws(JSONError) {
      guard case .object(let object) = try JSONReader.read(json[...]), let value = object[name],
        value != .null
      else { return nil }
      if case .string(let text) = value { return text }
      return value.json
    } catch {
      return nil
    }
  }

  private static func text(of document: JSONValue) -> [UInt8]? {
    switch document {
    case .string(let text): return text
    case .object(let object):
      for name in ["text", "content", "page_content"] {
        if case .string(let text)? = object[name] { return text }
      }
      return nil
    default: return nil
    }
  }
}
