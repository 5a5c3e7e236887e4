internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound
internal import PromQL

/// `barograph rules backtest`: when rules would have fired, and what would have been told.
enum RulesBacktest {
  /// Has the collector run the rules of `files` over its history.
  static func run(_ files: [String], _ arguments: Arguments) -> ExitCode {
    guard let collector = CollectorConnection(arguments), let order = order(files, arguments) else {
      return .usage
    }
    do throws(ClientError) {
      // A long past takes its time, and no byte comes meanwhile.
      let client = try collector.client(HTTPClient.Limits(idleMilliseconds: 150_000))
      let answer = try client.request(.post, "/v1/rules/backtest", body: order)
      guard answer.isSuccess else {
        Console.complain(CollectorConnection.message(of: answer))
        return answer.status == 400 ? .usage : .failed
      }
      return show(answer.body, arguments)
    } catch {
      Console.complain("\(error)")
      return .failed
    }
  }

  private static func order(_ files: [String], _ arguments: Arguments) -> [UInt8]? {
    var json = JSONWriter()
    json.beginObject()
    for name in ["from", "to"] {
      guard let given = arguments["--\(name)"] else { continue }
      json.key(name)
      json.value(EventSelection.time(given))
    }
    json.key("files")
    json.beginArray()
    for path in files {
      guard let bytes = RulesCommand.content(of: path) else { return nil }
      json.beginObject()
      json.key("path")
      json.value(path)
      json.key("text")
      json.value(utf8: bytes)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func show(_ body: [UInt8], _ arguments: Arguments) -> ExitCode {
    if arguments.has("--json") {
      Console.print(String(decoding: body, as: UTF8.self))
      return .ok
    }
    guard let found = ConfigNode.answer(body), let alerts = found["alerts"]?.elements,
      let rules = found["rules"]?.elements,
      let messages = found["messages"]?.elements
    else {
      Console.complain("the collector answers, but not as one of this version does")
      return .failed
    }
    for failure in found["failures"]?.elements ?? [] {
      Console.complain("rule \(text(failure["rule"])): \(text(failure["message"]))")
    }
    if !alerts.isEmpty { Console.print(timeline(alerts).text + "\n") }
    Console.print(summary(rules).text + "\n")
    for message in messages { Console.print(line(message, arguments)) }
    let isWhole = found["complete"]?.scalar == .bool(true)
    Console.print(
      "\(text(found["evaluations"])) evaluations from \(text(found["from"])) to"
        + " \(text(found["to"])): \(alerts.count) alerts, \(messages.count) messages\n")
    if !isWhole { Console.complain("it took too long and was given up before the end") }
    return isWhole ? .ok : .failed
  }
}

// MARK: As text
extension RulesBacktest {
  private static func timeline(_ alerts: [ConfigNode]) -> TextTable {
    TextTable(
      columns: ["fired", "over", "seconds", "alert", "labels", "value"],
      rows: alerts.map { alert in
        [
          text(alert["fired_at"]), text(alert["resolved_at"]), text(alert["seconds"]),
          text(alert["name"]), labels(alert["labels"]), text(alert["value"]),
        ]
      }, numbers: [2])
  }

  private static func summary(_ rules: [ConfigNode]) -> TextTable {
    TextTable(
      columns: ["rule", "fired", "seconds in all"],
      rows: rules.map { [text($0["name"]), text($0["fired"]), text($0["firing_seconds"])] },
      numbers: [1, 2])
  }

  private static func line(_ message: ConfigNode, _ arguments: Arguments) -> String {
    let names = (message["alerts"]?.elements ?? []).map { text($0) }
    let head =
      "\(text(message["time"])) to \(text(message["receiver"])): \(text(message["status"]))"
      + " \(Set(names).sorted().joined(separator: ", ")) (\(names.count))\n"
    return arguments.has("--messages") ? head + text(message["text"]) + "\n\n" : head
  }

  private static func text(_ node: ConfigNode?) -> String {
    guard let node, node.scalar != .null else { return "" }
    return node.text ?? ""
  }

  private static func labels(_ node: ConfigNode?) -> String {
    guard case .mapping(let pairs)? = node?.value else { return "" }
    return pairs.filter { $0.key.text != "alertname" }
      .map { "\(text($0.key))=\(text($0.value))" }.joined(separator: " ")
  }
}
