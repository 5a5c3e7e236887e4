internal import Codec
internal import HTTP
internal import LinuxIO
internal import PromQL

/// Which stored events a command asks for: conditions and a time.
struct EventSelection {
  /// What is wrong with the command line.
  struct Fault: Error {
    let message: String
  }

  /// `--filter`, of every command that lists or follows events.
  static let filterOption = Command.Option(
    "--filter", value: "FIELD=VALUE", "only events with this value; may be repeated")
  /// `--from`, `--to`, `--window`.
  static let timeOptions = [
    Command.Option("--from", value: "TIME", "since when; RFC 3339, or 7d ago"),
    Command.Option("--to", value: "TIME", "until when (default now)"),
    Command.Option("--window", value: "SPAN", "the last 24h, 7d …, in place of --from and --to"),
  ]

  private(set) var fields: [(name: String, value: String)]

  /// These conditions and those of `--filter`.
  init(_ arguments: Arguments, besides fields: [(name: String, value: String)] = []) throws(Fault) {
    self.fields = fields
    for text in arguments.all("--filter") {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw Fault(message: "--filter is FIELD=VALUE")
      }
      self.fields.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
    }
  }

  /// These conditions.
  init(_ fields: [(name: String, value: String)]) {
    self.fields = fields
  }

  /// Adds `from` and `to` by the time options; `usual` is the window without any.
  mutating func addTime(_ arguments: Arguments, usual: String) throws(Fault) {
    if let window = arguments["--window"] {
      guard arguments["--from"] == nil, arguments["--to"] == nil else {
        throw Fault(message: "--window takes the place of --from and --to")
      }
      guard DurationText.milliseconds(window.utf8) != nil else {
        throw Fault(message: "--window is a time such as 24h or 7d")
      }
      return fields.append(("from", Self.time(window)))
    }
    fields.append(("from", Self.time(arguments["--from"] ?? usual)))
    if let end = arguments["--to"] { fields.append(("to", Self.time(end))) }
  }

  /// The value of a field.
  subscript(name: String) -> String? { fields.last { $0.name == name }?.value }

  /// Another condition.
  func adding(_ name: String, _ value: String) -> EventSelection {
    var other = self
    other.fields.append((name, value))
    return other
  }

  /// The conditions as the query of a request.
  var query: String { Self.query(fields) }

  /// Names and values as the query of a request.
  static func query(_ fields: [(name: String, value: String)]) -> String {
    var bytes: [UInt8] = []
    for (name, value) in fields {
      if !bytes.isEmpty { bytes.append(0x26) }
      PercentCoding.append(Array(name.utf8), to: &bytes)
      bytes.append(0x3D)
      PercentCoding.append(Array(value.utf8), to: &bytes)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `7d` is so long ago; anything else goes as it is.
  static func time(_ text: String) -> String {
    guard let span = DurationText.milliseconds(text.utf8) else { return text }
    return Timestamp.text((Clock.wall / 1_000_000 - span) * 1_000_000)
  }
}
