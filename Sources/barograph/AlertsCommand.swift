internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound

/// `barograph alerts`: what fires, who looks after it, what is silenced, and does a receiver work.
enum AlertsCommand {
  static let command = Command(
    name: "alerts", summary: "list, acknowledge and silence alerts; try a receiver",
    usage: "list | history | ack ID | silence MATCHER… | silences | expire ID | test RECEIVER",
    options: [
      .init("--state", value: "STATES", "list: pending, firing, resolved (default the first two)"),
      .init("--from", value: "TIME", "history: alerts that were over before are left out"),
      .init("--to", value: "TIME", "history: those that began later are left out"),
      .init("--limit", value: "N", "history: how many (default 100)"),
      .init("--for", value: "DURATION", "silence: how long (default 1h)"),
      .init("--by", value: "NAME", "ack, silence: who says so (default the user's name)"),
      .init("--comment", value: "TEXT", "ack, silence: why"),
      .init("--data", value: "DIR", "the data directory, whose socket takes ack, silence and test"),
    ],
    examples: [
      "barograph alerts list", "barograph alerts ack 3fa1c2d4e5b60718 --comment 'on it'",
      "barograph alerts silence 'alertname=\"LatencyRegression\"' 'model=~\"gpt.*\"' --for 2h",
      "barograph alerts history --from 2026-11-20T00:00:00Z", "barograph alerts test oncall",
    ]
  ) { arguments in
    let words = Array(arguments.positional.dropFirst())
    do throws(ClientError) {
      switch (arguments.positional.first, words.count) {
      case ("list", 0): return try list(arguments)
      case ("history", 0): return try history(arguments)
      case ("silences", 0): return try silences(arguments)
      case ("ack", 1): return try acknowledge(words[0], arguments)
      case ("silence", 1...): return try silence(words, arguments)
      case ("expire", 1): return try expire(words[0], arguments)
      case ("test", 1): return try trial(words[0], arguments)
      default:
        Console.complain(
          "say list, history, ack ID, silence MATCHER…, silences, expire ID or test RECEIVER;"
            + " see barograph alerts --help")
        return .usage
      }
    } catch {
      Console.complain("\(error)")
      return .failed
    }
  }
}

// MARK: Reading
extension AlertsCommand {
  private static func list(_ arguments: Arguments) throws(ClientError) -> ExitCode {
    let states = arguments["--state"] ?? "pending,firing"
    return try table("/v1/alerts?limit=10000&state=\(escaped(states))", "alerts", arguments) {
      TextTable(
        columns: ["id", "state", "since", "alert", "labels", "value", "acked", "silenced"],
        rows: $0.map { alert in
          [
            text(alert["id"]), text(alert["state"]),
            text(alert["fired_at"] ?? alert["active_at"]), text(alert["name"]),
            labels(alert["labels"]), text(alert["value"]), text(alert["acked"]?["by"]),
            (alert["silenced_by"]?.elements.isEmpty ?? true) ? "" : "yes",
          ]
        })
    }
  }

  private static func history(_ arguments: Arguments) throws(ClientError) -> ExitCode {
    var path = "/v1/alerts/history?limit=\(escaped(arguments["--limit"] ?? "100"))"
    for (option, name) in [("--from", "from"), ("--to", "to")] {
      if let value = arguments[option] { path += "&\(name)=\(escaped(value))" }
    }
    return try table(path, "alerts", arguments) {
      TextTable(
        columns: ["fired", "resolved", "alert", "labels", "value", "acked"],
        rows: $0.map { alert in
          [
            text(alert["fired_at"]), text(alert["resolved_at"]), text(alert["name"]),
            labels(alert["labels"]), text(alert["value"]), text(alert["acked"]?["by"]),
          ]
        })
    }
  }

  private static func silences(_ arguments: Arguments) throws(ClientError) -> ExitCode {
    try table("/v1/silences?limit=10000", "silences", arguments) {
      TextTable(
        columns: ["id", "state", "until", "matchers", "by", "comment"],
        rows: $0.map { silence in
          [
            text(silence["id"]), text(silence["state"]), text(silence["ends_at"]),
            (silence["matchers"]?.elements ?? []).map { text($0) }.joined(separator: ", "),
            text(silence["created_by"]), text(silence["comment"]),
          ]
        })
    }
  }

