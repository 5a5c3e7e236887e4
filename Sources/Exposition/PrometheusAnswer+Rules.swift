package import Alerts
internal import Codec
internal import PromQL

/// Rules and alerts as Prometheus' API tells of them.
extension PrometheusAnswer {
  /// Which rules are asked for.
  package enum RuleKind: String, Sendable {
    case alert, record
  }

  /// `{"groups":[…]}`, of one kind of rules where that is asked for.
  package static func rules(_ reports: [RuleReport], only kind: RuleKind? = nil) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("groups")
    json.beginArray()
    for report in reports { append(report, only: kind, to: &json) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// `{"alerts":[…]}`, of those that are wanted.
  package static func alerts(
    _ reports: [RuleReport], where isWanted: (ActiveAlert) -> Bool = { _ in true }
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    append(reports.flatMap(\.activeAlerts).filter(isWanted), to: &json)
    json.endObject()
    return json.bytes
  }

  private static func append(
    _ report: RuleReport, only kind: RuleKind?, to json: inout JSONWriter
  ) {
    let group = report.evaluation.group
    json.beginObject()
    append([("name", group.name), ("file", report.file)], to: &json)
    json.key("rules")
    json.beginArray()
    for place in report.evaluation.parts.indices {
      switch report.evaluation.parts[place] {
      case .recording(let rule) where kind != .alert: append(rule, report, place, to: &json)
      case .alerting(let rule) where kind != .record: append(rule, report, place, to: &json)
      default: break
      }
    }
    json.endArray()
    json.key("interval")
    json.value(Double(report.interval) / 1_000)
    json.key("limit")
    json.value(group.limit)
    append(report.seconds, report, to: &json)
    json.endObject()
  }

  private static func append(
    _ rule: RecordingRule, _ report: RuleReport, _ place: Int, to json: inout JSONWriter
  ) {
    json.beginObject()
    append([("name", rule.name), ("query", rule.query.text)], to: &json)
    if !rule.labels.isEmpty { append(rule.labels, named: "labels", to: &json) }
    appendHealth(report, place, to: &json)
    append([("type", "recording")], to: &json)
    json.endObject()
  }

  private static func append(
    _ evaluation: AlertEvaluation, _ report: RuleReport, _ place: Int,
    to json: inout JSONWriter
  ) {
    let rule = evaluation.rule
    let alerts = report.evaluation.parts[place].activeAlerts
    let state =
      alerts.contains { $0.state == .firing } ? "firing" : alerts.isEmpty ? "inactive" : "pending"
    json.beginObject()
    append([("state", state), ("name", rule.name), ("query", rule.query.text)], to: &json)
    for (name, milliseconds) in [("duration", rule.hold), ("keepFiringFor", rule.keepFiring)] {
      json.key(name)
      json.value(Double(milliseconds) / 1_000)
    }
    for (name, texts) in [("labels", rule.labels), ("annotations", rule.annotations)] {
      append(texts.map { Label($0.name, $0.template.source) }, named: name, to: &json)
    }
    append(alerts, to: &json)
    appendHealth(report, place, to: &json)
    append([("type", "alerting")], to: &json)
    json.endObject()
  }

  private static func append(_ alerts: [ActiveAlert], to json: inout JSONWriter) {
    json.key("alerts")
    json.beginArray()
    for alert in alerts {
      json.beginObject()
      append(alert.labels.entries, named: "labels", to: &json)
      append(alert.annotations, named: "annotations", to: &json)
      append(
        [
          ("state", alert.state.rawValue), ("activeAt", Timestamp.text(alert.activeAt * 1_000_000)),
        ],
        to: &json)
      if let since = alert.keepFiringSince {
        append([("keepFiringSince", Timestamp.text(since * 1_000_000))], to: &json)
      }
      append([("value", alert.valueText)], to: &json)
      json.endObject()
    }
    json.endArray()
  }

  private static func appendHealth(
    _ report: RuleReport, _ place: Int, to json: inout JSONWriter
  ) {
    let failure = report.evaluation.failures[place]
    let health = report.lastEvaluation == nil ? "unknown" : failure == nil ? "ok" : "err"
    append([("health", health)], to: &json)
    if let failure { append([("lastError", "\(failure)")], to: &json) }
    append(report.ruleSeconds[place], report, to: &json)
  }

  /// How long and when; the zero time of the API's language where there was no evaluation.
  private static func append(
    _ seconds: Double, _ report: RuleReport, to json: inout JSONWriter
  ) {
    json.key("evaluationTime")
    json.value(seconds)
    let last = report.lastEvaluation.map { Timestamp.text($0 * 1_000_000) }
    append([("lastEvaluation", last ?? "0001-01-01T00:00:00Z")], to: &json)
  }

  private static func append(
    _ labels: [Label], named name: String, to json: inout JSONWriter
  ) {
    json.key(name)
    json.beginObject()
    append(labels.map { ($0.name, $0.value) }, to: &json)
    json.endObject()
  }

  private static func append(_ texts: [(String, String)], to json: inout JSONWriter) {
    for (name, text) in texts {
      json.key(name)
      json.value(text)
    }
  }
}
