import Telemetry

@testable import Money

extension MoneyCase {
  /// The cases of several spans, those about traces, and those in OpenTelemetry's own form.
  static let traces =
    ["status", "dialect", "single"].flatMap { file in all(file).filter { $0.events.count > 1 } }
    + all("trace") + all("otlp")

  /// The spans in the order of the events, versions of one span not yet united.
  var spans: [LedgerSpan] {
    decoded().flatMap { batch in
      (0..<batch.count).map { index in
        let response = batch[index].responseID
        return unsafe LedgerSpan(
          batch[index],
          responseID: response.isAbsent
            ? UnsafeRawBufferPointer(start: nil, count: 0) : batch.text(response))
      }
    }
  }

  /// The spans with the versions of one united.
  var unitedSpans: [LedgerSpan] {
    var united: [LedgerSpan] = []
    for span in spans {
      if let known = united.firstIndex(where: {
        $0.spanID == span.spanID && $0.attempt == span.attempt
      }) {
        united[known] = united[known].merged(with: span)
      } else {
        united.append(span)
      }
    }
    return united
  }

  /// What a total must be, in words that two totals share only when they are the same.
  func mismatches(_ total: CostTotal) -> [String] {
    var found: [String] = []
    let cost = total.hasCost ? Picodollars.text(total.cost) : nil
    if cost != self.cost { found.append("cost \(cost ?? "none")") }
    if let status, status != total.status?.text {
      found.append("status \(total.status?.text ?? "none")")
    }
    if let leaves, leaves != total.leaves.words { found.append("leaves \(total.leaves.words)") }
    if let countedCalls, countedCalls != total.countedCalls {
      found.append("counted calls \(total.countedCalls)")
    }
    if let coverage, abs((total.coverage ?? -1) - coverage) > 0.001 {
      found.append("coverage \(total.coverage ?? -1)")
    }
    return found
  }
}

extension CostTotal {
  /// The total over contributions.
  init(_ parts: some Sequence<Contribution>) {
    self.init()
    for part in parts { add(part) }
  }
}

/// Every order of `count` things, or `limit` of them spread evenly when there are more.
func orders(of count: Int, limit: Int = 720) -> [[Int]] {
  let all = (1...max(1, count)).reduce(1, *)
  let step = max(1, all / limit)
  return stride(from: 0, to: all, by: step).map { number in
    var (rest, left) = (number, Array(0..<count))
    return (0..<count).map { place in
      let choices = (1..<max(2, count - place)).reduce(1, *)
      defer { rest %= choices }
      return left.remove(at: rest / choices)
    }
  }
}
