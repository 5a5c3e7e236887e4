internal import Codec
internal import HTTP
internal import LinuxIO
internal import Outbound

/// `barograph send`: ship lines from files or standard input.
enum SendCommand {
  static let command = Command(
    name: "send", summary: "ship lines from files or standard input", usage: "[FILE…] [options]",
    options: [
      .init("--format", value: "FORMAT", "auto, json, logfmt, docker, cri or text (default auto)"),
      .init("--multiline", "join stack traces to the line above them"),
      .init("--follow", letter: "-f", "go on as the files grow, also over rotation"),
      .init("--state", value: "FILE", "where --follow keeps its offsets"),
      .init("--gzip", "compress what is sent"),
      .init("--service", value: "NAME", "service of records that name none"),
      .init("--env", value: "NAME", "environment of records that name none"),
      .init("--default", value: "FIELD=VALUE", "any other field of records that lack it"),
    ],
    examples: [
      "barograph send app.jsonl", "kubectl logs -f deploy/chat | barograph send --service chat",
      "barograph send --follow --multiline /var/log/app.log",
    ]
  ) { arguments in
    guard let format = LineFormat(rawValue: arguments["--format"] ?? "auto") else {
      let known = LineFormat.allCases.map(\.rawValue).joined(separator: ", ")
      Console.complain("--format is one of \(known)")
      return .usage
    }
    guard let query = query(arguments) else {
      Console.complain("--default is FIELD=VALUE")
      return .usage
    }
    if arguments.has("--follow"), arguments.positional.isEmpty {
      Console.complain("--follow needs a file")
      return .usage
    }
    guard let collector = CollectorConnection(arguments) else { return .usage }
    let sender = BatchSender(
      client: collector.client, query: query, compresses: arguments.has("--gzip"))
    var shipment = Shipment(
      sender: sender, format: format, joinsTraces: arguments.has("--multiline"))
    let isDelivered =
      arguments.has("--follow")
      ? shipment.follow(arguments.positional, state: arguments["--state"])
      : shipment.ship(arguments.positional)
    report(shipment.totals, arguments)
    return isDelivered && shipment.totals.rejected == 0 ? .ok : .failed
  }

  private static func query(_ arguments: Arguments) -> String? {
    var pairs: [(name: String, value: String)] = []
    if let service = arguments["--service"] { pairs.append(("service", service)) }
    if let env = arguments["--env"] { pairs.append(("env", env)) }
    for text in arguments.all("--default") {
      guard let equals = text.firstIndex(of: "=") else { return nil }
      pairs.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
    }
    return EventSelection.query(pairs)
  }

  private static func report(_ totals: BatchSender.Totals, _ arguments: Arguments) {
    if arguments.has("--json") {
      Console.print(
        "{\"sent\":\(totals.records),\"accepted\":\(totals.accepted),"
          + "\"duplicates\":\(totals.duplicates),\"rejected\":\(totals.rejected)}\n")
    } else {
      Console.print(
        "sent \(totals.records): \(totals.accepted) accepted, \(totals.duplicates) duplicate, "
          + "\(totals.rejected) rejected\n")
    }
  }
}

/// The way of lines from inputs into batches.
struct Shipment {
  private static let readSize = 256 << 10
  private static let progressSize: Int64 = 8 << 20
  private static let pollMilliseconds: Int64 = 200

  private var sender: BatchSender
  private let format: LineFormat
  private let joinsTraces: Bool

  init(sender: BatchSender, format: LineFormat, joinsTraces: Bool) {
    self.sender = sender
    self.format = format
    self.joinsTraces = joinsTraces
  }

  var totals: BatchSender.Totals { sender.totals }

