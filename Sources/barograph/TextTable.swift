/// Rows of text under names, for people and for programs.
struct TextTable {
  let columns: [String]
  let rows: [[String]]
  /// Columns of numbers, which end at the same place.
  var numbers: Set<Int> = []

  init(columns: [String], rows: [[String]], numbers: Set<Int> = []) {
    self.columns = columns
    self.rows = rows
    self.numbers = numbers
  }

  /// Comma-separated values (RFC 4180).
  var csv: String {
    ([columns] + rows).map { row in row.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
    return "\""
      + cell.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  /// Columns side by side, under a line.
  var text: String {
    let cells = [columns] + rows.map { $0.map(Self.oneLine) }
    let widths = columns.indices.map { column in
      cells.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    var lines = cells.map { row in
      let parts = zip(row, widths).enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
        return numbers.contains(column) ? blanks + cell.0 : cell.0 + blanks
      }
      return parts.joined(separator: "  ")
    }
    lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }
}
