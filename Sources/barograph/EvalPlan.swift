internal import Codec
internal import Collector
internal import Quality

/// Who looks at the lines of a run: evaluators and judges of a configuration file, by name.
struct EvalPlan: Sendable {
  private static let mostThreads = 64
  /// With `sample` 1: offline every line that `when` accepts is looked at.
  let evaluators: [EvaluatorSettings]
  let judges: [JudgeSettings]
  /// Files of prices that come before those inside the program.
  let prices: [String]
  /// What judges may not read.
  let cleaning: CallCleaner.Rules

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
    let configuration = try Self.configuration(path)
    do throws(StartError) {
      cleaning = try CallCleaner.Rules(configuration)
    } catch {
      throw EventSelection.Fault(message: error.message)
    }
    prices = configuration.prices
    judges = try Self.chosen(configuration.judges.settings, by: others, "judge", \.name)
    evaluators = try Self.chosen(
      configuration.evaluators.settings, by: wanted, "evaluator", \.name
    ).map { settings in
      EvaluatorSettings(
        name: settings.name, check: settings.check, target: settings.target,
        steps: settings.steps, when: settings.when)
    }
  }

  private static func configuration(
    _ path: String
  ) throws(EventSelection.Fault) -> Configuration {
    do throws(ConfigurationError) {
      return try ConfigurationSource(file: path, flags: []).load()
    } catch {
      throw EventSelection.Fault(message: "\(error)")
    }
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
