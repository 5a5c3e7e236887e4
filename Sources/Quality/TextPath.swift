/// A way into a JSON value as people write it: `answer.items[0].name`, `$.a["b c"]`, `a.-1`.
package struct TextPath: Equatable, Sendable, CustomStringConvertible {
  private enum Step: Equatable, Sendable {
    case name([UInt8])
    /// From the end when negative.
    case index(Int)
  }

  private let steps: [Step]
  package let description: String

  /// The path that `text` spells (a JSON pointer will do), or nil.
  package init?(_ text: String) {
    description = text
    if text.hasPrefix("/") {
      guard let pointer = JSONPointer(text) else { return nil }
      steps = pointer.steps.map { Self.step($0) }
      return
    }
    var reader = Reader(bytes: Array(text.utf8))
    guard let steps = reader.steps() else { return nil }
    self.steps = steps
  }

  /// The value there; nil when nothing is.
  package func value(in root: JSONValue) -> JSONValue? {
    var value = root
    for step in steps {
      switch (step, value) {
      case (.name(let name), .object(let object)):
        guard let next = object[name] else { return nil }
        value = next
      case (.index(let index), .array(let elements)):
        let place = index < 0 ? elements.count + index : index
        guard elements.indices.contains(place) else { return nil }
        value = elements[place]
      case (.index(let index), .object(let object)):
        guard let next = object[String(index)] else { return nil }
        value = next
      default: return nil
      }
    }
    return value
  }

  private static func step(_ word: [UInt8]) -> Step {
    if let index = JSONValue.index(word) { return .index(index) }
    if word.first == UInt8(ascii: "-"), let index = JSONValue.index(Array(word.dropFirst())),
      index > 0
    {
      return .index(-index)
    }
    return .name(word)
  }

  private struct Reader {
    let bytes: [UInt8]
    var index = 0

    mutating func steps() -> [Step]? {
      var steps: [Step] = []
      if bytes.first == UInt8(ascii: "$") { index = 1 }
      var needsDot = index == 1
      while index < bytes.count {
        if bytes[index] == UInt8(ascii: "[") {
          guard let step = bracket() else { return nil }
          steps.append(step)
        } else {
          if needsDot {
            guard bytes[index] == UInt8(ascii: ".") else { return nil }
            index += 1
          }
          guard let word = word() else { return nil }
          steps.append(TextPath.step(word))
        }
        needsDot = true
      }
      return steps
    }

    private mutating func word() -> [UInt8]? {
      let start = index
      while index < bytes.count, bytes[index] != UInt8(ascii: "."),
        bytes[index] != UInt8(ascii: "[")
      {
        index += 1
      }
      return index > start ? Array(bytes[start..<index]) : nil
    }

    /// `[0]`, `[-1]`, `["name"]` or `['name']`.
    private mutating func bracket() -> Step? {
      index += 1
      guard index < bytes.count else { return nil }
      let quote = bytes[index]
      let isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
      let start = isQuoted ? index + 1 : index
      let closer = isQuoted ? quote : UInt8(ascii: "]")
      guard let end = bytes[start...].firstIndex(of: closer), end > start else { return nil }
      index = isQuoted ? end + 1 : end
      guard index < bytes.count, bytes[index] == UInt8(ascii: "]") else { return nil }
      index += 1
      let word = Array(bytes[start..<end])
      if isQuoted { return .name(word) }
      guard case .index(let number) = TextPath.step(word) else { return nil }
      return .index(number)
    }
  }
}
