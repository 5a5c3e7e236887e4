internal import Codec

/// Finds where in a file a place inside a scalar's text was written.
struct ScalarPlaces {
  private let lines: [ArraySlice<UInt8>]

  /// The places of a file with this content.
  init(_ bytes: [UInt8]) {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
    }
  }

  /// The line and column, in characters from 1, of a line and byte column in the text of `node`.
  /// Where folding or escapes hide it, the node's own place.
  func place(of line: Int, _ column: Int, in node: ConfigNode) -> (line: Int, column: Int) {
    guard case .scalar(let text, let style) = node.value else { return (node.line, node.column) }
    let parts = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard parts.indices.contains(line - 1) else { return (node.line, node.column) }
    let part = parts[line - 1]
    let before = part.prefix(column - 1)
    switch style {
    case .literal:
      guard lines.indices.contains(node.line + line - 1) else { break }
      let written = lines[node.line + line - 1]
      guard written.count >= part.count, written.suffix(part.count).elementsEqual(part) else {
        break
      }
      return (node.line + line, written.count - part.count + characters(before) + 1)
    case .plain, .singleQuoted, .doubleQuoted:
      guard parts.count == 1, lines.indices.contains(node.line - 1) else { break }
      let written = Substring(decoding: lines[node.line - 1], as: UTF8.self).unicodeScalars
        .dropFirst(node.column - 1 + (style == .plain ? 0 : 1))
      guard String(written).utf8.starts(with: part) else { break }
      return (node.line, node.column + (style == .plain ? 0 : 1) + characters(before))
    case .folded: break
    }
    return (node.line, node.column)
  }

  private func characters(_ bytes: some Sequence<UInt8>) -> Int {
    bytes.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
  }
}
