import Codec
import Telemetry
import TestSupport
import Testing

@testable import Intake

/// Bodies that real instrumentations sent, against what was expected of them.
struct OTLPFixtureTests {
  static let captured = Fixtures.names(in: "otlp").filter { $0.hasSuffix(".calls") }.map {
    String($0.dropLast(6))
  }

  @Test(arguments: captured)
  func `every call of a captured body says what its sender said`(name: String) throws {
    var bench = OTLPBench()
    var lines: [String] = []
    for file in Fixtures.names(in: "otlp") where file.hasPrefix("\(name).traces") {
      let isJSON = file.hasSuffix(".json")
      let batch = try bench.batch(
        Fixtures.bytes("otlp/\(file)"), .traces, isJSON ? .json : .protobuf)
      #expect(batch.rejectedCount == 0)
      lines += bench.events(batch).filter { $0.event.type == .llm }.map(\.callLine)
    }
    let wanted = String(decoding: Fixtures.bytes("otlp/\(name).calls"), as: UTF8.self)
    #expect(lines.sorted().joined(separator: "\n") + "\n" == wanted)
  }

  @Test func `log records keep time, level, text and where they belong`() throws {
    var bench = OTLPBench()
    let batch = try bench.batch(Fixtures.bytes("otlp/plain-sdk-nogzip.logs.bin"), .logs)
    let lines = bench.events(batch).map {
      "\($0.event.level?.text ?? "-") \($0.message ?? "-") \($0.spanID) \($0.event.type.text)"
        + " \($0.event.errorType?.text ?? "-") \($0.event.stack.isAbsent)"
    }
    #expect(
      lines == [
        "debug cache probe c2dc7ac32e05e3b0 log - true",
        "info order 17 placed c2dc7ac32e05e3b0 log - true",
        "warning slow call c2dc7ac32e05e3b0 log - true",
        "error division failed c2dc7ac32e05e3b0 log other false",
        "fatal giving up c2dc7ac32e05e3b0 log - true",
      ])
  }

  @Test func `protobuf and JSON of the same log records give the same events`() throws {
    var bench = OTLPBench()
    let binary = try bench.batch(Fixtures.bytes("otlp/plain-sdk-nogzip.logs.bin"), .logs)
    let text = try bench.batch(Fixtures.bytes("otlp/plain-sdk-json.logs.json"), .logs, .json)
    let messages = [binary, text].map { batch in
      bench.events(batch).map { "\($0.message ?? "-") \($0.event.level?.text ?? "-")" }
    }
    #expect(messages[0] == messages[1])
    #expect(messages[0].count == 5)
  }

  @Test func `evaluations become scores, as events and as attributes`() throws {
    var bench = OTLPBench()
    let logs = try bench.batch(Fixtures.bytes("otlp/evaluations-sdk.logs.bin"), .logs)
    let spans = try bench.batch(Fixtures.bytes("otlp/evaluations-sdk.traces.bin"))
    let scores = (bench.events(logs) + bench.events(spans)).filter { $0.event.type == .score }
    let lines = scores.map { score in
      let value = score.batch.measures[Int(score.event.firstMeasure)...]
        .prefix(Int(score.event.measureCount)).first.map { "\($0.value)" }
      return "\(score[.score] ?? "-") \(value ?? "-") \(score.spanID)"
    }
    #expect(
      lines == [
        "Relevance 4.0 dc762edb272817cb", "Toxicity 0.02 dc762edb272817cb",
        "Faithfulness 0.31 dc762edb272817cb", "relevance 0.95 \(scores[3].spanID)",
        "coherence - 0000000000000000", "retrieval_quality 1.0 0000000000000000",
      ])
  }

  /// What a made body at the edge of the specification is to be answered.
  struct Edge: CustomTestStringConvertible {
    let name: String
    let isTaken: Bool
    let encoding: OTLPEncoding
    var testDescription: String { name }
  }

  /// Those whose verdict is the decoder's, not that of the request's head or its compression.
  static let edges: [Edge] = String(decoding: Fixtures.bytes("otlp-edge/index"), as: UTF8.self)
    .split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ").map(String.init)
      guard parts[1] != "415", parts[3] == "-" else { return nil }
      return Edge(
        name: parts[0], isTaken: parts[1] == "200",
        encoding: parts[2] == "application/json" ? .json : .protobuf)
    }

  @Test(arguments: edges)
  func `a body at the edge is taken or refused whole`(edge: Edge) throws {
    var bench = OTLPBench()
    let bytes = Fixtures.bytes("otlp-edge/\(edge.name)")
    if edge.isTaken {
      let batch = try bench.batch(bytes, .traces, edge.encoding)
      #expect(batch.rejectedCount == 0)
    } else {
      #expect(throws: OTLPError.self) { try bench.batch(bytes, .traces, edge.encoding) }
    }
  }
}
