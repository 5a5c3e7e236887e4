internal import Codec

/// A mail with a plain part and one in HTML, threaded with all others of its group.
extension MessageRendering {
  private static let toldAlerts = 20
  private static let subjectLength = 200

  func mail(_ words: MessageWords, _ settings: MailSettings) -> MailMessage {
    let notification = words.notification
    let identity = AlertIdentity.group(notification.key).prefix(32)
    let group = AlertIdentity.group(notification.groupKey).prefix(32)
    let domain = settings.from.domain
    var text = MailText()
    text.header("From", mailboxes: [settings.from])
    text.header("To", mailboxes: settings.to)
    text.header("Subject", text: words.title(Self.subjectLength))
    text.header("Date", plain: MailText.date(notification.time))
    text.header("Message-ID", plain: "<\(identity)@\(domain)>")
    // The messages of a group know no other's identity, only the group's: a thread of its own.
    text.header("In-Reply-To", plain: "<\(group)@\(domain)>")
    text.header("References", plain: "<\(group)@\(domain)>")
    text.header("Auto-Submitted", plain: "auto-generated")
    text.header("MIME-Version", plain: "1.0")
    // `=_` cannot stand in quoted-printable text, so no part ends early.
    let boundary = "=_\(identity)"
    text.header("Content-Type", text: "multipart/alternative; boundary=\"\(boundary)\"")
    text.line("")
    let parts = [("text/plain", Self.plainText(words)), ("text/html", Self.html(words))]
    for (type, content) in parts {
      text.line("--\(boundary)")
      text.header("Content-Type", plain: "\(type); charset=utf-8")
      text.header("Content-Transfer-Encoding", plain: "quoted-printable")
      text.line("")
      text.quotedPrintable(content)
    }
    text.line("--\(boundary)--")
    return MailMessage(from: settings.from, to: settings.to, bytes: text.bytes)
  }

  private static func plainText(_ words: MessageWords) -> String {
    let (told, more) = words.alerts(toldAlerts)
    var blocks = [words.title(subjectLength)]
    blocks += told.map { $0.plain.joined(separator: "\n") }
    if more > 0 { blocks.append("and \(more) more") }
    if let link = words.link { blocks.append("alerts: \(link)") }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private static func html(_ words: MessageWords) -> String {
    let (told, more) = words.alerts(toldAlerts)
    let color = words.notification.isFiring ? "#c62828" : "#2e7d32"
    var text = "<!DOCTYPE html>\n<html><body style=\"font-family:sans-serif\">\n"
    text += "<h3 style=\"color:\(color)\">"
    text += TemplateEscape.html(words.title(subjectLength)) + "</h3>\n"
    for alert in told {
      text += "<p><b>\(TemplateEscape.html(alert.headline))</b>"
      for fact in alert.facts { text += "<br>\n\(TemplateEscape.html(fact))" }
      let links = alert.links.map(anchor)
      if !links.isEmpty { text += "<br>\n\(links.joined(separator: " · "))" }
      let traces = alert.traces.map(anchor)
      if !traces.isEmpty { text += "<br>\ntraces: \(traces.joined(separator: " "))" }
      text += "</p>\n"
    }
    if more > 0 { text += "<p>and \(more) more</p>\n" }
    if let link = words.link {
      text += "<p>\(anchor(AlertWords.Link(label: "alerts", url: link)))</p>\n"
    }
    return text + "</body></html>\n"
  }

  private static func anchor(_ link: AlertWords.Link) -> String {
    let label = TemplateEscape.html(link.label)
    return link.url.isEmpty ? label : "<a href=\"\(TemplateEscape.html(link.url))\">\(label)</a>"
  }
}
