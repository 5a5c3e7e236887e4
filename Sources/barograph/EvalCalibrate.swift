internal import Codec
internal import Quality

/// `barograph eval calibrate`: how far judges agree with people.
enum EvalCalibrate {
  private static let usualWindow = "30d"
  /// A table of answers has no more than so many columns.
  private static let mostAnswers = 12

  static let options: [Command.Option] = [
    .init("--human", value: "EVALUATOR", "calibrate: whose scores are people's (human, human-*)"),
    .init("--human-score", value: "NAME", "calibrate: what people's score is called, if otherwise"),
  ]

  static let examples = [
    "barograph eval calibrate helpful --window 30d",
    "barograph eval calibrate --file judged.jsonl --json",
  ]

  static func run(_ arguments: Arguments) throws(EventSelection.Fault) -> ExitCode {
    let names = Set(arguments.positional.dropFirst())
    let given = arguments.all("--human")
    var calibration = Calibration(
      humans: given.isEmpty ? HumanEvaluators() : HumanEvaluators(given),
      humanScore: arguments["--human-score"])
    let end = try read(arguments, names, &calibration)
    guard end == .ok else { return end }
    let rows = calibration.rows().filter { names.isEmpty || names.contains($0.judge.score) }
    Console.print(arguments.has("--json") ? json(rows) : text(rows))
    let isEnough =
      names.isEmpty
      ? rows.contains { $0.verdict == .calibrated }
      : names.allSatisfy { name in
        rows.contains { $0.judge.score == name && $0.verdict == .calibrated }
      }
    return isEnough ? .ok : .usage
  }

  private static func read(
    _ arguments: Arguments, _ names: Set<String>, _ calibration: inout Calibration
  ) throws(EventSelection.Fault) -> ExitCode {
    if let path = arguments["--file"] {
      return EvalLines.read(path) { calibration.add($0) } ? .ok : .failed
    }
    guard let collector = CollectorConnection(arguments) else { return .usage }
    var scores = try EventSelection(arguments, besides: [("type", "score")])
    try scores.addTime(arguments, usual: usualWindow)
    var wanted = names
    if let other = arguments["--human-score"], !names.isEmpty { wanted.insert(other) }
    let selections =
      wanted.isEmpty ? [scores] : wanted.sorted().map { scores.adding("score", $0) }
    for selection in selections {
      let end = EvalLines.read(collector, selection, fields: EvalLines.scoreFields) {
        calibration.add($0)
      }
      guard end == .ok else { return end }
    }
    return .ok
  }
}

// MARK: For people
extension EvalCalibrate {
  private static func text(_ rows: [Calibration.Row]) -> String {
    guard !rows.isEmpty else { return "no scores of judges or evaluators were found\n" }
    func figure(_ value: Double?) -> String {
      value.map { ComparisonFigure.significant($0, digits: 3) } ?? "–"
    }
    let table = TextTable(
      columns: [
        "score", "evaluator", "scored", "with people", "agreement", "kappa", "weighted", "bias",
        "error", "verdict",
      ],
      rows: rows.map { row in
        let of = row.agreement
        return [
          row.judge.score, row.judge.evaluator, "\(row.scored)", "\(of?.count ?? 0)",
          of.map { "\(figure($0.agreement * 100)) %" } ?? "–", figure(of?.kappa),
          figure(of?.weightedKappa), figure(of?.bias), figure(of?.meanError), words(row),
        ]
      }, numbers: [2, 3, 4, 5, 6, 7, 8])
    return table.text + rows.map(answers).joined()
  }

  private static func words(_ row: Calibration.Row) -> String {
    switch row.verdict {
    case .calibrated: "calibrated"
    case .tooFew: "too few: \(row.agreement?.count ?? 0) of \(Agreement.leastCount)"
    case .uncalibrated: "uncalibrated"
    }
  }

  /// Who said what: people's answers down, the judge's across.
  private static func answers(_ row: Calibration.Row) -> String {
    guard let agreement = row.agreement, agreement.answers.count <= mostAnswers else { return "" }
    let name = [row.judge.score, row.judge.evaluator].filter { !$0.isEmpty }
    let table = TextTable(
      columns: ["people \\ judge"] + agreement.answers,
      rows: agreement.answers.map { human in
        [human]
          + agreement.answers.map { judge in
            let cell = agreement.confusion.first { $0.human == human && $0.judge == judge }
            return "\(cell?.count ?? 0)"
          }
      }, numbers: Set(1...max(1, agreement.answers.count)))
    return "\n\(name.joined(separator: " by "))\n" + table.text
  }
}

// MARK: For programs
extension EvalCalibrate {
  private static func json(_ rows: [Calibration.Row]) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("least")
    json.value(Agreement.leastCount)
    json.key("judges")
    json.beginArray()
    for row in rows { write(row, &json) }
    json.endArray()
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }

  private static func write(_ row: Calibration.Row, _ json: inout JSONWriter) {
    let of = row.agreement
    json.beginObject()
    let words = [
      ("score", row.judge.score), ("evaluator", row.judge.evaluator),
      ("verdict", row.verdict.rawValue),
    ]
    for (name, word) in words {
      json.key(name)
      json.value(word)
    }
    json.key("scored")
    json.value(row.scored)
    json.key("n")
    json.value(of?.count ?? 0)
    let numbers = [
      ("agreement", of?.agreement), ("kappa", of?.kappa), ("weighted_kappa", of?.weightedKappa),
      ("bias", of?.bias), ("mean_error", of?.meanError),
    ]
    for (name, number) in numbers {
      json.key(name)
      if let number { json.value(number) } else { json.null() }
    }
    json.key("confusion")
    json.beginArray()
    for cell in of?.confusion ?? [] {
      json.beginObject()
      json.key("human")
      json.value(cell.human)
      json.key("judge")
      json.value(cell.judge)
      json.key("count")
      json.value(cell.count)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}
