internal import Codec
internal import PromQL
internal import Serving

/// The parameters of a request to Prometheus' API, read as it reads them. One given as an empty
/// text counts as not given.
struct QueryParameters {
  private let request: Request

  init(_ request: Request) {
    self.request = request
  }

  /// The first value that is not empty.
  subscript(name: String) -> String? {
    request.fields.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  /// Every value of a parameter that may repeat.
  func all(_ name: String) -> [String] {
    request.fields.filter { $0.name == name }.map(\.value)
  }

  /// Milliseconds since 1970: seconds with a fraction, or RFC 3339.
  func time(_ name: String) throws(QueryFault) -> Int64? {
    guard let text = self[name] else { return nil }
    guard let time = Self.time(text) else {
      throw QueryFault(
        name,
        "Invalid time value for '\(name)': cannot parse \"\(text)\" to a valid timestamp")
    }
    return time
  }

  /// A time that has to be given.
  func neededTime(_ name: String) throws(QueryFault) -> Int64 {
    let text = self[name] ?? ""
    guard let time = Self.time(text) else {
      throw QueryFault(name, "cannot parse \"\(text)\" to a valid timestamp")
    }
    return time
  }

  /// Milliseconds of a span: seconds, or as queries write it.
  func span(_ name: String) throws(QueryFault) -> Double? {
    guard let text = self[name] else { return nil }
    if let seconds = Self.number(text) {
      guard seconds.magnitude < 9.2e9 else {
        throw QueryFault(
          name, "cannot parse \"\(text)\" to a valid duration. It overflows int64")
      }
      return seconds * 1_000
    }
    guard let span = DurationText.milliseconds(text.utf8) else {
      throw QueryFault(name, "cannot parse \"\(text)\" to a valid duration")
    }
    return Double(span)
  }

  /// How many elements are wanted; nil for all.
  func limit(_ name: String = "limit") throws(QueryFault) -> Int? {
    guard let text = self[name] else { return nil }
    guard let limit = Int(text) else {
      throw QueryFault(name, "cannot parse \"\(text)\" to a valid limit")
    }
    guard limit >= 0 else { throw QueryFault(name, "limit must be non-negative") }
    return limit == 0 ? nil : limit
  }

  private static func time(_ text: String) -> Int64? {
    if let seconds = number(text) {
      let milliseconds = (seconds * 1_000).rounded()
      guard milliseconds.magnitude < 9.2e15 else { return nil }
      return Int64(milliseconds)
    }
    // A number was read above; what is left has to be a date.
    guard text.utf8.dropFirst(4).first == UInt8(ascii: "-") else { return nil }
    let slab = ByteSlab(capacity: text.utf8.count)
    slab.append(Array(text.utf8))
    // The view dies before its slab.
    return unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: 0)
      .map { $0 / 1_000_000 }
  }

  private static func number(_ text: String) -> Double? {
    // Swift reads words and hexadecimal too, which are no times.
    guard text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }),
      let number = Double(text), number.isFinite
    else { return nil }
    return number
  }
}
