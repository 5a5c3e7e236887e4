internal import LinuxIO
internal import Quality

/// `barograph eval export`: stored calls as lines of JSON, with what was said and the scores.
enum EvalExport {
  private static let usualWindow = "7d"

  static let options: [Command.Option] = [
    .init("--out", value: "FILE", "run, export: where results go (default standard output)"),
    .init("--limit", value: "N", "run, export: at most so many calls"),
  ]

  static let examples = [
    "barograph eval export --filter service=chat --window 24h --out calls.jsonl"
  ]

  static func run(_ arguments: Arguments) throws(EventSelection.Fault) -> ExitCode {
    var calls = try EventSelection(arguments, besides: [("type", "llm")])
    try calls.addTime(arguments, usual: usualWindow)
    let limit = try EvalCommand.whole(arguments, "--limit", 1...Int.max) ?? .max
    guard let collector = CollectorConnection(arguments) else { return .usage }
    var book = ScoreBook()
    let end = readScores(collector, since: calls["from"], into: &book)
    guard end == .ok else { return end }
    var output: EvalOutput
    do throws(Errno) {
      output = try EvalOutput(arguments["--out"])
    } catch {
      Console.complain("cannot write \(arguments["--out"] ?? "the output"): \(error.text)")
      return .failed
    }
    return write(collector, calls, book, limit, to: &output)
  }

  private static func readScores(
    _ collector: CollectorConnection, since: String?, into book: inout ScoreBook
  ) -> ExitCode {
    var scores = EventSelection([("type", "score")])
    if let since { scores = scores.adding("from", since) }
    guard let rows = EventRows(collector, scores, fields: EvalLines.scoreFields) else {
      return .usage
    }
    let end = rows.read { row in
      guard case .success(let line) = EvalLines.parsed(row) else { return false }
      return book.add(line)
    }
    guard end == .stopped, book.count == ScoreBook.limit else { return EvalLines.code(end) }
    Console.complain("more than \(ScoreBook.limit) scores lie in this time; ask for a shorter one")
    return .failed
  }

  private static func write(
    _ collector: CollectorConnection, _ calls: EventSelection, _ book: ScoreBook, _ limit: Int,
    to output: inout EvalOutput
  ) -> ExitCode {
    let fields = ["*", "counted", "why", "counted_cost_usd"]
    guard let rows = EventRows(collector, calls, fields: fields) else { return .usage }
    var book = book
    var (count, duplicates) = (0, 0)
    var problem: String?
    let end = rows.read { row in
      guard case .success(let call) = EvalLines.parsed(row) else { return false }
      guard !call.isCountedElsewhere else {
        duplicates += 1
        return true
      }
      let scores = book.take(for: call)
      let line = scores.isEmpty ? row : row.dropLast() + [0x2C] + scores + [0x7D]
      problem = output.write(line + [0x0A])
      count += 1
      return problem == nil && count < limit
    }
    if count < limit || problem != nil {
      if let problem {
        Console.complain(problem)
        return .failed
      }
      let code = EvalLines.code(end)
      guard code == .ok else { return code }
    }
    if let problem = output.finish() {
      Console.complain(problem)
      return .failed
    }
    var words = "\(count) calls"
    if duplicates > 0 { words += "; \(duplicates) rows left out: another tells of the same call" }
    StandardError.write(Array("\(words)\n".utf8))
    return .ok
  }
}

/// Where an export goes: standard output, or a file that has its name only when it is whole.
struct EvalOutput: ~Copyable {
  private static let portion = 256 << 10
  private let path: String?
  private let draft: String
  private var file: WrittenFile?
  private var waiting: [UInt8] = []

  /// An output to the file at `path`, or to standard output.
  init(_ path: String?) throws(Errno) {
    self.path = path
    draft = "\(path ?? "").part"
    file = nil
    if path != nil { file = try WrittenFile(draft) }
  }

  /// Writes; what keeps it from that, or nil.
  mutating func write(_ bytes: [UInt8]) -> String? {
    waiting += bytes
    return waiting.count < Self.portion ? nil : flush()
  }

  /// Writes what waits and gives the file its name; what keeps it from that, or nil.
  mutating func finish() -> String? {
    if let problem = flush() { return problem }
    guard let path else { return nil }
    do throws(Errno) {
      try file?.synchronize()
      try FileSystem.rename(draft, to: path)
      return nil
    } catch {
      return "cannot write \(path): \(error.text)"
    }
  }

  private mutating func flush() -> String? {
    guard !waiting.isEmpty else { return nil }
    defer { waiting.removeAll(keepingCapacity: true) }
    guard let path else {
      return StandardOutput.write(waiting) ? nil : "nobody reads the output any more"
    }
    do throws(Errno) {
      try file?.append(waiting)
      return nil
    } catch {
      return "cannot write \(path): \(error.text)"
    }
  }
}
