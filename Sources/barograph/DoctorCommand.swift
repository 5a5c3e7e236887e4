internal import Codec
internal import Collector
internal import HTTP
internal import LinuxIO
internal import Outbound

/// `barograph doctor`: how the collector is, what each service sends, and what to change. Where no
/// collector answers: why, by what is on this machine.
enum DoctorCommand {
  static let command = Command(
    name: "doctor", summary: "say what each source sends, what is wrong, and what to do",
    usage: "[SERVICE] [options]",
    options: [
      .init("--rows", value: "N", "newest rows of history to look at (default 20000)"),
      .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
      .init("--ready", "only whether the collector is ready, for health checks"),
    ],
    examples: [
      "barograph doctor", "barograph doctor checkout --json",
      "barograph doctor --config /etc/barograph/barograph.yaml",
    ]
  ) { arguments in
    guard arguments.positional.count <= 1 else {
      Console.complain("give at most one service; see barograph doctor --help")
      return .usage
    }
    guard let collector = CollectorConnection(arguments) else { return .usage }
    do throws(ClientError) {
      if arguments.has("--ready") { return try readiness(collector) }
      return try examine(collector, arguments)
    } catch {
      if arguments.has("--ready") {
        Console.complain("\(error)")
        return .failed
      }
      return explain(error, collector, arguments)
    }
  }

  private static func readiness(_ collector: CollectorConnection) throws(ClientError) -> ExitCode {
    let answer = try collector.client.request(.get, "/readyz")
    if answer.isSuccess { return .ok }
    let parts = ConfigNode.answer(answer.body)?["components"]?.elements ?? []
    let troubled = parts.filter { $0["status"]?.text != "ok" }
    for part in troubled {
      Console.complain("\(part["name"]?.text ?? ""): \(part["message"]?.text ?? "")")
    }
    if troubled.isEmpty { Console.complain("the collector answered \(answer.status)") }
    return .failed
  }

  private static func examine(
    _ collector: CollectorConnection, _ arguments: Arguments
  ) throws(ClientError) -> ExitCode {
    // Degraded parts answer 503 with the same report.
    let health = try collector.client.request(.get, "/healthz")
    guard let parts = ConfigNode.answer(health.body), parts["components"] != nil else {
      return explainStranger(health, collector, arguments)
    }
    let answer = try collector.client.request(.get, path(arguments))
    guard answer.isSuccess else {
      Console.complain(CollectorConnection.message(of: answer))
      return answer.status == 400 ? .usage : .failed
    }
    guard let found = ConfigNode.answer(answer.body), let sources = found["sources"]?.elements
    else {
      Console.complain("\(collector.url) answers, but not as a collector of this version does")
      return .failed
    }
    let findings = clock(health) + installation(collector, arguments)
    if arguments.has("--json") {
      var json = JSONWriter()
      json.beginObject()
      json.key("health")
      json.value(json: health.body.filter { $0 != 0x0A })
      append(findings, to: &json)
      json.members(json: Array(answer.body.filter { $0 != 0x0A }.dropFirst().dropLast()))
      json.endObject()
      Console.print(String(decoding: json.bytes, as: UTF8.self) + "\n")
    } else {
      Console.print(
        DoctorPage.text(health: parts, findings, sources, rows: found["rows"]?.text ?? "0"))
    }
    let isWell = parts["status"]?.text == "ok" && !findings.contains { $0.grade == .problem }
    return isWell && sources.allSatisfy { $0["problems"]?.elements.isEmpty ?? true } ? .ok : .failed
  }

  /// What is on this machine, where it is the collector's and somebody says which installation.
  private static func installation(
    _ collector: CollectorConnection, _ arguments: Arguments
  ) -> [InstallationFinding] {
    let isNamed = arguments.has("--config") || arguments.has("--data")
    guard collector.isLocal, isNamed || FileSystem.exists(InstallationCheck.usualFile) else {
      return []
    }
    return InstallationCheck(
      file: arguments["--config"], data: arguments["--data"], isServed: true
    ).findings
  }

