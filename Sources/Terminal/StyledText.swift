/// Text in pieces of different looks, for a screen or for lines on a terminal.
package struct StyledText: Equatable, Sendable {
  /// One piece.
  package struct Span: Equatable, Sendable {
    package var text: String
    package var style: Style
  }

  /// The pieces in their order.
  package private(set) var spans: [Span] = []

  /// Nothing, or one piece.
  package init(_ text: String = "", _ style: Style = .plain) {
    if !text.isEmpty { spans = [Span(text: text, style: style)] }
  }

  /// Adds a piece.
  package mutating func add(_ text: String, _ style: Style = .plain) {
    if !text.isEmpty { spans.append(Span(text: text, style: style)) }
  }

  /// Two texts in a row.
  package static func + (left: StyledText, right: StyledText) -> StyledText {
    var sum = left
    sum.spans += right.spans
    return sum
  }

  /// Without looks; signs that could be commands are blanks.
  package var plain: String {
    String(spans.flatMap { $0.text.map { Self.printable($0, false) } })
  }

  /// How many columns it takes.
  package var columns: Int { spans.reduce(0) { $0 + CharacterWidth.columns(of: $1.text) } }

  /// Cut to `width` columns, with an ellipsis where something is missing.
  package func cut(to width: Int) -> StyledText {
    guard columns > width else { return self }
    var cut = StyledText()
    var left = max(0, width - 1)
    for span in spans {
      var kept = ""
      for character in span.text {
        let columns = CharacterWidth.columns(of: character)
        guard columns <= left else {
          cut.add(kept + (width > 0 ? "…" : ""), span.style)
          return cut
        }
        kept.append(character)
        left -= columns
      }
      cut.add(kept, span.style)
    }
    return cut
  }

  /// As a line for a terminal; signs that could be commands are blanks.
  package func line(_ look: TerminalLook) -> String {
    spans.map { span in
      let text = String(span.text.map { Self.printable($0, look.isPlain) })
      let parameters = span.style.parameters(look.depth)
      return parameters == "0" ? text : "\u{1B}[\(parameters)m\(text)\u{1B}[0m"
    }.joined()
  }

  private static func printable(_ character: Character, _ isPlain: Bool) -> Character {
    if CharacterWidth.columns(of: character) == 0 { return " " }
    return isPlain && !character.isASCII ? PlainSigns.substitute(for: character) : character
  }
}
