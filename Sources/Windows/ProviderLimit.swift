/// What a provider allows in a minute, as the operator says.
package struct ProviderLimit: Equatable, Sendable {
  package var provider = ""
  /// A model's name, in which `*` stands for anything.
  package var model = "*"
  /// The value of `attrs.account` it is for; "" for calls of any account.
  package var account = ""
  package var requests: Int64?
  package var tokens: Int64?
  package var inputTokens: Int64?
  package var outputTokens: Int64?
  /// Whether tokens read from the provider's cache use up the limit.
  package var countsCacheReads = true

  /// A limit that allows everything to nobody.
  package init() {}

  /// Whether calls with these labels use up the limit.
  package func covers(_ labels: [String: String]) -> Bool {
    guard labels["provider"] == provider else { return false }
    guard Self.matches(model, labels["model"] ?? "") else { return false }
    return account.isEmpty || labels["attrs.account"] == account
  }

  /// Whether `text` is `pattern`, in which `*` stands for any run of characters.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else {
      return pattern == text
    }
    var rest = Substring(text)
    guard rest.hasPrefix(first), rest.count >= first.count + last.count else { return false }
    rest = rest.dropFirst(first.count)
    guard rest.hasSuffix(last) else { return false }
    rest = rest.dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.range(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}

extension Substring {
  /// Where `part` first stands.
  fileprivate func range(of part: Substring) -> Range<Index>? {
    var start = startIndex
    while true {
      if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
      guard start < endIndex else { return nil }
      start = index(after: start)
    }
  }
}

/// How much of a provider's limit is left in this minute.
package struct Headroom: Equatable, Sendable {
  package var requests: Int64?
  package var tokens: Int64?
  /// Seconds until the first refusal if calls go on as in the last ten seconds; nil when they would
  /// never meet one.
  package var secondsToLimit: Int64?

  /// Nothing is known.
  package init() {}
}

extension Headroom {
  /// What is left of `limit` when `view` holds all the calls that use it up.
  package init(_ limit: ProviderLimit, _ view: WindowView) {
    // The seconds of the minute, oldest first: what leaves it as time goes on.
    let seconds = (0..<60).map { age in
      let second = view.second - 59 + Int64(age)
      return view.sums(from: second, to: second, withHistograms: false)
    }
    let uses: [(limit: Int64?, used: (WindowSums) -> Double)] = [
      (limit.requests, { $0.events(.starts) }),
      (limit.tokens, { Double($0.inputTokens + $0.outputTokens - limit.free($0)) }),
      (limit.inputTokens, { Double($0.inputTokens - limit.free($0)) }),
      (limit.outputTokens, { Double($0.outputTokens) }),
    ]
    var left: [Int64?] = []
    for use in uses {
      guard let most = use.limit else {
        left.append(nil)
        continue
      }
      let used = seconds.map(use.used)
      let rest = Double(most) - used.reduce(0, +)
      left.append(Int64(max(0, rest.rounded(.down))))
      if let wait = Self.seconds(until: rest, used) {
        secondsToLimit = min(secondsToLimit ?? wait, wait)
      }
    }
    requests = left[0]
    tokens = left[1] ?? [left[2], left[3]].compactMap { $0 }.min()
  }

  /// When the minute is used up, as it moves on while the pace of the last ten seconds holds.
  private static func seconds(until rest: Double, _ used: [Double]) -> Int64? {
    let pace = used.suffix(10).reduce(0, +) / 10
    var left = rest
    for (passed, leaving) in used.enumerated() {
      if left <= 0 { return Int64(passed) }
      left += leaving - pace
    }
    return left <= 0 ? 60 : nil
  }
}

extension ProviderLimit {
  fileprivate func free(_ sums: WindowSums) -> Int64 {
    countsCacheReads ? 0 : sums[.cacheRead]
  }
}
