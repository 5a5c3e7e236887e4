/// An event as one line: what `tail` prints and the pane of live events shows.
package enum EventLine {
  /// The line, from its time to its message.
  package static func text(_ event: Answer) -> StyledText {
    let mark = event["level"].text ?? event["status"].text ?? ""
    let type = event["type"].text ?? ""
    var line = StyledText(String((event["time"].text ?? "").dropFirst(11).prefix(8)), .faint)
    func add(_ text: String?, _ style: Style = .plain) {
      guard let text, !text.isEmpty else { return }
      line.add(" ")
      line.add(text, style)
    }
    add(sign(mark), style(mark))
    add(padded(type, 5), .faint)
    add(event["service"].text, .accent)
    if type == "score" {
      add(event["score"].text ?? event["name"].text)
      add(value(event["value"]))
      add(event["evaluator"].text, .faint)
      add(event["comment"].text, .faint)
    } else {
      let name = event["name"].text
      let model = event["model"].text
      if let name, model.map({ !name.contains($0) }) ?? true { add(name) }
      add(model)
    }
    add(event["duration_ms"].number.map { FigureText.duration($0) }, .title)
    if let input = event["input_tokens"].number {
      let output = event["output_tokens"].number ?? 0
      add("\(FigureText.count(input))+\(FigureText.count(output)) tok")
    }
    add(event["cost_usd"].number.map { FigureText.money($0) }, .good)
    if event["cache"].text == "hit" { add("cache hit", .good) }
    if let attempt = event["attempt"].number, attempt > 1 { add("try \(Int(attempt))", .warning) }
    add(event["error_type"].text, .bad)
    add(
      event["message"].text ?? event["error"].text, style(mark).ink == .good ? .plain : style(mark))
    return line
  }

  /// The value of a score.
  static func value(_ answer: Answer) -> String? {
    switch answer {
    case .number(let number): FigureText.score(number)
    case .text(let text): text
    case .flag(let flag): flag ? "true" : "false"
    default: nil
    }
  }

  /// The look of a level or a status.
  static func style(_ mark: String) -> Style {
    switch mark {
    case "error", "fatal": .bad
    case "warning", "cancelled": .warning
    case "debug", "trace", "info", "notice", "": .faint
    default: .good
    }
  }

  /// The same in a sign.
  static func sign(_ mark: String) -> String {
    switch mark {
    case "error", "fatal": "✗"
    case "warning", "cancelled": "▲"
    case "ok": "✓"
    default: "·"
    }
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - CharacterWidth.columns(of: text)))
  }
}
