internal import Collector
internal import HTTP
internal import History
internal import LinuxIO
internal import Outbound

/// `barograph export`: hand out everything that is stored on a person or a session.
enum ExportCommand {
  static let command = Command(
    name: "export",
    summary: "print everything that is stored on a user or a session, as JSON lines",
    usage: "--user ID | --session ID [options]",
    options: Administration.subjectOptions,
    examples: [
      "barograph export --user user-4711 > user-4711.jsonl",
      "barograph export --data /var/lib/barograph --session 6f1c9d22",
    ]
  ) { arguments in
    guard let (kind, name) = Administration.subject(arguments) else { return .usage }
    switch Administration.place(arguments) {
    case nil: return .usage
    case .collector(let client):
      let order = Administration.object([(kind.rawValue, name)])
      do throws(ClientError) {
        let answer = try client.request(.post, "/v1/export", body: order)
        guard answer.isSuccess else {
          Console.complain(CollectorConnection.message(of: answer))
          return .failed
        }
        StandardOutput.write(answer.body)
        return .ok
      } catch {
        Console.complain("\(error)")
        return .failed
      }
    case .directory(let directory):
      let failure = Administration.withStore(directory, arguments) { store -> String? in
        do throws(StoreError) {
          try store.export(kind, name) { StandardOutput.write($0) }
          return nil
        } catch {
          return "\(error)"
        }
      }
      guard let failure else { return .failed }
      if let failure { Console.complain("cannot export: \(failure)") }
      return failure == nil ? .ok : .failed
    }
  }
}
