/// Why a query has no answer.
package struct QueryError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind, as the HTTP API names it.
  package enum Kind: Equatable, Sendable {
    /// The text is no query.
    case badData
    /// The query cannot be carried out on these samples.
    case execution
    case timeout
    case canceled
    /// A bound of `QueryLimits` was passed.
    case limit
    /// The samples cannot be read.
    case unavailable
  }

  /// What happened.
  package let kind: Kind
  /// The cause in words, without samples.
  package let message: String
  /// Byte offset into the text, where one place is to blame.
  package let offset: Int?
  /// The place as `line:column`, both counted from 1, columns in bytes.
  package let line: Int?
  package let column: Int?

  package var description: String {
    guard let line, let column else { return message }
    return "\(line):\(column): parse error: \(message)"
  }

  /// An error without a place in the text.
  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
    offset = nil
    line = nil
    column = nil
  }

  init(_ message: String, at offset: Int, in text: [UInt8]) {
    kind = .badData
    self.message = message
    self.offset = offset
    let before = text.prefix(offset)
    line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    column = offset - start + 1
  }

  static func execution(_ message: String) -> Self { Self(.execution, message) }
}