  private static func table(
    _ path: String, _ name: String, _ arguments: Arguments, _ table: ([ConfigNode]) -> TextTable
  ) throws(ClientError) -> ExitCode {
    guard let collector = CollectorConnection(arguments) else { return .usage }
    let answer = try collector.client.request(.get, path)
    guard answer.isSuccess else {
      Console.complain(CollectorConnection.message(of: answer))
      return answer.status == 400 ? .usage : .failed
    }
    if arguments.has("--json") {
      Console.print(String(decoding: answer.body, as: UTF8.self))
      return .ok
    }
    guard let rows = ConfigNode.answer(answer.body)?[name]?.elements else {
      Console.complain("\(collector.url) answers, but not as a collector of this version does")
      return .failed
    }
    Console.print(rows.isEmpty ? "no \(name)\n" : table(rows).text)
    return .ok
  }
}

// MARK: Changing
extension AlertsCommand {
  private static func acknowledge(
    _ id: String, _ arguments: Arguments
  ) throws(ClientError) -> ExitCode {
    var json = JSONWriter()
    json.beginObject()
    json.key("by")
    json.value(person(arguments))
    json.key("comment")
    json.value(arguments["--comment"] ?? "")
    json.endObject()
    return try order(.post, "/v1/alerts/\(escaped(id))/ack", json.bytes, arguments) { _ in
      "\(id) is acknowledged"
    }
  }

  private static func silence(
    _ matchers: [String], _ arguments: Arguments
  ) throws(ClientError) -> ExitCode {
    var json = JSONWriter()
    json.beginObject()
    json.key("matchers")
    json.beginArray()
    for matcher in matchers { json.value(matcher) }
    json.endArray()
    let texts = [
      ("duration", arguments["--for"] ?? "1h"), ("created_by", person(arguments)),
      ("comment", arguments["--comment"] ?? ""),
    ]
    for (name, text) in texts {
      json.key(name)
      json.value(text)
    }
    json.endObject()
    return try order(.post, "/v1/silences", json.bytes, arguments) {
      "silenced until \(text($0["ends_at"])) as \(text($0["id"]))"
    }
  }

  private static func expire(_ id: String, _ arguments: Arguments) throws(ClientError) -> ExitCode {
    try order(.delete, "/v1/silences/\(escaped(id))", nil, arguments) { _ in
      "the silence \(id) is over"
    }
  }

  private static func trial(
    _ receiver: String, _ arguments: Arguments
  ) throws(ClientError) -> ExitCode {
    try order(.post, "/v1/receivers/\(escaped(receiver))/test", nil, arguments) { _ in
      "\(receiver) took the trial message"
    }
  }

  /// Asks the collector to change something: by `--url`, else by the socket in its data directory.
  private static func order(
    _ method: HTTPMethod, _ path: String, _ body: [UInt8]?, _ arguments: Arguments,
    _ words: (ConfigNode) -> String
  ) throws(ClientError) -> ExitCode {
    let url: String
    if let given = arguments["--url"] ?? Environment.current()["BAROGRAPH_URL"] {
      url = given
    } else {
      guard let directory = DataDirectory.path(arguments) else { return .usage }
      url = "unix:\(directory)/admin.sock"
    }
    // A receiver may take its time for a trial.
    guard let collector = CollectorConnection(arguments, url: url) else { return .usage }
    let client = try collector.client(HTTPClient.Limits(idleMilliseconds: 130_000))
    let answer = try client.request(method, path, body: body)
    guard answer.isSuccess else {
      Console.complain(CollectorConnection.message(of: answer))
      return answer.status == 400 ? .usage : .failed
    }
    let said = ConfigNode.answer(answer.body).map(words) ?? ""
    Console.print(
      arguments.has("--json") ? String(decoding: answer.body, as: UTF8.self) : said + "\n")
    return .ok
  }

  private static func person(_ arguments: Arguments) -> String {
    let environment = Environment.current()
    return arguments["--by"] ?? environment["USER"] ?? environment["LOGNAME"] ?? "somebody"
  }
}

// MARK: Words
extension AlertsCommand {
  private static func text(_ node: ConfigNode?) -> String {
    guard let node, node.scalar != .null else { return "" }
    return node.text ?? ""
  }

  /// Labels but for the alert's name, which has a column of its own.
  private static func labels(_ node: ConfigNode?) -> String {
    guard case .mapping(let pairs)? = node?.value else { return "" }
    return pairs.filter { $0.key.text != "alertname" }
      .map { "\(text($0.key))=\(text($0.value))" }.joined(separator: " ")
  }

  private static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    PercentCoding.append(Array(text.utf8), to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
