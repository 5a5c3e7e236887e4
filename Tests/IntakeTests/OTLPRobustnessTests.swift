import Codec
import Telemetry
import TestSupport
import Testing

@testable import Intake

/// Captured requests with bytes changed, taken out, doubled and put together at random.
struct OTLPRobustnessTests {

  private static let files = Fixtures.names(in: "otlp").filter { !$0.hasSuffix(".calls") }

  @Test(arguments: [UInt64(1), 2, 3])
  func `a mutated request is refused whole or read within its bounds`(seed: UInt64) {
    var random = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15)
    for round in 0..<60 {
      var bytes = Fixtures.bytes("otlp/\(Self.files[(round + Int(seed)) % Self.files.count])")
      for _ in 0...random.below(6) {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes[place] ^= 1 << UInt8(random.below(8))
        case 2: bytes.remove(at: place)
        default:
          let end = min(bytes.count, place + random.below(40))
          bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
        }
      }
      // unsafe because the buffer is the array's for the length of the closure.
      unsafe bytes.withUnsafeBytes { raw in unsafe OTLPFuzz.run(raw) }
    }
  }

  @Test func `values within each other are refused before the stack ends`() throws {
    var bench = OTLPBench()
    let open = String(repeating: #"{"arrayValue":{"values":["#, count: 5_000)
    let close = String(repeating: "]}}", count: 5_000)
    let request = OTLPBench.span(attributes: "{\"key\":\"deep\",\"value\":\(open)\(close)}")
    #expect(throws: OTLPError.self) { try bench.spans(request) }
    let shallow = String(repeating: #"{"arrayValue":{"values":["#, count: 70)
    let end = String(repeating: "]}}", count: 70)
    let span = OTLPBench.span(attributes: "{\"key\":\"deep\",\"value\":\(shallow)\(end)}")
    let batch = try bench.batch(Array(span.utf8), .traces, .json)
    #expect(batch.rejections.map(\.code) == [.tooDeep])
  }

  @Test func `bytes that are no text are replaced, and the span says so`() throws {
    var bench = OTLPBench()
    let span = OTLPBench.span(
      attributes: "{\"key\":\"k\",\"value\":{\"stringValue\":\"a?b\"}}")
    var bytes = Array(span.utf8)
    let mark = try #require(bytes.firstIndex(of: 0x3F))
    bytes[mark] = 0xFF
    let event = try #require(bench.events(try bench.batch(bytes, .traces, .json)).first)
    #expect(event.attributes?.contains("\"k\":\"a\u{FFFD}b\"") == true)
    #expect(event.warnings == [.badUTF8])
  }

  /// Small requests of each signal in both encodings.
  static let small: [(file: String, signal: OTLPSignal, encoding: OTLPEncoding)] = [
    ("otlp/evaluations-sdk.logs.bin", .logs, .protobuf),
    ("otlp/evaluations-sdk.traces.bin", .traces, .protobuf),
    ("otlp/plain-sdk-json.logs.json", .logs, .json),
    ("otlp-edge/json-value-shapes.json", .traces, .json),
    ("otlp-edge/metrics-odd.bin", .metrics, .protobuf),
  ]

  @Test(arguments: small.indices)
  func `a request cut at any byte is refused and leaves nothing`(index: Int) throws {
    let (file, signal, encoding) = Self.small[index]
    let bytes = Fixtures.bytes(file)
    var bench = OTLPBench()
    for end in 1..<bytes.count {
      #expect(throws: OTLPError.self, "\(end)") {
        try bench.batch(Array(bytes[..<end]), signal, encoding)
      }
    }
  }

  @Test(arguments: small.indices.filter { small[$0].encoding == .protobuf })
  func `a length that lies at any byte is refused whole or read within bounds`(index: Int) {
    let bytes = Fixtures.bytes(Self.small[index].file)
    for place in stride(from: 0, to: bytes.count, by: 7) {
      var lying = bytes
      lying.replaceSubrange(place...place, with: [0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
      // unsafe because the buffer is the array's for the length of the closure.
      unsafe lying.withUnsafeBytes { raw in unsafe OTLPFuzz.run(raw) }
    }
  }

  @Test func `messages within each other are refused before the stack ends`() throws {
    var value: [UInt8] = []
    for _ in 0..<3_000 {
      var list: [UInt8] = []
      ProtobufWriter.bytes(1, value, to: &list)
      value = []
      ProtobufWriter.bytes(5, list, to: &value)
    }
    var attribute: [UInt8] = []
    ProtobufWriter.bytes(2, value, to: &attribute)
    for field: UInt32 in [9, 6, 7] {
      var record: [UInt8] = []
      ProtobufWriter.bytes(field, attribute, to: &record)
      for _ in 0..<2 {
        var outer: [UInt8] = []
        ProtobufWriter.bytes(2, record, to: &outer)
        record = outer
      }
      var request: [UInt8] = []
      ProtobufWriter.bytes(1, record, to: &request)
      for signal in [OTLPSignal.traces, .logs, .metrics] {
        var bench = OTLPBench()
        do throws(OTLPError) {
          let batch = try bench.batch(request, signal)
          #expect(batch.samples.isEmpty)
        } catch {
          #expect(error.cause.contains("nested too deeply"))
        }
      }
    }
    let groups = [UInt8](repeating: 0x0B, count: 5_000)
    var bench = OTLPBench()
    #expect(throws: OTLPError.self) { try bench.batch(groups) }
  }

  @Test func `numbers that no enumeration has are kept apart from those it has`() throws {
    var bench = OTLPBench()
    let span = OTLPBench.span(
      attributes: "", ",\"kind\":99,\"status\":{\"code\":7},\"flags\":4294967295")
    let event = try #require(try bench.spans(span).first)
    #expect(event.event.status == .ok)
    #expect(event.attributes?.contains("span.kind") == false)
    let log = """
      {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795228000000000000",\
      "severityNumber":99,"severityText":"WARN","body":{"stringValue":"x"}}]}]}]}
      """
    let record = try #require(bench.events(try bench.batch(Array(log.utf8), .logs, .json)).first)
    #expect(record.event.level == .warning)
  }
}
