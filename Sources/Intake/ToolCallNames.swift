internal import Codec

/// The names of the tools that a model asked for, found in messages of whatever shape: parts of
/// type `tool_call` or `tool_use`, members `tool_calls` as OpenAI writes them, and the Vercel AI
/// SDK's `toolName`.
struct ToolCallNames {
  /// Names that are kept of one call.
  private static let limit = 64
  private(set) var names: [[UInt8]] = []

  /// Forgets all names.
  mutating func begin() {
    if !names.isEmpty { names.removeAll(keepingCapacity: true) }
  }

  /// Adds a name, as the text between the quotes of a JSON string.
  mutating func add(_ name: [UInt8]) {
    if names.count < Self.limit { names.append(name) }
  }

  /// Adds the names in a JSON text; one that is broken gives those before the fault.
  mutating func find(_ bytes: ByteView, _ range: Range<Int>) {
    guard Self.mayHold(bytes, range) else { return }
    var json = JSONScanner(bytes, from: range.lowerBound, to: range.upperBound)
    do throws(JSONError) {
      json.skipSpace()
      try value(&json, isCall: false, depth: 0)
    } catch {
      // Text that only looks like messages.
    }
  }

  /// Whether `tool` stands in the text at all, which most answers lack.
  private static func mayHold(_ bytes: ByteView, _ range: Range<Int>) -> Bool {
    var index = bytes.firstIndex(of: 0x74, from: range.lowerBound, to: range.upperBound)
    while index + 4 < range.upperBound {
      if bytes.word(at: index) & 0xFFFF_FFFF == 0x6C6F_6F74 { return true }
      index = bytes.firstIndex(of: 0x74, from: index + 1, to: range.upperBound)
    }
    return false
  }

  private mutating func value(
    _ json: inout JSONScanner, isCall: Bool, depth: Int
  ) throws(JSONError) {
    guard depth < 32 else { throw JSONError(.depth, at: json.index, expected: "less nesting") }
    switch json.next {
    case 0x7B: try object(&json, isCall: isCall, depth: depth)
    case 0x5B:
      json.index += 1
      json.skipSpace()
      if json.take(0x5D) { return }
      repeat {
        json.skipSpace()
        try value(&json, isCall: isCall, depth: depth + 1)
        json.skipSpace()
      } while json.take(0x2C)
      guard json.take(0x5D) else {
        throw JSONError(.syntax, at: json.index, expected: "',' or ']'")
      }
    default: try json.skipValue(depth: depth, limit: 64)
    }
  }

  private mutating func object(
    _ json: inout JSONScanner, isCall: Bool, depth: Int
  ) throws(JSONError) {
    var (name, isToolCall) = ([UInt8](), isCall)
    json.index += 1
    json.skipSpace()
    if json.take(0x7D) { return }
    repeat {
      json.skipSpace()
      let raw = try json.string()
      let key = json.bytes.copy(raw.start, raw.end)
      json.skipSpace()
      guard json.take(0x3A) else { throw JSONError(.syntax, at: json.index, expected: "':'") }
      json.skipSpace()
      if json.next == 0x22 {
        let text = try json.string()
        let value = json.bytes.copy(text.start, text.end)
        if key == Self.name { name = value }
        if key == Self.toolName { (name, isToolCall) = (value, true) }
        if key == Self.type, Self.callTypes.contains(value) { isToolCall = true }
      } else {
        let opensCalls = key == Self.toolCalls || (isCall && key == Self.function)
        try self.value(&json, isCall: opensCalls, depth: depth + 1)
      }
      json.skipSpace()
    } while json.take(0x2C)
    guard json.take(0x7D) else { throw JSONError(.syntax, at: json.index, expected: "'}'") }
    if isToolCall, !name.isEmpty { add(name) }
  }

  private static let name = Array("name".utf8)
  private static let type = Array("type".utf8)
  private static let function = Array("function".utf8)
  private static let toolName = Array("toolName".utf8)
  private static let toolCalls = Array("tool_calls".utf8)
  private static let callTypes = [Array("tool_call".utf8), Array("tool_use".utf8)]
}
