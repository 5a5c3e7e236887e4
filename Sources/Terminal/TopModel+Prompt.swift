/// Lines that a person types, the settings and the help.
extension TopModel {
  /// One command of the palette.
  struct PaletteCommand: Sendable {
    let name: String
    let argument: String
    let help: String
  }

  static let paletteCommands: [PaletteCommand] =
    TopSubject.allCases.map {
      PaletteCommand(name: $0.rawValue, argument: "", help: "the table of \($0.rawValue)")
    } + [
      PaletteCommand(name: "window", argument: "10s|1m|5m|15m|1h", help: "how long is looked at"),
      PaletteCommand(name: "sort", argument: "FIGURE", help: "rpm, error_rate, latency_ms.p95, …"),
      PaletteCommand(name: "filter", argument: "EXPRESSION", help: "model:gpt* and error_rate>1%"),
      PaletteCommand(name: "at", argument: "TIME", help: "look at 2026-11-21T10:00:00Z, or -15m"),
      PaletteCommand(name: "live", argument: "", help: "back to now"),
      PaletteCommand(name: "trace", argument: "ID", help: "a trace, by any id of it"),
      PaletteCommand(name: "freeze", argument: "", help: "stand still, or go on"),
      PaletteCommand(name: "interval", argument: "SECONDS", help: "how often is asked"),
      PaletteCommand(name: "ack", argument: "", help: "acknowledge the alert"),
      PaletteCommand(name: "silence", argument: "DURATION", help: "silence the alert"),
      PaletteCommand(name: "panes", argument: "", help: "show or hide the panes below"),
      PaletteCommand(name: "settings", argument: "", help: "colours, mouse, and so on"),
      PaletteCommand(name: "help", argument: "", help: "every key"),
      PaletteCommand(name: "quit", argument: "", help: ""),
    ]

  /// The commands that what was typed may become.
  var paletteChoices: [PaletteCommand] {
    let word = (prompt?.text ?? "").prefix { $0 != " " }
    return Self.paletteCommands.filter { $0.name.hasPrefix(word) }
  }

  mutating func type(_ key: Key) -> [TopEffect] {
    guard var prompt else { return [] }
    switch key {
    case .escape:
      if prompt.purpose == .search { search = "" }
      self.prompt = nil
      return []
    case .enter:
      self.prompt = nil
      return finish(prompt)
    case .backspace where prompt.text.isEmpty:
      self.prompt = nil
      return []
    case .backspace: prompt.text.removeLast()
    case .control("u"): prompt.text = ""
    case .control("w"): prompt.text = Self.withoutLastWord(prompt.text)
    case .tab where prompt.purpose == .palette:
      if let choice = paletteChoices.first, !prompt.text.contains(" ") {
        prompt.text = choice.name + (choice.argument.isEmpty ? "" : " ")
      }
    case .character(let character): prompt.text.append(character)
    case .paste(let text): prompt.text += text.filter { !$0.isNewline }
    default: return []
    }
    self.prompt = prompt
    if prompt.purpose == .search {
      search = prompt.text
      if !search.isEmpty, let first = (0..<rowCount).first(where: matches) { move(to: first) }
    }
    return []
  }

  private static func withoutLastWord(_ text: String) -> String {
    let trimmed = text.reversed().drop { $0 == " " }.drop { $0 != " " }
    return String(trimmed.reversed())
  }

  private mutating func finish(_ prompt: TopPrompt) -> [TopEffect] {
    switch prompt.purpose {
    case .search:
      search = prompt.text
      if !search.isEmpty, rowCount > 0, !matches(place.index) {
        findNext(from: place.index, step: 1)
      }
    case .filter:
      place.condition = prompt.text
      place.index = 0
      place.key = nil
      place.top = 0
    case .silence(let id): return silence(id, for: prompt.text)
    case .palette: return run(prompt.text)
    }
    return []
  }

  private mutating func silence(_ id: String, for duration: String) -> [TopEffect] {
    guard let alert = alerts.first(where: { $0.id == id }) else {
      say("the alert is gone", .warning)
      return []
    }
    guard duration.wholeMatch(of: /[0-9]+[smhdw]/) != nil else {
      say("a duration is a number with s, m, h, d or w, such as 2h", .warning)
      return []
    }
    let matchers = alert.labels.map { label in
      let value = label.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "\(label.name)=\"\(value)\""
    }
    say("silencing \(alert.name) …")
    return [.silence(matchers: matchers, duration: duration)]
  }

  // MARK: Palette

  private mutating func run(_ text: String) -> [TopEffect] {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let typed = words.first else { return [] }
    let argument = words.count > 1 ? words[1] : ""
    let found = Self.paletteCommands.filter { $0.name.hasPrefix(typed) }
    guard let command = found.first(where: { $0.name == typed }) ?? found.first else {
      say("no command is called \(typed)", .warning)
      return []
    }
    if let subject = TopSubject(rawValue: command.name) {
      show(subject)
      return []
    }
    return run(command.name, argument)
  }

