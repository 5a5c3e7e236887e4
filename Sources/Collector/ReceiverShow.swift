internal import Alerts
internal import Codec

/// Receivers as `config print` shows them: as they could stand in the file, but for secrets, of
/// which only the end is told.
enum ReceiverShow {
  @Sendable
  static func value(_ settings: ReceiverSettings) -> ConfigurationValue {
    var members: [(key: String, value: ConfigurationValue)] = [
      ("name", .text(settings.name)), ("type", .text(settings.kind.name)),
    ]
    members += own(settings.kind)
    let plain = ReceiverSettings(name: settings.name, kind: settings.kind)
    if settings.sendsResolved != plain.sendsResolved {
      members.append(("send_resolved", .flag(settings.sendsResolved)))
    }
    if settings.tries != plain.tries { members.append(("max_tries", .number(settings.tries))) }
    if settings.patienceMilliseconds != plain.patienceMilliseconds {
      members.append(("give_up_after", duration(settings.patienceMilliseconds)))
    }
    if settings.queueLimit != plain.queueLimit {
      members.append(("queue", .number(settings.queueLimit)))
    }
    if settings.timeoutMilliseconds != plain.timeoutMilliseconds {
      members.append(("timeout", duration(settings.timeoutMilliseconds)))
    }
    if !settings.authorityFile.isEmpty {
      members.append(("ca_file", .text(settings.authorityFile)))
    }
    if !settings.headers.isEmpty {
      let headers = settings.headers.map { (key: $0.name, value: secret($0.value)) }
      members.append(("headers", .record(headers)))
    }
    return .record(members)
  }

  private static func own(
    _ kind: ReceiverKind
  ) -> [(key: String, value: ConfigurationValue)] {
    switch kind {
    case .webhook(let webhook):
      var members = [("url", secret(webhook.url))]
      if let key = webhook.secret { members.append(("secret", secret(key))) }
      if let name = webhook.username { members.append(("username", .text(name))) }
      if let password = webhook.password { members.append(("password", secret(password))) }
      if let template = webhook.template { members.append(("template", .text(template.source))) }
      if webhook.contentType != "application/json" {
        members.append(("content_type", .text(webhook.contentType)))
      }
      return members
    case .slack(let slack):
      var members = [("url", secret(slack.url))]
      if !slack.channel.isEmpty { members.append(("channel", .text(slack.channel))) }
      if !slack.username.isEmpty { members.append(("username", .text(slack.username))) }
      return members
    case .pagerDuty(let pagerDuty):
      let standard = PagerDutySettings(routingKey: pagerDuty.routingKey).url
      return [("routing_key", secret(pagerDuty.routingKey))]
        + (pagerDuty.url == standard ? [] : [("url", secret(pagerDuty.url))])
    case .mail(let mail): return self.mail(mail)
    case .alertmanager(let manager):
      return [("url", secret(manager.url)), ("valid_for", duration(manager.validMilliseconds))]
    case .opsgenie(let opsgenie):
      let standard = OpsgenieSettings(key: opsgenie.key).url
      return [("api_key", secret(opsgenie.key))]
        + (opsgenie.url == standard ? [] : [("url", secret(opsgenie.url))])
    case .teams(let url): return [("url", secret(url))]
    case .log: return []
    }
  }

  private static func mail(
    _ mail: MailSettings
  ) -> [(key: String, value: ConfigurationValue)] {
    let server = ConfigurationAddress.network(host: mail.host, port: mail.port).description
    var members: [(key: String, value: ConfigurationValue)] = [
      ("server", .text(server)), ("from", address(mail.from)), ("to", .list(mail.to.map(address))),
      ("encryption", .text(mail.encryption.rawValue)),
    ]
    if let name = mail.username { members.append(("username", .text(name))) }
    if let password = mail.password { members.append(("password", secret(password))) }
    if mail.hello != "localhost" { members.append(("hello", .text(mail.hello))) }
    return members
  }

  private static func address(_ address: MailAddress) -> ConfigurationValue {
    .text(address.name.isEmpty ? address.address : "\(address.name) <\(address.address)>")
  }

  private static func secret(_ secret: Secret) -> ConfigurationValue {
    ConfigurationKind<Secret>.secret("a secret").show(secret)
  }

  private static func duration(_ milliseconds: Int64) -> ConfigurationValue {
    .text(ConfigurationUnits.text(of: .milliseconds(milliseconds)))
  }
}
