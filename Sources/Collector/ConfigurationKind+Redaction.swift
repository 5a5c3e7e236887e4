internal import Codec

extension ConfigurationKind<Configuration.TenantRedaction> {
  private static let shape = "{tenant, ip, phone, patterns, fields, payloads}"

  static let tenantRedaction = ConfigurationKind(
    name: shape, expected: shape, read: readTenant, show: showTenant)

  private static let flag = ConfigurationKind<Bool>.flag
  private static let patterns = ConfigurationKind<[Configuration.RedactionPattern]>.list(
    of: .redactionPattern)
  private static let fields = ConfigurationKind<[String]>.list(
    of: .text("name", "the name of a field"))
  private static let payloads = ConfigurationKind<Configuration.Payloads>.choice

  @Sendable
  private static func readTenant(
    _ node: ConfigNode
  ) throws(ConfigurationMismatch) -> Configuration.TenantRedaction {
    guard case .mapping(let pairs) = node.value, let name = node["tenant"]?.text, !name.isEmpty
    else { throw ConfigurationMismatch(node: node, expected: shape) }
    var tenant = Configuration.TenantRedaction(tenant: name)
    for pair in pairs {
      switch pair.key.text {
      case "tenant": break
      case "ip": tenant.ip = try flag.read(pair.value)
      case "phone": tenant.phone = try flag.read(pair.value)
      case "patterns": tenant.patterns = try patterns.read(pair.value)
      case "fields": tenant.fields = try fields.read(pair.value)
      case "payloads": tenant.payloads = try payloads.read(pair.value)
      default: throw ConfigurationMismatch(node: pair.key, expected: shape)
      }
    }
    return tenant
  }

  @Sendable
  private static func showTenant(_ tenant: Configuration.TenantRedaction) -> ConfigurationValue {
    var members: [(key: String, value: ConfigurationValue)] = [("tenant", .text(tenant.tenant))]
    if tenant.ip { members.append(("ip", flag.show(true))) }
    if tenant.phone { members.append(("phone", flag.show(true))) }
    if !tenant.patterns.isEmpty { members.append(("patterns", patterns.show(tenant.patterns))) }
    if !tenant.fields.isEmpty { members.append(("fields", fields.show(tenant.fields))) }
    if let kept = tenant.payloads { members.append(("payloads", payloads.show(kept))) }
    return .record(members)
  }
}
