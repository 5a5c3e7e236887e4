/// Lines drawn into cells of text: two by four dots a cell in braille, one a cell in ASCII.
package struct Canvas {
  package let width: Int
  package let height: Int
  private let across: Int
  private let down: Int
  private var dots: [UInt8]
  private var owners: [Int?]

  /// The dots of braille by column and row.
  private static let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

  /// An empty canvas of so many cells; `isPlain` draws one dot a cell.
  package init(width: Int, height: Int, isPlain: Bool) {
    self.width = width
    self.height = height
    across = isPlain ? 1 : 2
    down = isPlain ? 1 : 4
    dots = Array(repeating: 0, count: width * height)
    owners = Array(repeating: nil, count: width * height)
  }

  /// Dots from left to right.
  package var dotsAcross: Int { width * across }

  /// What stands in a cell, and whose it is.
  package func cell(_ column: Int, _ row: Int) -> (text: String, owner: Int?) {
    let place = row * width + column
    // Braille begins at U+2800, one bit a dot.
    let scalar = Unicode.Scalar(0x2800 + UInt32(dots[place])) ?? " "
    return (String(Character(scalar)), owners[place])
  }

  /// Draws the values of all columns of dots, joined where two stand side by side; the first who
  /// draws into a cell owns it.
  package mutating func draw(_ values: [Double?], from low: Double, to high: Double, as owner: Int)
  {
    let last = height * down - 1
    var before: (column: Int, row: Int)?
    // Values further apart than a few dots belong to sparse steps, and are joined all the same.
    let reach = max(2, values.count / max(1, values.count { $0 != nil }) * 2)
    for (column, value) in values.enumerated() {
      guard let value else { continue }
      let row = last - Int(((value - low) / (high - low) * Double(last)).rounded())
      if let before, column - before.column <= reach {
        join(before, (column, row), owner)
      } else {
        set(column, row, owner)
      }
      before = (column, row)
    }
  }

  private mutating func join(
    _ from: (column: Int, row: Int), _ to: (column: Int, row: Int), _ owner: Int
  ) {
    let steps = max(to.column - from.column, abs(to.row - from.row), 1)
    for step in 0...steps {
      let share = Double(step) / Double(steps)
      set(
        from.column + Int((Double(to.column - from.column) * share).rounded()),
        from.row + Int((Double(to.row - from.row) * share).rounded()), owner)
    }
  }

  private mutating func set(_ column: Int, _ row: Int, _ owner: Int) {
    let place = row / down * width + column / across
    guard dots.indices.contains(place) else { return }
    dots[place] |= Self.bits[column % across][row % down]
    if owners[place] == nil { owners[place] = owner }
  }
}
