import Codec
import Intake
import Telemetry
import TestSupport
import Testing

@testable import Money

/// One worked case: events or OTLP requests as a sender writes them, and what they must come to.
struct MoneyCase: CustomTestStringConvertible, Sendable {
  let id: String
  /// Each event's JSON.
  let events: [[UInt8]]
  /// Each request's OTLP/JSON.
  let requests: [[UInt8]]
  let expected: ConfigNode

  var testDescription: String { id }

  /// The cases of a file.
  static func all(_ file: String) -> [MoneyCase] {
    Fixtures.bytes("money/\(file).jsonl").split(separator: 0x0A).map { line in
      do {
        return try MoneyCase(Array(line))
      } catch {
        preconditionFailure("\(file).jsonl holds cases: \(error)")
      }
    }
  }

  private init(_ line: [UInt8]) throws {
    let slab = ByteSlab(capacity: line.count)
    slab.append(line)
    var json = JSONScanner(unsafe ByteView(slab), from: 0, to: line.count)
    var id = ""
    var (events, requests): ([[UInt8]], [[UInt8]]) = ([], [])
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
      case "events": events = try Self.elements(&json, line)
      case "otlp": requests = try Self.elements(&json, line)
      case "expect":
        try json.skipValue(depth: 0, limit: 16)
        expected = try ConfigReader.read(Array(line[start..<json.index])).first
      default:
        try json.skipValue(depth: 0, limit: 16)
      }
    } while json.take(0x2C)
    guard let expected else { throw JSONError(.syntax, at: 0, expected: "an expectation") }
    (self.id, self.events, self.requests, self.expected) = (id, events, requests, expected)
  }

  /// The elements of the array at which the scanner stands.
  private static func elements(_ json: inout JSONScanner, _ line: [UInt8]) throws -> [[UInt8]] {
    var elements: [[UInt8]] = []
    _ = json.take(0x5B)
    repeat {
      let first = json.index
      try json.skipValue(depth: 0, limit: 64)
      elements.append(Array(line[first..<json.index]))
    } while json.take(0x2C)
    _ = json.take(0x5D)
    return elements
  }

  /// The events as intake makes them, one batch a request.
  func decoded() -> [EventBatch] {
    var settings = IntakeSettings(
      identityKey: IdentityKey(HashKey(3, 4)), pseudonymKey: [UInt8](repeating: 7, count: 32))
    settings.retention = .max / 4
    settings.prices = Self.book
    var decoder = EventDecoder(
      dimensions: DimensionTable(hashKey: HashKey(1, 2)), settings: settings)
    guard requests.isEmpty else { return requests.map { Self.decoded($0, &decoder) } }
    let batch = Self.batch(events.flatMap { $0 + [0x0A] })
    decoder.decodeLines(batch, RecordExtent(end: batch.body.count))
    precondition(batch.count == events.count, "every event of \(id) is decoded")
    return [batch]
  }

  private static func decoded(_ request: [UInt8], _ decoder: inout EventDecoder) -> EventBatch {
    let batch = batch(request)
    do throws(OTLPError) {
      try decoder.decodeOTLP(batch, .traces, .json)
    } catch {
      preconditionFailure("a request of a case is decoded: \(error)")
    }
    precondition(batch.rejectedCount == 0, "every span of a case is taken")
    return batch
  }

  private static func batch(_ body: [UInt8]) -> EventBatch {
    let slab = ByteSlab(capacity: body.count)
    slab.append(body)
    let batch = EventBatch(body: slab)
    batch.receivedAt = 1_795_262_400_000_000_000
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
