import Alerts
import Codec
import TestSupport
import Testing

@Suite struct MessageTemplateTests {
  private static func body(_ template: String, _ notification: Notification) throws -> String {
    var webhook = WebhookSettings(url: Secret("https://tickets.example.test/"))
    webhook.template = try Template(message: template)
    let settings = ReceiverSettings(name: "tickets", kind: .webhook(webhook))
    let message = try MessageScene.rendering(settings).message(notification, at: 0)
    guard case .request(let request)? = message else { return "" }
    return String(decoding: request.body, as: UTF8.self)
  }

  @Test(arguments: ["jira", "servicenow", "jira-comment"], MessageScene.states.map(\.name))
  func `the documented templates make JSON of every state`(name: String, state: String) throws {
    let template = String(
      decoding: Fixtures.bytes("notifications/templates/\(name).tmpl"), as: UTF8.self)
    let scene = try #require(MessageScene.states.first { $0.name == state })
    // What is not told of an acknowledgement has no body.
    let body = try Self.body(template, scene.notification)
    guard scene.notification.reason != .acknowledged else {
      #expect(body.isEmpty)
      return
    }
    let golden = "notifications/template-\(name)-\(state).json"
    let known = Fixtures.golden(golden, Array(body.utf8))
    #expect(body == String(decoding: known, as: UTF8.self), "\(golden)")
    #expect(try ConfigReader.read(Array(body.utf8)).count == 1)
  }

  @Test func `a template reaches what alerts hold`() throws {
    let template = """
      {"s": {{ .Status | toJson }}, "n": {{ len .Alerts }}, "l": {{ toJson .CommonLabels }},
       "a": [{{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ toJson $a.Labels.model }}\
      {{ end }}],
       "f": {{ (index .Alerts 0).Now }}, "t": {{ toJson (index .Alerts 0).TraceIDs }},
       "none": {{ toJson (index .Alerts 1).Now }}, "more": {{ .TruncatedAlerts }}}
      """
    let several = try #require(MessageScene.states.first { $0.name == "several" })
    #expect(
      try Self.body(template, several.notification) == """
        {"s": "firing", "n": 3, "l": {"alertname":"ErrorRate","severity":"critical"},
         "a": ["gpt-4o", "claude", "old"],
         "f": 0.1234, "t": ["4bf92f3577b34da6a3ce929d0e0e4736","00f067aa0ba902b700f067aa0ba902b7"],
         "none": null, "more": 7}
        """)
  }

  @Test func `what is no JSON is not sent`() {
    #expect(throws: MessageError.self) {
      try Self.body("{{ .Title }}", MessageScene.notification())
    }
  }

  @Test func `mistakes have their place`() {
    #expect(throws: TemplateError.self) { try Template(message: "{{ .Title | nothing }}") }
    #expect(throws: TemplateError.self) { try Template(message: "{{ $labels.x }}") }
  }

  @Test func `rules do not know the functions of messages, as with Prometheus`() {
    #expect(throws: TemplateError.self) { try Template("{{ toJson 1 }}") }
  }

  @Test func `signatures are those of the documented vectors`() {
    let body = Array("{\"alert\":\"error_rate_high\",\"state\":\"firing\"}".utf8)
    #expect(
      WebhookSignature.text(of: body, at: 1_795_228_180, key: Secret("test-secret"))
        == "v1=45ae0f2b3cf69913fc611d7d2e1788df61f58ed77fc1466f32ebf8c2bf8ff854")
    #expect(
      WebhookSignature.text(of: Array("{}".utf8), at: 1_795_228_180, key: Secret("k"))
        == "v1=7f17ecb28e31dfa98fc849d73daa3c061a8c04f37026e962326e566865734a00")
  }
}
