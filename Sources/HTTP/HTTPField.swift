/// A header line to send, checked once when it is made.
package struct HTTPField: Equatable, Sendable {
  /// `NAME: VALUE` and the line end.
  let line: [UInt8]

  /// A header. Its name must be a token and its value free of control characters: ask `isName` and
  /// `isValue` first for what comes from outside. Lengths, `Connection`, `Date` and `Host` are the
  /// writers' own.
  package init(name: [UInt8], value: [UInt8]) {
    precondition(Self.isName(name), "a header name is a token")
    precondition(Self.isValue(value), "a header value holds no line ends or control characters")
    line = name + [ASCII.colon, ASCII.space] + value + [ASCII.carriageReturn, ASCII.lineFeed]
  }

  /// A header with a fixed name.
  package init(_ name: StaticString, _ value: [UInt8]) {
    self.init(name: [UInt8](text: name), value: value)
  }

  /// A fixed header; keep it in a `static let`.
  package init(_ name: StaticString, _ value: StaticString) {
    self.init(name: [UInt8](text: name), value: [UInt8](text: value))
  }

  /// Whether `bytes` may be a header's name.
  package static func isName(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy(ASCII.isToken)
  }

  /// Whether `bytes` may be a header's value.
  package static func isValue(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(where: ASCII.isControl)
  }
}
