import Codec
import Telemetry
import TestSupport
import Testing

@testable import Intake

/// Lines that real loggers wrote, with what they were told to say.
struct LoggerTests {
  static let files = Fixtures.names(in: "json-logs").filter { $0.hasSuffix(".jsonl") }

  @Test func `the lines are there`() {
    #expect(Self.files.count == 9)
  }

  @Test(arguments: files)
  func `each line says what its logger was told`(file: String) throws {
    let bytes = Fixtures.bytes("json-logs/\(file)")
    let expected = try Expected.all(in: Fixtures.bytes("json-logs/expected.json"), file: file)
    var bench = DecoderBench { $0.retention = .max / 4 }
    let batch = bench.lines(bytes)
    #expect(batch.rejectedCount == 0)
    try #require(batch.count == expected.count)
    for (index, expected) in expected.enumerated() {
      let decoded = Decoded(batch: batch, table: bench.table, index: index)
      #expect(Expected(decoded) == expected, "\(file) line \(index + 1)")
    }
  }
}

/// What the expectations file says of one line.
struct Expected: Equatable {
  var milliseconds: Double
  var level: String?
  var message: String?
  var logger: String?
  var traceID: String?
  var spanID: String?
  var service: String?
  var hasErrorType: Bool
  var hasStack: Bool
  var model: String?
  var input: Double?
  var output: Double?
  var cacheRead: Double?
  var cost: Double?
  var duration: Double?
  var httpStatus: Double?

  static func all(in bytes: [UInt8], file: String) throws -> [Expected] {
    guard let document = try ConfigReader.read(bytes).first,
      let rows = document[file]?.elements
    else { return [] }
    return rows.map(Expected.init(node:))
  }

  init(node: ConfigNode) {
    milliseconds = ((node["time_unix_ms"]?.number ?? 0) * 100).rounded() / 100
    level = node["level"]?.words
    message = node["message"]?.words
    logger = node["logger"]?.words
    traceID = node["trace_id"]?.words
    spanID = node["span_id"]?.words
    service = node["service"]?.words
    hasErrorType = node["error_type"]?.words != nil
    hasStack = node["has_stack"]?.flag ?? false
    let call = node["llm"]
    model = call?["model"]?.words
    input = call?["input_tokens"]?.number
    output = call?["output_tokens"]?.number
    cacheRead = call?["cache_read_tokens"]?.number
    cost = call?["cost_usd"]?.number
    duration = call?["duration_ms"]?.number
    httpStatus = call?["status"]?.number
  }

  init(_ decoded: Decoded) {
    let event = decoded.event
    milliseconds = (Double(event.time / 1_000) / 10).rounded() / 100
    level = event.level?.text
    message = decoded.message
    logger = decoded[.logger]
    traceID = event.hasTrace ? decoded.traceID : nil
    spanID = event.spanID == 0 ? nil : decoded.spanID
    service = decoded[.service]
    hasErrorType = event.errorType != nil
    hasStack = !event.stack.isAbsent
    model = decoded[.model]
    let leaves = event.leaves
    let cached = max(0, leaves.cacheRead)
    input = leaves.input < 0 ? nil : Double(leaves.input + cached)
    output = leaves.output < 0 ? nil : Double(leaves.output)
    cacheRead = leaves.cacheRead < 0 ? nil : Double(leaves.cacheRead)
    cost = event.reportedCost == Event.absent ? nil : Double(event.reportedCost) / 1e12
    duration = event.duration == Event.absent ? nil : Double(event.duration) / 1e6
    httpStatus = event.httpStatus == Event.absent ? nil : Double(event.httpStatus)
  }
}

extension ConfigNode {
  fileprivate var elements: [ConfigNode] {
    if case .sequence(let elements) = value { elements } else { [] }
  }

  fileprivate var words: String? {
    if case .string(let text) = scalar { text } else { nil }
  }

  fileprivate var number: Double? {
    switch scalar {
    case .int(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  fileprivate var flag: Bool? {
    if case .bool(let flag) = scalar { flag } else { nil }
  }
}
