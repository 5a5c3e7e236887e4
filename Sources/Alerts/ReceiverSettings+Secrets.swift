package import Codec

extension ReceiverSettings {
  /// The same settings with every secret passed through `change`, which gets the name of its key.
  package func mappingSecrets<Failure: Error>(
    _ change: (String, Secret) throws(Failure) -> Secret
  ) throws(Failure) -> ReceiverSettings {
    var settings = self
    for index in settings.headers.indices {
      let header = settings.headers[index]
      settings.headers[index].value = try change("headers.\(header.name)", header.value)
    }
    settings.kind = try kind.mappingSecrets(change)
    return settings
  }

  /// All secrets, so that texts from elsewhere can be freed of them.
  package var secrets: [Secret] {
    var secrets: [Secret] = []
    _ = mappingSecrets { _, secret in
      secrets.append(secret)
      return secret
    }
    return secrets
  }
}

extension ReceiverKind {
  fileprivate func mappingSecrets<Failure: Error>(
    _ change: (String, Secret) throws(Failure) -> Secret
  ) throws(Failure) -> ReceiverKind {
    switch self {
    case .webhook(var settings):
      settings.url = try change("url", settings.url)
      if let secret = settings.secret { settings.secret = try change("secret", secret) }
      if let secret = settings.password { settings.password = try change("password", secret) }
      return .webhook(settings)
    case .slack(var settings):
      settings.url = try change("url", settings.url)
      return .slack(settings)
    case .pagerDuty(var settings):
      settings.routingKey = try change("routing_key", settings.routingKey)
      settings.url = try change("url", settings.url)
      return .pagerDuty(settings)
    case .mail(var settings):
      if let secret = settings.password { settings.password = try change("password", secret) }
      return .mail(settings)
    case .alertmanager(var settings):
      settings.url = try change("url", settings.url)
      return .alertmanager(settings)
    case .opsgenie(var settings):
      settings.key = try change("api_key", settings.key)
      settings.url = try change("url", settings.url)
      return .opsgenie(settings)
    case .teams(let url): return .teams(url: try change("url", url))
    case .log: return .log
    }
  }
}
