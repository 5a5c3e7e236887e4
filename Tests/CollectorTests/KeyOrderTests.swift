import Collector
import Testing

/// What a key may be, and how the file keeps it.
@Suite struct KeyOrderTests {
  private static func order(
    name: String = "grafana", roles: [String] = ["read"], tenant: String? = nil,
    events: String? = nil, expires: String? = nil
  ) throws -> KeyOrder {
    try KeyOrder(
      name: name, roles: roles, tenant: tenant, events: events, requests: nil, expires: expires,
      now: 1_000_000_000)
  }

  @Test(
    "what cannot be a key is refused",
    arguments: [
      ("", ["read"], nil, nil, nil), ("a b", ["read"], nil, nil, nil),
      ("grafana", [], nil, nil, nil), ("grafana", ["root"], nil, nil, nil),
      ("grafana", ["open"], nil, nil, nil), ("grafana", ["admin"], "acme", nil, nil),
      ("grafana", ["read"], "a@b.example", nil, nil), ("grafana", ["read"], "other", nil, nil),
      ("grafana", ["read"], nil, "0", nil), ("grafana", ["read"], nil, "many", nil),
      ("grafana", ["read"], nil, nil, "1970-01-01T00:00:00Z"),
      ("grafana", ["read"], nil, nil, "soon"),
    ] as [(String, [String], String?, String?, String?)])
  func refused(
    name: String, roles: [String], tenant: String?, events: String?, expires: String?
  ) {
    #expect(throws: KeyOrder.Refusal.self) {
      try Self.order(name: name, roles: roles, tenant: tenant, events: events, expires: expires)
    }
  }

  @Test func `a length and a time say when a key ends`() throws {
    #expect(try Self.order(expires: "90d").expires == 1_000_000_000 + 90 * 86_400_000_000_000)
    #expect(try Self.order(expires: "1970-01-01T00:00:02Z").expires == 2_000_000_000)
    #expect(try Self.order().expires == nil)
  }
}
