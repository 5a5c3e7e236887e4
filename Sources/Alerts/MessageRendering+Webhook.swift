package import Codec
internal import PromQL

/// Alertmanager's webhook body, version 4, or what a template makes of the same data.
extension MessageRendering {
  func webhook(
    _ words: MessageWords, _ webhook: WebhookSettings, at now: Int64
  ) throws(MessageError) -> MessageRequest {
    let body: [UInt8]
    if let template = webhook.template {
      body = try Self.filled(template, words, at: now, isJSON: webhook.contentType.isJSON)
    } else {
      body = Self.webhookBody(words)
    }
    var own = [
      ReceiverSettings.Header(name: "X-Webhook-Id", value: Secret(words.notification.key))
    ]
    if let secret = webhook.secret {
      let seconds = now / 1_000
      own += [
        ReceiverSettings.Header(name: "X-Webhook-Timestamp", value: Secret("\(seconds)")),
        ReceiverSettings.Header(
          name: "X-Webhook-Signature",
          value: Secret(WebhookSignature.text(of: body, at: seconds, key: secret))),
      ]
    }
    if let name = webhook.username, let password = webhook.password {
      var text = Array("Basic ".utf8)
      Base64.encode(Array("\(name):\(password.revealed)".utf8), into: &text)
      let value = Secret(String(decoding: text, as: UTF8.self))
      own.append(ReceiverSettings.Header(name: "Authorization", value: value))
    }
    return request(to: webhook.url, type: webhook.contentType, own: own, body: body)
  }

  static func webhookBody(_ words: MessageWords) -> [UInt8] {
    let notification = words.notification
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("receiver", notification.receiver)
    writer.member("status", notification.isFiring ? "firing" : "resolved")
    writer.key("alerts")
    writer.beginArray()
    for alert in notification.alerts { write(alert, to: &writer) }
    writer.endArray()
    writer.key("groupLabels")
    writer.labels(notification.groupLabels.entries)
    writer.key("commonLabels")
    writer.labels(words.commonLabels)
    writer.key("commonAnnotations")
    writer.labels(words.commonAnnotations)
    writer.member("externalURL", words.externalURL)
    writer.member("version", "4")
    writer.member("groupKey", notification.groupKey)
    writer.key("truncatedAlerts")
    writer.value(notification.omitted)
    writer.member("reason", notification.reason.rawValue)
    writer.member("title", words.title(200))
    writer.endObject()
    return writer.bytes
  }

  private static func write(_ alert: NotifiedAlert, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("status", alert.endsAt == nil ? "firing" : "resolved")
    writer.key("labels")
    writer.labels(alert.labels.entries)
    writer.key("annotations")
    writer.labels(alert.annotations)
    writer.member("startsAt", MessageUnits.rfc3339(alert.startsAt))
    writer.member("endsAt", alert.endsAt.map(MessageUnits.rfc3339) ?? "0001-01-01T00:00:00Z")
    writer.member("generatorURL", alert.generatorURL)
    writer.member("fingerprint", AlertIdentity.fingerprint(alert.labels))
    writer.member("value", alert.value)
    if let cause = alert.cause {
      writer.key("cause")
      write(cause, to: &writer)
    }
    writer.endObject()
  }

  static func write(_ cause: AlertCause, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("part")
    if let part = cause.part {
      writer.beginObject()
      writer.member("dimension", part.dimension)
      writer.member("value", part.value)
      writer.key("share")
      writer.value(part.share)
      writer.endObject()
    } else {
      writer.null()
    }
    let numbers: [(StaticString, Double?)] = [
      ("now", cause.now), ("usual", cause.usual), ("coverage", cause.coverage),
    ]
    for (name, number) in numbers {
      writer.key(name)
      if let number { writer.value(number) } else { writer.null() }
    }
    writer.key("trace_ids")
    writer.beginArray()
    for trace in cause.traceIDs.prefix(5) { writer.value(trace) }
    writer.endArray()
    writer.member("sparkline", cause.sparkline)
    writer.endObject()
  }
}

/// The signature of a body, which proves who sent it and when.
package enum WebhookSignature {
  /// `v1=` and the HMAC-SHA-256 of the Unix time, a point, and the body, in hex.
  package static func text(of body: [UInt8], at seconds: Int64, key: Secret) -> String {
    var code = HMACSHA256(key: Array(key.revealed.utf8))
    code.update(Array("\(seconds).".utf8))
    code.update(body)
    return "v1=" + String(decoding: Hex.encode(code.finalize()), as: UTF8.self)
  }
}

extension String {
  /// Whether a body of this media type is JSON.
  fileprivate var isJSON: Bool {
    let type = prefix { $0 != ";" }.lowercased()
    return type == "application/json" || type.hasSuffix("+json")
  }
}
