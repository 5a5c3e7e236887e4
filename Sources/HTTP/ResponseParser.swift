package import Codec

/// Reads the heads of HTTP/1.1 responses as they arrive, as strictly as `RequestParser` and used
/// the same way. Each failure is a 502.
package struct ResponseParser {
  /// What is known of a head so far.
  package enum Answer: Equatable, Sendable {
    /// The head is incomplete.
    case needMore
    /// The head is complete; `end` says what it consumed. After an interim one another follows.
    case head(ResponseHead)
    /// The bytes are no response that can be read.
    case failure(HTTPFailure)
  }

  private let limits: HTTPLimits
  private var isStatusRead = false
  private var lines = LineReader(at: 0)
  private var fieldsStart = 0
  private var fieldCount = 0
  private var head = ResponseHead()

  /// A parser that begins at the view's first byte.
  package init(limits: HTTPLimits = HTTPLimits()) {
    self.limits = limits
  }

  /// Begins the next response, which starts at `offset` of the view.
  package mutating func begin(at offset: Int) {
    self = ResponseParser(limits: limits)
    lines = LineReader(at: offset)
  }

  /// Reads on. `view` holds all bytes of the current response that have come so far. After a head
  /// or a failure, `begin` comes next.
  package mutating func parse(_ view: ByteView) -> Answer {
    do throws(HTTPFailure) {
      return try advance(view)
    } catch {
      return .failure(error.ofResponse)
    }
  }

  private mutating func advance(_ view: ByteView) throws(HTTPFailure) -> Answer {
    if !isStatusRead {
      let bound = lines.start + limits.headerBytes
      guard let end = try lines.lineEnd(view, before: bound, tooLong: .statusLine) else {
        return .needMore
      }
      try takeStatusLine(view, lines.start, end)
      lines.advance(past: end)
      fieldsStart = lines.start
      isStatusRead = true
    }
    let bound = fieldsStart + limits.headerBytes + 2
    while let end = try lines.lineEnd(view, before: bound, tooLong: .headersTooLarge) {
      if end == lines.start {
        try settle(end)
        return .head(head)
      }
      guard fieldCount < limits.headerCount else { throw .tooManyHeaders }
      fieldCount &+= 1
      try take(FieldLine(view, lines.start, end), view)
      lines.advance(past: end)
    }
    return .needMore
  }

  /// `HTTP/1.1 200 reason`; the reason may be empty and, as many servers do it, its space missing.
  private mutating func takeStatusLine(
    _ view: ByteView, _ start: Int, _ end: Int
  ) throws(HTTPFailure) {
    guard end &- start >= 12, view[start &+ 8] == ASCII.space else { throw .statusLine }
    if view.equals(start, 8, "HTTP/1.1") {
      head.version = .http11
    } else if view.equals(start, 8, "HTTP/1.0") {
      head.version = .http10
    } else {
      throw .statusLine
    }
    guard let status = view.decimal(ByteRange(start &+ 9, start &+ 12)), status >= 100,
      end == start &+ 12 || view[start &+ 12] == ASCII.space,
      view.firstControl(from: start, to: end) == end
    else { throw .statusLine }
    // Nobody asked for another protocol, and what follows a 101 would not be HTTP.
    guard status != 101 else { throw .statusLine }
    head.status = status
  }

  private mutating func take(_ line: FieldLine, _ view: ByteView) throws(HTTPFailure) {
    switch line.name.count {
    case 10 where line.isNamed("connection", in: view):
      head.framing.takeConnection(view, line.value)
    case 12 where line.isNamed("content-type", in: view):
      head.contentType = head.contentType ?? line.value
    case 14 where line.isNamed("content-length", in: view):
      try head.framing.takeContentLength(view, line.value)
    case 16 where line.isNamed("content-encoding", in: view):
      head.contentEncoding = head.contentEncoding ?? line.value
    case 17 where line.isNamed("transfer-encoding", in: view):
      try head.framing.takeTransferEncoding(view, line.value)
    default: break
    }
  }

  private mutating func settle(_ fieldsEnd: Int) throws(HTTPFailure) {
    if head.version == .http10, head.isChunked { throw .oldTransferEncoding }
    head.fields = ByteRange(fieldsStart, fieldsEnd)
    head.end = fieldsEnd &+ 2
  }
}

extension HTTPFailure {
  static let statusLine = HTTPFailure(
    502, "bad_status_line", "cannot read the answer: expected HTTP/1.1 STATUS REASON")
}
