internal import Codec
internal import Intake
internal import LinuxIO
internal import Telemetry

/// OpenTelemetry's protocol: decoding alone, then a collector that acknowledges after fsync.
enum OTLPBench {
  static let spansPerRequest = 512

  static func run(smoke: Bool) throws(Errno) {
    decode(.protobuf, smoke: smoke)
    decode(.json, smoke: smoke)
    let count = spansPerRequest * (smoke ? 8 : 800)
    print(
      "way                         spans/CPU-s   spans/s   p50 ms  p99 ms  RSS MiB   bytes/span")
    let modes = [
      LoadBench.Mode(
        name: "OTLP protobuf (512)", perRequest: spansPerRequest, connections: 4, events: count,
        body: .otlpProtobuf),
      LoadBench.Mode(
        name: "OTLP JSON (512)", perRequest: spansPerRequest, connections: 4, events: count / 2,
        body: .otlpJSON),
    ]
    var port: UInt16 = 24_418
    for mode in modes {
      _ = try LoadBench.measure(mode, port)
      port += 1
    }
  }

  private static func decode(_ encoding: OTLPEncoding, smoke: Bool) {
    let settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: Array(repeating: 7, count: 32))
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(1, 2)), settings: settings)
    let request = SampleSpans.request(0..<spansPerRequest, encoding)
    var samples: [Double] = []
    for _ in 0..<(smoke ? 3 : 200) {
      let body = ByteSlab(capacity: request.count)
      body.append(request)
      let batch = EventBatch(body: body)
      batch.receivedAt = Clock.wall
      let before = Clock.threadCPU
      do throws(OTLPError) {
        try decoder.decodeOTLP(batch, .traces, encoding)
      } catch {
        preconditionFailure("the sample is a request: \(error.cause)")
      }
      samples.append(Double(Clock.threadCPU - before) / Double(spansPerRequest))
      precondition(batch.count == spansPerRequest, "every span is decoded")
    }
    samples.sort()
    let (best, middle) = (samples[0], samples[samples.count / 2])
    print(
      "decode OTLP \(encoding): \(Int(middle)) ns a span (best \(Int(best))), "
        + "\(Int(1e9 / middle)) spans/CPU-s, \(request.count / spansPerRequest) bytes a span")
  }
}

/// The spans that benchmarks send: calls as the GenAI instrumentations of today write them, 18
/// attributes each, messages included.
enum SampleSpans {
  private enum Value {
    case text(String)
    case integer(Int)
    case double(Double)
  }

  private static let origin = Clock.wall

  /// One request with the spans of these numbers; different numbers differ in ids.
  static func request(_ numbers: Range<Int>, _ encoding: OTLPEncoding) -> [UInt8] {
    switch encoding {
    case .protobuf: protobuf(numbers)
    case .json: json(numbers)
    }
  }

  private static func attributes(_ number: Int) -> [(String, Value)] {
    let model = number % 3 == 0 ? "gpt-4o" : "gpt-4o-mini"
    return [
      ("gen_ai.operation.name", .text("chat")), ("gen_ai.provider.name", .text("openai")),
      ("gen_ai.request.model", .text(model)), ("server.address", .text("api.openai.com")),
      ("server.port", .integer(443)), ("gen_ai.request.temperature", .double(0.2)),
      ("gen_ai.request.max_tokens", .integer(64)),
      ("gen_ai.response.model", .text("\(model)-2024-07-18")),
      ("gen_ai.response.id", .text("chatcmpl-\(number)")),
      ("gen_ai.usage.input_tokens", .integer(700 + number % 500)),
      ("gen_ai.usage.output_tokens", .integer(100 + number % 80)),
      ("gen_ai.usage.cache_read.input_tokens", .integer(number % 256)),
      ("gen_ai.response.time_to_first_chunk", .double(0.136939)),
      ("gen_ai.input.messages", .text(input)), ("gen_ai.output.messages", .text(output)),
      ("openai.response.service_tier", .text("default")),
      ("session.id", .text("s-\(number % 9_000)")), ("user.id", .text("u-\(number % 5_000)")),
    ]
  }

