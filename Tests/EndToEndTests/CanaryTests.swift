import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// What must not be kept is kept nowhere: not in the store, not in its journal, not in the log.
@Suite struct CanaryTests {
  private static let secret = "sk-proj-Zq8Lm2Vx7Rt4Nc9Kd3Hb6Wp1Ys5Jf0Ga"
  private static let address = "canary.bird@example-mail.org"
  private static let card = "4539148803436467"
  private static let iban = "DE89370400440532013000"
  private static let badge = "EMP-4711-CANARY"
  private static let texts = [
    "service", "env", "release", "instance", "request_id", "session", "user", "tenant", "name",
    "kind", "agent", "tool", "status", "error_type", "error", "stack", "level", "message",
    "logger", "provider", "model", "response_model", "operation", "response_id", "finish_reason",
    "service_tier", "fallback_from", "breaker", "cache", "prompt", "prompt_version", "variant",
    "verdict", "input", "output", "score", "evaluator", "comment", "src", "event_id", "time",
    "trace_id", "span_id", "parent_span_id", "value", "input_tokens", "tool_calls", "timings",
    "documents", "made_up",
  ]

  private static let ids = ["trace_id", "span_id", "parent_span_id"]

  private static var escapedAddress: String {
    address.replacing("@", with: "\\u0040")
  }

