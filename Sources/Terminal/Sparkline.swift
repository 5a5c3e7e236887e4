/// Small pictures of numbers in rows of text.
package enum Sparkline {
  private static let levels = Array("▁▂▃▄▅▆▇█")

  /// The newest values as blocks, one a column, scaled from 0 to their largest; a blank where
  /// nothing is known.
  package static func text(_ values: [Double?], width: Int) -> String {
    let shown = values.suffix(max(0, width))
    let most = shown.compactMap { $0 }.filter(\.isFinite).max() ?? 0
    let blanks = String(repeating: " ", count: max(0, width - shown.count))
    return blanks
      + String(
        shown.map { value -> Character in
          guard let value, value.isFinite else { return " " }
          guard most > 0, value > 0 else { return levels[0] }
          return levels[min(7, Int(value / most * 8))]
        })
  }

  /// A share of `width` columns, filled.
  package static func bar(_ share: Double, width: Int) -> String {
    let filled = min(width, max(0, Int((share * Double(width)).rounded())))
    return String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
  }
}
