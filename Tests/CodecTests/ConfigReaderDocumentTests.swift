import Codec
import Testing

private let ruleFile = """
  # Rules as Prometheus reads them.
  groups:
    - name: llm
      interval: 30s
      rules:
        - alert: HighErrorRate
          expr: |
            sum by (model) (rate(llm_errors_total[5m]))
              /
            sum by (model) (rate(llm_requests_total[5m])) > 0.05
          for: 5m
          labels:
            severity: critical
          annotations:
            summary: "{{ $labels.model }}: {{ $value | humanizePercentage }}"
            description: >-
              More than five per cent
              of the calls fail.
        - record: model:requests:rate5m
          expr: sum by (model) (rate(llm_requests_total{status="ok"}[5m]))
    - name: 'empty'
      rules: []

  """

private let receivers = """
  global: {resolve_timeout: 5m, smtp_smarthost: 'localhost:25'}
  route:
    group_by: [alertname, 'service']
    group_wait: 10s
    routes:
    - matchers: [ severity="critical" ]
      receiver: oncall
      continue: true
    - receiver: chat
  receivers:
  - name: oncall
    webhook_configs:
    - url: http://127.0.0.1:9/hook?a=b#c
      send_resolved: true
  - name: chat
  inhibit_rules: ~
  """

private let services = """
  version: "3.9"
  services:
    web:
      image: "registry:5000/web:1.2"
      ports: ["80:80", '443:443']
      environment:
        - KEY=value
        - EMPTY=
      command: >
        serve --listen 0.0.0.0:80
        --data /var/lib/web

      healthcheck: {test: [CMD, curl, -f, "http://localhost"], interval: 1m30s}
    db:
      image: postgres   # the store
  volumes:
    data:
  """

@Suite struct ConfigReaderDocumentTests {
  @Test func `a Prometheus rule file`() {
    #expect(
      reading(ruleFile)
        == #"{groups: [{name: llm, interval: 30s, rules: [{alert: HighErrorRate, "#
        + #"expr: "sum by (model) (rate(llm_errors_total[5m]))\n  /\n"#
        + #"sum by (model) (rate(llm_requests_total[5m])) > 0.05\n", "#
        + #"for: 5m, labels: {severity: critical}, annotations: {"#
        + #"summary: "{{ $labels.model }}: {{ $value | humanizePercentage }}", "#
        + #"description: "More than five per cent of the calls fail."}}, "#
        + #"{record: model:requests:rate5m, "#
        + #"expr: sum by (model) (rate(llm_requests_total{status="ok"}[5m]))}]}, "#
        + #"{name: "empty", rules: []}]}"#)
  }

  @Test func `an Alertmanager configuration`() {
    #expect(
      reading(receivers)
        == #"{global: {resolve_timeout: 5m, smtp_smarthost: "localhost:25"}, "#
        + #"route: {group_by: [alertname, "service"], group_wait: 10s, "#
        + #"routes: [{matchers: [severity="critical"], receiver: oncall, continue: true}, "#
        + #"{receiver: chat}]}, "#
        + #"receivers: [{name: oncall, webhook_configs: "#
        + #"[{url: http://127.0.0.1:9/hook?a=b#c, send_resolved: true}]}, {name: chat}], "#
        + #"inhibit_rules: ~}"#)
  }

  @Test func `a compose file`() {
    #expect(
      reading(services)
        == #"{version: "3.9", services: {web: {image: "registry:5000/web:1.2", "#
        + #"ports: ["80:80", "443:443"], environment: [KEY=value, EMPTY=], "#
        + #"command: "serve --listen 0.0.0.0:80 --data /var/lib/web\n", "#
        + #"healthcheck: {test: [CMD, curl, -f, "http://localhost"], interval: 1m30s}}, "#
        + #"db: {image: postgres}}, volumes: {data: ~}}"#)
  }

  @Test("a text cut anywhere is read or refused", arguments: [ruleFile, receivers, services])
  func truncation(text: String) {
    let bytes = Array(text.utf8)
    for length in 0...bytes.count { survives(Array(bytes[..<length])) }
  }

  @Test func `any byte put anywhere is read or refused`() {
    let bytes = Array("- a: [1, 'x']\n  b: |\n   y\n- \"\\u0041\": {c: d}\n".utf8)
    for index in bytes.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = bytes
        changed[index] = byte
        survives(changed)
      }
    }
  }

  @Test("random grammar is read or refused", arguments: [0x5eed as UInt64, 42, 20_261_121])
  func randomGrammar(seed: UInt64) {
    let pieces = [
      "a", "b: ", ": ", "- ", "-", "\n", "\n  ", "\n ", "\n\n", "[", "]", "{", "}", ",", "'", "\"",
      "|", ">", "|-", "|2", "#", " #", "\t", "---\n", "\n...", "\\", "\\u00", "&", "*", "!", "?",
      "? ", "<<: ", "%", "@", "//", "/*", "*/", "1.5", "~", "ü", "\u{feff}", "\r\n", "\0",
    ]
    var state = seed
    for _ in 0..<20_000 {
      var text = ""
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      for _ in 0..<(state >> 33) % 24 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int((state >> 33) % UInt64(pieces.count))]
      }
      survives(Array(text.utf8))
    }
  }

  /// Reads; an error must lie within the text.
  private func survives(_ bytes: [UInt8]) {
    do throws(ConfigSyntaxError) {
      _ = try ConfigReader.read(bytes)
    } catch {
      let lines = bytes.reduce(into: 1) { $0 += $1 == 10 || $1 == 13 ? 1 : 0 }
      #expect((1...lines).contains(error.line))
      #expect((1...(bytes.count + 1)).contains(error.column))
      #expect(!error.message.isEmpty && !error.expected.isEmpty)
    }
  }
}