  private static var lines: [String] {
    var lines: [String] = []
    for canary in [secret, address, escapedAddress, card, iban, badge] {
      let text = "see \(canary) there"
      for field in texts {
        lines.append(#"{"message":"m","\#(field)":"\#(text)"}"#)
        // Sixteen digits are a trace or span id too, and ids are never touched.
        if canary == card, Self.ids.contains(field) { continue }
        lines.append(#"{"message":"m","\#(field)":"\#(canary)"}"#)
      }
      lines += [
        #"{"message":"m","attrs":{"\#(canary)":1,"a":"\#(text)","b":{"c":["\#(text)"]}}}"#,
        #"{"message":"m","\#(canary)":"x"}"#,
        #"{"message":"m","input":[{"role":"user","content":"\#(text)"}]}"#,
        #"{"message":"m","documents":[{"id":"\#(canary)","score":1,"text":"\#(text)"}]}"#,
        #"{"message":"m","tool_calls":["\#(canary)"]}"#,
        #"{"message":"m","timings":{"\#(canary)":1}}"#,
        #"{"message":"\#(text)","level":"#,
        #"{"\#(canary)":1,"#,
        #"["\#(text)"]"#,
        text,
      ]
    }
    for field in [
      "a", "user", "session", "input_tokens", "message", "value", "seq", "attrs", "cost_usd",
      "queue_ms", "attempt",
    ] {
      lines.append(#"{"message":"m","\#(field)":\#(card)}"#)
    }
    lines.append(#"{"score":"s","value":\#(card)}"#)
    lines.append(#"{"message":"m","attrs":{"n":\#(card),"l":[\#(card)]}}"#)
    return lines
  }

  /// As in the text, and as they would look had an escape or a case been kept.
  private static var forbidden: [(name: String, bytes: [UInt8])] {
    [
      ("secret", Array(secret.utf8)), ("address", Array(address.utf8)),
      ("escaped address", Array(escapedAddress.utf8)), ("card", Array(card.utf8)),
      ("card as a number", cardWord), ("iban", Array(iban.utf8)), ("badge", Array(badge.utf8)),
      // As names of metrics and labels have them.
      ("secret as a name", Array(secret.replacing("-", with: "_").utf8)),
      ("address as a name", Array("canary_bird_example_mail_org".utf8)),
      ("badge as a name", Array("EMP_4711_CANARY".utf8)),
    ]
  }

  /// The store writes integers with the highest byte first.
  private static var cardWord: [UInt8] {
    let number = UInt64(card) ?? 0
    return (2..<8).map { UInt8(truncatingIfNeeded: number >> ((7 - UInt64($0)) * 8)) }
  }

  @Test func noCanaryIsInAnyFileOrInTheLog() throws {
    let configuration = """
      redaction: {patterns: [{name: badge, regex: "EMP-[0-9]{4}-[A-Z]+"}]}
      """
    try RunningCollector.use(configuration: configuration) { collector in
      try sendEverywhere(collector)
      try expectClean(collector, "running")
      #expect(try collector.stop() == .exit(0))
      try expectClean(collector, "stopped")
    }
  }

  private func sendEverywhere(_ collector: RunningCollector) throws {
    let lines = Self.lines
    let answer = try collector.post(lines.joined(separator: "\n"))
    #expect(answer.status == 200)
    for line in lines {
      #expect(try collector.post(line).status < 500)
      let json = [HTTPField("Content-Type", "application/json")]
      #expect(try collector.post(line, json).status < 500)
      try collector.send(datagram: Array(line.utf8))
    }
    try collector.waitForDatagramRecords(lines.count)
    try sendTelemetry(collector)
    #expect(try collector.request(.post, "/v1/rejects/replay").status == 200)
    try collector.expectBalance()
    let shown = try collector.text("/v1/rejects?limit=1000") + collector.text("/v1/sources")
    let events = try collector.text("/v1/events?limit=10000")
    let metrics = try collector.text("/metrics")
    for (name, bytes) in Self.forbidden {
      for (place, text) in [("reports", shown), ("events", events), ("metrics", metrics)] {
        let found = Self.surroundings(of: bytes, in: Array(text.utf8))
        #expect(found == nil, "\(name) in \(place): \(found ?? "")")
      }
    }
    _ = try collector.get("/v1/events?user=\(Self.secret)")
    _ = try collector.get("/\(Self.secret)")
  }

  /// What the three signals of OpenTelemetry and the heads of requests carry.
  private func sendTelemetry(_ collector: RunningCollector) throws {
    let json = [HTTPField("Content-Type", "application/json")]
    for canary in [Self.secret, Self.address, Self.card, Self.iban, Self.badge] {
      let text = #"{"stringValue":"see \#(canary)"}"#
      let attributes =
        #"[{"key":"a","value":\#(text)},{"key":"\#(canary)","value":\#(text)},"#
        + #"{"key":"user.id","value":{"stringValue":"\#(canary)"}}]"#
      let resource = #"{"attributes":\#(attributes)}"#
      let spans =
        #"[{"traceId":"\#(String(repeating: "1", count: 32))","spanId":"1111111111111111","#
        + #""name":"\#(canary)","startTimeUnixNano":"\#(Clock.wall)","#
        + #""endTimeUnixNano":"\#(Clock.wall)","attributes":\#(attributes),"#
        + #""status":{"code":2,"message":"\#(canary)"},"#
        + #""events":[{"name":"\#(canary)","attributes":\#(attributes)}]}]"#
      let points =
        #"[{"timeUnixNano":"\#(Clock.wall)","asDouble":1,"attributes":\#(attributes)}]"#
      let bodies = [
        (
          "traces",
          #"{"resourceSpans":[{"resource":\#(resource),"scopeSpans":[{"spans":\#(spans)}]}]}"#
        ),
        (
          "logs",
          #"{"resourceLogs":[{"resource":\#(resource),"scopeLogs":[{"logRecords":["#
            + #"{"body":\#(text),"attributes":\#(attributes)}]}]}]}"#
        ),
        (
          "metrics",
          #"{"resourceMetrics":[{"resource":\#(resource),"scopeMetrics":[{"metrics":["#
            + #"{"name":"\#(canary)","description":"\#(canary)","unit":"\#(canary)","#
            + #""gauge":{"dataPoints":\#(points)}}]}]}]}"#
        ),
      ]
      for (signal, body) in bodies {
        let answer = try collector.request(
          .post, "/v1/\(signal)", headers: json, body: Array(body.utf8))
        #expect(answer.status == 200, "\(signal): \(String(decoding: answer.body, as: UTF8.self))")
      }
      let heads = [
        HTTPField("Idempotency-Key", Array(canary.utf8)),
        HTTPField("X-Request-ID", Array(canary.utf8)),
        HTTPField("User-Agent", Array(canary.utf8)),
      ]
      let answer = try collector.post(#"{"message":"m"}"#, heads)
      #expect(!answer.headers.contains { $0.value.contains(canary) })
      let quoted = canary.replacing("@", with: "%40")
      #expect(
        try collector.request(
          .post, "/v1/events?service=\(quoted)&user=\(quoted)&message=\(quoted)",
          body: Array(#"{"level":"info"}"#.utf8)
        ).status == 200)
    }
    let series = try collector.text("/api/v1/series?match[]=%7B__name__=~%22.%2B%22%7D")
    for (name, bytes) in Self.forbidden {
      let found = Self.surroundings(of: bytes, in: Array(series.utf8))
      #expect(found == nil, "\(name) in the series: \(found ?? "")")
    }
  }

  private func expectClean(_ collector: RunningCollector, _ moment: String) throws {
    var places = [("the log", collector.log)]
    for file in RunningCollector.files(below: collector.data) where !file.hasSuffix(".sock") {
      places.append((file, try FileSystem.read(file, limit: 256 << 20)))
    }
    #expect(places.count > 2)
    for (name, bytes) in Self.forbidden {
      for (place, content) in places {
        let found = Self.surroundings(of: bytes, in: content)
        #expect(found == nil, "\(moment): \(name) in \(place): \(found ?? "")")
      }
    }
  }

  /// The text around the first place where `bytes` stand.
  private static func surroundings(of bytes: [UInt8], in content: [UInt8]) -> String? {
    guard let start = place(of: bytes, in: content) else { return nil }
    let around = content[max(0, start - 80)..<min(content.count, start + 60)]
    return String(decoding: around.map { (32..<127).contains($0) ? $0 : 46 }, as: UTF8.self)
  }

  /// Where `bytes` begin: by the last byte and how far each byte lies from the end.
  private static func place(of bytes: [UInt8], in content: [UInt8]) -> Int? {
    var shifts = Array(repeating: bytes.count, count: 256)
    for (index, byte) in bytes.dropLast().enumerated() {
      shifts[Int(byte)] = bytes.count - 1 - index
    }
    var start = 0
    while start + bytes.count <= content.count {
      let last = content[start + bytes.count - 1]
      if last == bytes.last, content[start..<start + bytes.count].elementsEqual(bytes) {
        return start
      }
      start += shifts[Int(last)]
    }
    return nil
  }
}
