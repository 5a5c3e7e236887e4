internal import Codec

/// Why a query has no answer, with a sign under the place that is to blame.
struct QueryProblem {
  private let message: String
  /// Counted from 1; the column in bytes.
  private let place: (line: Int, column: Int)?

  /// What the body of an answer says.
  init(_ body: [UInt8], status: Int) {
    guard let said = ConfigNode.answer(body)?["error"]?.text else {
      message = CollectorConnection.message(of: body, status: status)
      place = nil
      return
    }
    let prefix = "invalid parameter \"query\": "
    let text = said.hasPrefix(prefix) ? String(said.dropFirst(prefix.count)) : said
    message = text
    place = Self.place(text)
  }

  /// The message, and the line of `query` it speaks of.
  func text(_ query: String) -> String {
    let lines = query.split(separator: "\n", omittingEmptySubsequences: false)
    guard let place, place.line <= lines.count else { return message }
    let line = lines[place.line - 1]
    let before = line.utf8.prefix(place.column - 1)
    // A sign below a letter stands below it whatever its bytes; tabs stay tabs.
    let indent = String(decoding: before, as: UTF8.self).map { $0 == "\t" ? Character("\t") : " " }
    return "\(message)\n  \(line)\n  \(String(indent))^"
  }

  /// `3:14: …` as a line and a column.
  private static func place(_ text: String) -> (line: Int, column: Int)? {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let line = Int(parts[0]), let column = Int(parts[1]), line > 0,
      column > 0
    else { return nil }
    return (line, column)
  }
}
