/// `barograph eval`: is one arm worse than another, what do evaluators and judges say of a file,
/// how far do judges agree with people.
enum EvalCommand {
  static let command = Command(
    name: "eval", summary: "compare arms, run evaluators and judges on a file, calibrate judges",
    usage: "compare|run FILE|export|calibrate [options]",
    options: EvalCompare.options + EvalRun.options + EvalExport.options + EvalCalibrate.options
      + [EventSelection.filterOption] + EventSelection.timeOptions,
    examples: EvalCompare.examples + EvalRun.examples + EvalExport.examples
      + EvalCalibrate.examples
  ) { arguments in
    do throws(EventSelection.Fault) {
      switch arguments.positional.first {
      case "compare": return try EvalCompare.run(arguments)
      case "run": return try EvalRun.run(arguments)
      case "export": return try EvalExport.run(arguments)
      case "calibrate": return try EvalCalibrate.run(arguments)
      default:
        throw EventSelection.Fault(
          message: "say compare, run, export or calibrate; see barograph eval --help")
      }
    } catch {
      Console.complain(error.message)
      return .usage
    }
  }

  /// The value of an option as a number in a range, or the usual one.
  static func number(
    _ arguments: Arguments, _ name: String, _ range: ClosedRange<Double>, usual: Double
  ) throws(EventSelection.Fault) -> Double {
    guard let text = arguments[name] else { return usual }
    guard let number = Double(text), range.contains(number) else {
      throw EventSelection.Fault(
        message: "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The value of an option as a whole number in a range, or nil without it.
  static func whole(
    _ arguments: Arguments, _ name: String, _ range: ClosedRange<Int>
  ) throws(EventSelection.Fault) -> Int? {
    guard let text = arguments[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw EventSelection.Fault(
        message: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
