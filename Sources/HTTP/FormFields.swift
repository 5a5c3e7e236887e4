/// The decoded `name=value` pairs of a query or of an `application/x-www-form-urlencoded` body, in
/// their order.
package struct FormFields: Equatable, Sendable {
  /// One pair; without an equals sign the value is empty.
  package struct Field: Equatable, Sendable {
    /// The decoded name.
    package let name: [UInt8]
    /// The decoded value.
    package let value: [UInt8]
  }

  /// Every pair, repeated names included.
  package private(set) var all: [Field] = []

  /// Decodes `bytes`; fails with 400 on a broken percent-encoding. Empty pairs are passed over.
  package init(_ bytes: [UInt8]) throws(HTTPFailure) {
    for pair in bytes.split(separator: ASCII.ampersand) {
      let equals = pair.firstIndex(of: ASCII.equals) ?? pair.endIndex
      guard let name = PercentCoding.decode(pair[..<equals], plusIsSpace: true),
        let value = PercentCoding.decode(pair[equals...].dropFirst(), plusIsSpace: true)
      else { throw .formEncoding }
      all.append(Field(name: name, value: value))
    }
  }

  /// The first value under `name`, or nil.
  package subscript(name: StaticString) -> [UInt8]? {
    all.first { $0.name.isText(name) }?.value
  }

  /// Every value under `name`, in their order.
  package func values(of name: StaticString) -> [[UInt8]] {
    all.filter { $0.name.isText(name) }.map(\.value)
  }
}

/// The parts of a request's path.
package enum PathSegments {
  /// The decoded segments of `path`, which starts with a slash: `/a%2Fb/c` is `a/b`, `c`. Fails
  /// with 400 on a broken percent-encoding, on a NUL, and on `.` and `..`, which a client resolves.
  package static func decode(_ path: [UInt8]) throws(HTTPFailure) -> [[UInt8]] {
    var segments: [[UInt8]] = []
    for part in path.dropFirst().split(separator: ASCII.slash, omittingEmptySubsequences: false) {
      guard let segment = PercentCoding.decode(part, plusIsSpace: false), !segment.contains(0)
      else { throw .pathEncoding }
      if segment == [ASCII.dot] || segment == [ASCII.dot, ASCII.dot] { throw .pathEncoding }
      segments.append(segment)
    }
    return segments
  }
}

extension HTTPFailure {
  static let formEncoding = HTTPFailure(
    400, "bad_encoding", "cannot read the query or form: a percent sign needs two hex digits",
    closes: false)
  static let pathEncoding = HTTPFailure(
    400, "bad_encoding", "cannot read the path: its percent-encoding or a dot segment is wrong",
    closes: false)
}
