package import Codec

/// Where messages go and how: one entry of the configuration's `receivers`, checked.
package struct ReceiverSettings: Equatable, Sendable {
  /// What routes call it.
  package var name: String
  package var kind: ReceiverKind
  /// Whether it is told that alerts are over.
  package var sendsResolved = true
  /// Header lines added to requests; those of a kind's own that have the same name give way.
  package var headers: [Header] = []
  /// Milliseconds one try may take: 10 s, with mail servers, which are slow by design, 30 s.
  package var timeoutMilliseconds: Int64
  /// A file of certificates to trust in place of the system's; empty for those.
  package var authorityFile = ""
  /// Tries, and milliseconds since the first of them, after which a message is given up.
  package var tries = 20
  package var patienceMilliseconds: Int64 = 900_000
  /// Messages that may wait; the oldest goes when there is one more.
  package var queueLimit = 1_000

  /// A header line; its value may be a password.
  package struct Header: Equatable, Sendable {
    package let name: String
    package var value: Secret

    /// A header of a name that is a token; the value must not hold line ends.
    package init(name: String, value: Secret) {
      (self.name, self.value) = (name, value)
    }
  }

  /// A receiver with everything else at its default.
  package init(name: String, kind: ReceiverKind) {
    (self.name, self.kind) = (name, kind)
    if case .mail = kind { timeoutMilliseconds = 30_000 } else { timeoutMilliseconds = 10_000 }
  }
}

/// What kind of service a receiver is, with what only that kind has.
package enum ReceiverKind: Equatable, Sendable {
  case webhook(WebhookSettings)
  case slack(SlackSettings)
  case pagerDuty(PagerDutySettings)
  case mail(MailSettings)
  case alertmanager(AlertmanagerSettings)
  case opsgenie(OpsgenieSettings)
  case teams(url: Secret)
  /// The collector's own log.
  case log

  /// The word the configuration and metrics have for it.
  package var name: String {
    switch self {
    case .webhook: "webhook"
    case .slack: "slack"
    case .pagerDuty: "pagerduty"
    case .mail: "email"
    case .alertmanager: "alertmanager"
    case .opsgenie: "opsgenie"
    case .teams: "teams"
    case .log: "log"
    }
  }

  /// Whether the service keeps track of who has taken an alert.
  package var tracksAcknowledgements: Bool {
    switch self {
    case .pagerDuty, .opsgenie: true
    default: false
    }
  }

  /// Milliseconds that the service wants between two messages.
  package var gapMilliseconds: Int64 {
    switch self {
    case .slack: 1_000
    case .teams: 250
    default: 0
    }
  }
}

/// A service of one's own.
package struct WebhookSettings: Equatable, Sendable {
  package var url: Secret
  /// The key that requests are signed with; nil for no signature.
  package var secret: Secret?
  package var username: String?
  package var password: Secret?
  /// The body, where it is not Alertmanager's.
  package var template: Template?
  package var contentType = "application/json"

  /// A webhook with Alertmanager's body and without signature.
  package init(url: Secret) { self.url = url }
}

/// A Slack incoming webhook.
package struct SlackSettings: Equatable, Sendable {
  package var url: Secret
  /// What only old webhooks heed; empty for what the webhook is made for.
  package var channel = ""
  package var username = ""

  /// The webhook's URL.
  package init(url: Secret) { self.url = url }
}

/// A PagerDuty service with an integration of Events API v2.
package struct PagerDutySettings: Equatable, Sendable {
  package var routingKey: Secret
  package var url = Secret("https://events.pagerduty.com/v2/enqueue")

  /// The integration's key.
  package init(routingKey: Secret) { self.routingKey = routingKey }
}

/// A mail server and those it brings messages to.
package struct MailSettings: Equatable, Sendable {
  /// When the connection is encrypted.
  package enum Encryption: String, CaseIterable, Sendable {
    /// After a command; a server that does not know it gets no mail.
    case starttls
    /// From its first byte.
    case tls
    case none
  }

  /// The server's name or address.
  package var host: String
  /// The server's port.
  package var port: UInt16
  /// When the connection is encrypted.
  package var encryption: Encryption
  /// The sender.
  package var from: MailAddress
  /// The recipients; at least one.
  package var to: [MailAddress]
  /// What the collector calls itself.
  package var hello = "localhost"
  package var username: String?
  package var password: Secret?

  /// A server and the addresses of a message; port 465 is encrypted from its first byte on, others
  /// after STARTTLS.
  package init(host: String, port: UInt16, from: MailAddress, to: [MailAddress]) {
    precondition(!to.isEmpty, "a message has a recipient")
    (self.host, self.port, self.from, self.to) = (host, port, from, to)
    encryption = port == 465 ? .tls : .starttls
  }
}

/// An Alertmanager.
package struct AlertmanagerSettings: Equatable, Sendable {
  /// `http://HOST:9093`, with the prefix it is served under.
  package var url: Secret
  /// How long a firing alert is valid there without another word; longer than it takes until it is
  /// repeated, or it ends there too early.
  package var validMilliseconds: Int64 = 5 * 3_600_000

  /// The address without `/api/v2/alerts`.
  package init(url: Secret) { self.url = url }
}

/// An Opsgenie integration of its REST API.
package struct OpsgenieSettings: Equatable, Sendable {
  package var key: Secret
  package var url = Secret("https://api.opsgenie.com")

  /// The integration's key.
  package init(key: Secret) { self.key = key }
}
