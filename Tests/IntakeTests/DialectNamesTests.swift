import Telemetry
import TestSupport
import Testing

@testable import Intake

/// The dotted names of instrumentation dialects inside Barograph's own JSON events.
struct DialectNamesTests {
  /// The same call in the words of each dialect: 31 tokens in, 12 out, by `gpt-4o`.
  static let dialects = [
    """
    {"gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o",\
    "gen_ai.usage.input_tokens":31,"gen_ai.usage.output_tokens":12}
    """,
    """
    {"gen_ai":{"system":"openai","request":{"model":"gpt-4o"},\
    "usage":{"prompt_tokens":31,"completion_tokens":12}}}
    """,
    """
    {"llm.provider":"openai","llm.request.model_name":"gpt-4o","llm.token_count.prompt":31,\
    "llm.token_count.completion":12}
    """,
    """
    {"gen_ai.system":"openai","llm.request.model":"gpt-4o","llm.usage.prompt_tokens":31,\
    "llm.usage.completion_tokens":12}
    """,
    """
    {"ai.model.provider":"openai","ai.model.id":"gpt-4o","ai.usage.inputTokens":31,\
    "ai.usage.outputTokens":12}
    """,
  ]

  @Test(arguments: dialects)
  func `a call says the same in every dialect`(line: String) throws {
    var bench = DecoderBench { $0.retention = .max / 4 }
    let batch = bench.lines(Array(line.utf8))
    try #require(batch.count == 1)
    let decoded = Decoded(batch: batch, table: bench.table, index: 0)
    #expect(decoded.event.type == .llm)
    #expect(decoded[.provider] == "openai")
    #expect(decoded[.model] == "gpt-4o")
    #expect(decoded.event.leaves.input == 31)
    #expect(decoded.event.leaves.output == 12)
  }

  @Test func `the current name wins over the deprecated one, and that over other dialects`() throws
  {
    var bench = DecoderBench { $0.retention = .max / 4 }
    let batch = bench.lines(
      Array(
        """
        {"ai.usage.inputTokens":4,"llm.token_count.prompt":3,"gen_ai.usage.prompt_tokens":2,\
        "gen_ai.usage.input_tokens":1}
        {"ai.usage.inputTokens":4,"llm.token_count.prompt":3,"gen_ai.usage.prompt_tokens":2}
        {"ai.usage.inputTokens":4,"llm.token_count.prompt":3}
        {"ai.usage.inputTokens":4}
        """.utf8))
    let inputs = (0..<batch.count).map {
      Decoded(batch: batch, table: bench.table, index: $0).event.leaves.input
    }
    #expect(inputs == [1, 2, 3, 4])
  }
}
