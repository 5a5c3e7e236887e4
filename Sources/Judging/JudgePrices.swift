internal import Money
internal import Quality
internal import Synchronization
internal import Telemetry

/// What questions cost, by the book that prices all other calls.
final class JudgePrices: Sendable {
  private let pricer: Mutex<Pricer>

  init(_ book: PriceBook) {
    pricer = Mutex(Pricer(book))
  }

  func follow(_ book: PriceBook) {
    pricer.withLock { $0 = Pricer(book) }
  }

  /// Picodollars of a call that ended at `time` (ns since 1970); nil where a part has no price.
  /// What runs on Ollama costs nothing unless the book has a price for it.
  func cost(
    of usage: JudgeAnswer.Usage, _ endpoint: JudgeSettings.Endpoint, responseModel: String?,
    time: Int64
  ) -> Int64? {
    var bill = Bill()
    bill.time = time
    bill.isCall = true
    bill.usage.input = Int64((usage.input ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0))
    bill.usage.output = Int64(usage.output ?? 0)
    bill.usage.cacheRead = usage.cacheRead.map { Int64($0) }
    bill.usage.cacheWrite = usage.cacheWrite.map { Int64($0) }
    bill.usage.inputIncludesCache = true
    let final = bill
    let quote = pricer.withLock {
      $0.quote(
        final, provider: endpoint.provider.rawValue,
        model: endpoint.provider.ownName(of: endpoint.model), responseModel: responseModel ?? "")
    }
    switch quote.status {
    case .computed?, .zero?: return quote.cost == Event.absent ? nil : quote.cost
    default: return endpoint.provider == .ollama ? 0 : nil
    }
  }
}
