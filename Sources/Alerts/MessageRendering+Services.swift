internal import Codec
internal import PromQL

/// Alertmanager's API v2, which this collector talks to as Prometheus does.
extension MessageRendering {
  func alertmanager(
    _ words: MessageWords, _ settings: AlertmanagerSettings, at now: Int64
  ) -> MessageRequest {
    var writer = JSONWriter()
    writer.beginArray()
    for alert in words.notification.alerts {
      writer.beginObject()
      writer.key("labels")
      writer.labels(alert.labels.entries.map(Self.plainlyNamed))
      writer.key("annotations")
      writer.labels(alert.annotations.map(Self.plainlyNamed))
      writer.member("startsAt", MessageUnits.rfc3339(alert.startsAt))
      // An end before the start is refused, and the whole request with it.
      let end = max(alert.endsAt ?? now + settings.validMilliseconds, alert.startsAt)
      writer.member("endsAt", MessageUnits.rfc3339(end))
      writer.member("generatorURL", alert.generatorURL)
      writer.endObject()
    }
    writer.endArray()
    let base = settings.url.revealed
    let path = base.hasSuffix("/") ? "api/v2/alerts" : "/api/v2/alerts"
    return request(to: settings.url.known(as: base + path), body: writer.bytes)
  }

  /// A name with other characters than letters, digits and `_` makes Alertmanager refuse them all.
  private static func plainlyNamed(_ label: Label) -> Label {
    guard !LabelName.isPlain(label.name) else { return label }
    let bytes = label.name.utf8.map { LabelName.isPlain("_\(Unicode.Scalar($0))") ? $0 : 0x5F }
    let name = String(decoding: bytes, as: UTF8.self)
    return Label(LabelName.isPlain(name) ? name : "_" + name, label.value)
  }
}

/// Opsgenie's alert API: an alert with the group's name as alias, acknowledged and closed by it.
extension MessageRendering {
  func opsgenie(_ words: MessageWords, _ settings: OpsgenieSettings) -> MessageRequest {
    let notification = words.notification
    let alias = AlertIdentity.group(notification.groupKey)
    var base = settings.url.revealed
    if base.hasSuffix("/") { base.removeLast() }
    var path = "/v2/alerts"
    var writer = JSONWriter()
    writer.beginObject()
    if !notification.isFiring {
      path += "/\(alias)/close?identifierType=alias"
    } else if notification.reason == .acknowledged {
      path += "/\(alias)/acknowledge?identifierType=alias"
      writer.member("user", TextCut.line(notification.acknowledgedBy ?? "Barograph", 100))
    } else {
      Self.writeOpsgenie(words, alias, to: &writer)
    }
    writer.member("source", TextCut.line(words.link ?? "Barograph", 100))
    writer.endObject()
    let key = ReceiverSettings.Header(
      name: "Authorization", value: Secret("GenieKey \(settings.key.revealed)"))
    return request(
      to: settings.url.known(as: base + path), own: [key], body: writer.bytes)
  }

  private static func writeOpsgenie(
    _ words: MessageWords, _ alias: String, to writer: inout JSONWriter
  ) {
    writer.member("alias", alias)
    writer.member("message", words.title(130))
    let (told, more) = words.alerts(20)
    var blocks = told.map { $0.plain.joined(separator: "\n") }
    if more > 0 { blocks.append("and \(more) more") }
    writer.member("description", TextCut.text(blocks.joined(separator: "\n\n"), 15_000))
    writer.key("details")
    // 8,000 characters in all are taken.
    writer.labels(words.commonLabels.prefix(30).map { Label($0.name, TextCut.line($0.value, 200)) })
    let priority =
      switch words.severity {
      case .critical: "P1"
      case .error: "P2"
      case .warning: "P3"
      case .info: "P5"
      }
    writer.member("priority", priority)
  }
}

/// An adaptive card for a Teams workflow.
extension MessageRendering {
  private static let cardBytes = 27 << 10
  private static let toldAlerts = 5

  func teams(_ words: MessageWords, _ url: Secret) -> MessageRequest {
    var count = Self.toldAlerts
    var body = Self.teamsCard(words, count)
    while body.count > Self.cardBytes, count > 0 {
      count -= 1
      body = Self.teamsCard(words, count)
    }
    return request(to: url, body: body, answer: .teams)
  }

  private static func teamsCard(_ words: MessageWords, _ count: Int) -> [UInt8] {
    let (told, more) = words.alerts(count)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("type", "message")
    writer.key("attachments")
    writer.beginArray()
    writer.beginObject()
    writer.member("contentType", "application/vnd.microsoft.card.adaptive")
    writer.key("contentUrl")
    writer.null()
    writer.key("content")
    writer.beginObject()
    writer.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
    writer.member("type", "AdaptiveCard")
    writer.member("version", "1.4")
    writer.key("body")
    writer.beginArray()
    writeBlock(words.title(200), isTitle: true, to: &writer)
    for alert in told {
      writeBlock(alert.headline, isStrong: true, to: &writer)
      for fact in alert.facts { writeBlock(fact, to: &writer) }
    }
    if more > 0 { writeBlock("and \(more) more", to: &writer) }
    writer.endArray()
    writeActions(words, told.first, to: &writer)
    writer.endObject()
    writer.endObject()
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  private static func writeBlock(
    _ text: String, isTitle: Bool = false, isStrong: Bool = false, to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.member("type", "TextBlock")
    writer.member("text", markdown(text))
    if isTitle { writer.member("size", "Large") }
    if isTitle || isStrong { writer.member("weight", "Bolder") }
    writer.key("wrap")
    writer.value(true)
    writer.endObject()
  }

  /// Links of the first alert; a card with more than six buttons hides the others.
  private static func writeActions(
    _ words: MessageWords, _ alert: AlertWords?, to writer: inout JSONWriter
  ) {
    var links = words.link.map { [AlertWords.Link(label: "alerts", url: $0)] } ?? []
    links += alert?.links ?? []
    let traces = alert?.traces.filter { !$0.url.isEmpty } ?? []
    links += traces.map { AlertWords.Link(label: "trace \($0.label.prefix(8))", url: $0.url) }
    guard !links.isEmpty else { return }
    writer.key("actions")
    writer.beginArray()
    for link in links.prefix(6) {
      writer.beginObject()
      writer.member("type", "Action.OpenUrl")
      writer.member("title", link.label)
      writer.member("url", link.url)
      writer.endObject()
    }
    writer.endArray()
  }

  private static func markdown(_ text: String) -> String {
    var output = ""
    for character in text {
      if "\\*_[]`~".contains(character) { output.append("\\") }
      output.append(character)
    }
    return output
  }
}

/// The collector's own log.
extension MessageRendering {
  private static let loggedAlerts = 20

  func line(_ words: MessageWords) -> [UInt8] {
    let notification = words.notification
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("notification", notification.key)
    writer.member("receiver", notification.receiver)
    writer.member("reason", notification.reason.rawValue)
    writer.member("status", notification.isFiring ? "firing" : "resolved")
    writer.member("title", words.title(200))
    writer.member("severity", words.severity.name)
    writer.key("alerts")
    writer.beginArray()
    let (told, more) = words.alerts(Self.loggedAlerts)
    for alert in told { writer.value(([alert.headline] + alert.facts).joined(separator: "; ")) }
    writer.endArray()
    if more > 0 {
      writer.key("more")
      writer.value(more)
    }
    writer.endObject()
    return writer.bytes
  }
}
