/// Why a template cannot be read, or has no text.
package struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong.
  package let message: String
  /// Where in the template, both from 1, columns in characters.
  package let line: Int
  package let column: Int

  package var description: String { "\(line):\(column): \(message)" }

  /// A mistake at a byte offset of `text`.
  init(_ message: String, at offset: Int, in text: [UInt8]) {
    self.message = message
    let before = text.prefix(offset)
    line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    column = before[start...].reduce(1) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
  }
}
