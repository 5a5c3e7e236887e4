package import Codec

/// A request's line and headers, as places in the buffer that was parsed; valid while the buffer's
/// bytes stay where they are.
package struct RequestHead: Equatable, Sendable {
  /// The method, `other` when it is not a known one.
  package internal(set) var method = HTTPMethod.other
  /// The method's text.
  package internal(set) var methodText = ByteRange(0, 0)
  /// The protocol version of the request.
  package internal(set) var version = HTTPVersion.http11
  /// The path, still percent-encoded; starts with a slash, or is `*`.
  package internal(set) var path = ByteRange(0, 0)
  /// What stands behind the question mark, still encoded; nil without one.
  package internal(set) var query: ByteRange?
  /// All header lines with their line ends.
  package internal(set) var fields = ByteRange(0, 0)
  /// Where the body, or else the next request, starts.
  package internal(set) var end = 0

  /// `Host` or, in HTTP/1.0, the target's own; nil when neither is there.
  package internal(set) var host: ByteRange?
  /// `Content-Type`.
  package internal(set) var contentType: ByteRange?
  /// `Content-Encoding`.
  package internal(set) var contentEncoding: ByteRange?
  /// `Accept`; the first one when repeated.
  package internal(set) var accept: ByteRange?
  /// `Accept-Encoding`; the first one when repeated.
  package internal(set) var acceptEncoding: ByteRange?
  /// `Authorization`.
  package internal(set) var authorization: ByteRange?
  /// `X-Request-ID`; the first one when repeated.
  package internal(set) var requestID: ByteRange?
  /// `Origin`.
  package internal(set) var origin: ByteRange?
  /// `Sec-Fetch-Site`; the first one when repeated.
  package internal(set) var fetchSite: ByteRange?
  /// `traceparent`; nil when repeated, as its standard asks.
  package internal(set) var traceparent: ByteRange?
  /// `Idempotency-Key`.
  package internal(set) var idempotencyKey: ByteRange?
  /// `User-Agent`; the first one when repeated.
  package internal(set) var userAgent: ByteRange?
  /// `X-Prometheus-Scrape-Timeout-Seconds`; the first one when repeated.
  package internal(set) var scrapeTimeout: ByteRange?

  var framing = Framing()
  var hasExpectation = false
  var hasTraceparent = false
  var authority: ByteRange?

  /// `Content-Length`, which is never given together with chunks.
  package var contentLength: Int? { framing.contentLength }
  /// Whether the body comes in chunks.
  package var isChunked: Bool { framing.isChunked }
  /// Whether the connection may serve another request after this one.
  package var keepsAlive: Bool { framing.keepsAlive(version) }
  /// Whether the client waits for `100 Continue` before it sends its body.
  package var expectsContinue: Bool {
    hasExpectation && version == .http11 && body != .none
  }

  /// How the end of the body is known.
  package var body: BodyFraming {
    if framing.isChunked { return .chunked }
    guard let length = framing.contentLength, length > 0 else { return .none }
    return .length(length)
  }

  /// The value of the first header named `literal` (lower case), for headers without a property.
  /// Walks all lines.
  package func value(of literal: StaticString, in view: ByteView) -> ByteRange? {
    view.fieldValue(literal, in: fields)
  }
}
