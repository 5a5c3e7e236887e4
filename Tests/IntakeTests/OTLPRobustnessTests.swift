import Telemetry
import TestSupport
import Testing

@testable import Intake

/// Captured requests with bytes changed, taken out, doubled and put together at random.
struct OTLPRobustnessTests {
  private struct Generator {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(bound, 1)))
    }
  }

  private static let files = Fixtures.names(in: "otlp").filter { !$0.hasSuffix(".calls") }

  @Test(arguments: [UInt64(1), 2, 3])
  func `a mutated request is refused whole or read within its bounds`(seed: UInt64) {
    var random = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
    for round in 0..<60 {
      var bytes = Fixtures.bytes("otlp/\(Self.files[(round + Int(seed)) % Self.files.count])")
      for _ in 0...random.next(below: 6) {
        let place = random.next(below: bytes.count)
        switch random.next(below: 4) {
        case 0: bytes[place] = UInt8(random.next(below: 256))
        case 1: bytes[place] ^= 1 << UInt8(random.next(below: 8))
        case 2: bytes.remove(at: place)
        default:
          let end = min(bytes.count, place + random.next(below: 40))
          bytes.insert(contentsOf: bytes[place..<end], at: random.next(below: bytes.count))
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
}
