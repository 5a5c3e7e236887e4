internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound
internal import Terminal

/// `barograph trace`: one trace as a waterfall.
enum TraceCommand {
  private static let usualWidth = 100

  static let command = Command(
    name: "trace", summary: "show one trace with its logs and what it cost",
    usage: "ID [options]",
    options: [.init("--explain", "say of each span why it was counted or was not")],
    examples: [
      "barograph trace 4bf92f3577b34da6a3ce929d0e0e4736",
      "barograph trace req-7f3a --explain",
    ]
  ) { arguments in
    guard let id = arguments.positional.first, arguments.positional.count == 1 else {
      Console.complain("give the id of a trace, a span, a request or a response")
      return .usage
    }
    guard let collector = CollectorConnection(arguments) else { return .usage }
    guard let answer = fetch(id, collector) else { return .failed }
    if arguments.has("--json") {
      Console.print(String(decoding: answer, as: UTF8.self))
      return .ok
    }
    guard let trace = TraceWaterfall(answer) else {
      Console.complain("the answer is not understood")
      return .failed
    }
    let width = Terminal.isTerminal(1) ? Terminal.size(of: 1)?.columns ?? usualWidth : usualWidth
    let look = Console.look(arguments)
    for line in trace.lines(width: max(width, 60), explains: arguments.has("--explain")) {
      let text = Terminal.isTerminal(1) ? line.line(look) : line.plain
      guard Console.print(text + "\n") else { break }
    }
    return .ok
  }

  private static func fetch(_ id: String, _ collector: CollectorConnection) -> [UInt8]? {
    var path = Array("/v1/traces/".utf8)
    PercentCoding.append(Array(id.utf8), to: &path)
    do throws(ClientError) {
      let answer = try collector.client.request(.get, String(decoding: path, as: UTF8.self))
      if answer.isSuccess { return answer.body }
      Console.complain(CollectorConnection.message(of: answer))
    } catch {
      Console.complain("\(error)")
    }
    return nil
  }
}
