internal import Codec
internal import HTTP
internal import History
internal import LinuxIO
internal import Outbound

/// `barograph audit`: what administrators did, and whether the trail of it is whole.
enum AuditCommand {
  static let command = Command(
    name: "audit", summary: "what administrators did, and whether the trail of it is whole",
    usage: "report | verify [options]",
    options: [
      .init("--from", value: "TIME", "report: leave out what was done before"),
      .init("--to", value: "TIME", "report: leave out what was done then or later"),
      .init("--csv", "report: comma-separated values (RFC 4180)"),
      .init("--expect", value: "HASH", "verify: some row must have this hash, as the log has it"),
      .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
    ],
    examples: [
      "barograph audit report --from 2026-11-01T00:00:00Z --csv",
      "barograph audit verify --expect 9f2c4c0d5b7a6e13",
    ]
  ) { arguments in
    switch (arguments.positional.first, arguments.positional.count) {
    case ("report", 1): return report(arguments)
    case ("verify", 1): return verify(arguments)
    default:
      Console.complain("say report or verify; see barograph audit --help")
      return .usage
    }
  }

  private static let names = [
    "id", "time", "principal", "act", "target", "outcome", "detail", "hash",
  ]

  private static func report(_ arguments: Arguments) -> ExitCode {
    var ends: [Int64] = []
    for (option, absent) in [("--from", Int64.min), ("--to", .max)] {
      guard let text = arguments[option] else {
        ends.append(absent)
        continue
      }
      guard let time = EventFilter.time(text) else {
        Console.complain("\(option) \(text) is no time; one is 2026-11-21T00:00:00Z")
        return .usage
      }
      ends.append(time)
    }
    guard let rows = rows(from: ends[0], to: ends[1], arguments) else { return .failed }
    if arguments.has("--json") {
      var json = JSONWriter()
      json.beginArray()
      for row in rows {
        json.beginObject()
        for (name, text) in zip(names, row) {
          json.key(name)
          json.value(text)
        }
        json.endObject()
      }
      json.endArray()
      Console.print(String(decoding: json.bytes, as: UTF8.self) + "\n")
    } else {
      let table = TextTable(columns: names, rows: rows)
      Console.print(arguments.has("--csv") ? table.csv : rows.isEmpty ? "no acts\n" : short(rows))
    }
    return .ok
  }

  /// People read the first digits of a hash.
  private static func short(_ rows: [[String]]) -> String {
    TextTable(
      columns: names, rows: rows.map { Array($0.dropLast()) + [String(($0.last ?? "").prefix(16))] }
    ).text
  }

  /// The rows, the oldest first; nil, and a complaint, where they cannot be had.
  private static func rows(from: Int64, to: Int64, _ arguments: Arguments) -> [[String]]? {
    switch trail(arguments) {
    case nil: return nil
    case .file(let trail)?:
      var rows: [[String]] = []
      do throws(StoreError) {
        try trail.forEach(from: from, to: to) { rows.append($0.columns.map(\.text)) }
        return rows
      } catch {
        Console.complain("\(error)")
        return nil
      }
    case .collector(let client)?: return remote(client, from: from, to: to)
    }
  }

  private static func remote(_ client: HTTPClient, from: Int64, to: Int64) -> [[String]]? {
    var rows: [[String]] = []
    var cursor = ""
    repeat {
      var path = "/v1/audit?limit=10000&cursor=\(cursor)"
      if from != .min { path += "&from=\(Timestamp.text(from))" }
      if to != .max { path += "&to=\(Timestamp.text(to))" }
      guard let answer = Administration.ask(client, .get, path),
        let node = ConfigNode.answer(answer.body)
      else { return nil }
      rows += (node["audit"]?.elements ?? []).map { row in names.map { row[$0]?.text ?? "" } }
      cursor = node["next"]?.scalar == .null ? "" : node["next"]?.text ?? ""
    } while !cursor.isEmpty
    return rows.reversed()
  }

  private static func verify(_ arguments: Arguments) -> ExitCode {
    let expected = arguments["--expect"]
    if let expected, expected.utf8.count < 16 || !expected.allSatisfy(\.isHexDigit) {
      Console.complain("a hash is 64 hexadecimal digits, or the first 16 of them or more")
      return .usage
    }
    let verdict: [UInt8]
    switch trail(arguments) {
    case nil: return .failed
    case .file(let trail)?:
      do throws(StoreError) {
        verdict = try trail.verify(expecting: expected).json
      } catch {
        Console.complain("\(error)")
        return .failed
      }
    case .collector(let client)?:
      let path = "/v1/audit/verify" + (expected.map { "?expect=\($0)" } ?? "")
      guard let answer = Administration.ask(client, .get, path) else { return .failed }
      verdict = answer.body
    }
    let node = ConfigNode.answer(verdict)
    let findings = (node?["findings"]?.elements ?? []).compactMap(\.text)
    if arguments.has("--json") {
      Console.print(String(decoding: verdict, as: UTF8.self))
    } else if findings.isEmpty {
      Console.print(
        "whole: \(node?["rows"]?.text ?? "0") rows, the last \(node?["last"]?.text ?? "0") with the"
          + " hash \(node?["hash"]?.text ?? "")\n")
    } else {
      for finding in findings { Console.print("\(finding)\n") }
    }
    return findings.isEmpty ? .ok : .failed
  }

  private enum Trail {
    case file(AuditTrail)
    case collector(HTTPClient)
  }

  /// The file can be read while a collector uses it, so it is asked only where `--url` names it.
  private static func trail(_ arguments: Arguments) -> Trail? {
    if arguments["--url"] != nil {
      guard case .collector(let client)? = Administration.place(arguments) else { return nil }
      return .collector(client)
    }
    guard let directory = DataDirectory.path(arguments) else { return nil }
    do throws(StoreError) {
      return .file(try AuditTrail(path: "\(directory)/\(Store.fileName)"))
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }
}
