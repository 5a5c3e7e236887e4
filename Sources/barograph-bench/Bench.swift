internal import LinuxIO

/// Runs the benchmarks named by the arguments; see `scripts/bench`.
@main
struct Bench {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let isSmoke = arguments.contains("--smoke")
    let names = arguments.filter { !$0.hasPrefix("--") }
    do throws(Errno) {
      if names.isEmpty || names.contains("decode") { DecodeBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("redaction") { RedactionBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("totals") { TotalsBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("windows") { WindowBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("money") { MoneyBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("quality") { QualityBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("quality") { ComparisonBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("query") { QueryBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("query") { try TimelineBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("alerts") { try AlertBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("study") {
        StudyBench.run(smoke: isSmoke, tune: arguments.contains("--tune"))
      }
      if names.isEmpty || names.contains("store") { try StoreBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("history") { try HistoryBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("samples") { try SampleBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("restart") { try RestartBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("start") { try StartBench.run() }
      if names.isEmpty || names.contains("otlp") { try OTLPBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("keys") { try KeyBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("load") { try LoadBench.run(smoke: isSmoke) }
      if names.isEmpty || names.contains("evaluators") {
        try EvaluatorLoad.run(smoke: isSmoke)
      }
    } catch {
      print("cannot run: \(error)")
      Exit.now(1)
    }
  }
}

/// How long an empty collector takes from its start until it takes connections.
enum StartBench {
  static func run() throws(Errno) {
    let collector = try CollectorProcess(port: 24_300)
    let (ready, rss) = (collector.readyMilliseconds, collector.residentMiB())
    collector.stop()
    print("ready after \((ready * 10).rounded() / 10) ms, RSS \((rss * 10).rounded() / 10) MiB")
  }
}
