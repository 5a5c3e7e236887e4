/// How much of one message's frame is read before it is refused.
package struct HTTPLimits: Equatable, Sendable {
  /// Bytes of all header lines of a head, or of all trailer lines; more is a 431.
  package var headerBytes: Int
  /// Header lines of a head, or trailer lines; more is a 431.
  package var headerCount: Int
  /// Bytes of a request target; more is a 414.
  package var targetBytes: Int
  /// Bytes of chunk extensions in one message; more is a 400.
  package var extensionBytes: Int

  /// The collector's limits, unless a test asks for others.
  package init(
    headerBytes: Int = 32 << 10, headerCount: Int = 100, targetBytes: Int = 8 << 10,
    extensionBytes: Int = 16 << 10
  ) {
    self.headerBytes = headerBytes
    self.headerCount = headerCount
    self.targetBytes = targetBytes
    self.extensionBytes = extensionBytes
  }

  /// Bytes of a method name; more is a 501, because no method we know is as long.
  static let methodBytes = 32
  /// A request line's bytes beside its target: method, two spaces, version, line end.
  static let requestLineFrame = methodBytes + 2 + 8 + 2
}
