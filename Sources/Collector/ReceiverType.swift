internal import Alerts
internal import Codec
internal import Outbound

/// The word under `type`, with the keys each kind of receiver has and how they are read.
package enum ReceiverType: String, CaseIterable, Sendable {
  /// In the order of the documentation.
  case webhook, slack, pagerduty, email, alertmanager, opsgenie, teams, log

  /// A key and what it means.
  package struct Key: Equatable, Sendable {
    package let name: String
    /// What it accepts.
    package let type: String
    /// Its default as text; empty where it must be given or stands for nothing.
    package let defaultText: String
    package let help: String

    init(_ name: String, _ type: String, _ defaultText: String = "", _ help: String) {
      (self.name, self.type, self.defaultText, self.help) = (name, type, defaultText, help)
    }
  }

  /// Keys of every receiver.
  package static let common = [
    Key("name", "name", "", "what routes call it"),
    Key("type", "word", "", "the kind of service"),
    Key("send_resolved", "true or false", "true", "whether it is told that alerts are over"),
    Key("max_tries", "number", "20", "tries after which a message is given up"),
    Key("give_up_after", "duration", "15m", "time since the first try after which it is given up"),
    Key("queue", "number", "1000", "messages that may wait; with one more the oldest is dropped"),
  ]

  private static let authority = Key(
    "ca_file", "path", "", "certificates to trust in place of the system's")

  private static let web = [
    Key("timeout", "duration", "10s", "how long one try may take"), authority,
    Key("headers", "mapping of secrets", "", "header lines added to requests"),
  ]

  /// Keys of this kind besides the common ones.
  package var own: [Key] {
    switch self {
    case .webhook:
      [
        Key("url", "secret", "", "where it is sent"),
        Key("secret", "secret", "", "the key that requests are signed with"),
        Key("username", "text", "", "the user of basic authentication"),
        Key("password", "secret", "", "that user's password"),
        Key("template", "text", "", "the body in place of Alertmanager's"),
        Key("content_type", "text", "application/json", "the media type of the template's text"),
      ] + Self.web
    case .slack:
      [
        Key("url", "secret", "", "the incoming webhook's URL"),
        Key("channel", "text", "", "the channel, which only old webhooks heed"),
        Key("username", "text", "", "the sender shown, which only old webhooks heed"),
      ] + Self.web
    case .pagerduty:
      [
        Key("routing_key", "secret", "", "the key of an Events API v2 integration"),
        Key("url", "secret", "https://events.pagerduty.com/v2/enqueue", "where it is sent"),
      ] + Self.web
    case .email: Self.mail
    case .alertmanager:
      [
        Key("url", "secret", "", "the Alertmanager's address, without /api/v2/alerts"),
        Key(
          "valid_for", "duration", "5h",
          "how long an alert is valid there without another message; longer than repeat_interval"),
      ] + Self.web
    case .opsgenie:
      [
        Key("api_key", "secret", "", "the key of an API integration"),
        Key("url", "secret", "https://api.opsgenie.com", "the API's address"),
      ] + Self.web
    case .teams: [Key("url", "secret", "", "the URL of a workflow's trigger")] + Self.web
    case .log: []
    }
  }

  private static let mail = [
    Key("server", "HOST:PORT", "", "the mail server"),
    Key("from", "address", "", "the sender, as ADDRESS or NAME <ADDRESS>"),
    Key("to", "list of address", "", "the recipients"),
    Key(
      "encryption", "starttls|tls|none", "starttls, at port 465 tls",
      "when the connection is encrypted; with the first two there is no mail without"),
    Key("username", "text", "", "the user of the mail server"),
    Key("password", "secret", "", "that user's password; sent over encrypted connections only"),
    Key("hello", "name", "localhost", "what the collector calls itself"),
    Key("timeout", "duration", "30s", "how long one try may take"), authority,
  ]

  /// The names of all keys.
  package var keys: [String] { (Self.common + own).map(\.name) }
}

/// The tables of the documentation.
extension ReceiverType {
  /// Keys of every receiver as a table in Markdown.
  package static var commonMarkdown: String { markdown(common) }

  /// Keys of this kind as a table in Markdown; empty where it has none.
  package var markdown: String { own.isEmpty ? "" : Self.markdown(own) }

  private static func markdown(_ keys: [Key]) -> String {
    "| key | accepts | default | meaning |\n|---|---|---|---|\n"
      + keys.map { key in
        let type = key.type.replacing("|", with: "\\|")
        let text = key.defaultText.isEmpty ? "" : "`\(key.defaultText)`"
        return "| `\(key.name)` | \(type) | \(text) | \(key.help) |\n"
      }.joined()
  }
}
