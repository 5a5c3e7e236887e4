import Telemetry
import Testing

@testable import Intake

/// The texts of finished calls as they came, for those who look at calls in memory.
struct CallTextsTests {
  private static let call = #"""
    {"type":"llm","model":"m","input":"Mail \"ann@example.org\".","output":["b"],\#
    "documents":[{"id":"1","text":"ann@example.org"}]}
    """#

  /// Input, output and documents of each call that is kept, by its place.
  private static func texts(_ batch: EventBatch) -> [String] {
    batch.callTexts.map { texts in
      let parts = [texts.input, texts.output, texts.documents].map { slice in
        slice.isAbsent ? "-" : unsafe String(decoding: batch.text(slice), as: UTF8.self)
      }
      return "\(texts.index) \(parts.joined(separator: " | "))"
    }
  }

  @Test(arguments: PayloadPolicy.allCases)
  func `they are kept as they came, whatever is stored`(policy: PayloadPolicy) {
    var bench = DecoderBench {
      $0.payloads = policy
      $0.keepsCallTexts = true
    }
    let batch = bench.lines("{\"message\":\"a log\"}\n" + Self.call)
    #expect(
      Self.texts(batch) == [
        #"1 Mail "ann@example.org". | ["b"] | [{"id":"1","text":"ann@example.org"}]"#
      ])
    #expect(batch[1].output.isAbsent == (policy == .off))
    #expect(batch[1].warnings.isEmpty)
    batch.reset(keeping: 1_024)
    #expect(batch.callTexts.isEmpty)
  }

  @Test func `without anybody who looks, nothing is kept`() {
    var bench = DecoderBench()
    #expect(bench.lines(Self.call).callTexts.isEmpty)
  }

  @Test func `only calls that have ended, and no refused record, are kept`() {
    var bench = DecoderBench { $0.keepsCallTexts = true }
    let lines = [
      #"{"type":"llm","model":"m","span_id":"b7ad6b7169203331","start":"2026-11-21T10:00:00Z"}"#,
      #"{"type":"span","name":"n","duration_ms":1,"output":"x"}"#,
      #"{"type":"llm","model":"m","output":"cut"#,
      #"{"type":"llm","model":"m","output":"whole"}"#,
    ].joined(separator: "\n")
    let batch = bench.lines(lines)
    #expect(Self.texts(batch) == ["2 - | whole | -"])
    #expect(batch.rejectedCount == 1)
  }

  @Test func `a payload beyond the limit is cut for them too, and not marked when it is not kept`()
  {
    var bench = DecoderBench {
      $0.payloads = .off
      $0.payload = 4
      $0.keepsCallTexts = true
    }
    let batch = bench.lines(#"{"type":"llm","model":"m","output":"abcdefgh"}"#)
    #expect(Self.texts(batch) == ["0 - | abcd | -"])
    #expect(batch[0].warnings.isEmpty)
  }

  @Test func `OTLP's are kept as well`() throws {
    var bench = OTLPBench {
      $0.payloads = .off
      $0.keepsCallTexts = true
    }
    let attributes = OTLPBench.attributes([
      ("gen_ai.operation.name", #"{"stringValue":"chat"}"#),
      ("gen_ai.output.messages", #"{"stringValue":"[1]"}"#),
    ])
    let span = OTLPBench.span(attributes: attributes)
    let batch = try bench.batch(Array(span.utf8), .traces, .json)
    #expect(Self.texts(batch) == ["0 - | [1] | -"])
    #expect(batch[0].output.isAbsent)
  }
}
