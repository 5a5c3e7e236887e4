internal import Codec
internal import PromQL

/// A webhook's own body: a template over the same data as Alertmanager's, and more.
extension Template {
  /// Reads a template of a message; throws with the place of the first mistake. In it `$` and the
  /// dot are the message: `.Title`, `.Status`, `.Alerts` and so on; `toJson` makes JSON of a value.
  package init(message source: String) throws(TemplateError) {
    try self.init(source, knowing: ["$"], forMessages: true)
  }
}

extension MessageRendering {
  static func filled(
    _ template: Template, _ words: MessageWords, at now: Int64, isJSON: Bool
  ) throws(MessageError) -> [UInt8] {
    let context = TemplateContext(time: now, externalURL: words.externalURL) { _ in [] }
    let text: String
    do throws(TemplateError) {
      text = try template.expanded(root: MessageData.root(words), in: context)
    } catch {
      throw MessageError(description: "cannot fill the template: \(error)")
    }
    let body = Array(text.utf8)
    if isJSON, !MessageData.isJSON(body) {
      throw MessageError(description: "cannot fill the template: what it gives is not JSON")
    }
    return body
  }
}

/// What a message's template may ask for.
enum MessageData {
  static func root(_ words: MessageWords) -> TemplateValue {
    let notification = words.notification
    let status = notification.isFiring ? "firing" : "resolved"
    return .map([
      "Receiver": .string(notification.receiver), "Status": .string(status),
      "Reason": .string(notification.reason.rawValue), "Key": .string(notification.key),
      "GroupKey": .string(notification.groupKey),
      "GroupID": .string(AlertIdentity.group(notification.groupKey)),
      "GroupLabels": .labels(notification.groupLabels.dictionary),
      "CommonLabels": .labels(dictionary(words.commonLabels)),
      "CommonAnnotations": .labels(dictionary(words.commonAnnotations)),
      "ExternalURL": .string(words.externalURL), "Title": .string(words.title(200)),
      "Text": .string(text(words)), "Severity": .string(words.severity.name),
      "Time": .string(MessageUnits.rfc3339(notification.time)),
      "AcknowledgedBy": .string(notification.acknowledgedBy ?? ""),
      "Alerts": .list(notification.alerts.map(alert)),
      "TruncatedAlerts": .int(Int64(notification.omitted)),
      "NumFiring": .int(Int64(words.firingCount)),
    ])
  }

  /// The words of mails: a block of lines for each alert.
  private static func text(_ words: MessageWords) -> String {
    let (told, more) = words.alerts(20)
    var blocks = told.map { $0.plain.joined(separator: "\n") }
    if more > 0 { blocks.append("and \(more) more") }
    return blocks.joined(separator: "\n\n")
  }

  private static func alert(_ alert: NotifiedAlert) -> TemplateValue {
    let cause = alert.cause
    let part = cause?.part
    func number(_ value: Double?) -> TemplateValue { value.map { .float($0) } ?? .none }
    return .map([
      "Status": .string(alert.endsAt == nil ? "firing" : "resolved"),
      "Labels": .labels(alert.labels.dictionary),
      "Annotations": .labels(dictionary(alert.annotations)),
      "StartsAt": .string(MessageUnits.rfc3339(alert.startsAt)),
      "EndsAt": .string(alert.endsAt.map(MessageUnits.rfc3339) ?? ""),
      "Value": .string(alert.value), "GeneratorURL": .string(alert.generatorURL),
      "Fingerprint": .string(AlertIdentity.fingerprint(alert.labels)),
      "Now": number(cause?.now), "Usual": number(cause?.usual),
      "Coverage": number(cause?.coverage), "Dimension": .string(part?.dimension ?? ""),
      "DimensionValue": .string(part?.value ?? ""), "Share": number(part?.share),
      "TraceIDs": .list((cause?.traceIDs ?? []).map { .string($0) }),
      "Sparkline": .string(cause?.sparkline ?? ""),
    ])
  }

  private static func dictionary(_ labels: [Label]) -> [String: String] {
    Dictionary(labels.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// Whether `bytes` are one JSON value and nothing more.
  static func isJSON(_ bytes: [UInt8]) -> Bool {
    let slab = ByteSlab(capacity: bytes.count + 1)
    slab.append(bytes)
    // unsafe because the view is used only here, while the slab stays as it is.
    let view = unsafe ByteView(slab)
    var scanner = JSONScanner(view, from: 0, to: view.count)
    do throws(JSONError) {
      scanner.skipSpace()
      try scanner.skipValue(depth: 0, limit: 64)
      scanner.skipSpace()
      return scanner.index == scanner.end
    } catch {
      return false
    }
  }
}
