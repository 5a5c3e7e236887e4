import Codec
import Intake
import Telemetry
import TestSupport
import Testing

@testable import Money

/// One worked case: events as a sender writes them, and what they must come to.
struct MoneyCase: CustomTestStringConvertible, Sendable {
  let id: String
  /// Each event's JSON.
  let events: [[UInt8]]
  let expected: ConfigNode

  var testDescription: String { id }

  /// The cases of a file. Those whose events use names of other dialects are left to the tests of
  /// the dialects.
  static func all(_ file: String) -> [MoneyCase] {
    Fixtures.bytes("money/\(file).jsonl").split(separator: 0x0A).map { line in
      do {
        return try MoneyCase(Array(line))
      } catch {
        preconditionFailure("\(file).jsonl holds cases: \(error)")
      }
    }.filter { !$0.isDotted }
  }

  private var isDotted: Bool {
    events.contains { event in
      String(decoding: event, as: UTF8.self).contains("gen_ai.")
        || String(decoding: event, as: UTF8.self).contains("llm.")
    }
  }

  private init(_ line: [UInt8]) throws {
    let slab = ByteSlab(capacity: line.count)
    slab.append(line)
    var json = JSONScanner(unsafe ByteView(slab), from: 0, to: line.count)
    var id = ""
    var events: [[UInt8]] = []
    var expected = ConfigNode?.none
    _ = json.take(0x7B)
    repeat {
      let key = try json.string()
      _ = json.take(0x3A)
      let start = json.index
      switch String(decoding: line[key.start..<key.end], as: UTF8.self) {
      case "id":
        let raw = try json.string()
        id = String(decoding: line[raw.start..<raw.end], as: UTF8.self)
      case "events":
        _ = json.take(0x5B)
        repeat {
          let first = json.index
          try json.skipValue(depth: 0, limit: 16)
          events.append(Array(line[first..<json.index]))
        } while json.take(0x2C)
        _ = json.take(0x5D)
      case "expect":
        try json.skipValue(depth: 0, limit: 16)
        expected = try ConfigReader.read(Array(line[start..<json.index])).first
      default:
        try json.skipValue(depth: 0, limit: 16)
      }
    } while json.take(0x2C)
    guard let expected else { throw JSONError(.syntax, at: 0, expected: "an expectation") }
    (self.id, self.events, self.expected) = (id, events, expected)
  }

  /// The events as intake makes them.
  func decoded(_ order: [Int]? = nil) -> EventBatch {
    var settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: [UInt8](repeating: 7, count: 32))
    settings.retention = .max / 4
    settings.prices = Self.book
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(1, 2)), settings: settings)
    var lines: [UInt8] = []
    for index in order ?? Array(events.indices) { lines += events[index] + [0x0A] }
    let slab = ByteSlab(capacity: lines.count)
    slab.append(lines)
    let batch = EventBatch(body: slab)
    batch.receivedAt = 1_795_262_400_000_000_000
    decoder.decodeLines(batch, RecordExtent(end: lines.count))
    precondition(batch.count == events.count, "every event of \(id) is decoded")
    return batch
  }

  static let book = PriceBook()

  var status: String? { expected.word("status") }
  var cost: String? { expected.word("cost_usd") }
  var countedCalls: Int? { expected.word("counted_calls").flatMap(Int.init) }
  var coverage: Double? { expected.word("coverage").flatMap(Double.init) }
  var slack: Int64 { expected.word("cost_slack_pico").flatMap(Int64.init) ?? 0 }

  /// The expected leaves, those of 0 left out; nil where they are not fixed.
  var leaves: [String: Int64]? {
    guard let leaves = expected["leaves"], case .mapping(let pairs) = leaves.value else {
      return nil
    }
    return Dictionary(
      uniqueKeysWithValues: pairs.map { ($0.key.text ?? "", Int64($0.value.text ?? "") ?? -1) })
  }
}

extension ConfigNode {
  /// The text of a member; nil when it is absent or null.
  func word(_ key: String) -> String? {
    guard let node = self[key], node.scalar != .null else { return nil }
    return node.text
  }
}

extension TokenLeaves {
  /// The leaves that have tokens, by their words.
  var words: [String: Int64] {
    var words: [String: Int64] = [:]
    for leaf in TokenLeaf.allCases where self[leaf] > 0 { words[leaf.text] = self[leaf] }
    return words
  }
}
