/// What had to be put right for a text to be read as JSON.
package struct JSONRepair: Equatable, Sendable, CustomStringConvertible {
  /// What kind of fault it was.
  package enum Kind: String, CaseIterable, Sendable {
    case prose = "text around it"
    case codeFence = "a code fence"
    case truncated = "a missing end"
    case trailingComma = "a comma too many"
    case missingComma = "a missing comma"
    case missingBracket = "a missing bracket"
    case singleQuotes = "single quotes"
    case typographicQuotes = "typographic quotes"
    case unescapedQuote = "a quote without a backslash"
    case unquotedKey = "a name without quotes"
    case comment = "a comment"
    case ellipsis = "an ellipsis"
    case foreignWord = "another language's word"
    case number = "a number JSON writes otherwise"
    case escape = "an escape JSON does not know"
    case controlCharacter = "a raw control character"
  }

  /// What was put right, where it was met first, and how often.
  package let kind: Kind
  package let offset: Int
  package internal(set) var count: Int

  package var description: String {
    count == 1 ? kind.rawValue : "\(kind.rawValue) (\(count) times)"
  }
}

/// A JSON value that was found in a text.
package struct FoundJSON: Equatable, Sendable {
  /// The value.
  package let value: JSONValue
  /// Where in the text it stands.
  package let range: Range<Int>
  /// What was put right on the way, each kind once; empty when the text is JSON and nothing else.
  package let repairs: [JSONRepair]

  /// The repairs as one line.
  package var summary: String { repairs.map(\.description).joined(separator: ", ") }
}

/// The repairs made so far, each kind once.
struct RepairList {
  private(set) var repairs: [JSONRepair] = []

  mutating func note(_ kind: JSONRepair.Kind, at offset: Int) {
    if let index = repairs.firstIndex(where: { $0.kind == kind }) {
      repairs[index].count += 1
    } else {
      repairs.append(JSONRepair(kind: kind, offset: offset, count: 1))
    }
  }

  func contains(_ kind: JSONRepair.Kind) -> Bool { repairs.contains { $0.kind == kind } }
}
