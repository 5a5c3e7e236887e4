internal import Codec
internal import History

extension ConfigurationKind<RetentionPolicy.Tenant> {
  private static let shape = "{tenant, events, logs, payloads}"

  static func tenantRetention(_ ages: ClosedRange<Duration>) -> ConfigurationKind {
    let age = ConfigurationKind<Duration>.duration(ages)
    return ConfigurationKind(
      name: shape, expected: shape,
      read: { node throws(ConfigurationMismatch) in
        guard case .mapping(let pairs) = node.value, let name = node["tenant"]?.text, !name.isEmpty
        else { throw ConfigurationMismatch(node: node, expected: shape) }
        var tenant = RetentionPolicy.Tenant(name)
        for pair in pairs {
          switch pair.key.text {
          case "tenant": break
          case "events": tenant.events = try age.read(pair.value).nanoseconds
          case "logs": tenant.logs = try age.read(pair.value).nanoseconds
          case "payloads": tenant.payloads = try age.read(pair.value).nanoseconds
          default: throw ConfigurationMismatch(node: pair.key, expected: shape)
          }
        }
        return tenant
      },
      show: { tenant in
        var members: [(key: String, value: ConfigurationValue)] = [
          ("tenant", .text(tenant.tenant))
        ]
        let ages = [
          ("events", tenant.events), ("logs", tenant.logs), ("payloads", tenant.payloads),
        ]
        for (name, nanoseconds) in ages {
          guard let nanoseconds else { continue }
          members.append((name, age.show(.nanoseconds(nanoseconds))))
        }
        return .record(members)
      })
  }
}
