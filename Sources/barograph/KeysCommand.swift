internal import Codec
internal import Collector
internal import HTTP
internal import LinuxIO
internal import Outbound
internal import Telemetry

/// `barograph keys`: who may do what. A running collector makes and revokes keys itself, so that it
/// takes effect at once; without one the file is changed.
enum KeysCommand {
  static let command = Command(
    name: "keys", summary: "make, list and revoke the keys that let clients in",
    usage: "add --name NAME --role ROLE | list | revoke NAME",
    options: [
      .init("--name", value: "NAME", "add: what the key is called"),
      .init("--role", value: "ROLE", "add: ingest, read or admin; repeatable"),
      .init("--tenant", value: "NAME", "add: send for this tenant and see nothing else"),
      .init("--rate", value: "N", "add: events that it may send in a second"),
      .init("--requests", value: "N", "add: requests that it may make in a second"),
      .init("--expires", value: "TIME", "add: when it ends, or after how long, as 90d"),
      .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
    ],
    examples: [
      "barograph keys add --name chat-service --role ingest --expires 365d",
      "barograph keys add --name acme-grafana --role read --tenant acme",
      "barograph keys list --json", "barograph keys revoke chat-service",
    ]
  ) { arguments in
    let words = arguments.positional
    switch (words.first, words.count) {
    case ("add", 1): return add(arguments)
    case ("list", 1): return list(arguments)
    case ("revoke", 2): return revoke(words[1], arguments)
    default:
      Console.complain("say add, list or revoke NAME; see barograph keys --help")
      return .usage
    }
  }

  // MARK: Add

  private static func add(_ arguments: Arguments) -> ExitCode {
    do throws(KeyOrder.Refusal) {
      let order = try KeyOrder(
        name: arguments["--name"] ?? "",
        roles: arguments.all("--role").flatMap { $0.split(separator: ",").map(String.init) },
        tenant: arguments["--tenant"], events: arguments["--rate"],
        requests: arguments["--requests"], expires: arguments["--expires"], now: Clock.wall)
      switch ask(.post, "/v1/keys", body: wish(arguments), arguments) {
      case .answered(let answer):
        guard answer.isSuccess else { return refused(answer) }
        return tell(answer.body, arguments, takesEffect: true)
      case .stopped(let code): return code
      case .nobody: break
      }
      guard let file = file(arguments) else { return .usage }
      let made = try file.add(order, at: Clock.wall)
      note("keys.add", arguments["--name"] ?? "", arguments)
      return tell(made.json, arguments, takesEffect: false)
    } catch {
      Console.complain(error.message)
      return .usage
    }
  }

