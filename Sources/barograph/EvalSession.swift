internal import Judging
internal import LinuxIO
internal import Quality

/// One run over a file: reads lines, has them looked at, writes each result as it comes. A run that
/// was ended, however, goes on where it was: what is written is not asked again.
final class EvalSession {
  private let path: String
  private let plan: EvalPlan
  private let bench: JudgeBench?
  private let limit: Int
  private let input: LineFile
  private let earlier: EarlierResults
  private var output: WrittenFile? = nil
  private var bar: ProgressBar
  private(set) var tally: EvalTally
  private var readTo: Int64 = 0
  /// Lines handed out.
  private var given = 0

  /// What is handed to a thread, and what it gives back.
  struct Job: Sendable {
    let line: EvalLine
    let origin: EvalResult.Origin
  }

  struct Done: Sendable {
    let json: [UInt8]
    let opinions: [EvalResult.Opinion]
    /// What may be otherwise when the run is begun again, and whether others are of use till then.
    var trouble: JudgeTrouble?
  }

  /// A run over the file at `path`, whose results go to the file `out` or to standard output.
  init(
    _ path: String, _ plan: EvalPlan, _ bench: JudgeBench?, out: String?, limit: Int
  ) throws(Errno) {
    (self.path, self.plan, self.bench, self.limit) = (path, plan, bench, limit)
    input = try LineFile(path)
    earlier = try EarlierResults(out)
    bar = ProgressBar(path, of: input.size)
    tally = earlier.tally ?? EvalTally(plan.names)
    guard let out, earlier.problem(with: plan.names) == nil else { return }
    output = try WrittenFile(out, keeping: earlier.kept)
  }

  /// Looks at every line that has no result yet.
  func run() throws(Errno) -> ExitCode {
    if let problem = earlier.problem(with: plan.names) {
      Console.complain(problem)
      return .usage
    }
    let (plan, bench) = (plan, bench)
    let pool = try WorkerPool<Job, Done>(plan.threads) {
      let panel = EvalPanel(plan, bench)
      return { job in panel.look(at: job) }
    }
    let end = try work(pool)
    pool.close()
    bar.end()
    try output?.synchronize()
    return end
  }

  private func work(_ pool: WorkerPool<Job, Done>) throws(Errno) -> ExitCode {
    var hasMore = true
    var isRead = true
    while true {
      while hasMore, pool.hasIdle {
        switch try next() {
        case .job(let job): pool.give(job)
        case .end: hasMore = false
        case .changed: (hasMore, isRead) = (false, false)
        }
      }
      guard !pool.isIdle else { break }
      for done in pool.take() {
        guard try write(done) else { return .failed }
        if done.trouble?.isLasting == true { hasMore = false }
      }
      bar.show(readTo, tally.progress)
    }
    guard isRead else { return .usage }
    return tally.isWell ? .ok : .failed
  }

  private func write(_ done: Done) throws(Errno) -> Bool {
    if let trouble = done.trouble {
      if tally.postponed == 0 || trouble.isLasting { Console.complain(trouble.words) }
      // A later run asks again: what is written counts as said.
      if output != nil {
        tally.postponed += 1
        return true
      }
    }
    tally.add(done.opinions)
    guard output != nil else { return StandardOutput.write(done.json) }
    try output?.append(done.json)
    return true
  }

  private enum Step {
    case job(Job)
    case end
    case changed
  }

  /// The next line to be looked at.
  private func next() throws(Errno) -> Step {
    while let line = try input.next() {
      readTo = line.end
      guard !line.bytes.allSatisfy({ $0 <= 0x20 }) else { continue }
      let origin = EvalResult.Origin(line: line.number, text: line.bytes, names: plan.names)
      if let hash = earlier.hashes[line.number] {
        guard hash == origin.hash else {
          Console.complain(
            "\(path):\(line.number) is not what the results say it was; choose another --out")
          return .changed
        }
        continue
      }
      guard earlier.hashes.count + given < limit else { return .end }
      switch EvalLines.parsed(line.bytes) {
      case .failure(let problem):
        tally.bad += 1
        Console.complain("\(path):\(line.number): \(problem)")
      case .success(let found) where found.kind == .call:
        given += 1
        return .job(Job(line: found, origin: origin))
      case .success: continue
      }
    }
    return .end
  }
}

/// What an earlier run has written to the same file.
struct EarlierResults {
  /// The hashes of the lines that have results, by their numbers.
  private(set) var hashes: [Int: String] = [:]
  /// Bytes of whole results; what is behind them was being written when the run ended.
  private(set) var kept: Int64 = 0
  private var asked: [String]?
  /// What they come to; nil where there are none.
  private(set) var tally: EvalTally?
  private(set) var problem: String?

  /// What the file at `path` holds; nothing where there is none.
  init(_ path: String?) throws(Errno) {
    guard let path, FileSystem.exists(path) else { return }
    let file = try LineFile(path)
    while let line = try file.next(), line.isEnded {
      guard case .success(let result) = EvalLines.parsed(line.bytes),
        let origin = EvalResult.Origin(result)
      else {
        problem = "\(path):\(line.number) is no result of eval run; choose another --out"
        return
      }
      hashes[origin.line] = origin.hash
      var tally = tally ?? EvalTally(origin.names)
      tally.add(EvalResult.opinions(of: result))
      tally.kept += 1
      self.tally = tally
      asked = origin.names
      kept = line.end
    }
  }

  /// Why a run that asks `names` cannot go on from here; nil where it can.
  func problem(with names: [String]) -> String? {
    if let problem { return problem }
    guard let asked, asked != names else { return nil }
    return "the results are of \(asked.joined(separator: ", ")), not of"
      + " \(names.joined(separator: ", ")); choose another --out"
  }
}
