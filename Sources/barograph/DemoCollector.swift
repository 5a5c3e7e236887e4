internal import LinuxIO
internal import Outbound

/// The demo's collector: `serve` as a process of its own, on a directory that goes with it.
final class DemoCollector {
  /// Why there is none.
  struct Failure: Error {
    let message: String
  }

  private static let patience: Int64 = 15_000_000_000
  private static let usualListen = "127.0.0.1:4318"
  private static let logLimit = 1 << 20

  let url: String
  /// Where it takes datagrams; nil for nowhere.
  let datagrams: SocketAddress?
  /// Its data directory.
  let data: String
  private let process: Subprocess
  /// What is removed in the end; nil where the data is kept.
  private let scratch: String?

  /// Starts one and waits until it listens. Where the usual port is taken, it takes another.
  init(listen: String?, data: String?, rules: String) throws(Failure) {
    let folder = data ?? "/tmp/barograph-demo-\(ProcessFacts.id)"
    self.data = folder
    scratch = data == nil ? folder : nil
    do throws(Errno) {
      try FileSystem.createDirectory(folder)
      try FileSystem.writeAtomically(Array(rules.utf8), to: "\(folder)/demo-rules.yaml")
    } catch {
      throw Failure(message: "cannot use \(folder): \(error.text)")
    }
    let wanted = listen ?? Self.usualListen
    var started = try Self.start(wanted, folder)
    if case .taken = started, listen == nil { started = try Self.start("127.0.0.1:0", folder) }
    switch started {
    case .listens(let process, let addresses):
      self.process = process
      url = "http://\(addresses.first ?? wanted)"
      datagrams = Self.address(addresses.dropFirst().first ?? wanted)
    case .taken(let said), .failed(let said):
      if scratch != nil { Self.remove(folder) }
      throw Failure(message: said)
    }
  }

  private enum Start {
    case listens(Subprocess, [String])
    case taken(String)
    case failed(String)
  }

  private static func start(_ listen: String, _ folder: String) throws(Failure) -> Start {
    let log = "\(folder)/collector.log"
    do throws(Errno) {
      try FileSystem.writeAtomically([], to: log)
      let process = try Subprocess(
        Subprocess.ownPath,
        [
          "serve", "--listen", listen, "--udp", listen, "--data", folder, "--rules",
          "\(folder)/demo-rules.yaml",
        ], log: log)
      let end = Clock.monotonic + patience
      while Clock.monotonic < end {
        let text = String(decoding: try FileSystem.read(log, limit: logLimit), as: UTF8.self)
        if text.contains("try: curl") { return .listens(process, addresses(in: text)) }
        guard process.isRunning else {
          let said = text.split(separator: "\n").last.map(String.init) ?? "it ended at once"
          return text.contains("in use") || text.contains("already")
            ? .taken(said) : .failed("the collector does not start: \(said)")
        }
        Pause.milliseconds(5)
      }
    } catch {
      throw Failure(message: "cannot start the collector: \(error.text)")
    }
    return .failed("the collector does not answer; see \(log)")
  }

  /// The addresses that the log says it listens on, HTTP first.
  private static func addresses(in log: String) -> [String] {
    guard let line = log.split(separator: "\n").first(where: { $0.contains(" listens on ") }),
      let words = line.split(separator: " listens on ").last
    else { return [] }
    return words.split { $0 == "," || $0 == " " || $0 == "\"" || $0 == "}" }.map(String.init)
      .filter { $0.last?.isNumber == true && $0.contains(":") }
  }

  private static func address(_ text: String) -> SocketAddress? {
    do {
      return try SocketAddress(text)
    } catch {
      return nil
    }
  }

  /// Ends it, and removes its data unless that is kept.
  func end() {
    process.terminate()
    process.wait()
    if let scratch { Self.remove(scratch) }
  }

  private static func remove(_ folder: String) {
    do throws(Errno) {
      for name in try FileSystem.names(in: folder) { try FileSystem.remove("\(folder)/\(name)") }
      try FileSystem.removeDirectory(folder)
    } catch {
      Console.complain("cannot remove \(folder): \(error.text)")
    }
  }
}
