/// A media type such as `text/plain; version=0.0.4`, names in lower case.
package struct MediaType: Equatable, Sendable {
  /// One `name=value` behind the type.
  package struct Parameter: Equatable, Sendable {
    /// The name in lower case.
    package let name: [UInt8]
    /// The value as given, quotes removed.
    package let value: [UInt8]
  }

  /// The part before the slash; `*` in ranges.
  package let type: [UInt8]
  /// The part behind the slash; `*` in ranges.
  package let subtype: [UInt8]
  /// The parameters in their order.
  package let parameters: [Parameter]

  /// Reads `text`, or gives nil when it is not `type/subtype` with well-formed parameters.
  package init?(_ text: [UInt8]) {
    var reader = FieldReader(text)
    self.init(&reader)
    guard reader.isAtEnd else { return nil }
  }

  /// Reads a media type up to a comma or the end.
  init?(_ reader: inout FieldReader) {
    reader.skipBlanks()
    guard let type = reader.token(), reader.take(ASCII.slash), let subtype = reader.token(),
      let parameters = reader.parameters()
    else { return nil }
    self.type = type.map(ASCII.lowercase)
    self.subtype = subtype.map(ASCII.lowercase)
    self.parameters = parameters
  }

  /// Whether the type is `type/subtype`, both in lower case, whatever its parameters.
  package func `is`(_ type: StaticString, _ subtype: StaticString) -> Bool {
    self.type.isText(type) && self.subtype.isText(subtype)
  }

  /// The value of the parameter `name`, in lower case, or nil.
  package func parameter(_ name: StaticString) -> [UInt8]? {
    parameters.first { $0.name.isText(name) }?.value
  }
}

/// Reads the grammar that structured header values share.
struct FieldReader {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { index == bytes.count }

  mutating func skipBlanks() {
    while index < bytes.count, ASCII.isBlank(bytes[index]) { index += 1 }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  mutating func token() -> [UInt8]? {
    let start = index
    while index < bytes.count, ASCII.isToken(bytes[index]) { index += 1 }
    return start < index ? Array(bytes[start..<index]) : nil
  }

  /// `; name=value` as often as it comes, up to a comma or the end; nil when it is malformed.
  mutating func parameters() -> [MediaType.Parameter]? {
    var parameters: [MediaType.Parameter] = []
    skipBlanks()
    while take(ASCII.semicolon) {
      skipBlanks()
      // RFC 9110 5.6.6 allows empty parameters.
      guard let name = token() else {
        if isAtEnd || bytes[index] == ASCII.semicolon || bytes[index] == ASCII.comma { continue }
        return nil
      }
      guard take(ASCII.equals), let value = value() else { return nil }
      parameters.append(.init(name: name.map(ASCII.lowercase), value: value))
      skipBlanks()
    }
    return isAtEnd || bytes[index] == ASCII.comma ? parameters : nil
  }

  private mutating func value() -> [UInt8]? {
    guard take(ASCII.quote) else { return token() }
    var value: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == ASCII.quote { return value }
      if byte != ASCII.backslash {
        value.append(byte)
      } else if index < bytes.count {
        value.append(bytes[index])
        index += 1
      }
    }
    return nil
  }

  /// Goes behind the next comma, over the rest of a malformed element; false at the end.
  mutating func skipElement() -> Bool {
    while index < bytes.count, bytes[index] != ASCII.comma { index += 1 }
    return take(ASCII.comma)
  }
}
