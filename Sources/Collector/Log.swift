internal import Codec
internal import LinuxIO
internal import Synchronization

/// The collector's own log: a JSON line a message on standard error, or text on a terminal.
package final class Log: Sendable {
  private let settings: Mutex<Configuration.Log>
  private let isText: Bool

  /// A log of this level and form.
  package init(_ settings: Configuration.Log) {
    self.settings = Mutex(settings)
    isText =
      switch settings.format {
      case .text: true
      case .json: false
      case .auto: Terminal.isTerminal(2)
      }
  }

  /// Takes on a new level, after a reload.
  func follow(_ settings: Configuration.Log) {
    self.settings.withLock { $0.level = settings.level }
  }

  /// Writes a message with facts, if its level is not below the log's.
  package func write(
    _ level: Configuration.LogLevel, _ message: String,
    _ facts: KeyValuePairs<StaticString, String> = [:]
  ) {
    guard Self.rank(level) >= settings.withLock({ Self.rank($0.level) }) else { return }
    let all = facts.map { (name: $0.key, value: $0.value) }
    let line = isText ? Self.text(level, message, all) : Self.json(level, message, all)
    StandardError.write(line)
  }

  /// Writes what the log must hold whatever its level is: an act of administration.
  func audit(_ message: String, _ facts: [(name: StaticString, value: String)]) {
    StandardError.write(
      isText ? Self.text(.info, message, facts) : Self.json(.info, message, facts))
  }

  private static func rank(_ level: Configuration.LogLevel) -> Int {
    Configuration.LogLevel.allCases.firstIndex(of: level) ?? 0
  }

  private static func json(
    _ level: Configuration.LogLevel, _ message: String,
    _ facts: [(name: StaticString, value: String)]
  ) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("time")
    json.value(Timestamp.text(Clock.wall / 1_000 * 1_000))
    json.key("level")
    json.value(level.rawValue)
    json.key("service")
    json.value("barograph")
    json.key("message")
    json.value(message)
    for (name, value) in facts {
      json.key(name)
      json.value(value)
    }
    json.endObject()
    return json.bytes + [0x0A]
  }

  private static func text(
    _ level: Configuration.LogLevel, _ message: String,
    _ facts: [(name: StaticString, value: String)]
  ) -> [UInt8] {
    let mark = level == .info ? "" : "\(level.rawValue): "
    let tail = facts.map { " \($0.name)=\($0.value)" }.joined()
    return Array("\(mark)\(message)\(tail)\n".utf8)
  }
}
