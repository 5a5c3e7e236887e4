internal import Codec

/// An incoming webhook of Slack: one attachment with a coloured edge.
extension MessageRendering {
  private static let toldAlerts = 5
  private static let textLength = 3_000
  private static let titleLength = 150

  func slack(_ words: MessageWords, _ slack: SlackSettings) -> MessageRequest {
    let title = words.title(Self.titleLength)
    var writer = JSONWriter()
    writer.beginObject()
    if !slack.channel.isEmpty { writer.member("channel", slack.channel) }
    if !slack.username.isEmpty { writer.member("username", slack.username) }
    writer.key("attachments")
    writer.beginArray()
    writer.beginObject()
    writer.member("title", Self.slackText(title))
    if let link = words.link { writer.member("title_link", link) }
    writer.member("text", Self.slackBody(words))
    writer.member("fallback", Self.slackText(title))
    writer.member("color", Self.slackColor(words))
    writer.key("mrkdwn_in")
    writer.beginArray()
    writer.value("text")
    writer.endArray()
    writer.member("footer", "Barograph")
    writer.key("ts")
    writer.value(words.notification.time / 1_000)
    writer.endObject()
    writer.endArray()
    writer.endObject()
    return request(to: slack.url, body: writer.bytes, answer: .slack)
  }

  private static func slackColor(_ words: MessageWords) -> String {
    guard words.notification.isFiring else { return "good" }
    return words.severity >= .error ? "danger" : "warning"
  }

  /// As many alerts as there is room for, whole ones: half a link would show its inside.
  private static func slackBody(_ words: MessageWords) -> String {
    let (told, _) = words.alerts(toldAlerts)
    var blocks: [String] = []
    var length = 0
    for alert in told {
      let block = slackBlock(alert)
      length += block.utf16.count + 2
      if length > textLength, !blocks.isEmpty { break }
      blocks.append(length > textLength ? slackHeadline(alert) : block)
    }
    let more = words.notification.alerts.count + words.notification.omitted - blocks.count
    if more > 0 { blocks.append("and \(more) more") }
    return blocks.joined(separator: "\n\n")
  }

  private static func slackBlock(_ alert: AlertWords) -> String {
    var lines = [slackHeadline(alert)] + alert.facts.map(slackText)
    let links = alert.links.map { slackLink($0.url, $0.label) }
    if !links.isEmpty { lines.append(links.joined(separator: " · ")) }
    if !alert.traces.isEmpty {
      let traces = alert.traces.map { slackLink($0.url, String($0.label.prefix(8))) }
      lines.append("traces: " + traces.joined(separator: " "))
    }
    return lines.joined(separator: "\n")
  }

  /// In bold, unless it has stars of its own, which nothing can make plain.
  private static func slackHeadline(_ alert: AlertWords) -> String {
    let text = slackText(alert.headline)
    return text.contains("*") ? text : "*\(text)*"
  }

  private static func slackLink(_ url: String, _ label: String) -> String {
    guard !url.isEmpty else { return slackText(label) }
    let safe = url.replacing("|", with: "%7C").replacing("<", with: "%3C")
      .replacing(">", with: "%3E")
    return "<\(slackText(safe))|\(slackText(label))>"
  }

  private static func slackText(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
