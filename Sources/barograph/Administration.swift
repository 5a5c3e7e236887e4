internal import Codec
internal import Collector
internal import HTTP
internal import History
internal import LinuxIO
internal import Outbound

/// Where a command of administration is done: by the collector of `--url`, else by the one that
/// uses the data directory, through its socket, else on the directory itself.
enum Administration {
  /// ms that a collector may take for an answer.
  private static let patience: Int64 = 600_000

  /// What answers.
  enum Place {
    case collector(HTTPClient)
    case directory(String)
  }

  /// The place that the arguments name; nil, and a complaint, where there is none.
  static func place(_ arguments: Arguments) -> Place? {
    if let url = arguments["--url"] ?? environmentURL(arguments) {
      return client(url, arguments).map { .collector($0) }
    }
    guard let directory = DataDirectory.path(arguments) else { return nil }
    guard let client = client("unix:\(directory)/admin.sock", arguments) else { return nil }
    do throws(ClientError) {
      _ = try client.request(.get, "/livez")
      return .collector(client)
    } catch {
      return .directory(directory)
    }
  }

  /// `--data` names what is on this machine, whatever the variable says.
  private static func environmentURL(_ arguments: Arguments) -> String? {
    arguments["--data"] == nil ? Environment.current()["BAROGRAPH_URL"] : nil
  }

  private static func client(_ url: String, _ arguments: Arguments) -> HTTPClient? {
    guard let collector = CollectorConnection(arguments, url: url) else { return nil }
    do throws(ClientError) {
      return try collector.client(HTTPClient.Limits(idleMilliseconds: Int32(patience)))
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }

  /// The answer to a request; nil, and a complaint, when it is a refusal.
  static func ask(
    _ client: HTTPClient, _ method: HTTPMethod, _ path: String, _ body: [UInt8]? = nil
  ) -> Outbound.Response? {
    do throws(ClientError) {
      let answer = try client.request(method, path, body: body)
      if answer.isSuccess { return answer }
      Console.complain(CollectorConnection.message(of: answer))
    } catch {
      Console.complain("\(error)")
    }
    return nil
  }

  /// Uses the store of a directory that no collector uses; nil, and a complaint, where one does.
  static func withStore<Answer>(
    _ directory: String, _ arguments: Arguments, _ body: (OfflineStore) -> Answer
  ) -> Answer? {
    guard FileSystem.exists("\(directory)/\(Store.fileName)") else {
      Console.complain("there is no store in \(directory)")
      return nil
    }
    do throws(BackupFile.Failure) {
      let lock = try DataDirectory.claim(directory)
      defer { withExtendedLifetime(lock) {} }
      return withClaimedStore(directory, arguments, body)
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }

  /// The same for who holds the directory's lock.
  @discardableResult
  static func withClaimedStore<Answer>(
    _ directory: String, _ arguments: Arguments, _ body: (OfflineStore) -> Answer
  ) -> Answer? {
    let configuration: Configuration
    do throws(ConfigurationError) {
      configuration = try ConfigurationSource(file: arguments["--config"], flags: []).load()
    } catch {
      Console.complain("\(error)")
      return nil
    }
    do throws(StartError) {
      let store = try OfflineStore(configuration, directory: directory, principal: person())
      defer { store.close() }
      return body(store)
    } catch {
      Console.complain(error.message)
      return nil
    }
  }

  /// Notes what was done without a collector in the directory's audit; complains where that cannot
  /// be done.
  static func note(_ act: String, _ target: String, in directory: String, _ arguments: Arguments) {
    guard FileSystem.exists("\(directory)/\(Store.fileName)") else { return }
    do throws(BackupFile.Failure) {
      let lock = try DataDirectory.claim(directory)
      defer { withExtendedLifetime(lock) {} }
      note(act, target, inClaimed: directory, arguments)
    } catch {
      Console.complain("cannot note \(act) in the audit: \(error)")
    }
  }

  private static func note(
    _ act: String, _ target: String, inClaimed directory: String, _ arguments: Arguments
  ) {
    do throws(ConfigurationError) {
      let configuration = try ConfigurationSource(file: arguments["--config"], flags: []).load()
      do throws(StartError) {
        try OfflineAudit.note(
          act, target: target, principal: person(), configuration, directory: directory)
      } catch {
        Console.complain(error.message)
      }
    } catch {
      Console.complain("cannot note \(act) in the audit: \(error)")
    }
  }

  /// Who runs the command, as the audit names them.
  private static func person() -> String {
    let environment = Environment.current()
    return "command " + (environment["USER"] ?? environment["LOGNAME"] ?? "somebody")
  }

  /// A JSON object of texts; what is nil is left out.
  static func object(_ members: [(String, String?)]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for (name, value) in members {
      guard let value else { continue }
      json.key(name)
      json.value(value)
    }
    json.endObject()
    return json.bytes
  }

  /// The one person or session that the arguments name; nil, and a complaint, otherwise.
  static func subject(_ arguments: Arguments) -> (kind: DataSubject.Kind, name: String)? {
    let given = DataSubject.Kind.allCases.compactMap { kind in
      arguments["--\(kind.rawValue)"].map { (kind, $0) }
    }
    guard given.count == 1, !given[0].1.isEmpty, arguments.positional.isEmpty else {
      Console.complain("name one: --user ID or --session ID")
      return nil
    }
    return given[0]
  }

  static let subjectOptions: [Command.Option] = [
    .init("--user", value: "ID", "the user, as your services name them"),
    .init("--session", value: "ID", "the session, as your services name it"),
    .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
  ]
}
