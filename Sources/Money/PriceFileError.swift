/// What is wrong with a price file, and where.
package struct PriceFileError: Error, Equatable, CustomStringConvertible {
  /// The file's name.
  package let file: String
  /// The line on which it stands, from 1.
  package let line: Int
  /// The way through the document, as in `providers[2].models[0].prices.input_mtok`.
  package let path: String
  /// What was expected there.
  package let cause: String

  /// The error in words.
  package var description: String {
    let place = path.isEmpty ? "" : " \(path):"
    return "cannot read prices from \(file): line \(line):\(place) \(cause)"
  }
}
