import Codec
import LinuxIO
import Telemetry
import TestSupport
import Testing

@testable import History

/// Random events and random filters against the obvious way: a look at each event for itself.
@Suite struct EventFilterModelTests {
  @Test(arguments: [1, 2, 3, 5, 8, 13] as [UInt64])
  func `pages hold what a look at each event finds, also while more arrives`(
    _ seed: UInt64
  ) throws {
    var model = try FilterModel(seed: seed)
    model.grow(by: 300)
    let reader = try model.reader()
    var found = 0
    for _ in 0..<60 {
      let conditions = model.conditions()
      let expected = model.matches(conditions)
      let filter = try EventFilter(conditions.map { ($0.name, $0.value) })
      let limit = Int.random(in: 1...40, using: &model.dice)
      var listed: [Int] = []
      var cursor: Int64? = .max
      while let below = cursor {
        let page = try reader.page(filter, below: below, limit: limit, deadline: .max)
        #expect(page.rows.count <= limit)
        listed += FilterModel.ids(of: page.rows)
        cursor = page.next
        if Int.random(in: 0..<4, using: &model.dice) == 0 { model.grow(by: 3) }
      }
      #expect(listed == expected.reversed(), "seed \(seed): \(conditions)")
      found += listed.count
    }
    #expect(found > 500, "seed \(seed): filters that match something")
  }

  @Test(arguments: [21, 34, 55] as [UInt64])
  func `a live reader gets what a look at each event finds, each once, in order`(
    _ seed: UInt64
  ) throws {
    var model = try FilterModel(seed: seed)
    let reader = try model.reader()
    let conditions = model.conditions()
    let filter = try EventFilter(conditions.map { ($0.name, $0.value) })
    var seen: [Int] = []
    var last: Int64 = 0
    for _ in 0..<30 {
      model.grow(by: Int.random(in: 1...20, using: &model.dice))
      let limit = Int.random(in: 1...9, using: &model.dice)
      while try last < reader.newest() {
        let step = try reader.rows(filter, after: last, limit: limit)
        seen += FilterModel.ids(of: step.rows)
        last = step.last
      }
    }
    #expect(seen == model.matches(conditions), "seed \(seed): \(conditions)")
  }

  @Test(arguments: [0, 1, 999_999, 1_000_000] as [Int64])
  func `a time range finds an event as far ahead of its receipt as intake lets pass`(
    _ nanosecondsLess: Int64
  ) throws {
    let scene = try StoreScene()
    let ahead = scene.now + 3_600 * Timestamp.second - nanosecondsLess
    for row in 1...50 {
      _ = scene.append([
        { forge in
          forge.event.hasOwnTime = true
          if row == 7 { forge.event.time = ahead }
        }
      ])
      if row >= 7 { scene.now += Timestamp.second }
    }
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let page = try reader.page(
      EventFilter([("from", Timestamp.text(ahead))]), below: .max, limit: 10, deadline: .max)
    #expect(FilterModel.ids(of: page.rows) == [7])
  }

  @Test func `a page that its deadline cuts short goes on where it stopped`() throws {
    let scene = try StoreScene()
    for _ in 0..<9 {
      let batch = scene.batch((0..<5_000).map { _ in { $0.event.httpStatus = Event.absent } })
      scene.store.append([batch])
    }
    try scene.store.database.execute("UPDATE events SET attempt = 7 WHERE id IN (2, 24000, 45000)")
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let filter = try EventFilter([("attempt", "7")])
    var pages: [[Int]] = []
    var cursor: Int64? = .max
    while let below = cursor {
      let page = try reader.page(filter, below: below, limit: 10, deadline: 0)
      pages.append(FilterModel.ids(of: page.rows))
      cursor = page.next
    }
    #expect(pages == [[45_000], [24_000], [2]])
  }
}

/// A store, and the same events as plain values.
private struct FilterModel {
  struct Condition: CustomStringConvertible {
    let name: String
    let value: String
    let holds: (Made) -> Bool

    var description: String { "\(name)=\(value)" }
  }

