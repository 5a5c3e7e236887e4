internal import Codec
internal import HTTP
internal import PromQL

/// A query as the command line asks it.
struct QueryRequest {
  /// What is wrong with the command line.
  struct Fault: Error {
    let message: String
  }

  /// The times of a range, in milliseconds since 1970.
  struct Span: Equatable {
    let start: Int64
    let end: Int64
    let step: Int64
  }

  private static let usualSteps: Int64 = 120
  /// Steps that people think in, in seconds.
  private static let roundSteps: [Int64] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400,
  ]

  let query: String
  /// Nil for one time.
  let span: Span?
  private let fields: [(name: String, value: String)]

  init(_ query: String, _ arguments: Arguments, now: Int64) throws(Fault) {
    self.query = query
    var fields = [(name: "query", value: query)]
    for name in ["limit", "timeout"] {
      if let value = arguments["--\(name)"] { fields.append((name, value)) }
    }
    let time = try arguments["--time"].map { (text) throws(Fault) in try Self.time(text) }
    guard let range = try Self.duration("--range", arguments) else {
      guard arguments["--step"] == nil else {
        throw Fault(message: "--step needs a --range to step through")
      }
      if let time { fields.append(("time", Self.seconds(time))) }
      span = nil
      self.fields = fields
      return
    }
    let step = try Self.duration("--step", arguments) ?? Self.step(for: range)
    // Whole steps since 1970, so that the same question a little later has the same times.
    let end = time ?? now / step * step
    let span = Span(start: end - range / step * step, end: end, step: step)
    fields += [
      ("start", Self.seconds(span.start)), ("end", Self.seconds(span.end)),
      ("step", Self.seconds(step)),
    ]
    self.span = span
    self.fields = fields
  }

  var path: String { span == nil ? "/api/v1/query" : "/api/v1/query_range" }

  var form: [UInt8] {
    var bytes: [UInt8] = []
    for (name, value) in fields {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
      bytes += Array(name.utf8) + [UInt8(ascii: "=")]
      PercentCoding.append(Array(value.utf8), to: &bytes)
    }
    return bytes
  }

  private static func step(for range: Int64) -> Int64 {
    let wanted = range / usualSteps
    return (roundSteps.first { $0 * 1_000 >= wanted } ?? 86_400) * 1_000
  }

  private static func duration(
    _ name: String, _ arguments: Arguments
  ) throws(Fault) -> Int64? {
    guard let text = arguments[name] else { return nil }
    guard let span = DurationText.milliseconds(text.utf8), span > 0 else {
      throw Fault(message: "\(name): expected a span such as 30s, 5m or 1h30m, not \(text)")
    }
    return span
  }

  private static func time(_ text: String) throws(Fault) -> Int64 {
    let slab = ByteSlab(capacity: text.utf8.count + 1)
    slab.append(Array(text.utf8))
    // unsafe because the slab holds the text for the length of this call.
    let time = unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: 0)
    guard let time else {
      throw Fault(message: "--time: expected RFC 3339 or seconds since 1970, not \(text)")
    }
    return time / 1_000_000
  }

  private static func seconds(_ milliseconds: Int64) -> String {
    let fraction = String(milliseconds.magnitude % 1_000 + 1_000).dropFirst()
    return "\(milliseconds / 1_000).\(fraction)"
  }
}
