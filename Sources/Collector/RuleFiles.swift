internal import Alerts
internal import LinuxIO

/// The rule files that the configuration names.
enum RuleFiles {
  private static let sizeLimit = 16 << 20

  /// The rules inside the program.
  static let starter: RuleFile = {
    let (file, problems) = RuleFileReader.read(
      Array(StarterRules.text.utf8), path: StarterRules.path)
    precondition(problems.isEmpty, "the rules inside the program are right")
    return file
  }()

  /// The files that `patterns` stand for, each once, by rising path. A pattern without a file is
  /// fine where it has a wildcard; a file that has an error is not.
  static func read(_ patterns: [String]) throws(StartError) -> [RuleFile] {
    var paths: Set<String> = []
    for pattern in patterns {
      do throws(Errno) {
        let found = try FileSystem.paths(matching: pattern)
        // Reading it says why it is not there.
        let isName = !pattern.contains { "*?[".contains($0) }
        paths.formUnion(found.isEmpty && isName ? [pattern] : found)
      } catch {
        throw StartError("cannot look for rules in \(pattern): \(error.text)")
      }
    }
    var files: [RuleFile] = []
    for path in paths.sorted() { files.append(try read(path)) }
    return files
  }

  private static func read(_ path: String) throws(StartError) -> RuleFile {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try FileSystem.read(path, limit: sizeLimit)
    } catch {
      throw StartError("cannot read rules from \(path): \(error.text)")
    }
    let (file, problems) = RuleFileReader.read(bytes, path: path)
    if let problem = problems.first(where: { $0.severity == .error }) {
      throw StartError("cannot use rules from \(path):\(problem)")
    }
    return file
  }
}
