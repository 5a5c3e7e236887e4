internal import Codec
internal import PromQL

/// PagerDuty's Events API v2: one event for a group, under one key from trigger to resolve.
extension MessageRendering {
  private static let summaryLength = 1_024
  /// The whole body may have 512 KB; details are a help, not a record.
  private static let detailBytes = 100 << 10

  func pagerDuty(_ words: MessageWords, _ settings: PagerDutySettings) -> MessageRequest {
    let notification = words.notification
    let action =
      if !notification.isFiring {
        "resolve"
      } else if notification.reason == .acknowledged {
        "acknowledge"
      } else {
        "trigger"
      }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("routing_key", settings.routingKey.revealed)
    writer.member("dedup_key", AlertIdentity.group(notification.groupKey))
    writer.member("event_action", action)
    writer.key("payload")
    Self.writePayload(words, to: &writer)
    let links = words.alerts(1).told.first.map { $0.links + $0.traces } ?? []
    if action == "trigger", links.contains(where: { !$0.url.isEmpty }) {
      writer.key("links")
      writer.beginArray()
      for link in links where !link.url.isEmpty {
        writer.beginObject()
        writer.member("href", link.url)
        writer.member("text", link.label)
        writer.endObject()
      }
      writer.endArray()
    }
    writer.member("client", "Barograph")
    if let link = words.link { writer.member("client_url", link) }
    writer.endObject()
    return request(to: settings.url, body: writer.bytes)
  }

  private static func writePayload(_ words: MessageWords, to writer: inout JSONWriter) {
    let notification = words.notification
    writer.beginObject()
    writer.member("summary", words.title(summaryLength))
    writer.member("source", source(words))
    writer.member("severity", words.severity.name)
    if let start = notification.alerts.map(\.startsAt).min() {
      writer.member("timestamp", MessageUnits.rfc3339(start))
    }
    let name = notification.groupLabels[AlertName.label]
    if !name.isEmpty { writer.member("class", TextCut.line(name, 255)) }
    writer.key("custom_details")
    writer.beginObject()
    let (firing, resolved) = details(words)
    writer.member("firing", firing)
    writer.member("num_firing", "\(words.firingCount)")
    writer.member("num_resolved", "\(notification.alerts.count { $0.endsAt != nil })")
    writer.member("resolved", resolved)
    writer.endObject()
    writer.endObject()
  }

  /// The service the alerts are about, or this collector.
  private static func source(_ words: MessageWords) -> String {
    let service = words.commonLabels.first { $0.name == "service" }?.value
    return TextCut.line(service ?? "Barograph", 255)
  }

  private static func details(_ words: MessageWords) -> (firing: String, resolved: String) {
    let (told, _) = words.alerts(Notification.alertLimit)
    var texts = (firing: "", resolved: "")
    for (alert, words) in zip(words.notification.alerts, told) {
      let text = words.plain.joined(separator: "\n") + "\n\n"
      if alert.endsAt == nil { texts.firing += text } else { texts.resolved += text }
    }
    return (
      TextCut.bytes(texts.firing, detailBytes), TextCut.bytes(texts.resolved, detailBytes)
    )
  }
}

extension AlertWords {
  /// All of it as lines of plain text.
  var plain: [String] {
    [headline] + facts + links.map { "\($0.label): \($0.url)" }
      + traces.map { $0.url.isEmpty ? "trace: \($0.label)" : "trace: \($0.url)" }
  }
}
