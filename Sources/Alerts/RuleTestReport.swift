internal import Codec

/// How the tests of a file went.
package struct RuleTestReport: Equatable, Sendable {
  /// A test that was not met.
  package struct Failure: Equatable, Sendable {
    /// The expression, or the alert's name.
    package let expression: String
    /// What was expected and what came.
    package let message: String
  }

  /// How many tests were met.
  package private(set) var passed = 0
  /// The others, in the order of the file.
  package private(set) var failures: [Failure] = []

  /// No tests so far.
  package init() {}

  mutating func note(_ expression: String, _ problem: String?) {
    if let problem {
      failures.append(Failure(expression: expression, message: problem))
    } else {
      passed += 1
    }
  }

  /// One line of JSON: `file`, `passed`, `failed`, `failures`, and the file's `problems` if any.
  package func json(file: String, problems: [RuleProblem]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("file")
    writer.value(file)
    writer.key("passed")
    writer.value(passed)
    writer.key("failed")
    writer.value(failures.count)
    writer.key("failures")
    writer.beginArray()
    for failure in failures {
      writer.beginObject()
      writer.key("expr")
      writer.value(failure.expression)
      writer.key("message")
      writer.value(failure.message)
      writer.endObject()
    }
    writer.endArray()
    if !problems.isEmpty { RuleProblem.write(problems, to: &writer) }
    writer.endObject()
    return writer.bytes
  }
}

extension RuleProblem {
  /// Writes the member `problems`.
  static func write(_ problems: [RuleProblem], to writer: inout JSONWriter) {
    writer.key("problems")
    writer.beginArray()
    for problem in problems {
      writer.beginObject()
      writer.key("line")
      writer.value(problem.line)
      writer.key("column")
      writer.value(problem.column)
      writer.key("severity")
      writer.value(problem.severity.rawValue)
      if let group = problem.group {
        writer.key("group")
        writer.value(group)
      }
      if let rule = problem.rule {
        writer.key("rule")
        writer.value(rule)
      }
      writer.key("message")
      writer.value(problem.message)
      writer.endObject()
    }
    writer.endArray()
  }

  /// One line of JSON on a rule file: `file`, `groups`, `rules`, `problems`.
  package static func json(_ file: RuleFile, _ problems: [RuleProblem]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("file")
    writer.value(file.path)
    writer.key("groups")
    writer.value(file.groups.count)
    writer.key("rules")
    writer.value(file.ruleCount)
    write(problems, to: &writer)
    writer.endObject()
    return writer.bytes
  }
}
