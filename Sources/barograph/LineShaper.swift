internal import Codec

/// How lines say what they say.
enum LineFormat: String, CaseIterable {
  /// Told apart line by line.
  case auto
  case json, logfmt, docker, cri, text
}

/// Turns the lines of one input into JSON records: unwraps containers' logs, joins partial lines
/// and, on request, stack traces.
struct LineShaper {
  private let format: LineFormat
  private let joinsTraces: Bool
  /// A text record that may still grow.
  private var open: [UInt8]?
  private var openTime: String?
  /// The parts of a CRI line so far.
  private var partial: [UInt8] = []

  init(_ format: LineFormat, joinsTraces: Bool) {
    self.format = format
    self.joinsTraces = joinsTraces
  }

  /// The records that are complete with this line.
  mutating func take(_ line: [UInt8]) -> [[UInt8]] {
    var line = line
    if line.last == 0x0D { line.removeLast() }
    guard line.contains(where: { $0 > 0x20 }) else { return joinsTraces ? continued(line) : [] }
    switch kind(of: line) {
    case .docker:
      if let (text, time) = Self.docker(line) { return inner(text, time) }
    case .cri:
      if let part = Self.cri(line) {
        partial += part.text
        guard part.isLast else { return [] }
        defer { partial.removeAll() }
        return inner(partial, part.time)
      }
    default: break
    }
    return inner(line, nil)
  }

  /// What is left at the end of the input or after a while without a line.
  mutating func finish() -> [[UInt8]] {
    defer { open = nil }
    return open.map { [Self.text($0, openTime)] } ?? []
  }

  /// A line once unwrapped: JSON as it is, logfmt as an object, anything else as a message.
  private mutating func inner(_ line: [UInt8], _ time: String?) -> [[UInt8]] {
    let isJSON = line.first { $0 > 0x20 } == 0x7B
    if isJSON, format != .text, format != .logfmt { return finish() + [Self.stamped(line, time)] }
    if joinsTraces, open != nil, Self.isContinuation(line) { return continued(line) }
    if format == .logfmt || format != .text && format != .json && Logfmt.looksLike(line) {
      return finish() + [Logfmt.json(line, time)]
    }
    if format == .json { return finish() + [line] }
    guard joinsTraces else { return [Self.text(line, time)] }
    let done = finish()
    open = line
    openTime = time
    return done
  }

  private mutating func continued(_ line: [UInt8]) -> [[UInt8]] {
    guard let begun = open else { return [] }
    open = begun + [0x0A] + line
    return []
  }

  private func kind(of line: [UInt8]) -> LineFormat {
    guard format == .auto else { return format }
    if line.first == 0x7B { return Self.docker(line) == nil ? .json : .docker }
    return Self.cri(line) == nil ? .text : .cri
  }

  /// Whether a line goes on with the stack trace above it.
  private static func isContinuation(_ line: [UInt8]) -> Bool {
    guard let first = line.first else { return true }
    if first == 0x20 || first == 0x09 { return true }
    let starts = ["at ", "Caused by", "Traceback", "... ", "}", "During handling of"]
    return starts.contains { line.starts(with: Array($0.utf8)) }
  }

  /// `{"log":"…\n","stream":"stdout","time":"…"}`
  private static func docker(_ line: [UInt8]) -> (text: [UInt8], time: String?)? {
    guard line.starts(with: Array("{\"".utf8)), let node = object(line),
      case .mapping(let pairs) = node.value,
      pairs.allSatisfy({ ["log", "stream", "time", "attrs"].contains($0.key.text) }),
      let log = node["log"]?.text
    else { return nil }
    var text = Array(log.utf8)
    if text.last == 0x0A { text.removeLast() }
    return (text, node["time"]?.text)
  }

  private static func object(_ line: [UInt8]) -> ConfigNode? {
    do throws(ConfigSyntaxError) {
      return try ConfigReader.read(line).first
    } catch {
      return nil
    }
  }

