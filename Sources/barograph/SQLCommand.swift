internal import Codec
internal import HTTP
internal import History
internal import LinuxIO
internal import Outbound

/// `barograph sql`: ask the stored history.
enum SQLCommand {
  private static let queryTime: Int64 = 300_000_000_000

  static let command = Command(
    name: "sql", summary: "run reading SQL over the stored history",
    usage: "\"SELECT …\" [options]",
    options: [
      .init("--data", value: "DIR", "read the file of this data directory, without a collector"),
      .init("--csv", "comma-separated values (RFC 4180)"),
    ],
    examples: [
      "barograph sql \"SELECT model, count(*) FROM event_rows GROUP BY model\"",
      "barograph sql --data barograph-data --csv \"SELECT * FROM event_rows LIMIT 10\"",
    ]
  ) { arguments in
    guard let statement = arguments.positional.first, arguments.positional.count == 1 else {
      Console.complain("give one statement, in quotes")
      return .usage
    }
    guard let answer = answer(statement, arguments) else { return .failed }
    guard let table = SQLTable(answer) else {
      Console.complain("the answer is not understood")
      return .failed
    }
    Console.print(
      arguments.has("--json")
        ? String(decoding: answer, as: UTF8.self) + "\n"
        : arguments.has("--csv") ? table.table.csv : table.table.text)
    if table.isTruncated { Console.complain("there are more rows than are shown") }
    return .ok
  }

  /// What history answers, from the directory of `--data` or from a collector; nil, and a
  /// complaint, when it does not.
  static func answer(_ statement: String, _ arguments: Arguments) -> [UInt8]? {
    if let directory = arguments["--data"] { return local(statement, directory) }
    return remote(statement, arguments)
  }

  private static func remote(_ statement: String, _ arguments: Arguments) -> [UInt8]? {
    guard let collector = CollectorConnection(arguments) else { return nil }
    var body = JSONWriter()
    body.beginObject()
    body.key("query")
    body.value(statement)
    body.endObject()
    do throws(ClientError) {
      let answer = try collector.client.request(
        .post, "/v1/sql", headers: [HTTPField("Content-Type", "application/json")],
        body: body.bytes)
      if answer.isSuccess { return answer.body }
      Console.complain(CollectorConnection.message(of: answer))
    } catch {
      Console.complain("\(error)")
    }
    return nil
  }

  private static func local(_ statement: String, _ directory: String) -> [UInt8]? {
    do throws(StoreError) {
      let reader = try EventReader(path: "\(directory)/\(Store.fileName)")
      do throws(SQLReader.Refusal) {
        return try SQLReader.run(
          statement, on: reader, deadline: Clock.coarseMonotonic + queryTime,
          forAdministrator: true)
      } catch {
        switch error {
        case .notAllowed(let reason), .wrong(let reason): Console.complain(reason)
        case .timeout: Console.complain("the statement took too long")
        }
      }
    } catch {
      Console.complain("\(error)")
    }
    return nil
  }
}

/// The rows of an answer.
struct SQLTable {
  let table: TextTable
  let isTruncated: Bool

  /// The table of an answer, or nil when it is none.
  init?(_ json: [UInt8]) {
    let node = ConfigNode.answer(json)
    guard case .sequence(let columns)? = node?["columns"]?.value,
      case .sequence(let rows)? = node?["rows"]?.value
    else { return nil }
    table = TextTable(
      columns: columns.map { $0.text ?? "" },
      rows: rows.map { row in
        guard case .sequence(let cells) = row.value else { return [] }
        return cells.map { $0.scalar == .null ? "" : $0.text ?? "" }
      })
    isTruncated = node?["truncated"]?.scalar == .bool(true)
  }
}
