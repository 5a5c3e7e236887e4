internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound
internal import Terminal

/// `barograph tail`: events as they are stored.
enum TailCommand {
  private static let reconnect: Int64 = 1_000

  static let command = Command(
    name: "tail", summary: "show events as they come", usage: "[options]",
    options: [
      EventSelection.filterOption,
      .init("--type", value: "TYPE", "llm, span, log or score"),
      .init("--level", value: "LEVEL", "log records of at least this level"),
    ],
    examples: [
      "barograph tail", "barograph tail --type llm --filter service=chat",
      "barograph tail --level warning --json",
    ]
  ) { arguments in
    var fields: [(name: String, value: String)] = []
    if let type = arguments["--type"] { fields.append(("type", type)) }
    if let level = arguments["--level"] { fields.append(("min_level", level)) }
    let selection: EventSelection
    do throws(EventSelection.Fault) {
      selection = try EventSelection(arguments, besides: fields)
    } catch {
      Console.complain(error.message)
      return .usage
    }
    guard let collector = CollectorConnection(arguments) else { return .usage }
    let printer = EventPrinter(
      isRaw: arguments.has("--json"), look: Console.look(arguments),
      isTerminal: Terminal.isTerminal(1))
    return follow(collector, "/v1/events/stream?\(selection.query)", printer)
  }

  private static func follow(
    _ collector: CollectorConnection, _ path: String, _ printer: EventPrinter
  ) -> ExitCode {
    var wasConnected = false
    while true {
      var lines = StreamLines()
      var isOpen = true
      do throws(ClientError) {
        let head = try collector.client.stream(path) { head, bytes in
          guard head.isSuccess else {
            lines.keep(bytes)
            return true
          }
          wasConnected = true
          isOpen = lines.take(bytes).allSatisfy { printer.show($0) }
          return isOpen
        }
        guard head.isSuccess else {
          Console.complain(CollectorConnection.message(of: lines.kept, status: head.status))
          return .failed
        }
        guard isOpen else { return .ok }
        Console.complain("the collector ended the stream; connecting again")
      } catch {
        guard wasConnected else {
          Console.complain("\(error)")
          return .failed
        }
        Console.complain("\(error); connecting again")
      }
      Pause.milliseconds(reconnect)
    }
  }
}

/// Cuts a stream of server-sent events into its messages.
struct StreamLines {
  private var unfinished: [UInt8] = []
  private(set) var kept: [UInt8] = []

  /// One message: what kind, and its data.
  struct Message {
    var event = "message"
    var data: [UInt8] = []
  }

  private var message = Message()

  mutating func keep(_ bytes: [UInt8]) { kept += bytes }

  mutating func take(_ bytes: [UInt8]) -> [Message] {
    unfinished += bytes
    var done: [Message] = []
    while let end = unfinished.firstIndex(of: 0x0A) {
      let line = unfinished[..<end]
      if line.isEmpty {
        if !message.data.isEmpty { done.append(message) }
        message = Message()
      } else if line.starts(with: Array("data: ".utf8)) {
        message.data += line.dropFirst(6)
      } else if line.starts(with: Array("event: ".utf8)) {
        message.event = String(decoding: line.dropFirst(7), as: UTF8.self)
      }
      unfinished.removeSubrange(...end)
    }
    return done
  }
}

/// Prints one event a line.
struct EventPrinter {
  let isRaw: Bool
  let look: TerminalLook
  let isTerminal: Bool

  /// Prints a message; false when nobody reads any more.
  func show(_ message: StreamLines.Message) -> Bool {
    if message.event == "dropped" {
      let count = String(decoding: message.data, as: UTF8.self)
      Console.complain("\(count) events were left out: this reader is too slow")
      return true
    }
    guard !isRaw, let event = Answer(message.data) else {
      return StandardOutput.write(message.data + [0x0A])
    }
    let line = EventLine.text(event)
    return Console.print((isTerminal ? line.line(look) : line.plain) + "\n")
  }
}