  /// `2026-11-21T02:26:35.123456789Z stdout F text`
  private static func cri(_ line: [UInt8]) -> (text: [UInt8], time: String, isLast: Bool)? {
    let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0].count >= 20, parts[0][parts[0].startIndex + 4] == 0x2D,
      [Array("stdout".utf8), Array("stderr".utf8)].contains(Array(parts[1])),
      let mark = parts[2].first, mark == UInt8(ascii: "F") || mark == UInt8(ascii: "P")
    else { return nil }
    let text = parts.count == 4 ? Array(parts[3]) : []
    return (text, String(decoding: parts[0], as: UTF8.self), mark == UInt8(ascii: "F"))
  }

  /// A JSON line with the wrapper's time where it has none of its own.
  private static func stamped(_ line: [UInt8], _ time: String?) -> [UInt8] {
    guard let time, let node = object(line),
      !["time", "timestamp", "@timestamp", "ts", "asctime", "@t"].contains(where: {
        node[$0] != nil
      })
    else { return line }
    guard let brace = line.firstIndex(of: 0x7B) else { return line }
    let isEmpty = line[(brace + 1)...].first { $0 > 0x20 } == 0x7D
    let member = Array("\"time\":\"\(time)\"\(isEmpty ? "" : ",")".utf8)
    return Array(line[...brace]) + member + Array(line[(brace + 1)...])
  }

  private static func text(_ line: [UInt8], _ time: String?) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("type")
    json.value("log")
    if let time {
      json.key("time")
      json.value(time)
    }
    json.key("message")
    json.value(String(decoding: line, as: UTF8.self))
    json.endObject()
    return json.bytes
  }
}

/// `level=info msg="hello there" took=12ms`
enum Logfmt {
  /// Whether a line holds at least two pairs and little else.
  static func looksLike(_ line: [UInt8]) -> Bool {
    pairs(line).filter { $0.value != nil }.count >= 2 && line.first != 0x5B
      && pairs(line).allSatisfy { $0.value != nil }
  }

  /// The pairs as an object; numbers and flags keep their kind.
  static func json(_ line: [UInt8], _ time: String?) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    let pairs = pairs(line)
    if let time, !pairs.contains(where: { ["time", "ts", "timestamp"].contains($0.key) }) {
      json.key("time")
      json.value(time)
    }
    for (key, value) in pairs {
      json.key(key)
      if let value, isLiteral(value) {
        json.value(json: Array(value.utf8))
      } else {
        json.value(value ?? "true")
      }
    }
    json.endObject()
    return json.bytes
  }

  private static func isLiteral(_ value: String) -> Bool {
    if value == "true" || value == "false" { return true }
    let slab = ByteSlab(capacity: value.utf8.count + 1)
    slab.append(Array(value.utf8))
    var scanner = JSONScanner(unsafe ByteView(slab), from: 0, to: slab.count)
    do throws(JSONError) {
      _ = try scanner.number()
      return scanner.index == slab.count
    } catch {
      return false
    }
  }

  private static func pairs(_ line: [UInt8]) -> [(key: String, value: String?)] {
    var pairs: [(key: String, value: String?)] = []
    var rest = line[...]
    while true {
      rest = rest.drop { $0 <= 0x20 }
      guard !rest.isEmpty else { return pairs }
      let key = rest.prefix { $0 > 0x20 && $0 != 0x3D }
      rest = rest.dropFirst(key.count)
      guard rest.first == 0x3D, !key.isEmpty else {
        pairs.append((String(decoding: key, as: UTF8.self), nil))
        if key.isEmpty { rest = rest.dropFirst() }
        continue
      }
      rest = rest.dropFirst()
      pairs.append((String(decoding: key, as: UTF8.self), value(&rest)))
    }
  }

  private static func value(_ rest: inout ArraySlice<UInt8>) -> String {
    guard rest.first == 0x22 else {
      let plain = rest.prefix { $0 > 0x20 }
      rest = rest.dropFirst(plain.count)
      return String(decoding: plain, as: UTF8.self)
    }
    rest = rest.dropFirst()
    var text: [UInt8] = []
    while let byte = rest.popFirst(), byte != 0x22 {
      if byte == 0x5C, let escaped = rest.popFirst() {
        text.append(
          escaped == UInt8(ascii: "n") ? 0x0A : escaped == UInt8(ascii: "t") ? 9 : escaped)
      } else {
        text.append(byte)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
