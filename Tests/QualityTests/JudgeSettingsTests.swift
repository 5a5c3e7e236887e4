import Codec
import Quality
import Testing

struct JudgeSettingsTests {
  private func judges(_ text: String) throws -> [JudgeSettings] {
    let node = try #require(try ConfigReader.read(Array(text.utf8)).first)
    return try JudgeSettings.read(node)
  }

  @Test func `the contract's example is read`() throws {
    let judges = try judges(
      """
      [{"name": "helpful", "model": "gpt-4o-mini", "base_url": "https://api.example/v1/",
      "api_key": {"env": "JUDGE_KEY"}, "prompt": "Was {{output}} of help for {{input}}?",
      "scale": [1, 5], "sample": 0.05, "rpm": 60, "tpm": 40000, "concurrency": 4,
      "timeout": "30s", "retries": 3, "cache_ttl": "1h", "budget_usd_per_day": 5}]
      """)
    let judge = try #require(judges.first)
    #expect(judge.name == "helpful" && judge.sample == 0.05 && judge.scale == .numbers(1...5))
    #expect(judge.endpoints.map(\.url) == ["https://api.example/v1/chat/completions"])
    #expect(judge.endpoints.first?.key == .environment("JUDGE_KEY"))
    #expect(judge.requestsPerMinute == 60 && judge.tokensPerMinute == 40_000)
    #expect(judge.timeout == 30_000_000_000 && judge.cacheLifetime == 3_600_000_000_000)
    #expect(judge.budget == 5_000_000_000_000)
    #expect(judge.concurrency == 4 && judge.retries == 3)
  }

  @Test func `providers, scales and fallbacks are told from few words`() throws {
    let judges = try judges(
      """
      - name: a
        model: claude-sonnet
        prompt: "{{output}}"
        scale: [poor, fair, good]
        api_key: {file: key.txt}
        fallback: [{model: "llama3:8b"}, {model: gpt-4o, provider: openai}]
      - {name: b, model: x, prompt: "{{output}}", scale: boolean, prompt_version: v3}
      """)
    #expect(judges[0].scale == .categories(["poor", "fair", "good"]))
    #expect(
      judges[0].endpoints.map(\.url) == [
        "https://api.anthropic.com/v1/messages", "http://127.0.0.1:11434/api/chat",
        "https://api.openai.com/v1/chat/completions",
      ])
    #expect(judges[0].endpoints[0].key == .file("key.txt"))
    #expect(judges[0].budget == nil && judges[0].requestsPerMinute == nil)
    #expect(judges[1].scale == .boolean && judges[1].prompt.version == "v3")
  }

  @Test func `what is wrong is told with its place, and a key never repeated`() throws {
    let text = """
      - {name: a, model: "a b", prompt: "{{output}}"}
      - {name: b, model: m, prompt: "{{outputs}}"}
      - {name: c, model: m, prompt: "{{output}}", api_key: sk-secret}
      - {name: d, model: m, prompt: "{{output}}", scale: [5, 1], rmp: 3}
      - {name: e, model: m, prompt: "{{output}}", rpm: 0, base_url: "ftp://x"}
      - {name: f, prompt: "{{output}}", scale: [a, a]}
      - {name: g, model: m, prompt: "{{output}}", timeout: soon, sample: 1.5}
      """
    let error = #expect(throws: SettingsReadingError.self) { try judges(text) }
    #expect(
      error?.problems.map(\.message) == [
        "model must be printable ASCII without blanks, at most 200 bytes",
        "cannot use prompt: unknown place '{{outputs}}'; did you mean '{{output}}'? at byte 0",
        "api_key must be {\"env\": \"NAME\"} or {\"file\": \"path\"}; keys do not stand in here",
        "unknown key 'rmp' in a judge; did you mean 'rpm'?",
        "the scale's first number must be the smaller one",
        "base_url must begin with http:// or https:// and a host",
        "scale must be two numbers or different words", "a judge needs model",
        "sample must be a number from 0 to 1", "timeout must be a duration such as 800ms or 2s",
      ])
    #expect(error?.problems.map(\.line) == [1, 2, 3, 4, 4, 5, 6, 6, 7, 7])
  }
}
