package import Codec
internal import PromQL

/// Messages as they are kept in the outbox.
extension Notification {
  /// The whole message as JSON.
  package var document: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.members([
      "key": key, "receiver": receiver, "reason": reason.rawValue, "group_key": groupKey,
    ])
    json.key("group_labels")
    json.labels(groupLabels.entries)
    json.member("time", time)
    json.member("omitted", Int64(omitted))
    if let acknowledgedBy { json.members(["acknowledged_by": acknowledgedBy]) }
    json.key("alerts")
    json.beginArray()
    for alert in alerts { alert.write(to: &json) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// A message as it was kept; nil for what is none.
  package init?(document: [UInt8]) {
    guard let node = RecordNode(document), let key = node.text("key"),
      let receiver = node.text("receiver"), let time = node.whole("time"),
      let reason = node.text("reason").flatMap(Reason.init)
    else { return nil }
    self.init(
      key: key, receiver: receiver, reason: reason, groupKey: node.text("group_key") ?? "",
      groupLabels: Labels(node.labels("group_labels")),
      alerts: node.list("alerts").compactMap { NotifiedAlert($0) },
      omitted: Int(node.whole("omitted") ?? 0), time: time,
      acknowledgedBy: node.text("acknowledged_by"))
  }
}

extension NotifiedAlert {
  /// The same alert, over since `time`.
  func ended(at time: Int64) -> NotifiedAlert {
    NotifiedAlert(
      labels: labels, annotations: annotations, startsAt: startsAt, endsAt: time, value: value,
      cause: cause, generatorURL: generatorURL)
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("labels")
    json.labels(labels.entries)
    json.key("annotations")
    json.labels(annotations)
    json.member("starts_at", startsAt)
    json.member("ends_at", endsAt)
    json.members(["value": value, "generator_url": generatorURL])
    if let cause {
      json.key("cause")
      cause.write(to: &json)
    }
    json.endObject()
  }

  init?(_ node: RecordNode) {
    guard let startsAt = node.whole("starts_at") else { return nil }
    self.init(
      labels: Labels(node.labels("labels")), annotations: node.labels("annotations"),
      startsAt: startsAt, endsAt: node.whole("ends_at"), value: node.text("value") ?? "",
      cause: node["cause"].map { AlertCause($0) }, generatorURL: node.text("generator_url") ?? "")
  }
}

extension AlertCause {
  /// As JSON, in the API and in what is remembered.
  package func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("part")
    if let part {
      json.beginObject()
      json.members(["dimension": part.dimension, "value": part.value])
      json.member("share", part.share)
      json.endObject()
    } else {
      json.null()
    }
    json.member("now", now)
    json.member("usual", usual)
    json.member("coverage", coverage)
    json.key("trace_ids")
    json.values(traceIDs)
    json.members(["sparkline": sparkline])
    json.endObject()
  }

  init(_ node: RecordNode) {
    let part = node["part"].map { part in
      Part(
        dimension: part.text("dimension") ?? "", value: part.text("value") ?? "",
        share: part.number("share") ?? 0)
    }
    self.init(
      part: part, now: node.number("now"), usual: node.number("usual"),
      coverage: node.number("coverage"), traceIDs: node.list("trace_ids").compactMap(\.text),
      sparkline: node.text("sparkline") ?? "")
  }
}