  struct Made {
    var id = 0
    var type = EventType.log
    var time: Int64 = 0
    var service: String?
    var model: String?
    var stream: String?
    var tenant: String?
    var status: Status?
    var errorType: ErrorType?
    var level: Level?
    var costStatus: CostStatus?
    var httpStatus: Int64?
    var attempt: Int64?
    var trace: UInt64?
    var parent: UInt64?
    var user: String?
    var requestID: String?
    var message: String?
    var cache: String?
    var team: String?

    var details: String? { cache.map { #"{"cache":"\#($0)"}"# } }
    var attributes: String? { team.map { #"{"team":"\#($0)","deep":{"team":"\#($0)"}}"# } }
  }

  private static let words = ["a", "A", "b_c", "bxc", "100%", "unknown", "ü", "a'b"]
  private static let hour: Int64 = 3_600_000_000_000

  let scene: StoreScene
  var dice: Dice
  private var made: [Made] = []

  init(seed: UInt64) throws {
    scene = try StoreScene()
    dice = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15)
  }

  func reader() throws -> EventReader {
    try EventReader(path: "\(scene.directory)/\(Store.fileName)")
  }

  static func ids(of rows: [[UInt8]]) -> [Int] {
    rows.compactMap { row in
      Int(String(decoding: row, as: UTF8.self).dropFirst("{\"id\":".count).prefix { $0 != "," })
    }
  }

  mutating func grow(by count: Int) {
    scene.now += Int64.random(in: 0...Self.hour / 2, using: &dice)
    let fresh = (0..<count).map { make(id: self.made.count + $0 + 1) }
    made += fresh
    let verdicts = scene.append(fresh.map { made in { fill($0, made) } })
    #expect(verdicts == fresh.map { _ in .stored })
  }

  private mutating func maybe<Value>(_ values: [Value]) -> Value? {
    Bool.random(using: &dice) ? values.randomElement(using: &dice) : nil
  }

  private mutating func make(id: Int) -> Made {
    var made = Made()
    made.id = id
    made.type = EventType.allCases.randomElement(using: &dice) ?? .log
    // As late as it likes, and up to the hour ahead that intake lets pass.
    made.time = scene.now + Int64.random(in: -5 * Self.hour...Self.hour, using: &dice)
    made.service = maybe(Self.words)
    made.model = maybe(Self.words)
    made.stream = maybe(["true", "false"])
    made.tenant = maybe(Self.words)
    made.status = maybe(Status.allCases)
    made.errorType = maybe(ErrorType.allCases)
    made.level = maybe(Level.allCases)
    made.costStatus = maybe(CostStatus.allCases)
    made.httpStatus = maybe([200, 429, 500])
    made.attempt = maybe([0, 1, 2])
    made.trace = maybe([1, 2, .max])
    made.parent = maybe([1, 1 << 63])
    made.user = maybe(Self.words)
    made.requestID = maybe(Self.words)
    made.message = maybe(Self.words).map { "begin \($0) end" }
    made.cache = maybe(["hit", "miss"])
    made.team = maybe(Self.words)
    return made
  }

  /// Some conditions, mostly of values that occur.
  mutating func conditions() -> [Condition] {
    let all = exact() + numbers() + texts() + times()
    return (0..<Int.random(in: 0...3, using: &dice)).compactMap { _ in
      all.randomElement(using: &dice)
    }
  }

  func matches(_ conditions: [Condition]) -> [Int] {
    made.filter { made in conditions.allSatisfy { $0.holds(made) } }.map(\.id)
  }

  private mutating func exact() -> [Condition] {
    let word = Self.words.randomElement(using: &dice) ?? ""
    var all = [
      Condition(name: "service", value: word) { ($0.service ?? "unknown") == word },
      Condition(name: "model", value: word) { $0.model == word },
      Condition(name: "tenant", value: word) { $0.tenant == word },
      Condition(name: "user", value: word) { $0.user == word },
      Condition(name: "request_id", value: word) { $0.requestID == word },
      Condition(name: "attrs.team", value: word) { $0.team == word },
      Condition(name: "attrs.deep.team", value: word) { $0.team == word },
      Condition(name: "stream", value: "true") { $0.stream == "true" },
      Condition(name: "cache", value: "hit") { $0.cache == "hit" },
    ]
    if let type = EventType.allCases.randomElement(using: &dice) {
      all.append(Condition(name: "type", value: type.text) { $0.type == type })
    }
    if let status = Status.allCases.randomElement(using: &dice) {
      all.append(Condition(name: "status", value: status.text) { $0.status == status })
    }
    if let error = ErrorType.allCases.randomElement(using: &dice) {
      all.append(Condition(name: "error_type", value: error.text) { $0.errorType == error })
    }
    if let cost = CostStatus.allCases.randomElement(using: &dice) {
      all.append(Condition(name: "cost_status", value: cost.text) { $0.costStatus == cost })
    }
    return all
  }

  private mutating func numbers() -> [Condition] {
    let level = Level.allCases.randomElement(using: &dice) ?? .info
    let code = [200, 429, 500, 404].randomElement(using: &dice) ?? 0
    let attempt = Int64.random(in: 0...3, using: &dice)
    return [
      Condition(name: "level", value: level.text) { $0.level == level },
      Condition(name: "min_level", value: level.text) { made in
        made.level.map { $0.rawValue >= level.rawValue } ?? false
      },
      Condition(name: "http_status", value: "\(code)") { $0.httpStatus == Int64(code) },
      Condition(name: "attempt", value: "\(attempt)") { $0.attempt == attempt },
      Condition(name: "trace_id", value: String(repeating: "0", count: 16) + hex(.max)) {
        $0.trace == .max
      },
      Condition(name: "parent_span_id", value: hex(1 << 63)) { $0.parent == 1 << 63 },
    ]
  }

  private mutating func texts() -> [Condition] {
    let text = (Self.words + ["HIT", "team", "c_", "_", "gin a", "0%"]).randomElement(using: &dice)
    guard let text else { return [] }
    return [
      Condition(name: "text", value: text) { made in
        [made.message, made.details, made.attributes].contains {
          $0.map { asciiLower($0).contains(asciiLower(text)) } ?? false
        }
      }
    ]
  }

  private mutating func times() -> [Condition] {
    guard let some = made.randomElement(using: &dice)?.time else { return [] }
    let near = some + Int64.random(in: -2...2, using: &dice)
    return [
      Condition(name: "from", value: Timestamp.text(near)) { $0.time >= near },
      Condition(name: "to", value: Timestamp.text(near)) { $0.time < near },
    ]
  }
}

private func hex(_ word: UInt64) -> String {
  var digits: [UInt8] = []
  Hex.append(word, to: &digits)
  return String(decoding: digits, as: UTF8.self)
}

private func asciiLower(_ text: String) -> String {
  String(decoding: text.utf8.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
}

private func fill(_ forge: EventForge, _ made: FilterModel.Made) {
  forge.event.type = made.type
  forge.event.time = made.time
  forge.event.hasOwnTime = true
  if let service = made.service { forge.set(.source, [.service: service]) }
  forge.set(.operation, [.model: made.model, .stream: made.stream].compactMapValues { $0 })
  if let tenant = made.tenant { forge.set(.tenant, [.tenant: tenant]) }
  forge.event.status = made.status
  forge.event.errorType = made.errorType
  forge.event.level = made.level
  forge.event.costStatus = made.costStatus
  forge.event.httpStatus = made.httpStatus ?? Event.absent
  forge.event.attempt = made.attempt ?? Event.absent
  forge.event.traceLow = made.trace ?? 0
  forge.event.traceHigh = 0
  forge.event.parentSpanID = made.parent ?? 0
  if let user = made.user { forge.event.user = forge.text(user) }
  if let request = made.requestID { forge.event.requestID = forge.text(request) }
  if let message = made.message { forge.event.message = forge.text(message) }
  if let details = made.details { forge.event.details = forge.text(details) }
  if let attributes = made.attributes { forge.event.attributes = forge.text(attributes) }
}
