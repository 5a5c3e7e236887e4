internal import LinuxIO

/// Names of users, from the system's list.
enum UserName {
  /// The name of a user, for people.
  static func of(_ number: UInt32) -> String { known(number) ?? "user \(number)" }

  /// The same for a command: the number where it has no name.
  static func word(of number: UInt32) -> String { known(number) ?? "\(number)" }

  private static func known(_ number: UInt32) -> String? {
    do throws(Errno) {
      let list = try FileSystem.read("/etc/passwd", limit: 1 << 20)
      for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        if fields.count > 2, fields[2] == "\(number)" { return String(fields[0]) }
      }
    } catch {
      // The number says as much.
    }
    return nil
  }
}
