internal import Codec
internal import Intake
internal import LinuxIO
internal import Telemetry

/// Decoding alone: NDJSON of LLM events to validated, redacted batches, in memory, one thread.
enum DecodeBench {
  static func run(smoke: Bool) {
    let body = ByteSlab(capacity: 1 << 20)
    let events = 2_000
    for index in 0..<events {
      var line: [UInt8] = []
      SampleEvent.append(index, to: &line)
      body.append(line + [0x0A])
    }
    let settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: Array(repeating: 7, count: 32))
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(1, 2)), settings: settings)
    let batch = EventBatch(body: body)
    batch.receivedAt = Clock.wall
    var samples: [Double] = []
    for _ in 0..<(smoke ? 5 : 300) {
      batch.truncate(toCount: 0, measures: 0, scratch: 0)
      let before = Clock.threadCPU
      decoder.decodeLines(batch, RecordExtent(end: body.count))
      samples.append(Double(Clock.threadCPU - before) / Double(events))
    }
    precondition(batch.count == events && batch.rejectedCount == 0, "every event is decoded")
    samples.sort()
    let (best, middle) = (samples[0], samples[samples.count / 2])
    print(
      "decode: \(Int(middle)) ns an event (best \(Int(best))), \(Int(1e9 / middle)) events/CPU-s, "
        + "\(body.count / events) bytes an event")
  }
}

/// The LLM event that benchmarks send: about 500 bytes, 23 fields, believable values.
enum SampleEvent {
  private static let models = ["gpt-4o-2024-08-06", "gpt-4o-mini", "claude-sonnet-4-5-20250929"]
  private static let services = ["chat", "search", "triage", "billing-assistant"]
  private static let origin = Clock.wall

  /// Adds the event of number `index`; different numbers differ in ids.
  static func append(_ index: Int, to bytes: inout [UInt8]) {
    var mixed = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 ^ 0x5DEE_CE66
    func hex(_ words: Int, _ bytes: inout [UInt8]) {
      for _ in 0..<words {
        mixed = mixed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        Hex.append(mixed ^ mixed >> 29, to: &bytes)
      }
    }
    let model = models[index % models.count]
    add("{\"type\":\"llm\",\"time\":\"", &bytes)
    Timestamp.append(origin / 1_000_000 * 1_000_000 - Int64(index % 1_000) * 1_000_000, to: &bytes)
    add("\",\"service\":\"\(services[index % 4])\",\"env\":\"prod\",", &bytes)
    add("\"release\":\"2026.11.3\",\"trace_id\":\"", &bytes)
    hex(2, &bytes)
    add("\",\"span_id\":\"", &bytes)
    hex(1, &bytes)
    add("\",\"parent_span_id\":\"", &bytes)
    hex(1, &bytes)
    add("\",\"name\":\"chat \(model)\",\"provider\":\"openai\",\"model\":\"\(model)\",", &bytes)
    add("\"operation\":\"chat\",\"status\":\"ok\",\"duration_ms\":\(400 + index % 900).25,", &bytes)
    add("\"ttft_ms\":\(90 + index % 60).5,\"stream\":true,", &bytes)
    add("\"input_tokens\":\(700 + index % 500),\"output_tokens\":\(100 + index % 80),", &bytes)
    add("\"cache_read_tokens\":\(index % 256),\"cost_usd\":0.00\(3_000 + index % 999),", &bytes)
    add("\"user\":\"u-\(index % 5_000)\",\"session\":\"s-\(index % 9_000)\",", &bytes)
    add("\"tenant\":\"acme\"}", &bytes)
  }

  private static func add(_ text: String, _ bytes: inout [UInt8]) {
    bytes.append(contentsOf: text.utf8)
  }
}
