import Collector
import Quality
import Testing

/// The key `judges`: every problem at once, each at its place; printed as it was written, without a
/// key ever.
struct JudgeConfigurationTests {
  private static let wrong = """
    judges:
      - {name: a, model: gpt-4o, prompt: "{{outptu}}"}
      - {name: b, model: "g p t", prompt: "{{output}}"}
      - {name: c, model: gpt-4o, prompt: "{{output}}", api_key: sk-verysecret}
      - {name: d, model: gpt-4o, prompt: "{{output}}", scale: [5, 1]}
      - {name: e, model: gpt-4o, prompt: "{{output}}", base_url: "http://a:b@host/v1"}
      - {name: f, model: gpt-4o, prompt: "{{output}}", rmp: 5}
      - {name: g, model: gpt-4o, prompt: "{{output}}", rpm: 0}
      - {name: g, model: gpt-4o, prompt: "{{output}}"}

    """

  @Test func `all problems are told, each at its place, and no key`() {
    let found = problems(Self.wrong)
    let places = found.map { $0.split(separator: ":").dropFirst().prefix(1).joined() }
    #expect(places == ["2", "3", "4", "5", "6", "7", "8", "9"])
    let words = [
      "did you mean '{{output}}'", "printable ASCII", "keys do not stand in here",
      "first number must be the smaller", "base_url must begin", "did you mean 'rpm'",
      "rpm must be a whole number", "another judge is called 'g'",
    ]
    for (problem, word) in zip(found, words) { #expect(problem.contains(word), "\(problem)") }
    #expect(!found.joined().contains("verysecret"))
  }

  @Test func `all judges together have at most 256 threads`() {
    let many = (0..<5).map {
      "{name: j\($0), model: m, prompt: '{{output}}', concurrency: 60}"
    }.joined(separator: ", ")
    let found = problems("judges: [\(many)]")
    #expect(found.count == 1)
    #expect(found.first?.contains("at most 256 for all judges together") == true, "\(found)")
  }

  @Test func `what is printed is what was written`() throws {
    let text = """
      judges:
        - {name: helpful, model: gpt-4o-mini, api_key: {file: /run/key}, prompt: "Q {{output}}",
           fallback: [{model: "llama3:8b"}], budget_usd_per_day: 0.5, timeout: 20s}

      """
    let configuration = try loaded(text)
    let printed = configuration.printed(json: false)
    let again = try loaded(printed)
    #expect(again.judges == configuration.judges)
    #expect(again.judges.settings.first?.budget == 500_000_000_000)
    #expect(again.judges.settings.first?.endpoints.map(\.provider) == [.openai, .ollama])
    let variable = try loaded(
      "",
      environment: ["BAROGRAPH_JUDGES": "[{name: e, model: m, prompt: '{{output}}'}]"])
    #expect(variable.judges.settings.map(\.name) == ["e"])
  }
}