  private static func wish(_ arguments: Arguments) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("roles")
    json.beginArray()
    for role in arguments.all("--role").flatMap({ $0.split(separator: ",") }) {
      json.value(String(role))
    }
    json.endArray()
    for (option, name) in [
      ("--name", "name"), ("--tenant", "tenant"), ("--rate", "events_per_s"),
      ("--requests", "requests_per_s"), ("--expires", "expires"),
    ] {
      guard let value = arguments[option] else { continue }
      json.key(name)
      json.value(value)
    }
    json.endObject()
    return json.bytes
  }

  /// Prints the key, which nobody can read anywhere again.
  private static func tell(
    _ json: [UInt8], _ arguments: Arguments, takesEffect: Bool
  ) -> ExitCode {
    if arguments.has("--json") {
      Console.print(String(decoding: json, as: UTF8.self))
      return .ok
    }
    guard let text = ConfigNode.answer(json)?["key"]?.text else {
      Console.complain("the collector's answer is not understood")
      return .failed
    }
    Console.print(text + "\n")
    let effect = takesEffect ? "" : "; it holds when the collector starts or reloads"
    let notice = """
      This is the only time that the key is shown\(effect).
      With keys, clients without one are refused, also on this machine, unless 'anonymous' lets
      them in.

      """
    StandardError.write(Array(notice.utf8))
    return .ok
  }

  // MARK: List

  private static func list(_ arguments: Arguments) -> ExitCode {
    let json: [UInt8]
    switch ask(.get, "/v1/keys", body: nil, arguments) {
    case .answered(let answer):
      guard answer.isSuccess else { return refused(answer) }
      json = answer.body
    case .stopped(let code): return code
    case .nobody:
      guard let file = file(arguments) else { return .usage }
      do throws(KeysFile.Failure) {
        json = KeysFile.list(try file.read())
      } catch {
        Console.complain(error.description)
        return .failed
      }
    }
    if arguments.has("--json") {
      Console.print(String(decoding: json, as: UTF8.self))
      return .ok
    }
    return show(json)
  }

  private static func show(_ json: [UInt8]) -> ExitCode {
    guard case .sequence(let keys)? = ConfigNode.answer(json)?["keys"]?.value else {
      Console.complain("the collector's answer is not understood")
      return .failed
    }
    guard !keys.isEmpty else {
      Console.print("there are no keys: only this machine gets in, to send and to read\n")
      return .ok
    }
    let columns = ["name", "key", "roles", "tenant", "rate", "created", "state"]
    Console.print(TextTable(columns: columns, rows: keys.map { row($0) }).text)
    return .ok
  }

  private static func row(_ key: ConfigNode) -> [String] {
    func text(_ name: String) -> String { key[name]?.text ?? "" }
    var roles: [String] = []
    if case .sequence(let nodes)? = key["roles"]?.value { roles = nodes.compactMap(\.text) }
    let rates = [("events_per_s", "events/s"), ("requests_per_s", "requests/s")]
      .compactMap { name, unit in key[name]?.text.map { "\($0) \(unit)" } }
    return [
      text("name"), text("prefix") + "…", roles.joined(separator: ","), text("tenant"),
      rates.joined(separator: ", "), String(text("created").prefix(10)), state(key),
    ]
  }

  private static func state(_ key: ConfigNode) -> String {
    if let revoked = key["revoked"]?.text { return "revoked \(revoked.prefix(10))" }
    guard let expires = key["expires"]?.text else { return "valid" }
    // Both are RFC 3339 in UTC, so their order is that of their texts.
    return expires <= Timestamp.text(Clock.wall)
      ? "expired \(expires.prefix(10))" : "valid until \(expires.prefix(10))"
  }

  // MARK: Revoke

  private static func revoke(_ name: String, _ arguments: Arguments) -> ExitCode {
    guard KeyOrder.isName(name) else {
      Console.complain("there is no key \(name)")
      return .failed
    }
    switch ask(.delete, "/v1/keys/\(name)", body: nil, arguments) {
    case .answered(let answer):
      guard answer.isSuccess else { return refused(answer) }
      Console.print(
        arguments.has("--json")
          ? String(decoding: answer.body, as: UTF8.self) : "revoked \(name)\n")
      return .ok
    case .stopped(let code): return code
    case .nobody: return revokeInFile(name, arguments)
    }
  }

  private static func revokeInFile(_ name: String, _ arguments: Arguments) -> ExitCode {
    guard let file = file(arguments) else { return .usage }
    do throws(KeyOrder.Refusal) {
      guard try file.revoke(name, at: Clock.wall).json != nil else {
        Console.complain("there is no key \(name)")
        return .failed
      }
      note("keys.revoke", name, arguments)
      Console.print(
        "revoked \(name) in \(file.path); it holds when the collector starts or reloads\n")
      return .ok
    } catch {
      Console.complain(error.message)
      return .failed
    }
  }
}

// MARK: Asking
extension KeysCommand {
  private enum Answer {
    case answered(Outbound.Response)
    /// No collector runs on the data directory.
    case nobody
    /// The command ends.
    case stopped(ExitCode)
  }

  /// Asks the collector of `--url`, else the one that uses the data directory.
  private static func ask(
    _ method: HTTPMethod, _ path: String, body: [UInt8]?, _ arguments: Arguments
  ) -> Answer {
    let given = arguments["--url"] ?? Environment.current()["BAROGRAPH_URL"]
    let url: String
    if let given {
      url = given
    } else {
      guard let directory = DataDirectory.path(arguments) else { return .stopped(.usage) }
      url = "unix:\(directory)/admin.sock"
    }
    guard let collector = CollectorConnection(arguments, url: url) else { return .stopped(.usage) }
    do throws(ClientError) {
      return .answered(
        try collector.client.request(
          method, path, headers: [HTTPField("Content-Type", "application/json")], body: body))
    } catch {
      guard given != nil else { return .nobody }
      Console.complain("\(error)")
      return .stopped(.failed)
    }
  }

  private static func note(_ act: String, _ name: String, _ arguments: Arguments) {
    guard let directory = DataDirectory.path(arguments) else { return }
    Administration.note(act, name, in: directory, arguments)
  }

  private static func refused(_ answer: Outbound.Response) -> ExitCode {
    Console.complain(CollectorConnection.message(of: answer))
    return answer.status == 400 ? .usage : .failed
  }

  private static func file(_ arguments: Arguments) -> KeysFile? {
    do throws(ConfigurationError) {
      var configuration = try ConfigurationSource(file: arguments["--config"], flags: []).load()
      if let directory = arguments["--data"] { configuration.data = directory }
      let file = KeysFile(configuration)
      do throws(Errno) {
        try FileSystem.createDirectory(FileSystem.directory(of: file.path))
      } catch {
        Console.complain("cannot use \(FileSystem.directory(of: file.path)): \(error.text)")
        return nil
      }
      return file
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }
}
