/// Why a configuration text could not be read, and where.
package struct ConfigSyntaxError: Error, Equatable, Sendable {
  /// The line, from 1.
  package let line: Int
  /// The character in the line, from 1.
  package let column: Int
  /// What is wrong.
  package let message: String
  /// What should stand there instead, or what to do.
  package let expected: String
}

extension ConfigSyntaxError: CustomStringConvertible {
  package var description: String {
    "line \(line), column \(column): \(message); expected \(expected)"
  }
}
