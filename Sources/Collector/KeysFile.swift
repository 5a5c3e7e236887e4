internal import Codec
internal import LinuxIO
package import Serving
internal import Telemetry

/// The file of keys: their names, roles, bounds and digests, never the keys themselves. Written
/// whole, readable by its owner only.
package struct KeysFile: Sendable {
  /// Why the file cannot be used: one sentence with its path and, where it has one, the place.
  package struct Failure: Error, CustomStringConvertible, Sendable {
    package let description: String

    init(_ description: String) { self.description = description }
  }

  /// What its name is unless the configuration says otherwise.
  package static let usualName = "keys.json"
  private static let limit = 16 << 20
  private static let members = [
    "name", "prefix", "sha256", "roles", "tenant", "events_per_s", "requests_per_s", "created",
    "expires", "revoked",
  ]

  /// Where it is.
  package let path: String
  /// Whether it must be there, because somebody named it.
  private let isNamed: Bool

  /// The file of a configuration.
  package init(_ configuration: Configuration) {
    isNamed = !configuration.keysFile.isEmpty
    path = isNamed ? configuration.keysFile : "\(configuration.data)/\(Self.usualName)"
  }

  /// Says why the collector of a configuration would not start for the sake of keys: they cannot be
  /// read, or there are none where others can reach it.
  package static func check(_ configuration: Configuration) throws(StartError) {
    _ = try KeyDesk.keys(KeysFile(configuration), configuration)
  }

  /// Whether there is one.
  package var isThere: Bool { FileSystem.exists(path) }

  /// The keys; none where there is no file and nobody named one. A file that others may write is
  /// refused: they could make themselves a key.
  package func read() throws(Failure) -> [AccessKey] {
    guard isThere || isNamed else { return [] }
    let (mode, bytes): (UInt32, [UInt8])
    do throws(Errno) {
      mode = try FileSystem.mode(of: path)
      bytes = try FileSystem.read(path, limit: Self.limit)
    } catch {
      throw Failure("cannot read the keys in \(path): \(error.text)")
    }
    guard mode & 0o022 == 0 else {
      throw Failure("cannot use the keys in \(path): others may write it; chmod 600 \(path)")
    }
    return try Self.keys(bytes, path)
  }

  /// Changes the keys as they are in the file now, and gives what became of them; the file is made
  /// where there is none. Only one program at a time does this.
  func edit(
    _ body: (inout [AccessKey]) throws(KeyOrder.Refusal) -> Void
  ) throws(KeyOrder.Refusal) -> [AccessKey] {
    let lock = try Self.refusing { () throws(Failure) in Held(try self.lock()) }
    defer { withExtendedLifetime(lock) {} }
    var keys = try Self.refusing { () throws(Failure) in isThere ? try read() : [] }
    try body(&keys)
    try Self.refusing { () throws(Failure) in try write(keys) }
    return keys
  }

  /// Keeps a lock as long as it lives.
  private final class Held {
    private let lock: LockFile

    init(_ lock: consuming LockFile) { self.lock = lock }
  }

  private func lock() throws(Failure) -> LockFile {
    do throws(LockFile.Failure) {
      return try LockFile("\(path).lock")
    } catch {
      switch error {
      case .held:
        throw Failure("cannot change the keys in \(path): another barograph does just now")
      case .unusable(let cause):
        throw Failure("cannot change the keys in \(path): \(cause.text)")
      }
    }
  }

  private static func refusing<Answer>(
    _ body: () throws(Failure) -> Answer
  ) throws(KeyOrder.Refusal) -> Answer {
    do throws(Failure) {
      return try body()
    } catch {
      throw KeyOrder.Refusal(message: error.description)
    }
  }

  /// Whether others may read it, which tells them names and digests but no key.
  package var isExposed: Bool {
    do throws(Errno) {
      return try FileSystem.mode(of: path) & 0o044 != 0
    } catch {
      return false
    }
  }

  /// Puts these keys in the place of those in it.
  func write(_ keys: [AccessKey]) throws(Failure) {
    do throws(Errno) {
      try FileSystem.writeAtomically(Self.json(keys), to: path)
    } catch {
      throw Failure("cannot write the keys to \(path): \(error.text)")
    }
  }

  /// The file's text, a key a line.
  static func json(_ keys: [AccessKey]) -> [UInt8] {
    var text = Array("{\"keys\":[".utf8)
    for (index, key) in keys.enumerated() {
      text += Array((index == 0 ? "\n" : ",\n").utf8)
      var json = JSONWriter()
      write(key, to: &json, withDigest: true)
      text += json.bytes
    }
    return text + Array("\n]}\n".utf8)
  }

  /// One key as an object.
  static func write(_ key: AccessKey, to json: inout JSONWriter, withDigest: Bool) {
    json.beginObject()
    json.key("name")
    json.value(key.name)
    json.key("prefix")
    json.value(key.prefix)
    if withDigest {
      json.key("sha256")
      json.value(utf8: Hex.encode(key.digest))
    }
    json.key("roles")
    json.beginArray()
    for role in Role.allCases where key.roles.contains(role) { json.value(role.text) }
    json.endArray()
    if let tenant = key.tenant {
      json.key("tenant")
      json.value(tenant)
    }
    for (name, rate) in [
      ("events_per_s", key.rates.events), ("requests_per_s", key.rates.requests),
    ] {
      guard let rate else { continue }
      json.key(name)
      json.value(rate)
    }
    for (name, time) in [
      ("created", key.created), ("expires", key.expires), ("revoked", key.revoked),
    ] {
      guard let time else { continue }
      json.key(name)
      json.value(Timestamp.text(time))
    }
    json.endObject()
  }
}

