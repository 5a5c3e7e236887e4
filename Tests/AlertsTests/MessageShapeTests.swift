import Alerts
import Codec
import PromQL
import TestSupport
import Testing

/// Our messages beside those of a real Alertmanager 0.25, made of the same alert.
@Suite struct MessageShapeTests {
  /// 2026-11-21 02:29:39.689 UTC
  private static let start: Int64 = 1_795_228_179_689

  private static let labels = Labels([
    Label("alertname", "TooManyInflight"), Label("instance", "127.0.0.1:38901"),
    Label("job", "llm"), Label("region", "eu"), Label("severity", "critical"),
    Label("team", "ai"),
  ])

  private static func notification(endsAt: Int64?) -> Notification {
    let alert = NotifiedAlert(
      labels: labels,
      annotations: [
        Label("description", "on 127.0.0.1:38901"), Label("runbook_url", "http://127.0.0.1/rb"),
        Label("summary", "in flight is 7.5"),
      ],
      startsAt: start, endsAt: endsAt, value: "7.5", cause: nil,
      generatorURL: "http://vm:45739/graph?g0.expr=llm_inflight_requests+%3E+5&g0.tab=1")
    return Notification(
      key: "k", receiver: "all", reason: .state,
      groupKey: "{}:{alertname=\"TooManyInflight\", severity=\"critical\"}",
      groupLabels: Labels([
        Label("alertname", "TooManyInflight"), Label("severity", "critical"),
      ]),
      alerts: [alert], time: start + 5_000)
  }

  private static func body(_ kind: ReceiverKind, endsAt: Int64? = nil) throws -> ConfigNode {
    let rendering = MessageRendering(
      ReceiverSettings(name: "all", kind: kind), externalURL: "http://vm:45251", agent: "test")
    let message = try rendering.message(
      notification(endsAt: endsAt), at: start + 6_000)
    guard case .request(let request)? = message else { return try Self.node(Array("null".utf8)) }
    return try node(request.body)
  }

  private static func node(_ bytes: [UInt8]) throws -> ConfigNode {
    try #require(try ConfigReader.read(bytes).first)
  }

  private static func captured(_ name: String) throws -> ConfigNode {
    try node(Fixtures.bytes("notifications/alertmanager-0.25/\(name).json"))
  }

  private static let cases: [(String, ReceiverKind, endsAt: Int64?, lacking: [String])] = {
    var slack = SlackSettings(url: Secret("http://127.0.0.1/slack"))
    slack.channel = "#alerts"
    slack.username = "Alertmanager"
    let pagerDuty = PagerDutySettings(routingKey: Secret("R0UT1NGKEY0000000000000000000000"))
    let manager = ReceiverKind.alertmanager(
      AlertmanagerSettings(url: Secret("http://127.0.0.1:9093")))
    let end = start + 7_000
    return [
      ("08-hook", .webhook(WebhookSettings(url: Secret("http://127.0.0.1/hook"))), nil, []),
      ("07-slack-services-t0-b0-xx", .slack(slack), nil, [".attachments[0].callback_id"]),
      ("25-slack-services-t0-b0-xx", .slack(slack), end, [".attachments[0].callback_id"]),
      ("09-pd-v2-enqueue", .pagerDuty(pagerDuty), nil, []),
      ("27-pd-v2-enqueue", .pagerDuty(pagerDuty), end, []),
      ("10-og-v2-alerts", .opsgenie(OpsgenieSettings(key: Secret("ogk"))), nil, []),
      ("26-og-close", .opsgenie(OpsgenieSettings(key: Secret("ogk"))), end, []),
      ("04-api-v2-alerts", manager, nil, []),
      ("24-api-v2-alerts", manager, end, []),
    ]
  }()

  @Test(arguments: cases)
  func `fields and types are Alertmanager's`(
    name: String, kind: ReceiverKind, endsAt: Int64?, lacking: [String]
  ) throws {
    let theirs = Self.shape(try Self.captured(name))
    let ours = Self.shape(try Self.body(kind, endsAt: endsAt))
    // Of a list the first element stands for all.
    let missing = theirs.filter { ours[$0.key] != $0.value && !$0.key.contains(/\[[1-9]/) }
      .map(\.key).sorted()
    #expect(missing == lacking)
  }

  @Test func `identities are Alertmanager's`() throws {
    let hook = try Self.captured("08-hook")
    let alert = try #require(hook["alerts"]?.elements.first)
    #expect(alert["fingerprint"]?.text == AlertIdentity.fingerprint(Self.labels))
    let key = try #require(hook["groupKey"]?.text)
    let event = try Self.captured("09-pd-v2-enqueue")
    #expect(event["dedup_key"]?.text == AlertIdentity.group(key))
  }

  @Test func `values that both have are the same`() throws {
    let theirs = try Self.captured("08-hook")
    let ours = try Self.body(.webhook(WebhookSettings(url: Secret("http://127.0.0.1/"))))
    let same = [
      "receiver", "status", "groupLabels", "commonLabels", "commonAnnotations", "externalURL",
      "version", "groupKey", "truncatedAlerts",
    ]
    for key in same { #expect(Self.plain(ours[key]) == Self.plain(theirs[key]), "\(key)") }
    let (our, their) = (ours["alerts"]?.elements.first, theirs["alerts"]?.elements.first)
    for key in ["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL"] {
      #expect(Self.plain(our?[key]) == Self.plain(their?[key]), "\(key)")
    }
    let alert = try Self.captured("24-api-v2-alerts").elements.first
    let manager = AlertmanagerSettings(url: Secret("http://127.0.0.1:9093"))
    let sent = try Self.body(.alertmanager(manager), endsAt: Self.start + 7_000)
    for key in ["labels", "annotations", "startsAt", "endsAt", "generatorURL"] {
      #expect(Self.plain(sent.elements.first?[key]) == Self.plain(alert?[key]), "\(key)")
    }
  }

  /// Every path and the type that stands there.
  private static func shape(_ node: ConfigNode, at path: String = "") -> [String: String] {
    switch node.value {
    case .mapping(let pairs):
      var shape = [path: "object"]
      for pair in pairs {
        let inner = Self.shape(pair.value, at: "\(path).\(pair.key.text ?? "")")
        shape.merge(inner) { $1 }
      }
      return shape
    case .sequence(let nodes):
      var shape = [path: "array"]
      for (index, node) in nodes.enumerated() {
        shape.merge(Self.shape(node, at: "\(path)[\(index)]")) { $1 }
      }
      return shape
    default:
      switch node.scalar {
      case .string: return [path: "string"]
      case .int, .double: return [path: "number"]
      case .bool: return [path: "flag"]
      default: return [path: "null"]
      }
    }
  }

  /// A value without places, members by name.
  private static func plain(_ node: ConfigNode?) -> String {
    guard let node else { return "nothing" }
    switch node.value {
    case .mapping(let pairs):
      let members = pairs.map { "\($0.key.text ?? ""):\(plain($0.value))" }.sorted()
      return "{\(members.joined(separator: ","))}"
    case .sequence(let nodes): return "[\(nodes.map { plain($0) }.joined(separator: ","))]"
    default: return node.text ?? "null"
    }
  }
}

extension ConfigNode {
  /// The values of a list.
  var elements: [ConfigNode] {
    if case .sequence(let nodes) = value { nodes } else { [] }
  }
}
