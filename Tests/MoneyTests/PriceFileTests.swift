import Codec
import Telemetry
import Testing

@testable import Money

/// Price files: what they may say, what they override, and how their faults are named.
struct PriceFileTests {
  private static let noon: Int64 = 1_795_176_000_000_000_000

  private static func file(_ text: String) throws -> PriceFile {
    try PriceFile(Array(text.utf8), name: "our.json")
  }

  /// The cost of a million tokens in and half a million out by a book with this file.
  private static func cost(
    _ text: String, provider: String, model: String, tier: String = "", input: Int64 = 1_000_000,
    at time: Int64 = noon
  ) throws -> String {
    var pricer = Pricer(PriceBook(files: [try file(text)]))
    var bill = Bill()
    (bill.time, bill.isCall) = (time, true)
    (bill.usage.input, bill.usage.output) = (input, 500_000)
    let quote = pricer.quote(bill, provider: provider, model: model, serviceTier: tier)
    let status = quote.status?.text ?? "none"
    return quote.cost == Event.absent ? status : "\(status) \(Picodollars.text(quote.cost))"
  }

  private static let own = """
    [{"id": "house", "model_match": {"starts_with": "house-"}, "models": [
      {"id": "house-1", "context_window": 8000, "prices": {"input_mtok": "0.25", "output_mtok": 2}},
      {"id": "house-2", "match": {"regex": "^house-2(-\\\\d+)?$"}, "prices": [
        {"prices": {"input_mtok": 1, "output_mtok": 1}},
        {"constraint": {"start_date": "2026-11-01", "end_date": "2026-12-01"},
          "prices": {"input_mtok": 3, "output_mtok": 3}}]},
      {"id": "house-3", "prices": {"output_mtok": 2,
        "input_mtok": {"base": 1, "tiers": [{"start": 1000000, "price": 4, "operator": ">="}]}}}
    ]}, {"id": "openai", "models": [
      {"id": "gpt-4o", "prices": {"input_mtok": 9, "output_mtok": 8, "requests_kcount": 5}}]}]
    """

  @Test(arguments: [
    ("house", "house-1", "computed 1.25"), ("House", "HOUSE-1", "computed 1.25"),
    ("", "house-1", "computed 1.25"), ("house", "house-2-7", "computed 4.5"),
    ("house", "house-3", "computed 5"), ("house", "house-9", "unpriced"),
    ("openai", "gpt-4o", "computed 13.005"), ("azure", "gpt-4o", "computed 13.005"),
    ("openai", "gpt-4o-mini", "computed 0.45"), ("", "gpt-4o", "computed 13.005"),
  ])
  func `our own file comes before the book`(
    _ provider: String, _ model: String, _ expected: String
  ) throws {
    #expect(try Self.cost(Self.own, provider: provider, model: model) == expected)
  }

