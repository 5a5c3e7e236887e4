internal import Codec
internal import LinuxIO

extension ConfigurationKind<String> {
  /// A text that may be empty, which is the same as not given.
  static func textOrNothing(_ name: String, _ expected: String) -> ConfigurationKind {
    ConfigurationKind(
      scalar: name, expected, show: { .text($0) },
      parse: { $0.scalar == .null ? nil : $0.text })
  }
}

extension ConfigurationKind<AddressRange> {
  static let addressRange = ConfigurationKind(
    scalar: "CIDR", "addresses such as 10.0.0.0/8, fd00::/8 or 192.0.2.7",
    show: { .text($0.description) }, parse: { $0.text.flatMap { AddressRange($0) } })
}

extension ConfigurationKind<Configuration.RouteLimit> {
  private static let shape = "{route, requests_per_s}"

  static let routeLimit = ConfigurationKind(
    name: shape, expected: shape,
    read: { node throws(ConfigurationMismatch) in
      let record = try ConfigurationRecord(node, shape, keys: ["route", "requests_per_s"])
      let route = try record.required(
        "route", .text("route", "a method and a path such as POST /v1/sql"))
      let requests = try record.required(
        "requests_per_s", ConfigurationKind<Int>.count(1...1_000_000_000))
      guard route.split(separator: " ").count == 2, route.contains(" /") else {
        throw ConfigurationMismatch(
          node: node, expected: "a method and a path such as POST /v1/sql")
      }
      return Configuration.RouteLimit(route: route, requests: requests)
    },
    show: { limit in
      .record([("route", .text(limit.route)), ("requests_per_s", .number(limit.requests))])
    })
}
