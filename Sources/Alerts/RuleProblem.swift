internal import Codec

/// Something wrong with a rule or test file.
package struct RuleProblem: Equatable, Sendable {
  /// How bad it is.
  package enum Severity: String, Sendable {
    /// The file cannot be used.
    case error
    /// The file can be used, but somebody should look.
    case warning
  }

  /// Where, both from 1; columns in characters.
  package let line: Int
  package let column: Int
  /// The group and rule it is in, where it is in one.
  package let group: String?
  package let rule: String?
  /// What is wrong.
  package let message: String
  package let severity: Severity
}

extension RuleProblem: CustomStringConvertible {
  package var description: String {
    var text = "\(line):\(column): "
    if severity == .warning { text += "warning: " }
    if let group { text += "group \(TemplateQuote.text(group)), " }
    if let rule { text += "\(rule), " }
    return text.hasSuffix(", ") ? text.dropLast(2) + ": \(message)" : text + message
  }
}

/// The problems of a file as its reader meets them.
struct RuleProblems {
  private(set) var all: [RuleProblem] = []
  /// What is being read.
  var group: String?
  var rule: String?

  /// Notes a problem with `node`.
  mutating func add(
    _ message: String, at node: ConfigNode, severity: RuleProblem.Severity = .error
  ) {
    add(message, line: node.line, column: node.column, severity: severity)
  }

  /// Notes a problem at a place.
  mutating func add(
    _ message: String, line: Int, column: Int, severity: RuleProblem.Severity = .error
  ) {
    all.append(
      RuleProblem(
        line: line, column: column, group: group, rule: rule, message: message,
        severity: severity))
  }

  mutating func add(_ error: ConfigSyntaxError) {
    add("\(error.message); expected \(error.expected)", line: error.line, column: error.column)
  }
}
