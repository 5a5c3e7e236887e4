internal import Alerts
internal import Codec
internal import Outbound

/// What only one kind of receiver has.
extension ReceiverType {
  func read(_ record: ConfigurationRecord) throws(ConfigurationMismatch) -> ReceiverKind {
    switch self {
    case .webhook: return .webhook(try Self.webhook(record))
    case .slack:
      var slack = SlackSettings(url: try Self.url(record))
      slack.channel = try Self.text("channel", record) ?? ""
      slack.username = try Self.text("username", record) ?? ""
      return .slack(slack)
    case .pagerduty:
      let key = try record.required("routing_key", .secret("the key of an integration"))
      var pagerDuty = PagerDutySettings(routingKey: key)
      if record["url"] != nil { pagerDuty.url = try Self.url(record) }
      return .pagerDuty(pagerDuty)
    case .email: return .mail(try Self.mail(record))
    case .alertmanager:
      var manager = AlertmanagerSettings(url: try Self.url(record))
      let kind = ConfigurationKind<Duration>.duration(.seconds(60)...(.seconds(30 * 86_400)))
      if let time = try record.value("valid_for", kind) {
        manager.validMilliseconds = time.components.seconds * 1_000
      }
      return .alertmanager(manager)
    case .opsgenie:
      let key = try record.required("api_key", .secret("the key of an integration"))
      var opsgenie = OpsgenieSettings(key: key)
      if record["url"] != nil { opsgenie.url = try Self.url(record) }
      return .opsgenie(opsgenie)
    case .teams: return .teams(url: try Self.url(record))
    case .log: return .log
    }
  }

  private static func webhook(
    _ record: ConfigurationRecord
  ) throws(ConfigurationMismatch) -> WebhookSettings {
    var webhook = WebhookSettings(url: try url(record))
    webhook.secret = try record.value("secret", .secret("a key to sign with"))
    webhook.username = try text("username", record)
    webhook.password = try record.value("password", .secret("a password"))
    if let node = record["password"] ?? record["username"],
      (webhook.username == nil) != (webhook.password == nil)
    {
      throw ConfigurationMismatch(node: node, expected: "'username' and 'password' together")
    }
    if let type = try text("content_type", record) { webhook.contentType = type }
    if let node = record["template"] { webhook.template = try template(node) }
    return webhook
  }

  private static func template(_ node: ConfigNode) throws(ConfigurationMismatch) -> Template {
    guard node.scalar != .null, let text = node.text else {
      throw ConfigurationMismatch(node: node, expected: "a template")
    }
    do throws(TemplateError) {
      return try Template(message: text)
    } catch {
      throw ConfigurationMismatch(
        node: node, expected: "a template that can be read (\(error.description))")
    }
  }

  private static func mail(
    _ record: ConfigurationRecord
  ) throws(ConfigurationMismatch) -> MailSettings {
    let server = try record.required("server", "HOST:PORT")
    guard case .network(let host, let port)? = server.text.flatMap({ ConfigurationAddress($0) }),
      port > 0
    else { throw ConfigurationMismatch(node: server, expected: "HOST:PORT") }
    let from = try address(try record.required("from", "an address"))
    let list = try record.required("to", "a list of addresses")
    var nodes = [list]
    if case .sequence(let several) = list.value { nodes = several }
    guard !nodes.isEmpty else {
      throw ConfigurationMismatch(node: list, expected: "at least one address")
    }
    let to = try nodes.map { node throws(ConfigurationMismatch) in try address(node) }
    var mail = MailSettings(host: host, port: port, from: from, to: to)
    if let encryption = try record.value(
      "encryption", ConfigurationKind<MailSettings.Encryption>.choice)
    {
      mail.encryption = encryption
    }
    if let hello = try text("hello", record) { mail.hello = hello }
    mail.username = try text("username", record)
    mail.password = try record.value("password", .secret("a password"))
    try checkLogin(mail, record)
    return mail
  }

  private static func checkLogin(
    _ mail: MailSettings, _ record: ConfigurationRecord
  ) throws(ConfigurationMismatch) {
    guard let node = record["password"] ?? record["username"] else { return }
    guard mail.username != nil, mail.password != nil else {
      throw ConfigurationMismatch(node: node, expected: "'username' and 'password' together")
    }
    let isLocal = ConfigurationAddress.network(host: mail.host, port: mail.port).isLocal
    guard mail.encryption != .none || isLocal else {
      throw ConfigurationMismatch(
        node: node, expected: "no password where 'encryption' is none, unless on this machine")
    }
  }

  private static func address(_ node: ConfigNode) throws(ConfigurationMismatch) -> MailAddress {
    guard let address = node.text.flatMap({ MailAddress($0) }) else {
      throw ConfigurationMismatch(
        node: node, expected: "an address, ops@example.org or Ops <ops@example.org>")
    }
    return address
  }

  /// A text on one line.
  private static func text(
    _ key: String, _ record: ConfigurationRecord
  ) throws(ConfigurationMismatch) -> String? {
    let kind = ConfigurationKind<String>.text("text", "a text on one line")
    guard let node = record[key], let text = try record.value(key, kind) else { return nil }
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw ConfigurationMismatch(node: node, expected: "a text on one line")
    }
    return text
  }

  private static func url(_ record: ConfigurationRecord) throws(ConfigurationMismatch) -> Secret {
    let kind = ConfigurationKind<Secret>.secret("a URL that begins with http:// or https://")
    let url = try record.required("url", kind)
    if url.isKnown, OutboundURL(url.revealed) == nil, let node = record["url"] {
      throw ConfigurationMismatch(node: node, expected: kind.expected)
    }
    return url
  }
}
