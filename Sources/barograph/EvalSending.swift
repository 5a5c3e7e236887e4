internal import Codec
internal import LinuxIO
internal import Quality

/// Hands the scores of a file of results to a collector, as events of what they are for. Sent again
/// they count once.
enum EvalSending {
  /// Sends all of `--out`; false where not everything arrived.
  static func send(_ arguments: Arguments) throws(Errno) -> Bool {
    guard let path = arguments["--out"] else {
      Console.complain("--send reads the results again: it needs --out FILE")
      return false
    }
    guard let collector = CollectorConnection(arguments) else { return false }
    var sender = BatchSender(client: collector.client, query: "", compresses: false)
    let file = try LineFile(path)
    var homeless = 0
    while let line = try file.next() {
      guard case .success(let result) = EvalLines.parsed(line.bytes) else { continue }
      guard let target = CallTarget(result) else {
        homeless += 1
        continue
      }
      for score in scores(result, target) { sender.add(score, from: "\(path):\(line.number)") }
      if sender.isDue, !sender.flush() { return false }
    }
    guard sender.flush() else { return false }
    let totals = sender.totals
    var words =
      "sent \(totals.records) scores: \(totals.accepted) accepted, \(totals.duplicates) known"
    if homeless > 0 { words += "; \(homeless) lines name no trace, session or response" }
    StandardError.write(Array("\(words)\n".utf8))
    return totals.rejected == 0
  }

  private static func scores(_ result: EvalLine, _ target: CallTarget) -> [[UInt8]] {
    EvalResult.opinions(of: result).compactMap { opinion in
      guard case .score(let score) = opinion.outcome else { return nil }
      return target.line(
        score: opinion.name, score.value, evaluator: opinion.evaluator, comment: score.comment)
    }
  }
}