  /// How far the collector's clock is from this machine's, where that can confuse.
  private static func clock(_ answer: Response) -> [InstallationFinding] {
    guard let date = answer.header("date"), let theirs = RetryAfter.seconds(date, now: 0) else {
      return []
    }
    let ahead = theirs - Clock.wall / 1_000_000_000
    guard abs(ahead) > 2 else { return [] }
    return [
      .problem(
        "clock",
        "the collector's clock is \(abs(ahead)) s \(ahead > 0 ? "ahead of" : "behind") this"
          + " machine's",
        do: "set both by NTP (`timedatectl set-ntp true`): windows, rules and retention go by it")
    ]
  }

  private static func append(_ findings: [InstallationFinding], to json: inout JSONWriter) {
    json.key("installation")
    json.beginArray()
    for finding in findings { finding.append(to: &json) }
    json.endArray()
  }

  /// Why there is no answer, by what is on this machine.
  private static func explain(
    _ error: ClientError, _ collector: CollectorConnection, _ arguments: Arguments
  ) -> ExitCode {
    switch error {
    case .badResponse, .reset:
      Console.complain("\(error)")
      Console.complain("another program answers at \(collector.url), and not in HTTP")
    case .timeout:
      Console.complain("\(error)")
      Console.complain(
        "what listens at \(collector.url) does not answer: a collector that is stopped or hangs, or"
          + " a firewall between")
    default:
      Console.complain("\(error)")
      Console.complain(
        "no collector answers at \(collector.url): start one with `barograph serve` or"
          + " `systemctl start barograph`, or name another with --url or BAROGRAPH_URL")
    }
    return report(collector, arguments)
  }

  private static func explainStranger(
    _ answer: Response, _ collector: CollectorConnection, _ arguments: Arguments
  ) -> ExitCode {
    let name = answer.header("server").map { ", which calls itself \(DoctorPage.printable($0))" }
    Console.complain(
      "another program answers at \(collector.url)\(name ?? ""): it knows nothing of /healthz"
        + " (\(answer.status)); stop it, or choose another port by `listen` and name it with --url")
    return report(collector, arguments)
  }

  /// Prints what is on this machine, for a collector that should be on it.
  private static func report(
    _ collector: CollectorConnection, _ arguments: Arguments
  ) -> ExitCode {
    guard collector.isLocal else { return .failed }
    let check = InstallationCheck(
      file: arguments["--config"], data: arguments["--data"], isServed: false)
    if let holder = check.holder, let data = check.configuration?.data {
      let listen = check.configuration?.listen.description ?? ""
      Console.complain(
        "process \(holder) serves \(data), so a collector runs, and listens elsewhere: at \(listen)"
          + " if that is its configuration, and always at --url unix:\(data)/admin.sock")
    }
    if arguments.has("--json") {
      var json = JSONWriter()
      json.beginObject()
      append(check.findings, to: &json)
      json.endObject()
      Console.print(String(decoding: json.bytes, as: UTF8.self) + "\n")
    } else {
      Console.print(DoctorPage.text(check.findings))
    }
    return .failed
  }

  private static func path(_ arguments: Arguments) -> String {
    var path = Array("/v1/doctor?".utf8)
    if let service = arguments.positional.first {
      path += "service=".utf8
      PercentCoding.append(Array(service.utf8), to: &path)
      path.append(0x26)
    }
    if let rows = arguments["--rows"] {
      path += "rows=".utf8
      PercentCoding.append(Array(rows.utf8), to: &path)
    }
    return String(decoding: path, as: UTF8.self)
  }
}