// MARK: Reading
extension KeysFile {
  private static func keys(_ bytes: [UInt8], _ path: String) throws(Failure) -> [AccessKey] {
    let document: ConfigNode?
    do throws(ConfigSyntaxError) {
      document = try ConfigReader.read(bytes).first
    } catch {
      throw Failure("cannot read the keys in \(path): \(error)")
    }
    guard case .sequence(let nodes)? = document?["keys"]?.value else {
      throw Failure("cannot read the keys in \(path): expected {\"keys\": [...]}")
    }
    guard nodes.count <= AccessKey.most else {
      throw Failure("cannot use the keys in \(path): there are more than \(AccessKey.most)")
    }
    var keys: [AccessKey] = []
    var names: Set<String> = []
    for node in nodes {
      let key = try key(node, path)
      guard names.insert(key.name).inserted else {
        throw wrong(node, path, "'\(key.name)' is there twice")
      }
      keys.append(key)
    }
    return keys
  }

  private static func wrong(_ node: ConfigNode, _ path: String, _ cause: String) -> Failure {
    Failure("cannot use the keys in \(path):\(node.line):\(node.column): \(cause)")
  }

  private static func key(_ node: ConfigNode, _ path: String) throws(Failure) -> AccessKey {
    guard case .mapping(let pairs) = node.value else {
      throw wrong(node, path, "expected an object")
    }
    if let pair = pairs.first(where: { !members.contains($0.key.text ?? "") }) {
      throw wrong(pair.key, path, "unknown member '\(pair.key.text ?? "")'")
    }
    guard let name = node["name"]?.text, AccessKey.isName(name) else {
      throw wrong(node, path, "expected a name of letters, digits and _ . -")
    }
    guard let digits = node["sha256"]?.text, let digest = Hex.decode(Array(digits.utf8)),
      digest.count == SHA256.digestLength
    else { throw wrong(node, path, "expected sha256, 64 hexadecimal digits") }
    let tenant = node["tenant"]?.text
    let roles = try roles(node, path)
    if let problem = KeyOrder.problem(roles: roles, tenant: tenant) {
      throw wrong(node, path, problem)
    }
    return AccessKey(
      name: name, prefix: node["prefix"]?.text ?? "", digest: digest, roles: roles,
      tenant: tenant,
      rates: AccessKey.Rates(
        events: try rate("events_per_s", node, path),
        requests: try rate("requests_per_s", node, path)),
      created: try time("created", node, path) ?? 0, expires: try time("expires", node, path),
      revoked: try time("revoked", node, path))
  }

  private static func roles(_ node: ConfigNode, _ path: String) throws(Failure) -> Set<Role> {
    guard case .sequence(let nodes)? = node["roles"]?.value else {
      throw wrong(node, path, "expected roles, a list of ingest, read, admin")
    }
    var roles: Set<Role> = []
    for node in nodes {
      guard let role = Role.allCases.first(where: { $0.text == node.text }), role != .open else {
        throw wrong(node, path, "a role is ingest, read or admin")
      }
      roles.insert(role)
    }
    return roles
  }

  private static func rate(
    _ name: String, _ node: ConfigNode, _ path: String
  ) throws(Failure) -> Double? {
    guard let member = node[name], member.scalar != .null else { return nil }
    guard let rate = member.text.flatMap({ Double($0) }), rate.isFinite, rate > 0 else {
      throw wrong(member, path, "\(name) is a number above 0")
    }
    return rate
  }

  private static func time(
    _ name: String, _ node: ConfigNode, _ path: String
  ) throws(Failure) -> Int64? {
    guard let member = node[name], member.scalar != .null else { return nil }
    guard let time = member.text.flatMap({ KeyOrder.instant($0) }) else {
      throw wrong(member, path, "\(name) is a time as RFC 3339 writes it")
    }
    return time
  }
}
