internal import Collector
internal import History
internal import LinuxIO

/// The data directory that a command works on.
enum DataDirectory {
  /// That of `--data`, else that of the configuration; nil, and a complaint, when the configuration
  /// is wrong.
  static func path(_ arguments: Arguments) -> String? {
    if let given = arguments["--data"] { return given }
    do throws(ConfigurationError) {
      return try ConfigurationSource(file: arguments["--config"], flags: []).load().data
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }

  /// Makes the directory if need be, and keeps every collector out while the lock is held.
  static func claim(_ directory: String) throws(BackupFile.Failure) -> LockFile {
    do throws(Errno) {
      try FileSystem.createDirectory(directory)
    } catch {
      throw .file(path: directory, cause: error.text)
    }
    do throws(LockFile.Failure) {
      return try LockFile("\(directory)/lock")
    } catch {
      switch error {
      case .held(let holder):
        let who = holder.map { " (process \($0))" } ?? ""
        throw .file(path: directory, cause: "a collector\(who) uses it; stop it first")
      case .unusable(let cause): throw .file(path: directory, cause: cause.text)
      }
    }
  }
}
