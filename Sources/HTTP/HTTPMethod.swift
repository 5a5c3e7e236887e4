/// A request's method; what is not listed is `other`, and its text stands in the head.
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
  case get, head, post, put, patch, delete, options, trace, other

  /// The method's name as it stands on the wire; empty for `other`.
  package var name: StaticString {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .patch: "PATCH"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .trace: "TRACE"
    case .other: ""
    }
  }
}

/// The protocol versions that are spoken.
package enum HTTPVersion: UInt8, Sendable {
  case http10, http11
}

/// How the end of a body is known.
package enum BodyFraming: Equatable, Sendable {
  /// There is no body.
  case none
  /// The body holds so many bytes, at least one.
  case length(Int)
  /// The body comes in chunks.
  case chunked
  /// The body ends when the connection does; only responses may.
  case untilClose
}
