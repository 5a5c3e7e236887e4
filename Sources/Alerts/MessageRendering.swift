internal import Codec
package import PromQL

/// Makes of a notification what one receiver's service reads. Pure: the same notification gives the
/// same message at every attempt, but for signatures and expiry, which follow the time.
package struct MessageRendering: Sendable {
  package let settings: ReceiverSettings
  /// Where this collector is reached; empty when it is not known.
  package let externalURL: String
  /// What requests call the sender: `Barograph/0.1.0`.
  package let agent: String

  /// A rendering for one receiver, whose secrets are known.
  package init(_ settings: ReceiverSettings, externalURL: String, agent: String) {
    self.settings = settings
    self.externalURL = externalURL
    self.agent = agent
  }

  /// The message to send at `now`, in milliseconds since 1970; nil where this receiver is not told
  /// of such a thing. Throws when a template gives no text.
  package func message(
    _ notification: Notification, at now: Int64
  ) throws(MessageError) -> OutgoingMessage? {
    guard let notification = heard(notification) else { return nil }
    let words = MessageWords(notification, externalURL: externalURL)
    switch settings.kind {
    case .webhook(let webhook): return .request(try self.webhook(words, webhook, at: now))
    case .slack(let slack): return .request(self.slack(words, slack))
    case .pagerDuty(let pagerDuty): return .request(self.pagerDuty(words, pagerDuty))
    case .mail(let mail): return .mail(self.mail(words, mail))
    case .alertmanager(let manager): return .request(alertmanager(words, manager, at: now))
    case .opsgenie(let opsgenie): return .request(self.opsgenie(words, opsgenie))
    case .teams(let url): return .request(teams(words, url))
    case .log: return .line(line(words))
    }
  }

  /// What of `notification` the receiver is told; nil for nothing.
  private func heard(_ notification: Notification) -> Notification? {
    if notification.reason == .acknowledged, !settings.kind.tracksAcknowledgements { return nil }
    guard !settings.sendsResolved else { return notification }
    let firing = notification.alerts.filter { $0.endsAt == nil }
    guard !firing.isEmpty else { return nil }
    return Notification(
      key: notification.key, receiver: notification.receiver, reason: notification.reason,
      groupKey: notification.groupKey, groupLabels: notification.groupLabels, alerts: firing,
      omitted: firing.count == notification.alerts.count ? notification.omitted : 0,
      time: notification.time, acknowledgedBy: notification.acknowledgedBy)
  }

  /// A POST of `body`, with the user's headers over ours.
  func request(
    to url: Secret, type: String = "application/json", own: [ReceiverSettings.Header] = [],
    body: [UInt8], answer: MessageRequest.Answer = .status
  ) -> MessageRequest {
    let standard = [
      ReceiverSettings.Header(name: "Content-Type", value: Secret(type)),
      ReceiverSettings.Header(name: "User-Agent", value: Secret(agent)),
    ]
    let named = Set(settings.headers.map { $0.name.lowercased() })
    let headers = (standard + own).filter { !named.contains($0.name.lowercased()) }
    return MessageRequest(
      url: url, headers: headers + settings.headers, body: body, answer: answer)
  }
}

/// Why there is no message; sending it again would not help.
package struct MessageError: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String
}

/// What identifies a group at services, and alerts among each other.
package enum AlertIdentity {
  /// The group's name at services that keep track of it: the same for all its messages, also after
  /// a restart. 64 hex digits, as Alertmanager makes them.
  package static func group(_ key: String) -> String {
    String(decoding: Hex.encode(SHA256.digest(of: Array(key.utf8))), as: UTF8.self)
  }

  /// 16 hex digits over an alert's labels, those that Alertmanager shows.
  package static func fingerprint(_ labels: Labels) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    for label in labels.entries {
      label.name.utf8.forEach(add)
      add(0xFF)
      label.value.utf8.forEach(add)
      add(0xFF)
    }
    var digits: [UInt8] = []
    Hex.append(hash, to: &digits)
    return String(decoding: digits, as: UTF8.self)
  }
}

extension JSONWriter {
  /// A member with a text.
  mutating func member(_ name: StaticString, _ text: String) {
    key(name)
    value(text)
  }
}
