package import Alerts
internal import Codec
internal import PromQL

/// An alert as lists show it.
struct AlertItem {
  let alert: ActiveAlert
  private let rule: AlertingRule
  private let file: String
  private let group: String

  /// An alert of a rule in a group.
  init(_ alert: ActiveAlert, _ rule: AlertingRule, _ report: RuleReport) {
    (self.alert, self.rule) = (alert, rule)
    (file, group) = (report.file, report.evaluation.group.name)
  }

  /// Those that fire come first, the latest of them on top.
  func precedes(_ other: AlertItem) -> Bool {
    let (mine, its) = (alert.firedAt ?? .min, other.alert.firedAt ?? .min)
    if (alert.state == .firing) != (other.alert.state == .firing) { return alert.state == .firing }
    return mine != its ? mine > its : alert.labels.precedes(other.alert.labels)
  }

  func write(to json: inout JSONWriter, _ standing: AlertRouter.Standing) {
    json.beginObject()
    text("id", AlertIdentity.fingerprint(alert.labels), to: &json)
    text("name", alert.labels[AlertName.label], to: &json)
    text("state", alert.state.rawValue, to: &json)
    object("labels", alert.labels.entries, to: &json)
    object("annotations", alert.annotations, to: &json)
    json.key("value")
    switch alert.value {
    case .float(let value): json.value(value)
    case .histogram: json.value(alert.valueText)
    }
    let times: [(String, Int64?)] = [
      ("active_at", alert.activeAt), ("fired_at", alert.firedAt), ("resolved_at", alert.resolvedAt),
    ]
    for (name, time) in times {
      json.key(name)
      if let time { json.value(Timestamp.text(time * 1_000_000)) } else { json.null() }
    }
    write(standing, to: &json)
    json.key("rule")
    json.beginObject()
    text("file", file, to: &json)
    text("group", group, to: &json)
    text("name", rule.name, to: &json)
    json.endObject()
    json.endObject()
  }

  private func write(_ standing: AlertRouter.Standing, to json: inout JSONWriter) {
    json.key("acked")
    if let acknowledgement = standing.acknowledgement {
      json.beginObject()
      text("by", acknowledgement.by, to: &json)
      text("at", Timestamp.text(acknowledgement.at * 1_000_000), to: &json)
      text("comment", acknowledgement.comment, to: &json)
      json.endObject()
    } else {
      json.null()
    }
    for (name, texts) in [
      ("silenced_by", standing.silencedBy), ("inhibited_by", standing.inhibitedBy),
      ("muted_by", standing.mutedBy), ("receivers", standing.receivers),
    ] {
      json.key(name)
      json.beginArray()
      for text in texts { json.value(text) }
      json.endArray()
    }
    json.key("cause")
    if let cause = standing.cause { cause.write(to: &json) } else { json.null() }
  }

  private func text(_ name: String, _ text: String, to json: inout JSONWriter) {
    json.key(name)
    json.value(text)
  }

  private func object(_ name: String, _ labels: [Label], to json: inout JSONWriter) {
    json.key(name)
    json.beginObject()
    for label in labels { text(label.name, label.value, to: &json) }
    json.endObject()
  }
}

extension GroupEvaluation {
  /// Its alerting rules with their alerts.
  package var alertingParts: [AlertEvaluation] {
    parts.compactMap { part in
      if case .alerting(let evaluation) = part { evaluation } else { nil }
    }
  }
}