/// What the doctor says, for people.
private enum DoctorPage {
  static func text(
    health: ConfigNode, _ findings: [InstallationFinding], _ sources: [ConfigNode], rows: String
  ) -> String {
    var text = "collector: \(health["status"]?.text ?? "unknown")\n"
    for part in health["components"]?.elements ?? [] {
      let message = part["message"]?.text ?? ""
      let status = part["status"]?.text ?? ""
      text += "  \(part["name"]?.text ?? ""): \(status)\(message.isEmpty ? "" : ", \(message)")\n"
    }
    text += self.text(findings)
    if sources.isEmpty { return text + "\nnothing was received yet\n" }
    for source in sources { text += "\n" + self.text(source) }
    return text + "\nlooked at the newest \(rows) rows\n"
  }

  /// What was found on this machine; nothing where nobody looked.
  static func text(_ findings: [InstallationFinding]) -> String {
    findings.isEmpty ? "" : "installation:\n" + findings.map(\.text).joined()
  }

  private static func text(_ source: ConfigNode) -> String {
    let (events, calls) = (source["events"]?.text ?? "0", source["calls"]?.text ?? "0")
    var lines = ["\(printable(source["service"]?.text ?? "")): \(events) events, \(calls) calls"]
    func add(_ label: String, _ words: String) {
      if !words.isEmpty { lines.append("  \(label): \(words)") }
    }
    add("dialect", counts(source["dialects"]))
    add("instrumentation", counts(source["scopes"]))
    add("cached tokens", cache(source["cache"]))
    add("missing", counts(source["missing"]))
    add("without price", counts(source["unpriced"]))
    if let cost = source["reported_cost"], let difference = cost["difference_usd"]?.text {
      add(
        "reported cost",
        "$\(cost["reported_usd"]?.text ?? ""), by prices $\(cost["computed_usd"]?.text ?? ""),"
          + " difference $\(difference)")
    }
    add("unknown fields", counts(source["unknown_fields"], most: 8))
    if let delay = source["delay_ms"], let median = delay["median"]?.text {
      add(
        "delay",
        "\(delay["min"]?.text ?? "") to \(delay["max"]?.text ?? "") ms, median \(median) ms")
    }
    add("loss", loss(source["loss"]))
    let problems = source["problems"]?.elements ?? []
    for problem in problems {
      let (code, count) = (problem["code"]?.text ?? "", problem["count"]?.text ?? "")
      lines.append("  ! \(code) (\(count)): \(printable(problem["advice"]?.text ?? ""))")
    }
    if problems.isEmpty { lines.append("  nothing is wrong") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func counts(_ table: ConfigNode?, most: Int = 5) -> String {
    guard case .mapping(let pairs) = table?.value else { return "" }
    let words = pairs.prefix(most).map {
      "\(printable($0.key.text ?? "")) (\($0.value.text ?? ""))"
    }
    let rest = pairs.count > most ? [" and others"] : []
    return words.joined(separator: ", ") + rest.joined()
  }

  private static func cache(_ cache: ConfigNode?) -> String {
    guard let word = cache?["convention"]?.text, word != "null" else { return "" }
    let told =
      word == "inclusive"
      ? "within input" : word == "exclusive" ? "beside input" : counts(cache?["conventions"])
    return "\(told), by \(counts(cache?["rules"]))"
  }

  private static func loss(_ loss: ConfigNode?) -> String {
    guard let loss else { return "" }
    let words = ["lost", "rejected", "shed"].compactMap { name -> String? in
      guard let count = loss[name]?.text, count != "0" else { return nil }
      return "\(count) \(name)"
    }
    let sent = loss["sent"]?.text ?? "null"
    if words.isEmpty { return sent == "null" ? "" : "none of \(sent) sent" }
    return words.joined(separator: ", ") + (sent == "null" ? "" : " of \(sent) sent")
  }

  /// Without what could move a terminal's cursor.
  static func printable(_ text: String) -> String {
    String(text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
  }
}

extension ConfigNode {
  /// The elements of a sequence; none in anything else.
  var elements: [ConfigNode] {
    if case .sequence(let elements) = value { elements } else { [] }
  }
}