  /// Ships files from their start to their end, or standard input without any.
  mutating func ship(_ paths: [String]) -> Bool {
    guard !paths.isEmpty else { return shipStandardInput() }
    for path in paths {
      do throws(Errno) {
        let file = try FollowedFile(path)
        let size = try file.size()
        var input = LineInput(name: path, shaper: LineShaper(format, joinsTraces: joinsTraces))
        var progress = ProgressBar(path, of: size, isShown: size > Self.progressSize)
        var offset: Int64 = 0
        while case let bytes = try file.read(at: offset, limit: Self.readSize), !bytes.isEmpty {
          offset += Int64(bytes.count)
          guard take(input.take(bytes)) else { return false }
          progress.show(offset)
        }
        guard take(input.finish()) else { return false }
        progress.end()
      } catch {
        Console.complain("cannot read \(path): \(error.text)")
        return false
      }
    }
    return sender.flush()
  }

  private mutating func shipStandardInput() -> Bool {
    let standardInput = FileDescriptor(owning: 0)
    var input = LineInput(name: "stdin", shaper: LineShaper(format, joinsTraces: joinsTraces))
    do throws(Errno) {
      while true {
        guard try standardInput.wait(for: .read, milliseconds: Int32(BatchSender.patience)) else {
          guard take(input.rest()), sender.flush() else { return false }
          continue
        }
        var bytes: [UInt8] = []
        guard case .bytes = try standardInput.read(upTo: Self.readSize, into: &bytes) else { break }
        guard take(input.take(bytes)) else { return false }
      }
    } catch {
      Console.complain("cannot read standard input: \(error.text)")
      return false
    }
    return take(input.finish()) && sender.flush()
  }

  /// Goes on as files grow, until the process is ended. What was acknowledged is noted in the state
  /// file, so that a later run goes on behind it.
  mutating func follow(_ paths: [String], state: String?) -> Bool {
    var offsets = OffsetFile(state)
    let tails = paths.map { path in
      FileTail(
        path: path, known: offsets[path],
        input: LineInput(name: path, shaper: LineShaper(format, joinsTraces: joinsTraces)))
    }
    while true {
      var isIdle = true
      for index in tails.indices {
        let records = tails[index].read(limit: Self.readSize)
        if !records.isEmpty { isIdle = false }
        guard take(records) else { return false }
      }
      if isIdle || sender.isDue {
        for index in tails.indices where isIdle {
          guard take(tails[index].rest()) else { return false }
        }
        guard sender.flush() else { return false }
        for tail in tails { offsets[tail.path] = tail.position }
        offsets.save()
      }
      if isIdle { Pause.milliseconds(Self.pollMilliseconds) }
    }
  }

  private mutating func take(_ records: [LineInput.Record]) -> Bool {
    for record in records {
      sender.add(record.json, from: record.origin)
      if sender.isDue, !sender.flush() { return false }
    }
    return true
  }

}

/// Cuts the bytes of one input into lines and shapes them.
struct LineInput {
  /// A record and where it came from.
  struct Record {
    let json: [UInt8]
    let origin: String
  }

  private static let longest = 1 << 20
  let name: String
  private var shaper: LineShaper
  private var unfinished: [UInt8] = []
  private var line = 0

  init(name: String, shaper: LineShaper) {
    self.name = name
    self.shaper = shaper
  }

  /// Bytes that wait for the end of their line.
  var waiting: Int { unfinished.count }

  mutating func take(_ bytes: [UInt8]) -> [Record] {
    var records: [Record] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
      records += shape(unfinished + rest[..<end])
      unfinished.removeAll(keepingCapacity: true)
      rest = rest[(end + 1)...]
    }
    unfinished += rest
    if unfinished.count > Self.longest { records += shape(takeUnfinished()) }
    return records
  }

  /// What can be given out while no line comes: a record that was still open.
  mutating func rest() -> [Record] {
    shaper.finish().map { Record(json: $0, origin: "\(name):\(line)") }
  }

  /// What is left at the end of the input.
  mutating func finish() -> [Record] {
    (unfinished.isEmpty ? [] : shape(takeUnfinished())) + rest()
  }

  /// Begins again, for another file under the same name.
  mutating func restart() {
    line = 0
  }

  private mutating func takeUnfinished() -> [UInt8] {
    defer { unfinished.removeAll() }
    return unfinished
  }

  private mutating func shape(_ text: [UInt8]) -> [Record] {
    line += 1
    return shaper.take(text).map { Record(json: $0, origin: "\(name):\(line)") }
  }
}
