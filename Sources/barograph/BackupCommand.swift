internal import Codec
internal import Collector
internal import HTTP
internal import History
internal import LinuxIO
internal import Outbound

/// `barograph backup`: a whole copy of the store, while the collector runs or when it is stopped.
enum BackupCommand {
  /// Milliseconds between two questions how far the collector is.
  private static let pause: Int64 = 100

  static let command = Command(
    name: "backup", summary: "write a checked copy of the store, also while it is in use",
    usage: "FILE [options]",
    options: [
      .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
      .init("--force", "replace FILE if it is there"),
    ],
    examples: [
      "barograph backup /backups/barograph-monday.db",
      "barograph backup --data /var/lib/barograph --force /backups/latest.db",
    ]
  ) { arguments in
    guard let name = arguments.positional.first, arguments.positional.count == 1 else {
      Console.complain("give one file to write")
      return .usage
    }
    guard let directory = DataDirectory.path(arguments) else { return .usage }
    do throws(BackupFile.Failure) {
      let path = try absolute(name)
      let progress = BackupProgress(isShown: Terminal.isTerminal(2) && !arguments.has("--json"))
      if try !isDoneByCollector(path, directory, arguments, progress) {
        try copy("\(directory)/\(Store.fileName)", to: path, arguments, progress)
        Administration.note("backup", path, in: directory, arguments)
      }
      try report(path, arguments)
      return .ok
    } catch {
      Console.complain("cannot back up: \(error)")
      return .failed
    }
  }

  private static func absolute(_ name: String) throws(BackupFile.Failure) -> String {
    do throws(Errno) {
      return try FileSystem.absolute(name)
    } catch {
      throw .file(path: name, cause: error.text)
    }
  }

  /// Lets the collector that uses the directory do it, whose writer copies between its commits;
  /// false when none answers there.
  private static func isDoneByCollector(
    _ path: String, _ directory: String, _ arguments: Arguments, _ progress: BackupProgress
  ) throws(BackupFile.Failure) -> Bool {
    guard
      let collector = CollectorConnection(
        arguments, url: arguments["--url"] ?? "unix:\(directory)/admin.sock")
    else { throw .file(path: path, cause: "the collector cannot be asked") }
    let client = collector.client
    let answer: Outbound.Response
    do throws(ClientError) {
      answer = try client.request(
        .post, "/v1/backup", body: order(path, replaces: arguments.has("--force")))
    } catch {
      guard arguments["--url"] != nil else { return false }
      throw .file(path: path, cause: "\(error)")
    }
    guard answer.status == 202 else {
      throw .file(path: path, cause: CollectorConnection.message(of: answer))
    }
    while try !isEnded(ask(client, path), path, progress) { Pause.milliseconds(Self.pause) }
    return true
  }

  private static func ask(
    _ client: HTTPClient, _ path: String
  ) throws(BackupFile.Failure) -> Outbound.Response {
    do throws(ClientError) {
      return try client.request(.get, "/v1/backup")
    } catch {
      throw .file(path: path, cause: "\(error)")
    }
  }

  private static func order(_ path: String, replaces: Bool) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("file")
    json.value(path)
    json.key("replace")
    json.value(replaces)
    json.endObject()
    return json.bytes
  }

  /// Whether the collector has written the file; throws when it could not.
  private static func isEnded(
    _ answer: Outbound.Response, _ path: String, _ progress: BackupProgress
  ) throws(BackupFile.Failure) -> Bool {
    guard let node = ConfigNode.answer(answer.body) else {
      throw .file(path: path, cause: "the collector's answer is not understood")
    }
    let done = node["pages_done"]?.text.flatMap { Int($0) } ?? 0
    let total = node["pages_total"]?.text.flatMap { Int($0) } ?? 0
    switch node["phase"]?.text {
    case "done": return true
    case "copying", "checking":
      progress.show(done, total)
      return false
    default:
      let message = node["message"]?.text ?? "the collector does not say why"
      throw .file(path: path, cause: message)
    }
  }

  /// Copies the file without a collector, or beside one that cannot be asked.
  private static func copy(
    _ source: String, to path: String, _ arguments: Arguments, _ progress: BackupProgress
  ) throws(BackupFile.Failure) {
    let facts = try StoreCheck.facts(source)
    let file = try BackupFile(path, bytes: facts.bytes, replaces: arguments.has("--force"))
    do throws(BackupFile.Failure) {
      try file.fill(from: source) { done, total in
        progress.show(done, total)
        return true
      }
      try file.publish()
    } catch {
      file.discard()
      throw error
    }
  }

  private static func report(
    _ path: String, _ arguments: Arguments
  ) throws(BackupFile.Failure) {
    let facts = try StoreCheck.facts(path)
    if arguments.has("--json") {
      var json = JSONWriter()
      json.beginObject()
      json.key("file")
      json.value(path)
      json.key("bytes")
      json.value(facts.bytes)
      json.key("events")
      json.value(facts.events)
      json.key("schema")
      json.value(facts.version)
      json.endObject()
      Console.print(String(decoding: json.bytes, as: UTF8.self) + "\n")
    } else {
      Console.print("wrote \(path): \(facts.events) events, \(facts.bytes >> 10) KiB, whole\n")
    }
  }
}

/// Tells on a terminal how far a copy is, in one line.
struct BackupProgress: Sendable {
  let isShown: Bool

  /// Shows pages copied, of all.
  func show(_ done: Int, _ total: Int) {
    guard isShown, total > 0 else { return }
    let text = done < total ? "\r\(done * 100 / total) %" : "\rchecking"
    StandardError.write(Array((text + "     ").utf8))
    if done == total { StandardError.write(Array("\r           \r".utf8)) }
  }
}
