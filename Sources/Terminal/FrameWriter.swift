/// Turns screens into the bytes that change a terminal from the one before to the next: only the
/// cells that differ, within a synchronized update.
package struct FrameWriter: Sendable {
  private let depth: ColorDepth
  private var shown: Screen?

  /// A writer to a terminal whose content is not known yet.
  package init(depth: ColorDepth) { self.depth = depth }

  /// What a terminal is told before the first screen: the alternate screen, no cursor, no wrapping,
  /// pasted text marked; with `mouse`, clicks and the wheel.
  package static func begin(mouse: Bool) -> [UInt8] {
    Array(
      ("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[?2004h"
        + (mouse ? "\u{1B}[?1000h\u{1B}[?1006h" : "") + "\u{1B}[0m\u{1B}[2J").utf8)
  }

  /// Gives the mouse back to the terminal.
  package static let withoutMouse: [UInt8] = Array("\u{1B}[?1006l\u{1B}[?1000l".utf8)

  /// What undoes all of it; harmless where nothing was begun.
  package static let end: [UInt8] = Array(
    ("\u{1B}[?2026l\u{1B}[?1006l\u{1B}[?1000l\u{1B}[?2004l\u{1B}[?7h\u{1B}[0m\u{1B}[?25h"
      + "\u{1B}[?1049l").utf8)

  /// Forgets what the terminal shows: the next screen is drawn whole.
  package mutating func forget() { shown = nil }

  /// The bytes that show `screen`; none when it is shown already.
  package mutating func write(_ screen: Screen) -> [UInt8] {
    var known = shown
    if let before = known, before.width != screen.width || before.height != screen.height {
      known = nil
    }
    guard known != screen else { return [] }
    var body = ""
    if known == nil { body += "\u{1B}[0m\u{1B}[2J" }
    var style: Style? = known == nil ? .plain : nil
    for row in 0..<screen.height {
      write(row, of: screen, over: known, &style, &body)
    }
    shown = screen
    return Array("\u{1B}[?2026h\(body)\u{1B}[0m\u{1B}[?2026l".utf8)
  }

  private func write(
    _ row: Int, of screen: Screen, over before: Screen?, _ style: inout Style?, _ body: inout String
  ) {
    var cursor: Int?
    for column in 0..<screen.width {
      let cell = screen[row, column]
      guard !cell.text.isEmpty, cell != (before?[row, column] ?? .blank) else { continue }
      if cursor != column { body += "\u{1B}[\(row + 1);\(column + 1)H" }
      if style != cell.style {
        body += "\u{1B}[\(cell.style.parameters(depth))m"
        style = cell.style
      }
      body += cell.text
      let isWide = column + 1 < screen.width && screen[row, column + 1].text.isEmpty
      // Terminals differ on how wide unusual signs are: the next cell is addressed anew.
      cursor = cell.text.utf8.count == 1 || Self.isKnownSign(cell.text) ? column + 1 : nil
      if isWide { cursor = nil }
    }
  }

  /// Signs of one column on every terminal: lines, blocks, braille.
  private static func isKnownSign(_ text: String) -> Bool {
    guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
      return false
    }
    return (0x2500...0x259F).contains(scalar.value) || (0x2800...0x28FF).contains(scalar.value)
  }
}
