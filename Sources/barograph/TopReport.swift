internal import HTTP
internal import LinuxIO
internal import Outbound
internal import Terminal

/// The view without a person: text, JSON or CSV, once or again and again.
struct TopReport {
  private static let usualWidth = 120

  private let options: TopOptions
  private let collector: CollectorConnection

  init(_ options: TopOptions, _ collector: CollectorConnection) {
    self.options = options
    self.collector = collector
  }

  /// Prints what was asked for; failed where the collector cannot be asked, or, when that was
  /// wanted, where a critical alert fires.
  func run() -> ExitCode {
    var printed = 0
    let start = Clock.monotonic
    let interval = Int64(options.settings.interval) * 100_000_000
    while true {
      guard printOne(isFirst: printed == 0) else { return .failed }
      printed += 1
      if let count = options.count, printed >= count { break }
      let next = start + Int64(printed) * interval
      Pause.milliseconds(max(0, (next - Clock.monotonic) / 1_000_000))
    }
    return options.hasExitStatus && !isCalm ? .failed : .ok
  }

  /// Whether no critical alert fires; false where it cannot be told.
  var isCalm: Bool {
    do throws(ClientError) {
      let answer = try collector.client.request(.get, "/v1/alerts?state=firing")
      if answer.status == 404 { return true }
      guard answer.isSuccess, let alerts = Answer(answer.body) else { return false }
      return !alerts["alerts"].items.contains { $0["labels"]["severity"].text == "critical" }
    } catch {
      return false
    }
  }

  private func printOne(isFirst: Bool) -> Bool {
    var model = TopModel(
      url: collector.url, settings: options.settings, place: options.place,
      terminal: options.look, width: width, height: options.limit, now: Clock.wall,
      at: options.at)
    guard !options.isJSON, !options.isCSV else { return printTable(model, isFirst) }
    model.becomeReport(limit: options.limit)
    for request in model.requests where request.part != .graph {
      guard let answer = ask(request.path) else { return false }
      if request.part == .table, !answer.isSuccess { return complain(answer) }
      let read = TopAnswer(request, status: answer.status, body: answer.body)
      _ = model.handle(.answered(read), at: Clock.wall)
    }
    let isTerminal = Terminal.isTerminal(1)
    let lines = model.report(limit: options.limit).map { line in
      isTerminal ? line.line(options.look) : line.plain
    }
    return Console.print((isFirst ? "" : "\n") + lines.joined(separator: "\n") + "\n")
  }

  private func printTable(_ model: TopModel, _ isFirst: Bool) -> Bool {
    let request = model.tableRequest(limit: options.limit, isWhole: options.isJSON)
    guard let answer = ask(request.path) else { return false }
    guard answer.isSuccess else { return complain(answer) }
    guard options.isCSV else {
      return StandardOutput.write(answer.body.last == 0x0A ? answer.body : answer.body + [0x0A])
    }
    guard let value = Answer(answer.body) else { return false }
    let (columns, rows) = model.cells(of: value)
    let text = TextTable(columns: columns, rows: rows).csv
    // Further looks go on under the same heading.
    return Console.print(isFirst ? text : String(text.drop { $0 != "\r\n" }.dropFirst()))
  }

  private var width: Int {
    max(
      60,
      Terminal.isTerminal(1) ? Terminal.size(of: 1)?.columns ?? Self.usualWidth : Self.usualWidth)
  }

  private func ask(_ path: String) -> Response? {
    do throws(ClientError) {
      return try collector.client.request(.get, path)
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }

  private func complain(_ answer: Response) -> Bool {
    Console.complain(CollectorConnection.message(of: answer))
    return false
  }
}
