internal import LinuxIO
internal import Terminal

/// What the options of `top` say, over what was saved.
struct TopOptions {
  /// What the table shows, where it is not what was saved.
  var place = TopStart()
  var settings: TopSettings
  var look: TerminalLook
  var at: Int64?
  let limit: Int
  /// Pictures to print; nil for no end.
  let count: Int?
  let isJSON: Bool
  let isCSV: Bool
  let hasExitStatus: Bool
  let settingsFile: String?
  /// The socket of administration; nil where none is found.
  let adminURL: String?

  private static let settingsLimit = 1 << 16

  init(_ arguments: Arguments) throws(TopCommand.Fault) {
    let environment = Environment.current()
    settingsFile = Self.settingsFile(environment)
    settings = Self.saved(settingsFile)
    look = TerminalLook(environment: environment)
    if arguments.has("--no-color") {
      look.depth = .mono
      settings.depth = nil
    }
    isJSON = arguments.has("--json")
    isCSV = arguments.has("--csv")
    hasExitStatus = arguments.has("--exit-status")
    limit = try Self.number(arguments, "--limit", 1...10_000) ?? 50
    let given = try Self.number(arguments, "--count", 1...1_000_000_000)
    count = given ?? (arguments.has("--batch") ? nil : 1)
    adminURL = Self.socket(arguments["--data"] ?? "barograph-data")
    try readView(arguments)
  }

  /// Options of a session that was not asked for by a command line of its own.
  init(subject: TopSubject, adminURL: String?) {
    let environment = Environment.current()
    settingsFile = Self.settingsFile(environment)
    settings = Self.saved(settingsFile)
    settings.subject = subject
    look = TerminalLook(environment: environment)
    (limit, count, isJSON, isCSV, hasExitStatus) = (50, 1, false, false, false)
    self.adminURL = adminURL
  }

  private mutating func readView(_ arguments: Arguments) throws(TopCommand.Fault) {
    if let name = arguments["--by"] {
      guard let subject = TopSubject(rawValue: name) else {
        let known = TopSubject.allCases.map(\.rawValue).joined(separator: ", ")
        throw TopCommand.Fault(message: "--by is one of \(known)")
      }
      settings.subject = subject
    }
    if let window = arguments["--window"] {
      guard TopSettings.windows.contains(window) else {
        let known = TopSettings.windows.joined(separator: ", ")
        throw TopCommand.Fault(message: "--window is one of \(known)")
      }
      settings.window = window
    }
    if let text = arguments["--interval"] {
      let digits = text.hasSuffix("s") ? String(text.dropLast()) : text
      guard let seconds = Double(digits), (0.1...3_600).contains(seconds) else {
        throw TopCommand.Fault(message: "--interval is 0.1 to 3600 seconds")
      }
      settings.interval = max(1, Int((seconds * 10).rounded()))
    }
    if let text = arguments["--at"] {
      guard let time = TopStart.time(text, before: Clock.wall) else {
        throw TopCommand.Fault(message: "--at is RFC 3339 or -15m, and not ahead")
      }
      at = time
    }
    place.condition = arguments["--filter"] ?? ""
    if let sort = arguments["--sort"] {
      place.isInverted = sort.hasPrefix("-")
      place.sort = place.isInverted ? String(sort.dropFirst()) : sort
    }
  }

  private static func number(
    _ arguments: Arguments, _ name: String, _ range: ClosedRange<Int>
  ) throws(TopCommand.Fault) -> Int? {
    guard let text = arguments[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw TopCommand.Fault(
        message: "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func settingsFile(_ environment: [String: String]) -> String? {
    let folder =
      environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? environment["HOME"].map { "\($0)/.config" }
    return folder.map { "\($0)/barograph/top.json" }
  }

  private static func saved(_ file: String?) -> TopSettings {
    guard let file else { return TopSettings() }
    do throws(Errno) {
      return TopSettings(try FileSystem.read(file, limit: settingsLimit))
    } catch {
      return TopSettings()
    }
  }

  static func socket(_ data: String) -> String? {
    let path = "\(data)/admin.sock"
    return FileSystem.exists(path) ? "unix:\(path)" : nil
  }
}
