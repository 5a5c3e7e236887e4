import Codec
import Telemetry
import TestSupport

@testable import Intake

/// OTLP requests decoded as the intake threads do.
struct OTLPBench: ~Copyable {
  var bench: DecoderBench

  init(_ change: (inout IntakeSettings) -> Void = { _ in }) {
    bench = DecoderBench(change)
  }

  /// The batch that a request becomes.
  mutating func batch(
    _ bytes: [UInt8], _ signal: OTLPSignal = .traces, _ encoding: OTLPEncoding = .protobuf
  ) throws(OTLPError) -> EventBatch {
    let slab = ByteSlab(capacity: max(16, bytes.count))
    slab.append(bytes)
    let batch = EventBatch(body: slab)
    batch.receivedAt = DecoderBench.now
    batch.door = .otlp
    try bench.decoder.decodeOTLP(batch, signal, encoding)
    return batch
  }

  /// The events of a JSON request of spans.
  mutating func spans(_ json: String) throws(OTLPError) -> [Decoded] {
    events(try batch(Array(json.utf8), .traces, .json))
  }

  func events(_ batch: EventBatch) -> [Decoded] {
    (0..<batch.count).map { Decoded(batch: batch, table: bench.table, index: $0) }
  }

  /// A request of one span with these attributes as JSON and further members of the span.
  static func span(attributes: String, _ more: String = "") -> String {
    """
    {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name",\
    "value":{"stringValue":"till"}}]},"scopeSpans":[{"scope":{"name":"lib"},"spans":[{\
    "traceId":"6f1d0c2b9a8e7d6c5b4a392817060504","spanId":"1122334455667788","name":"n",\
    "startTimeUnixNano":"1795228000000000000","endTimeUnixNano":"1795228000420000000"\
    \(more),"attributes":[\(attributes)]}]}]}]}
    """
  }

  /// Attributes as OTLP writes them, from pairs of a key and an AnyValue.
  static func attributes(_ pairs: [(String, String)]) -> String {
    pairs.map { "{\"key\":\"\($0.0)\",\"value\":\($0.1)}" }.joined(separator: ",")
  }
}

extension Decoded {
  /// What a call says, in the order of the files of expectations.
  var callLine: String {
    let leaves = event.leaves
    let input = Self.sum([
      leaves.input, leaves.cacheRead, leaves.cacheWrite, leaves.cacheWrite1h, leaves.audioInput,
      leaves.imageInput,
    ])
    let output = Self.sum([leaves.output, leaves.reasoning, leaves.audioOutput])
    let first = event.timeToFirstToken
    let parts: [String?] = [
      spanID, self[.operation], self[.provider], self[.model], self[.responseModel], input, output,
      Self.count(leaves.cacheRead), Self.count(leaves.cacheWrite), Self.count(leaves.reasoning),
      text(event.responseID), self[.stream]?.lowercased(), Self.count(event.httpStatus),
      text(event.session), text(event.user), self[.tenant], self[.finishReason],
      event.status == .error ? "true" : "false", tools,
      Self.count(first == Event.absent ? -1 : first / 1_000_000),
      Self.count(event.duration / 1_000_000), self[.service], self[.env],
    ]
    return parts.map { $0 ?? "-" }.joined(separator: " ")
  }

  private static func sum(_ counts: [Int64]) -> String? {
    let known = counts.filter { $0 >= 0 }
    return known.isEmpty ? nil : String(known.reduce(0, +))
  }

  private static func count(_ number: Int64) -> String? { number < 0 ? nil : String(number) }

  /// The names of tool calls, out of the details.
  var tools: String? {
    guard let details, let mark = details.firstRange(of: "\"tool_calls\":[") else { return nil }
    return String(details[mark.upperBound...].prefix { $0 != "]" }.filter { $0 != "\"" })
  }
}