  @Test func `a threshold that is included, and a row that has ended`() throws {
    let below = try Self.cost(Self.own, provider: "house", model: "house-3", input: 999_999)
    #expect(below == "computed 1.999999")
    let later = Self.noon + 40 * 86_400 * 1_000_000_000
    #expect(
      try Self.cost(Self.own, provider: "house", model: "house-2", at: later) == "computed 1.5")
  }

  private static let liteLLM = """
    {"sample_spec": {"input_cost_per_token": "text"},
     "gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 2e-06,
       "output_cost_per_token": 4e-06, "input_cost_per_token_above_200k_tokens": 3e-06,
       "input_cost_per_token_batches": 1e-06, "input_cost_per_token_priority": 5e-06,
       "max_input_tokens": 128000, "supports_vision": true},
     "bedrock/acme.m-v1:0": {"litellm_provider": "bedrock_converse",
       "input_cost_per_token": 7e-06, "output_cost_per_token": 0.0},
     "ft:gpt-4o-mini-2024-07-18": {"litellm_provider": "openai", "input_cost_per_token": 3e-07,
       "output_cost_per_token": 1.2e-06},
     "dashscope/qwen": {"litellm_provider": "dashscope", "tiered_pricing": [
       {"range": [0, 32000.0], "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06},
       {"range": [32000.0, 1e6], "input_cost_per_token": 2e-06, "output_cost_per_token": 2e-06}]},
     "github_copilot/gpt-x": {"litellm_provider": "github_copilot", "input_cost_per_token": 0,
       "output_cost_per_token": 0},
     "gpt-4.1": {"litellm_provider": "openai", "max_input_tokens": 1000000},
     "dall-e": {"litellm_provider": "openai", "input_cost_per_pixel": 1e-08}}
    """

  @Test(arguments: [
    ("openai", "gpt-4o", "", Int64(200_000), "computed 2.4"),
    ("openai", "gpt-4o", "", 200_001, "computed 2.600003"),
    ("openai", "gpt-4o", "batch", 100, "computed 2.0001"),
    ("openai", "gpt-4o", "priority", 100, "computed 2.0005"),
    ("aws.bedrock", "acme.m-v1:0", "", 100, "computed 0.0007"),
    ("openai", "ft:gpt-4o-mini-2024-07-18:org:name:id", "", 100, "computed 0.60003"),
    ("dashscope", "qwen", "", 32_000, "computed 0.532"),
    ("dashscope", "qwen", "", 32_001, "computed 1.064002"),
    ("github_copilot", "gpt-x", "", 100, "zero 0"),
    ("openai", "gpt-4.1", "", 1_000_000, "computed 6"),
  ])
  func `LiteLLM's file loads as it is`(
    _ provider: String, _ model: String, _ tier: String, _ input: Int64, _ expected: String
  ) throws {
    let cost = try Self.cost(
      Self.liteLLM, provider: provider, model: model, tier: tier, input: input)
    #expect(cost == expected)
  }

  @Test(arguments: [
    ("", "line 1: expected a list of providers, or LiteLLM's object of models"),
    ("[", "line 1: [0]: expected an object"),
    ("[{}]", "line 1: [0]: expected a provider with an id"),
    (
      "[{\"id\": \"p\",\n \"models\": [{\"match\": {}}]}]",
      "line 2: [0].models[0].match: expected a match with a rule"
    ),
    (
      "[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\n\"prices\":{\"input_mtok\":-1}}]}]",
      "line 2: [0].models[0].prices.input_mtok: "
        + "expected a price of 0 or more with at most 18 decimals"
    ),
    (
      "[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"prices\":{\"input_mtok\":\"x\"}}]}]",
      "line 1: [0].models[0].prices.input_mtok: expected a number"
    ),
    (
      "[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"prices\":[{\"constraint\":"
        + "{\"start_date\":\"soon\"}}]}]}]",
      "line 1: [0].models[0].prices[0].constraint.start_date: "
        + "expected a date as in 2026-01-31"
    ),
    (
      "[{\"id\":\"p\",\"provider_match\":{\"like\":\"x\"}}]",
      "line 1: [0].provider_match.like: "
        + "expected equals, starts_with, ends_with, contains, regex, or, and"
    ),
    ("[] x", "line 1: expected the end of the file"),
    (
      "{\"gpt\": 3}",
      "line 1: gpt: expected a model's object; LiteLLM's file maps names to objects"
    ),
  ])
  func `a fault is named with its place`(_ text: String, _ expected: String) {
    let error = #expect(throws: PriceFileError.self) { try Self.file(text) }
    #expect(error?.description == "cannot read prices from our.json: \(expected)")
  }

  @Test func `a file cut off anywhere is refused and nothing else happens`() {
    let bytes = Array(Self.own.utf8)
    for end in 0..<bytes.count {
      #expect(throws: PriceFileError.self) {
        try PriceFile(Array(bytes[..<end]), name: "cut.json")
      }
    }
  }

  @Test func `a file nested without end is refused`() {
    let deep = "[{\"model_match\":" + String(repeating: "{\"or\":[", count: 100_000)
    #expect(throws: PriceFileError.self) { try Self.file(deep) }
  }

  @Test func `every expression of the book compiles`() throws {
    let sources = PriceBook().sources
    #expect(sources.count == 1)
    for expression in sources[0].expressions {
      _ = try NameExpression.compile(expression)
    }
    #expect(sources[0].expressions.count == 73)
  }

  @Test func `a broken expression is told`() throws {
    let file = try Self.file(
      #"[{"id":"p","models":[{"id":"m","match":{"regex":"(a"},"prices":{}}]}]"#)
    #expect(file.brokenExpressions().count == 1)
  }
}
