internal import Alerts
internal import Codec
internal import History
internal import LinuxIO
internal import PromQL
internal import Serving

/// Rules over the past, as `POST /v1/rules/backtest` answers: what would have fired, how often, how
/// long, and what would have been told.
struct BacktestAnswer {
  /// ns that it may take.
  private static let patience: Int64 = 120_000_000_000
  private static let day: Int64 = 86_400_000
  private let services: AlertServices

  init(_ services: AlertServices) { self.services = services }

  private struct Fault: Error {
    let message: String
  }

  func answer(_ request: Request) -> Response {
    do throws(Fault) {
      let body = JSONBody(request)
      let files = try self.files(body)
      let now = Clock.wall / 1_000_000
      let to = try time("to", body) ?? now
      let from = try time("from", body) ?? to - Self.day
      guard from < to else { throw Fault(message: "from: expected a time before to") }
      let deadline = Clock.monotonic + Self.patience
      let start = Clock.monotonic
      let report = services.backtest(files, from, to, deadline)
      let seconds = Double(Clock.monotonic - start) / 1e9
      return Response(body: json(report, files, from, to, seconds) + [0x0A])
    } catch {
      return ErrorBody(
        400, "bad_body", error.message,
        hint: "{\"files\":[{\"path\":\"rules.yaml\",\"text\":\"groups: …\"}],\"from\":…,\"to\":…}"
      ).response(id: request.id)
    }
  }

  private func files(_ body: JSONBody) throws(Fault) -> [RuleFile] {
    var files: [RuleFile] = []
    for (path, text) in body.pairs("files", "path", "text") {
      let (file, problems) = RuleFileReader.read(Array(text.utf8), path: path)
      if let problem = problems.first(where: { $0.severity == .error }) {
        throw Fault(message: "\(path):\(problem)")
      }
      files.append(file)
    }
    guard !files.isEmpty else { throw Fault(message: "files: expected the texts of rule files") }
    return files
  }

  private func time(_ name: String, _ body: JSONBody) throws(Fault) -> Int64? {
    guard let text = body.text(name) else { return nil }
    guard let time = EventFilter.time(text) else {
      throw Fault(message: "\(name): expected RFC 3339 or a number since 1970")
    }
    return time / 1_000_000
  }
}

// MARK: As JSON
extension BacktestAnswer {
  private func json(
    _ report: BacktestReport, _ files: [RuleFile], _ from: Int64, _ to: Int64, _ seconds: Double
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for (name, time) in [("from", from), ("to", to)] {
      json.key(name)
      json.value(Timestamp.text(time * 1_000_000))
    }
    json.key("complete")
    json.value(!report.isCut)
    json.key("evaluations")
    json.value(report.evaluations)
    json.key("seconds")
    json.value(seconds)
    writeFailures(report, to: &json)
    writeRules(report, files, until: to, to: &json)
    json.key("alerts")
    json.beginArray()
    for firing in report.firings { write(firing, until: to, to: &json) }
    json.endArray()
    json.key("messages")
    json.beginArray()
    for message in report.notifications { write(message, to: &json) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private func writeFailures(_ report: BacktestReport, to json: inout JSONWriter) {
    json.key("failures")
    json.beginArray()
    for (rule, failure) in report.failures {
      json.beginObject()
      json.key("rule")
      json.value(rule)
      json.key("message")
      json.value("\(failure)")
      json.endObject()
    }
    json.endArray()
  }

  /// How often each alert fired, and how long in all.
  private func writeRules(
    _ report: BacktestReport, _ files: [RuleFile], until end: Int64, to json: inout JSONWriter
  ) {
    var names: [String] = []
    for case .alerting(let rule) in files.flatMap(\.groups).flatMap(\.rules)
    where !names.contains(rule.name) {
      names.append(rule.name)
    }
    json.key("rules")
    json.beginArray()
    for name in names {
      let own = report.firings.filter { $0.ruleName == name }
      let total = own.reduce(0) { $0 + ($1.endsAt ?? end) - $1.alert.startsAt }
      json.beginObject()
      json.key("name")
      json.value(name)
      json.key("fired")
      json.value(own.count)
      json.key("firing_seconds")
      json.value(Double(total) / 1_000)
      json.endObject()
    }
    json.endArray()
  }

  private func write(
    _ firing: BacktestReport.Firing, until end: Int64, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("name")
    json.value(firing.alert.labels[AlertName.label])
    for (name, labels) in [
      ("labels", firing.alert.labels.entries), ("annotations", firing.alert.annotations),
    ] {
      json.key(name)
      json.beginObject()
      for label in labels {
        json.key(label.name)
        json.value(label.value)
      }
      json.endObject()
    }
    json.key("value")
    json.value(firing.alert.value)
    json.key("fired_at")
    json.value(Timestamp.text(firing.alert.startsAt * 1_000_000))
    json.key("resolved_at")
    if let over = firing.endsAt {
      json.value(Timestamp.text(over * 1_000_000))
    } else {
      json.null()
    }
    json.key("seconds")
    json.value(Double((firing.endsAt ?? end) - firing.alert.startsAt) / 1_000)
    json.key("cause")
    if let cause = firing.alert.cause { cause.write(to: &json) } else { json.null() }
    json.endObject()
  }

  private func write(_ message: Notification, to json: inout JSONWriter) {
    json.beginObject()
    for (name, text) in [
      ("time", Timestamp.text(message.time * 1_000_000)), ("receiver", message.receiver),
      ("reason", message.reason.rawValue), ("key", message.key),
      ("status", message.isFiring ? "firing" : "resolved"),
    ] {
      json.key(name)
      json.value(text)
    }
    json.key("alerts")
    json.beginArray()
    for alert in message.alerts { json.value(alert.labels[AlertName.label]) }
    json.endArray()
    json.key("text")
    if let text = services.text(message) { json.value(utf8: text) } else { json.null() }
    json.endObject()
  }
}

extension BacktestReport.Firing {
  /// The rule's own name, which stands behind those of its file and group.
  fileprivate var ruleName: Substring {
    rule.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).first ?? ""
  }
}
