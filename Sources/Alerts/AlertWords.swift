internal import Codec
internal import PromQL

/// What a message says of one alert: what, now versus usual, since when, why, and where to look.
struct AlertWords {
  struct Link {
    let label: String
    let url: String
  }

  /// One line.
  let headline: String
  /// Short lines.
  let facts: [String]
  let links: [Link]
  let traces: [Link]

  private static let headlineLength = 300
  private static let urlLength = 1_000

  init(_ alert: NotifiedAlert, in words: MessageWords) {
    headline = TextCut.line(Self.headline(alert, words), Self.headlineLength)
    var facts = [Self.value(alert), Self.time(alert, at: words.notification.time)]
    if let part = alert.cause?.part {
      let value = TextCut.line("\(part.dimension) \(part.value)", 150)
      facts.append("cause: \(value), \(MessageUnits.share(part.share)) of the change")
    }
    if let coverage = alert.cause?.coverage {
      facts.append("prices known for \(MessageUnits.share(coverage)) of the tokens")
    }
    self.facts = facts.filter { !$0.isEmpty }
    links = [
      ("runbook", alert.annotations.first { $0.name == "runbook_url" }?.value ?? ""),
      ("graph", alert.generatorURL),
    ]
    .filter { Self.isLink($0.1) }.map { Link(label: $0.0, url: $0.1) }
    traces = (alert.cause?.traceIDs ?? []).prefix(5).map { trace in
      let url =
        words.externalURL.isEmpty
        ? "" : "\(words.externalURL)/v1/traces/\(TemplateEscape.query(trace))"
      return Link(label: TextCut.line(trace, 32), url: Self.isLink(url) ? url : "")
    }
  }

  /// What the rule's author says of it, or its name; with the labels that the others do not share.
  private static func headline(_ alert: NotifiedAlert, _ words: MessageWords) -> String {
    let said = ["summary", "description", "message"].lazy.compactMap { name in
      alert.annotations.first { $0.name == name && !$0.value.isEmpty }?.value
    }
    let what = said.first ?? alert.labels[AlertName.label]
    let own = alert.labels.entries.filter { !words.commonLabels.contains($0) }
    guard !own.isEmpty else { return what }
    let details = own.prefix(4).map { "\($0.name)=\(TextCut.line($0.value, 60))" }
    return "\(TextCut.line(what, 180)) (\(details.joined(separator: ", ")))"
  }

  private static func value(_ alert: NotifiedAlert) -> String {
    var parts: [String] = []
    let verb = alert.endsAt == nil ? "now" : "was"
    if let now = alert.cause?.now {
      parts.append("\(verb) \(MessageUnits.number(now))")
    } else if !alert.value.isEmpty {
      parts.append("\(verb) \(TextCut.line(alert.value, 60))")
    }
    if let usual = alert.cause?.usual {
      parts.append("usually \(MessageUnits.number(usual))")
    }
    let text = parts.joined(separator: ", ")
    guard let sparkline = alert.cause?.sparkline, !sparkline.isEmpty else { return text }
    let line = TextCut.line(sparkline, 60)
    return text.isEmpty ? line : "\(text)  \(line)"
  }

  private static func time(_ alert: NotifiedAlert, at time: Int64) -> String {
    let start = MessageUnits.time(alert.startsAt)
    guard let end = alert.endsAt else {
      return "since \(start), for \(MessageUnits.duration(time - alert.startsAt))"
    }
    let length = MessageUnits.duration(end - alert.startsAt)
    return "from \(start) to \(MessageUnits.time(end)), \(length)"
  }

  /// Whether a click on it goes to a page and nowhere else.
  private static func isLink(_ url: String) -> Bool {
    (url.hasPrefix("https://") || url.hasPrefix("http://")) && url.utf8.count <= urlLength
      && url.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }
}
