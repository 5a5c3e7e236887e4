internal import Codec
internal import Collector
internal import HTTP
internal import History
internal import LinuxIO
internal import Outbound

/// `barograph hold`: keep what retention would remove and erasure would erase.
enum HoldCommand {
  static let command = Command(
    name: "hold", summary: "keep what a user, session, tenant or trace has, until it is released",
    usage: "add | list | release ID [options]",
    options: [
      .init("--user", value: "ID", "add: hold what this user has"),
      .init("--session", value: "ID", "add: hold this session"),
      .init("--tenant", value: "NAME", "add: hold what this tenant has"),
      .init("--trace", value: "ID", "add: hold this trace"),
      .init("--reason", value: "TEXT", "add: why"),
      .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
    ],
    examples: [
      "barograph hold add --user user-4711 --reason 'case 2026-17'", "barograph hold list",
      "barograph hold release 3",
    ]
  ) { arguments in
    let words = arguments.positional
    switch (words.first, words.count) {
    case ("add", 1): return add(arguments)
    case ("list", 1): return list(arguments)
    case ("release", 2):
      guard let id = Int64(words[1]) else {
        Console.complain("give the number of a hold, as hold list shows it")
        return .usage
      }
      return release(id, arguments)
    default:
      Console.complain("say add, list or release ID; see barograph hold --help")
      return .usage
    }
  }

  private static func add(_ arguments: Arguments) -> ExitCode {
    let given = Hold.Kind.allCases.compactMap { kind in
      arguments["--\(kind.rawValue)"].map { (kind, $0) }
    }
    guard given.count == 1, let (kind, name) = given.first, !name.isEmpty else {
      Console.complain("name one: --user, --session, --tenant or --trace")
      return .usage
    }
    let reason = arguments["--reason"] ?? ""
    switch Administration.place(arguments) {
    case nil: return .usage
    case .collector(let client):
      let order = Administration.object([(kind.rawValue, name), ("reason", reason)])
      guard let answer = Administration.ask(client, .post, "/v1/holds", order) else {
        return .failed
      }
      return tell(answer.body, "held", arguments)
    case .directory(let directory):
      return changed("held", directory, arguments) { store throws(StoreError) in
        try store.hold(kind, name, reason: reason)
      } orElse: {
        "a trace is 32 hexadecimal digits"
      }
    }
  }

  private static func release(_ id: Int64, _ arguments: Arguments) -> ExitCode {
    switch Administration.place(arguments) {
    case nil: return .usage
    case .collector(let client):
      guard let answer = Administration.ask(client, .delete, "/v1/holds/\(id)") else {
        return .failed
      }
      return tell(answer.body, "released", arguments)
    case .directory(let directory):
      return changed("released", directory, arguments) { store throws(StoreError) in
        try store.release(hold: id)
      } orElse: {
        "there is no hold \(id)"
      }
    }
  }

  private static func changed(
    _ word: String, _ directory: String, _ arguments: Arguments,
    _ change: (OfflineStore) throws(StoreError) -> Hold?, orElse problem: () -> String
  ) -> ExitCode {
    let done = Administration.withStore(directory, arguments) {
      store -> Result<Hold?, StoreError> in
      do throws(StoreError) {
        return .success(try change(store))
      } catch {
        return .failure(error)
      }
    }
    switch done {
    case nil: return .failed
    case .failure(let error)?: Console.complain("\(error)")
    case .success(nil)?: Console.complain(problem())
    case .success(let hold?)?: return tell(hold.json, word, arguments)
    }
    return .failed
  }

  private static func tell(_ hold: [UInt8], _ word: String, _ arguments: Arguments) -> ExitCode {
    let node = ConfigNode.answer(hold)
    let kind = node?["kind"]?.text ?? ""
    Console.print(
      arguments.has("--json")
        ? String(decoding: hold.filter { $0 != 0x0A }, as: UTF8.self) + "\n"
        : "\(word): \(kind) \(node?["value"]?.text ?? ""), hold \(node?["id"]?.text ?? "")\n")
    return .ok
  }

  private static func list(_ arguments: Arguments) -> ExitCode {
    let rows: [ConfigNode]
    let body: [UInt8]
    switch Administration.place(arguments) {
    case nil: return .usage
    case .collector(let client):
      guard let answer = Administration.ask(client, .get, "/v1/holds") else { return .failed }
      body = answer.body
      rows = ConfigNode.answer(body)?["holds"]?.elements ?? []
    case .directory(let directory):
      do throws(StoreError) {
        let holds = try Holds(path: "\(directory)/\(Store.fileName)").all()
        rows = holds.compactMap { ConfigNode.answer($0.json) }
        var json = JSONWriter()
        json.beginObject()
        json.key("holds")
        json.beginArray()
        for hold in holds { json.value(json: hold.json) }
        json.endArray()
        json.endObject()
        body = json.bytes + [0x0A]
      } catch {
        Console.complain("\(error)")
        return .failed
      }
    }
    if arguments.has("--json") {
      Console.print(String(decoding: body, as: UTF8.self))
    } else {
      let names = ["id", "kind", "value", "reason", "placed_at", "placed_by"]
      let cells = rows.map { row in names.map { row[$0]?.text ?? "" } }
      Console.print(rows.isEmpty ? "no holds\n" : TextTable(columns: names, rows: cells).text)
    }
    return .ok
  }
}
