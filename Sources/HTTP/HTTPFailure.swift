/// Why a message was refused: what to answer, and whether the connection can go on.
package struct HTTPFailure: Error, Sendable {
  /// The status to answer with. A response that cannot be read is a 502.
  package let status: Int
  /// A stable word for programs.
  package let code: StaticString
  /// A sentence for people; holds nothing that the peer sent.
  package let message: StaticString
  /// Whether the connection must be closed, because where the next message starts is unknown.
  package let closes: Bool
  /// Whether the peer opened with the HTTP/2 preface, as gRPC clients do.
  package let isHTTP2Preface: Bool

  /// A failure that says `message`.
  package init(
    _ status: Int, _ code: StaticString, _ message: StaticString, closes: Bool = true,
    isHTTP2Preface: Bool = false
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.closes = closes
    self.isHTTP2Preface = isHTTP2Preface
  }

  /// The same refusal for a peer that answers us: its fault is always a 502.
  var ofResponse: HTTPFailure { HTTPFailure(502, code, message) }
}

extension HTTPFailure: Equatable {
  /// Failures are equal when they would be answered alike.
  package static func == (left: HTTPFailure, right: HTTPFailure) -> Bool {
    left.status == right.status && left.closes == right.closes
      && left.isHTTP2Preface == right.isHTTP2Preface
      && left.code.description == right.code.description
      && left.message.description == right.message.description
  }
}

// MARK: Request lines
extension HTTPFailure {
  static let http2 = HTTPFailure(
    505, "http2", "cannot speak HTTP/2: this port speaks HTTP/1.1", isHTTP2Preface: true)
  static let version = HTTPFailure(
    505, "http_version", "cannot speak this HTTP version: this port speaks HTTP/1.1")
  static let requestLine = HTTPFailure(
    400, "bad_request_line", "cannot read the request line: expected METHOD TARGET HTTP/1.1")
  static let methodTooLong = HTTPFailure(
    501, "unknown_method", "cannot serve the method: its name is longer than any known one")
  static let connect = HTTPFailure(
    501, "unknown_method", "cannot serve CONNECT: this is not a proxy")
  static let target = HTTPFailure(
    400, "bad_target", "cannot read the request target: expected /PATH?QUERY")
  static let targetTooLong = HTTPFailure(
    414, "target_too_long", "cannot read the request target: it is too long")
}

// MARK: Header lines
extension HTTPFailure {
  static let bareLineEnd = HTTPFailure(
    400, "bad_line_end", "cannot read the head: a line does not end in CR LF")
  static let folded = HTTPFailure(
    400, "bad_header", "cannot read a header: a line starts with white space")
  static let headerName = HTTPFailure(
    400, "bad_header", "cannot read a header: expected NAME: VALUE, no space before the colon")
  static let headerValue = HTTPFailure(
    400, "bad_header", "cannot read a header: a control character stands in its value")
  static let headersTooLarge = HTTPFailure(
    431, "headers_too_large", "cannot read the headers: they are too large")
  static let tooManyHeaders = HTTPFailure(
    431, "too_many_headers", "cannot read the headers: there are too many")
  static let repeatedHeader = HTTPFailure(
    400, "repeated_header", "cannot read the headers: one that may stand once stands twice")
  static let noHost = HTTPFailure(
    400, "bad_host", "cannot read the headers: HTTP/1.1 needs a Host")
  static let host = HTTPFailure(400, "bad_host", "cannot read Host: expected NAME or NAME:PORT")
  static let otherHost = HTTPFailure(
    400, "bad_host", "cannot serve the request: its target and its Host name different hosts")
  static let expectation = HTTPFailure(
    417, "expectation_failed", "cannot meet the expectation: only 100-continue is known")
}

// MARK: Bodies
extension HTTPFailure {
  static let contentLength = HTTPFailure(
    400, "bad_content_length", "cannot read Content-Length: expected one decimal number")
  static let transferEncoding = HTTPFailure(
    501, "bad_transfer_encoding", "cannot read the body: only Transfer-Encoding: chunked is known")
  static let oldTransferEncoding = HTTPFailure(
    400, "bad_transfer_encoding", "cannot read the body: HTTP/1.0 knows no Transfer-Encoding")
  static let twoLengths = HTTPFailure(
    400, "ambiguous_length",
    "cannot read the body: both Content-Length and Transfer-Encoding are given")
  static let chunkSize = HTTPFailure(
    400, "bad_chunk", "cannot read a chunk: expected its size as 1 to 16 hexadecimal digits")
  static let chunkEnd = HTTPFailure(
    400, "bad_chunk", "cannot read a chunk: it does not end where its size says")
  static let chunkExtension = HTTPFailure(
    400, "bad_chunk", "cannot read a chunk: its extensions are too long or hold control characters")
  static let bodyTooLarge = HTTPFailure(
    413, "body_too_large", "cannot read the body: it is too large")
  static let truncatedBody = HTTPFailure(
    400, "truncated_body", "cannot read the body: the connection ended before it")
}
