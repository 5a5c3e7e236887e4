import Codec
import LinuxIO
import Telemetry

/// Keys for a collector under test, and the file that it knows them by. The one named `owner`,
/// which may send and read everything, is what the test itself brings.
struct TestKeys {
  private var texts: [String: String] = [:]
  private var lines: [String] = []

  init() {
    add("owner", ["ingest", "read"])
  }

  /// Adds a key; `more` are further members of the file's object, beginning with a comma.
  mutating func add(_ name: String, _ roles: [String], tenant: String? = nil, _ more: String = "") {
    let text = "baro_" + String(decoding: Hex.encode(Random.bytes(32)), as: UTF8.self)
    texts[name] = text
    let digest = String(
      decoding: Hex.encode(SHA256.digest(of: Array(text.utf8))), as: UTF8.self)
    let roles = roles.map { "\"\($0)\"" }.joined(separator: ",")
    let bound = tenant.map { ",\"tenant\":\"\($0)\"" } ?? ""
    lines.append(
      #"{"name":"\#(name)","prefix":"\#(text.prefix(13))","sha256":"\#(digest)","#
        + #""roles":[\#(roles)]"#
        + bound + more + "}")
  }

  /// The text of a key.
  subscript(name: String) -> String {
    guard let text = texts[name] else { preconditionFailure("there is no key \(name)") }
    return text
  }

  var file: [UInt8] { Array("{\"keys\":[\(lines.joined(separator: ","))]}".utf8) }
}
