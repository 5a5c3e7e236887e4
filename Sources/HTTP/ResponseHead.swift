package import Codec

/// A response's status line and headers, as places in the buffer that was parsed; valid while the
/// buffer's bytes stay where they are.
package struct ResponseHead: Equatable, Sendable {
  /// The status code.
  package internal(set) var status = 0
  /// The protocol version of the response.
  package internal(set) var version = HTTPVersion.http11
  /// All header lines with their line ends.
  package internal(set) var fields = ByteRange(0, 0)
  /// Where the body, or else the next response, starts.
  package internal(set) var end = 0
  /// `Content-Type`; the first one when repeated.
  package internal(set) var contentType: ByteRange?
  /// `Content-Encoding`; the first one when repeated.
  package internal(set) var contentEncoding: ByteRange?
  var framing = Framing()

  /// Whether another response follows for the same request, as after `100 Continue`.
  package var isInterim: Bool { status < 200 }
  /// `Content-Length`.
  package var contentLength: Int? { framing.contentLength }
  /// Whether the body comes in chunks.
  package var isChunked: Bool { framing.isChunked }

  /// How the end of the body is known, given the method of the request (RFC 9112 6.3).
  package func body(of method: HTTPMethod) -> BodyFraming {
    if method == .head || !HTTPStatus.allowsBody(status) { return .none }
    if framing.isChunked { return .chunked }
    guard let length = framing.contentLength else { return .untilClose }
    return length > 0 ? .length(length) : .none
  }

  /// Whether the connection may carry another request after this response.
  package func keepsAlive(after method: HTTPMethod) -> Bool {
    framing.keepsAlive(version) && body(of: method) != .untilClose
  }

  /// The value of the first header named `literal` (lower case). Walks all lines.
  package func value(of literal: StaticString, in view: ByteView) -> ByteRange? {
    view.fieldValue(literal, in: fields)
  }
}
