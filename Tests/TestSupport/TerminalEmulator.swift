/// A terminal as far as programs with a full screen use one: it reads what they write, and knows
/// what a person would see. What it does not understand it keeps in `unknown`.
package struct TerminalEmulator: Sendable {
  /// One cell of the screen.
  package struct Cell: Equatable, Sendable {
    package var text = " "
    /// The parameters of SGR in force, `0` for none.
    package var style = "0"
  }

  /// Columns.
  package private(set) var width: Int
  /// Rows.
  package private(set) var height: Int
  /// Modes that are set: `?1049`, `?25` and so on. A terminal begins with a cursor that wraps.
  package private(set) var modes: Set<Int> = [25, 7]
  /// Sequences that mean nothing to it, and control characters that should not be there.
  package private(set) var unknown: [String] = []
  /// How many cells were written since the start.
  package private(set) var writes = 0

  private var cells: [[Cell]]
  private var mainCells: [[Cell]]?
  private var row = 0
  private var column = 0
  private var style = "0"
  private var pending: [UInt8] = []

  /// A blank terminal.
  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    cells = Self.blank(width, height)
  }

  private static func blank(_ width: Int, _ height: Int) -> [[Cell]] {
    Array(repeating: Array(repeating: Cell(), count: width), count: height)
  }

  /// Whether the program has the alternate screen.
  package var isAlternate: Bool { modes.contains(1049) }

  /// What is on the screen, blanks at the ends of rows left out.
  package var text: String {
    cells.map { row in
      var line = row.map(\.text).joined()
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  /// The cell at a place.
  package subscript(row: Int, column: Int) -> Cell { cells[row][column] }

  /// Gives the terminal another size; what does not fit is lost.
  package mutating func resize(width: Int, height: Int) {
    func resized(_ old: [[Cell]]) -> [[Cell]] {
      var new = Self.blank(width, height)
      for row in 0..<min(height, old.count) {
        for column in 0..<min(width, old[row].count) { new[row][column] = old[row][column] }
      }
      return new
    }
    cells = resized(cells)
    mainCells = mainCells.map(resized)
    (self.width, self.height) = (width, height)
    (row, column) = (min(row, height - 1), min(column, width - 1))
  }

  /// Takes what a program wrote, cut anywhere.
  package mutating func write(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      pending.append(byte)
      step()
    }
  }

  private mutating func step() {
    guard let first = pending.first, let last = pending.last else { return }
    if first == 0x1B {
      stepEscape(last)
    } else if first < 0x20 || first == 0x7F {
      pending.removeAll()
      control(first)
    } else {
      stepText(first)
    }
  }

  private mutating func stepText(_ first: UInt8) {
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard pending.count == length else { return }
    let text = String(decoding: pending, as: UTF8.self)
    pending.removeAll()
    put(text)
  }

  private mutating func put(_ text: String) {
    guard let scalar = text.unicodeScalars.first else { return }
    let isWide =
      (0x1100...0x115F).contains(scalar.value) || (0x2E80...0xFFEF).contains(scalar.value)
      || scalar.value >= 0x1F300
    if column >= width {
      guard modes.contains(7) else {
        column = width - 1
        return put(text)
      }
      (row, column) = (min(row + 1, height - 1), 0)
    }
    writes += 1
    cells[row][column] = Cell(text: text, style: style)
    column += 1
    if isWide, column < width {
      cells[row][column] = Cell(text: "", style: style)
      column += 1
    }
  }

  private mutating func control(_ byte: UInt8) {
    switch byte {
    case 0x0D: column = 0
    case 0x0A: row = min(row + 1, height - 1)
    default: unknown.append("control \(byte)")
    }
  }

  private mutating func stepEscape(_ last: UInt8) {
    guard pending.count > 1 else { return }
    guard pending[1] == UInt8(ascii: "[") else {
      unknown.append(String(decoding: pending, as: UTF8.self))
      pending.removeAll()
      return
    }
    guard pending.count > 2, last >= 0x40 else { return }
    let parameters = String(decoding: pending[2...].dropLast(), as: UTF8.self)
    pending.removeAll()
    run(parameters, Character(Unicode.Scalar(last)))
  }

  private mutating func run(_ parameters: String, _ final: Character) {
    let numbers = parameters.drop { $0 == "?" }.split(
      separator: ";", omittingEmptySubsequences: false
    ).map { Int($0) ?? 0 }
    switch (parameters.hasPrefix("?"), final) {
    case (true, "h"): for mode in numbers { set(mode) }
    case (true, "l"): for mode in numbers { reset(mode) }
    case (false, "H"):
      row = min(max(1, numbers[0]), height) - 1
      column = min(max(1, numbers.count > 1 ? numbers[1] : 1), width) - 1
    case (false, "m"): style = parameters.isEmpty ? "0" : parameters
    case (false, "J") where numbers == [2]: cells = Self.blank(width, height)
    default: unknown.append("CSI \(parameters)\(final)")
    }
  }

  private mutating func set(_ mode: Int) {
    if mode == 1049, mainCells == nil {
      mainCells = cells
      cells = Self.blank(width, height)
    }
    modes.insert(mode)
  }

  private mutating func reset(_ mode: Int) {
    if mode == 1049, let saved = mainCells {
      cells = saved
      mainCells = nil
    }
    modes.remove(mode)
  }
}
