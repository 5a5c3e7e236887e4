internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound
internal import PromQL

/// `barograph query`: PromQL over what the collector knows.
enum QueryCommand {
  private static let usualWidth = 100

  static let command = Command(
    name: "query", summary: "ask the collector in PromQL, at one time or over a range",
    usage: "EXPR [options]",
    options: [
      .init("--time", value: "TIME", "evaluate then: RFC 3339 or seconds since 1970 (now)"),
      .init("--range", value: "SPAN", "evaluate over the span before that time: 1h, 7d"),
      .init("--step", value: "SPAN", "between two evaluations of a range (some 120 of them)"),
      .init("--limit", value: "N", "no more series than this"),
      .init("--timeout", value: "SPAN", "give up after this long"),
      .init("--csv", "comma-separated values (RFC 4180)"),
      .init("--ascii", "draw with ASCII only, as where the locale is not UTF-8"),
    ],
    examples: [
      "barograph query 'sum by (model) (rate(llm_requests_total[5m]))'",
      "barograph query 'llm_window_latency_seconds{stat=\"p95\"}' --range 1h --step 15s",
      "barograph query 'sum(increase(llm_cost_usd_total[1d]))' --time 2026-11-20T00:00:00Z --json",
    ]
  ) { arguments in
    guard let query = arguments.positional.first, arguments.positional.count == 1 else {
      Console.complain("give one expression, in quotes")
      return .usage
    }
    let asked: QueryRequest
    do throws(QueryRequest.Fault) {
      asked = try QueryRequest(query, arguments, now: Clock.wall / 1_000_000)
    } catch {
      Console.complain(error.message)
      return .usage
    }
    guard let collector = CollectorConnection(arguments) else { return .usage }
    guard let answer = fetch(asked, collector) else { return .failed }
    if arguments.has("--json") {
      Console.print(String(decoding: answer, as: UTF8.self) + "\n")
      return .ok
    }
    guard let result = QueryAnswer(answer) else {
      Console.complain("the answer is not understood")
      return .failed
    }
    show(result, asked, arguments)
    return .ok
  }

  private static func show(
    _ result: QueryAnswer, _ asked: QueryRequest, _ arguments: Arguments
  ) {
    if arguments.has("--csv") {
      Console.print(result.longTable.csv)
    } else if let span = asked.span {
      let size = Terminal.isTerminal(1) ? Terminal.size(of: 1)?.columns : nil
      let told = Environment.current()["COLUMNS"].flatMap(Int.init)
      let style = QueryChart.Style(
        width: max(40, size ?? told ?? usualWidth),
        isPlain: arguments.has("--ascii") || !Locale.isUTF8,
        hasColor: Console.hasColor(arguments))
      Console.print(QueryChart(result, span, style).text)
    } else {
      Console.print(result.text)
    }
    for note in result.notes { Console.complain(note) }
  }

  private static func fetch(_ asked: QueryRequest, _ collector: CollectorConnection) -> [UInt8]? {
    do throws(ClientError) {
      let answer = try collector.client.request(
        .post, asked.path,
        headers: [HTTPField("Content-Type", "application/x-www-form-urlencoded")],
        body: asked.form)
      if answer.isSuccess { return answer.body }
      Console.complain(QueryProblem(answer.body, status: answer.status).text(asked.query))
    } catch {
      Console.complain("\(error)")
    }
    return nil
  }
}

/// What the environment says of the terminal's letters.
enum Locale {
  static var isUTF8: Bool {
    let environment = Environment.current()
    let name = ["LC_ALL", "LC_CTYPE", "LANG"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty }
    // Without a word the letters of our own texts are UTF-8 too.
    guard let name = name?.lowercased() else { return true }
    return name.contains("utf-8") || name.contains("utf8")
  }
}
