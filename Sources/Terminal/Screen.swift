/// One cell of a screen.
package struct ScreenCell: Equatable, Sendable {
  /// One grapheme; empty in the right half of a wide one.
  package var text: String
  package var style: Style

  static let blank = ScreenCell(text: " ", style: .plain)
}

/// A picture of a terminal as cells. Everything is cut at its edges; what is drawn outside is not
/// there.
package struct Screen: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// Whether only ASCII is drawn; other signs are replaced by what comes nearest.
  package let isPlain: Bool
  private var cells: [ScreenCell]

  /// A blank screen.
  package init(width: Int, height: Int, isPlain: Bool = false) {
    precondition(width > 0 && height > 0, "a screen has cells")
    self.width = width
    self.height = height
    self.isPlain = isPlain
    cells = Array(repeating: .blank, count: width * height)
  }

  /// The cell at a place on the screen.
  package subscript(row: Int, column: Int) -> ScreenCell { cells[row * width + column] }

  /// Draws `text` from a place on; no further than `limit` columns, where a longer one ends in an
  /// ellipsis. Returns the column behind it.
  @discardableResult
  package mutating func put(
    _ text: some StringProtocol, row: Int, column: Int, style: Style = .plain, limit: Int = .max
  ) -> Int {
    guard row >= 0, row < height, limit > 0 else { return column }
    let end = min(width, limit > width ? width : column + limit)
    let fits = CharacterWidth.columns(of: text) <= end - column
    var place = column
    for character in text {
      var character = character
      var columns = CharacterWidth.columns(of: character)
      if columns == 0 {
        // What takes no column of its own must not reach the terminal: it could be a command.
        guard character.isNewline || character == "\t" else { continue }
        (character, columns) = (" ", 1)
      }
      if !fits, place + columns > end - 1 {
        if place < end { set(row, place, isPlain ? "~" : "…", style) }
        return end
      }
      place += draw(character, columns, row, place, style)
    }
    return place
  }

  /// Draws spans one after another.
  @discardableResult
  package mutating func put(
    _ text: StyledText, row: Int, column: Int, limit: Int = .max, reversed: Bool = false
  ) -> Int {
    var place = column
    let end = limit == .max ? Int.max : column + limit
    for span in text.spans {
      guard place < min(end, width) else { return place }
      var style = span.style
      if reversed { style.isReversed = true }
      place = put(
        span.text, row: row, column: place, style: style,
        limit: end == .max ? .max : end - place)
    }
    return place
  }

  private mutating func draw(
    _ character: Character, _ columns: Int, _ row: Int, _ column: Int, _ style: Style
  ) -> Int {
    if isPlain, !character.isASCII {
      let substitute = PlainSigns.substitute(for: character)
      for offset in 0..<columns { set(row, column + offset, String(substitute), style) }
      return columns
    }
    if columns == 2, column + 1 >= width {
      set(row, column, " ", style)
      return 1
    }
    set(row, column, String(character), style)
    if columns == 2 { setHalf(row, column + 1, style) }
    return columns
  }

  private mutating func set(_ row: Int, _ column: Int, _ text: String, _ style: Style) {
    guard column >= 0, column < width else { return }
    let place = row * width + column
    // Half a wide character is none: its other half becomes a blank.
    if cells[place].text.isEmpty, column > 0 { cells[place - 1] = .blank }
    if column + 1 < width, cells[place + 1].text.isEmpty { cells[place + 1] = .blank }
    cells[place] = ScreenCell(text: text, style: style)
  }

  private mutating func setHalf(_ row: Int, _ column: Int, _ style: Style) {
    set(row, column, " ", style)
    cells[row * width + column].text = ""
  }

  /// Fills part of a row with one sign.
  package mutating func fill(
    row: Int, from: Int, to: Int, with character: Character = " ", style: Style = .plain
  ) {
    guard row >= 0, row < height, from < to else { return }
    let sign = isPlain && !character.isASCII ? PlainSigns.substitute(for: character) : character
    for column in max(0, from)..<min(width, max(to, 0)) { set(row, column, String(sign), style) }
  }

  /// Changes the look of part of a row, not its text.
  package mutating func restyle(row: Int, from: Int, to: Int, _ change: (inout Style) -> Void) {
    guard row >= 0, row < height else { return }
    for column in max(0, from)..<max(0, from, min(width, to)) {
      change(&cells[row * width + column].style)
    }
  }

  /// Blanks a rectangle.
  package mutating func clear(_ area: Area) {
    for row in area.row..<max(area.row, area.endRow) {
      fill(row: row, from: area.column, to: area.endColumn)
    }
  }

  /// The rows as text, blanks at their ends left out.
  package var text: String {
    (0..<height).map { row in
      var line = ""
      for column in 0..<width { line += self[row, column].text }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

/// A rectangle of cells.
package struct Area: Equatable, Sendable {
  package var row: Int
  package var column: Int
  package var width: Int
  package var height: Int

  /// A rectangle; one with a negative size has none.
  package init(row: Int, column: Int, width: Int, height: Int) {
    self.row = row
    self.column = column
    self.width = max(0, width)
    self.height = max(0, height)
  }

  var endRow: Int { row + height }
  var endColumn: Int { column + width }

  func contains(row: Int, column: Int) -> Bool {
    (self.row..<endRow).contains(row) && (self.column..<endColumn).contains(column)
  }
}

/// What is drawn in place of signs beyond ASCII.
enum PlainSigns {
  static func substitute(for character: Character) -> Character {
    if let known = table[character] { return known }
    guard let scalar = character.unicodeScalars.first else { return "?" }
    // Braille: a dot where any of the eight is set.
    if (0x2800...0x28FF).contains(scalar.value) { return scalar.value == 0x2800 ? " " : "." }
    return "?"
  }

  private static let table: [Character: Character] = [
    "─": "-", "━": "=", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+",
    "┬": "+", "┴": "+", "┼": "+", "…": "~", "·": "-", "•": "*", "●": "*", "○": "o", "▲": "^",
    "▼": "v", "◆": "#", "✗": "x", "✓": "+", "›": ">", "←": "<", "→": ">", "↑": "^", "↓": "v",
    "▁": "_", "▂": "_", "▃": ".", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#", "▶": ">",
    "◀": "<", "–": "-", "×": "x", "≥": ">", "≤": "<", "⏸": "|", "µ": "u",
  ]
}