  private static let input =
    #"[{"role":"user","parts":[{"type":"text","content":"What is the capital of France?"}]}]"#
  private static let output =
    #"[{"role":"assistant","parts":[{"type":"text","content":"Paris."}],"finish_reason":"stop"}]"#

  private static func id(_ number: Int, _ salt: UInt64) -> UInt64 {
    let mixed = (UInt64(number) &+ salt) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(bitPattern: origin)
    return (mixed ^ mixed >> 29) &* 0xD6E8_FEB8_6659_FD93 | 1
  }

  private static func end(_ number: Int) -> UInt64 {
    UInt64(bitPattern: origin) - UInt64(number % 1_000) * 1_000_000
  }

  private static func protobuf(_ numbers: Range<Int>) -> [UInt8] {
    var scope = field(1, field(1, Array("opentelemetry.instrumentation.genai.openai".utf8)))
    for number in numbers { scope += field(2, span(number)) }
    let service = keyValue("service.name", .text("chat"))
    return field(1, field(1, field(1, service)) + field(2, scope))
  }

  private static func span(_ number: Int) -> [UInt8] {
    var bytes = field(1, big(id(number, 1)) + big(id(number, 2)))
    bytes += field(2, big(id(number, 3))) + field(4, big(id(number, 4)))
    bytes += field(5, Array("chat gpt-4o".utf8))
    ProtobufWriter.varint(6, 3, to: &bytes)
    ProtobufWriter.fixed64(7, end(number) - 420_000_000, to: &bytes)
    ProtobufWriter.fixed64(8, end(number), to: &bytes)
    for (key, value) in attributes(number) { bytes += field(9, keyValue(key, value)) }
    return bytes
  }

  private static func keyValue(_ key: String, _ value: Value) -> [UInt8] {
    var inner: [UInt8] = []
    switch value {
    case .text(let text): inner = field(1, Array(text.utf8))
    case .integer(let number): ProtobufWriter.varint(3, UInt64(number), to: &inner)
    case .double(let number): ProtobufWriter.fixed64(4, number.bitPattern, to: &inner)
    }
    return field(1, Array(key.utf8)) + field(2, inner)
  }

  private static func field(_ number: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    ProtobufWriter.bytes(number, bytes, to: &output)
    return output
  }

  private static func big(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - $0 * 8)) }
  }

  private static func json(_ numbers: Range<Int>) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("resourceSpans")
    json.beginArray()
    json.beginObject()
    json.key("resource")
    json.value(
      json: Array(#"{"attributes":[{"key":"service.name","value":{"#.utf8)
        + Array(#""stringValue":"chat"}}]}"#.utf8))
    json.key("scopeSpans")
    json.beginArray()
    json.beginObject()
    json.key("scope")
    json.value(json: Array(#"{"name":"opentelemetry.instrumentation.genai.openai"}"#.utf8))
    json.key("spans")
    json.beginArray()
    for number in numbers { append(number, to: &json) }
    json.endArray()
    json.endObject()
    json.endArray()
    json.endObject()
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func append(_ number: Int, to json: inout JSONWriter) {
    json.beginObject()
    json.key("traceId")
    json.value(utf8: Hex.encode(big(id(number, 1)) + big(id(number, 2))))
    json.key("spanId")
    json.value(utf8: Hex.encode(big(id(number, 3))))
    json.key("parentSpanId")
    json.value(utf8: Hex.encode(big(id(number, 4))))
    json.key("name")
    json.value("chat gpt-4o")
    json.key("kind")
    json.value(3)
    json.key("startTimeUnixNano")
    json.value(String(end(number) - 420_000_000))
    json.key("endTimeUnixNano")
    json.value(String(end(number)))
    json.key("attributes")
    json.beginArray()
    for (key, value) in attributes(number) {
      json.beginObject()
      json.key("key")
      json.value(key)
      json.key("value")
      json.beginObject()
      switch value {
      case .text(let text):
        json.key("stringValue")
        json.value(text)
      case .integer(let number):
        json.key("intValue")
        json.value(String(number))
      case .double(let number):
        json.key("doubleValue")
        json.value(number)
      }
      json.endObject()
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}
