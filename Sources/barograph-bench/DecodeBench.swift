internal import Codec
internal import Intake
internal import Telemetry

/// Decoding alone: NDJSON of LLM events to validated, redacted batches, in memory, one thread.
enum DecodeBench {
  static func run() {
    let body = ByteSlab(capacity: 1 << 20)
    let events = 2_000
    for index in 0..<events { body.append(Array((SampleEvent.json(index) + "\n").utf8)) }
    let length = body.count
    let table = DimensionTable(hashKey: HashKey(1, 2))
    let settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: Array(repeating: 7, count: 32))
    var decoder = EventDecoder(dimensions: table, settings: settings)
    let batch = EventBatch(body: body)
    let clock = ContinuousClock()
    var best = Duration.seconds(100)
    for _ in 0..<200 {
      batch.truncate(toCount: 0, measures: 0, scratch: 0)
      batch.receivedAt = 1_795_228_180_000_000_000
      let took = clock.measure { decoder.decodeLines(batch, RecordExtent(end: length)) }
      best = min(best, took)
    }
    let nanoseconds = Double(best.components.attoseconds) / 1e9
    print("events \(batch.count) rejected \(batch.rejectedCount) bytes/event \(length / events)")
    print("decode \(nanoseconds / Double(events)) ns/event")
  }
}

/// The LLM event that benchmarks send: about 500 bytes, 22 fields, believable values.
enum SampleEvent {
  private static let models = ["gpt-4o-2024-08-06", "gpt-4o-mini", "claude-sonnet-4-5-20250929"]
  private static let services = ["chat", "search", "triage", "billing-assistant"]

  /// The event of number `index`; different numbers differ in ids.
  static func json(_ index: Int) -> String {
    var mixed = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 ^ 0x5DEE_CE66
    func hex() -> String {
      mixed = mixed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var digits: [UInt8] = []
      Hex.append(mixed ^ mixed >> 29, to: &digits)
      return String(decoding: digits, as: UTF8.self)
    }
    let model = models[index % models.count]
    let time = Timestamp.text(1_795_228_000_000_000_000 + Int64(index) * 1_000_000)
    return """
      {"type":"llm","time":"\(time)","service":"\(services[index % 4])","env":"prod",\
      "release":"2026.11.3","trace_id":"\(hex())\(hex())","span_id":"\(hex())",\
      "parent_span_id":"\(hex())","name":"chat \(model)","provider":"openai",\
      "model":"\(model)","operation":"chat","status":"ok","duration_ms":\(400 + index % 900).25,\
      "ttft_ms":\(90 + index % 60).5,"stream":true,"input_tokens":\(700 + index % 500),\
      "output_tokens":\(100 + index % 80),"cache_read_tokens":\(index % 256),\
      "cost_usd":0.00\(3000 + index % 999),"user":"u-\(index % 5000)","session":"s-\(index % 9000)",\
      "tenant":"acme"}
      """
  }
}
