internal import Codec
internal import LinuxIO
internal import Quality

/// Lines of calls and scores, of a file or of what a collector has stored.
enum EvalLines {
  private static let namedProblems = 10
  /// The members by which scores and calls find each other, and those that tell a score.
  static let placeFields = ["trace_id", "span_id", "response_id", "session"]
  static let scoreFields = ["type", "score", "value", "evaluator", "time"] + placeFields

  /// Hands over each line of a file; false, and complaints, where it cannot be read or a line is
  /// none.
  static func read(_ path: String, _ take: (EvalLine) -> Void) -> Bool {
    var problems = 0
    do throws(Errno) {
      let file = try LineFile(path)
      while let line = try file.next() {
        guard !line.bytes.allSatisfy({ $0 <= 0x20 }) else { continue }
        switch parsed(line.bytes) {
        case .success(let found): take(found)
        case .failure(let problem):
          problems += 1
          if problems <= namedProblems { Console.complain("\(path):\(line.number): \(problem)") }
        }
      }
    } catch {
      Console.complain("cannot read \(path): \(error.text)")
      return false
    }
    if problems > namedProblems { Console.complain("\(path): \(problems) lines are none") }
    return problems == 0
  }

  /// Why a line is none.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// The line that a text is.
  static func parsed(_ text: [UInt8]) -> Result<EvalLine, Problem> {
    do throws(JSONError) {
      if let line = try EvalLine(json: text) { return .success(line) }
      return .failure(Problem(description: "expected a JSON object"))
    } catch {
      return .failure(
        Problem(description: "no JSON at byte \(error.offset + 1): expected \(error.expected)"))
    }
  }

  /// Hands over each stored event that is selected.
  static func read(
    _ collector: CollectorConnection, _ selection: EventSelection, fields: [String],
    _ take: (EvalLine) -> Void
  ) -> ExitCode {
    guard let rows = EventRows(collector, selection, fields: fields) else { return .usage }
    let end = rows.read { row in
      guard case .success(let line) = parsed(row) else { return false }
      take(line)
      return true
    }
    return code(end)
  }

  /// What a command ends with when rows end so; complains where they are not whole.
  static func code(_ end: EventRows.End) -> ExitCode {
    switch end {
    case .whole: return .ok
    case .stopped: Console.complain("the collector answers, but not as one of this version does")
    case .lost(let reason): Console.complain(reason)
    case .refused(let status, let message):
      Console.complain(message)
      return status == 400 ? .usage : .failed
    }
    return .failed
  }
}
