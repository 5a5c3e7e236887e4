internal import Alerts
internal import Codec
internal import HTTP
internal import Outbound

extension ConfigurationKind<ReceiverSettings> {
  static let receiver = ConfigurationKind(
    name: "{name, type, ...}", expected: "{name: NAME, type: TYPE, ...}", read: readReceiver,
    show: ReceiverShow.value)

  @Sendable
  private static func readReceiver(
    _ node: ConfigNode
  ) throws(ConfigurationMismatch) -> ReceiverSettings {
    let expected = "{name: NAME, type: TYPE, ...}"
    guard case .mapping = node.value, let word = node["type"] else {
      throw ConfigurationMismatch(node: node, expected: expected)
    }
    guard let type = word.text.flatMap({ ReceiverType(rawValue: $0) }) else {
      let types = ReceiverType.allCases.map(\.rawValue)
      throw ConfigurationMismatch(
        node: word,
        expected: "one of \(types.joined(separator: ", ")); "
          + "'\(NearestWord.of(word.text ?? "", in: types))' is most like it")
    }
    let record = try ConfigurationRecord(node, expected, keys: type.keys)
    var settings = ReceiverSettings(
      name: try receiverName(record), kind: try type.read(record))
    try readCommon(record, into: &settings)
    try ReceiverHeaders.read(record, into: &settings)
    return settings
  }

  private static func receiverName(
    _ record: ConfigurationRecord
  ) throws(ConfigurationMismatch) -> String {
    let expected = "a name of at most 64 letters, digits and '_', '-', '.'"
    let node = try record.required("name", expected)
    guard let text = node.text, !text.isEmpty, text.utf8.count <= 64,
      text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) })
    else { throw ConfigurationMismatch(node: node, expected: expected) }
    return text
  }

  private static func readCommon(
    _ record: ConfigurationRecord, into settings: inout ReceiverSettings
  ) throws(ConfigurationMismatch) {
    if let flag = try record.value("send_resolved", .flag) { settings.sendsResolved = flag }
    if let tries = try record.value("max_tries", .count(1...1_000)) { settings.tries = tries }
    let patience = ConfigurationKind<Duration>.duration(.seconds(1)...(.seconds(86_400)))
    if let time = try record.value("give_up_after", patience) {
      settings.patienceMilliseconds = time.milliseconds
    }
    if let length = try record.value("queue", .count(1...100_000)) { settings.queueLimit = length }
    let timeout = ConfigurationKind<Duration>.duration(.milliseconds(100)...(.seconds(120)))
    if let time = try record.value("timeout", timeout) {
      settings.timeoutMilliseconds = time.milliseconds
    }
    if let path = try record.value("ca_file", .text("path", "the path of a file")) {
      settings.authorityFile = path
    }
  }
}

/// Header lines of requests: a mapping of names and secrets.
private enum ReceiverHeaders {
  static func read(
    _ record: ConfigurationRecord, into settings: inout ReceiverSettings
  ) throws(ConfigurationMismatch) {
    guard let node = record["headers"] else { return }
    guard case .mapping(let pairs) = node.value else {
      throw ConfigurationMismatch(node: node, expected: "a mapping of header names and values")
    }
    let reserved = ["content-length", "host", "connection", "transfer-encoding", "date"]
    for pair in pairs {
      let name = pair.key.text ?? ""
      guard HTTPField.isName(Array(name.utf8)), !reserved.contains(name.lowercased()) else {
        throw ConfigurationMismatch(
          node: pair.key, expected: "the name of a header that requests do not set themselves")
      }
      let value = try ConfigurationKind<Secret>.secret("a header's value").read(pair.value)
      settings.headers.append(ReceiverSettings.Header(name: name, value: value))
    }
  }
}

extension Duration {
  /// Whole milliseconds.
  var milliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }
}
