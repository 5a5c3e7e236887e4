import Telemetry
import Testing

@testable import Money

/// Names of providers and models as they are seen in the wild.
struct PriceMatchingTests {
  private func found(
    _ provider: String, _ model: String, response: String = "", tier: String = ""
  ) -> String {
    var finder = PriceFinder(MoneyCase.book)
    let finding = finder.find(
      PriceFinder.Names(
        provider: Array(provider.lowercased().utf8), model: Array(model.lowercased().utf8),
        responseModel: Array(response.utf8), serviceTier: tier))
    guard let row = finding.plan?.row(at: 1_795_176_000_000_000_000) else { return "none" }
    return "\(row.provider) \(row.model)"
  }

  @Test(arguments: [
    ("x_ai", "grok-3", "x-ai grok-3"), ("xai.chat", "grok-3", "x-ai grok-3"),
    ("groq.chat", "llama-3.3-70b-versatile", "groq llama-3.3-70b-versatile"),
    ("azure.chat", "gpt-4o", "openai gpt-4o"),
    ("gcp.gen_ai", "gemini-2.5-pro", "google gemini-2.5-pro"),
    ("azure.ai.inference", "gpt-4o", "openai gpt-4o"),
    ("azure.ai.openai", "gpt-4o", "openai gpt-4o"),
    ("openai", "gpt-4o-20240806", "openai gpt-4o"),
    ("litellm", "groq/llama-3.3-70b-versatile", "groq llama-3.3-70b-versatile"),
    ("litellm", "nowhere/gpt-4o", "none"), ("litellm", "gpt-4o", "openai gpt-4o"),
    ("nowhere", "gpt-4o", "none"),
    ("google", "gemini-2.5-pro-preview-tts", "google gemini-2.5-pro-tts"),
    ("", "mistral-large-latest", "mistral mistral-large"), ("", "mistralai/mistral-large", "none"),
  ])
  func `a name leads to its row`(_ provider: String, _ model: String, _ expected: String) {
    #expect(found(provider, model) == expected)
  }

  @Test func `compact dates are dates only where they are days`() {
    func dashed(_ text: String) -> String? {
      CompactDate.dashed(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(dashed("gpt-5.2-20251211") == "gpt-5.2-2025-12-11")
    #expect(dashed("a-20251211-b-20240229:c") == "a-2025-12-11-b-2024-02-29:c")
    #expect(dashed("a-20250229") == nil)
    #expect(dashed("a-202512110") == nil)
    #expect(dashed("a-20251311") == nil)
    #expect(dashed("-2025121") == nil)
  }

  @Test func `a search is done once for the same names`() {
    var pricer = Pricer(MoneyCase.book)
    var bill = Bill()
    bill.usage.input = 10
    bill.time = 1_795_176_000_000_000_000
    for _ in 0..<5 { _ = pricer.quote(bill, provider: "openai", model: "gpt-4o") }
    #expect(pricer.searches == 1)
    _ = pricer.quote(bill, provider: "openai", model: "gpt-4o", serviceTier: "flex")
    #expect(pricer.searches == 2)
  }

  @Test func `a row keeps its number in another book, and prices a residual later`() throws {
    var first = Pricer(PriceBook())
    var second = Pricer(PriceBook())
    var bill = Bill()
    bill.usage.input = 1_000_000
    bill.time = 1_795_176_000_000_000_000
    let one = first.quote(bill, provider: "openai", model: "gpt-4o")
    let other = second.quote(bill, provider: "openai", model: "gpt-4o-2024-08-06")
    #expect(one.priceRow == other.priceRow)
    #expect(one.priceRow != 0)
    let row = try #require(PriceBook.row(one.priceRow))
    #expect(row.rate(of: .input, prompt: 0).perMillion == "2.5")
  }
}
