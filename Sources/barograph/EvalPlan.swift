internal import Codec
internal import LinuxIO
internal import Quality

/// Who looks at the lines of a run: evaluators and judges of a configuration file, by name.
struct EvalPlan: Sendable {
  private static let fileLimit = 4 << 20
  private static let mostThreads = 64
  /// With `sample` 1: offline every line that `when` accepts is looked at.
  let evaluators: [EvaluatorSettings]
  let judges: [JudgeSettings]
  /// Files of prices that come before those inside the program.
  let prices: [String]

  /// The names of all, in the order in which they are asked.
  var names: [String] { evaluators.map(\.name) + judges.map(\.name) }

  /// How many lines are looked at at a time: as many as all judges may be asked about.
  var threads: Int {
    max(1, min(Self.mostThreads, judges.reduce(0) { $0 + $1.concurrency }))
  }

  /// Those of the file at `path`; without names all of them.
  init(
    _ path: String, evaluators wanted: [String]?, judges others: [String]?
  ) throws(EventSelection.Fault) {
    let root = try Self.root(path)
    prices = (root["prices"]?.elements ?? []).compactMap(\.text)
    judges = try Self.chosen(
      try Self.judges(root["judges"], path), by: others, "judge", \.name)
    evaluators = try Self.chosen(
      try Self.evaluators(root["evaluators"], path), by: wanted, "evaluator", \.name
    ).map { settings in
      EvaluatorSettings(
        name: settings.name, check: settings.check, target: settings.target,
        steps: settings.steps, when: settings.when)
    }
  }

  private static func evaluators(
    _ node: ConfigNode?, _ path: String
  ) throws(EventSelection.Fault) -> [EvaluatorSettings] {
    guard let node else { return [] }
    do throws(EvaluatorSettings.ReadingError) {
      return try EvaluatorSettings.read(node)
    } catch {
      throw EventSelection.Fault(message: words(error.problems, path))
    }
  }

  private static func judges(
    _ node: ConfigNode?, _ path: String
  ) throws(EventSelection.Fault) -> [JudgeSettings] {
    guard let node else { return [] }
    do throws(JudgeSettings.ReadingError) {
      return try JudgeSettings.read(node)
    } catch {
      throw EventSelection.Fault(message: words(error.problems, path))
    }
  }

  private static func root(_ path: String) throws(EventSelection.Fault) -> ConfigNode {
    do {
      let bytes = try FileSystem.read(path, limit: fileLimit)
      guard let root = try ConfigReader.read(bytes).first else {
        throw EventSelection.Fault(message: "\(path) is empty")
      }
      return root
    } catch let error as Errno {
      throw EventSelection.Fault(message: "cannot read \(path): \(error.text)")
    } catch let error as EventSelection.Fault {
      throw error
    } catch {
      throw EventSelection.Fault(message: "\(path): \(error)")
    }
  }

  private static func words(_ problems: [SettingsProblem], _ path: String) -> String {
    problems.map { "\(path): \($0)" }.joined(separator: "\n")
  }

  /// The settings called so, or all; a name that nothing has is a fault.
  private static func chosen<Settings>(
    _ all: [Settings], by wanted: [String]?, _ noun: String, _ name: (Settings) -> String
  ) throws(EventSelection.Fault) -> [Settings] {
    guard let wanted else { return all }
    let known = all.map(name)
    if let unknown = wanted.first(where: { !known.contains($0) }) {
      let nearest = NearestWord.of(unknown, in: known)
      let hint = nearest.isEmpty ? "" : "; did you mean \(nearest)?"
      throw EventSelection.Fault(message: "no \(noun) is called \(unknown)\(hint)")
    }
    return all.filter { wanted.contains(name($0)) }
  }
}