  private mutating func run(_ name: String, _ argument: String) -> [TopEffect] {
    switch name {
    case "window":
      guard TopSettings.windows.contains(argument) else {
        say("windows are \(TopSettings.windows.joined(separator: ", "))", .warning)
        return []
      }
      settings.window = argument
    case "sort": sort(typed: argument)
    case "filter":
      if place.subject != nil { place.condition = argument }
    case "at": travel(to: argument)
    case "live": return perform(.live)
    case "trace":
      if argument.isEmpty { say("trace ID", .warning) } else { showTrace(argument) }
    case "freeze": return perform(.freeze)
    case "interval": changeInterval(argument)
    case "ack": return perform(.acknowledge)
    case "silence":
      _ = perform(.silence)
      if !argument.isEmpty, var prompt {
        prompt.text = argument
        self.prompt = nil
        return finish(prompt)
      }
    case "panes": settings.hasPanes.toggle()
    case "settings": return perform(.settings)
    case "help": return perform(.help)
    default: return [.quit]
    }
    keepInView()
    return []
  }

  private mutating func sort(typed name: String) {
    guard let subject = place.subject,
      subject.labels.contains(name) || TopColumn.all.contains(where: { $0.figure == name })
    else {
      let known = TopColumn.all.map(\.figure).joined(separator: " ")
      return say("sort by one of \(known)", .warning)
    }
    sort(byName: name)
  }

  private mutating func travel(to text: String) {
    guard let time = TopStart.time(text, before: now) else {
      return say("a time is 2026-11-21T10:00:00Z, or -15m, and not ahead", .warning)
    }
    at = time
  }

  private mutating func changeInterval(_ text: String) {
    guard let seconds = Double(text), (0.2...3_600).contains(seconds) else {
      return say("an interval is 0.2 to 3600 seconds", .warning)
    }
    settings.interval = Int((seconds * 10).rounded())
  }

  // MARK: Overlays

  mutating func press(_ key: Key, over overlay: TopOverlay) -> [TopEffect] {
    switch overlay {
    case .help(let top):
      let action = TopBinding.action(of: key, in: place.kind)
      switch action {
      case .down: self.overlay = .help(top: top + 1)
      case .up: self.overlay = .help(top: max(0, top - 1))
      case .pageDown: self.overlay = .help(top: top + 10)
      case .pageUp, .first: self.overlay = .help(top: max(0, top - 10))
      default: self.overlay = nil
      }
      return []
    case .settings(let index): return press(key, setting: index)
    }
  }

  private mutating func press(_ key: Key, setting index: Int) -> [TopEffect] {
    let count = Self.settingNames.count
    switch TopBinding.action(of: key, in: .groups(.models)) {
    case .up: overlay = .settings(index: (index + count - 1) % count)
    case .down: overlay = .settings(index: (index + 1) % count)
    case .right, .open, .freeze:
      change(setting: index, by: 1)
      return [.save(settings)]
    case .left:
      change(setting: index, by: -1)
      return [.save(settings)]
    default: overlay = nil
    }
    return []
  }

  static let settingNames = [
    "first table", "window", "every", "colours", "signs", "mouse", "explain traces", "lower panes",
  ]

  /// What a setting is at.
  func value(ofSetting index: Int) -> String {
    switch index {
    case 0: settings.subject.rawValue
    case 1: settings.window
    case 2: "\(FigureText.fixed(Double(settings.interval) / 10, places: 1)) s"
    case 3: settings.depth?.rawValue ?? "by the terminal (\(terminal.depth.rawValue))"
    case 4:
      switch settings.isPlain {
      case nil: "by the locale (\(terminal.isPlain ? "ASCII" : "Unicode"))"
      case true?: "ASCII"
      case false?: "Unicode"
      }
    case 5: settings.hasMouse ? "on" : "off"
    case 6: settings.explains ? "on" : "off"
    default: settings.hasPanes ? "on" : "off"
    }
  }

  private mutating func change(setting index: Int, by step: Int) {
    func next<Value: Equatable>(_ value: Value, in all: [Value]) -> Value {
      let place = all.firstIndex(of: value) ?? 0
      return all[(place + step + all.count) % all.count]
    }
    switch index {
    case 0: settings.subject = next(settings.subject, in: TopSubject.allCases)
    case 1: settings.window = next(settings.window, in: TopSettings.windows)
    case 2: settings.interval = next(settings.interval, in: TopSettings.intervals)
    case 3: settings.depth = next(settings.depth, in: [nil] + ColorDepth.allCases)
    case 4: settings.isPlain = next(settings.isPlain, in: [nil, true, false])
    case 5: settings.hasMouse.toggle()
    case 6: settings.explains.toggle()
    default: settings.hasPanes.toggle()
    }
  }
}
