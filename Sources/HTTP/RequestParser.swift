package import Codec

/// Reads the heads of HTTP/1.1 requests as they arrive, refusing everything that another reader
/// could understand differently (RFC 9112). Allocates nothing.
///
/// One parser serves a connection: `begin` a request, then `parse` whenever there are more bytes.
/// The bytes from where it began must stay where they are until the answer; when the owner moves
/// them it begins again.
package struct RequestParser {
  /// What is known of a head so far.
  package enum Answer: Equatable, Sendable {
    /// The head is incomplete.
    case needMore
    /// The head is complete; `end` says what it consumed.
    case head(RequestHead)
    /// The bytes are no request that will be served.
    case failure(HTTPFailure)
  }

  private enum Stage {
    case opening, requestLine, fields
  }

  private let limits: HTTPLimits
  private var stage = Stage.opening
  private var lines = LineReader(at: 0)
  private var fieldsStart = 0
  private var fieldCount = 0
  private var head = RequestHead()

  /// A parser that begins at the view's first byte.
  package init(limits: HTTPLimits = HTTPLimits()) {
    self.limits = limits
  }

  /// Begins the next request, which starts at `offset` of the view: the last head's `end` plus its
  /// body.
  package mutating func begin(at offset: Int) {
    self = RequestParser(limits: limits)
    lines = LineReader(at: offset)
  }

  /// Whether any byte of the current request has been read; if not, the connection is idle.
  package var hasBegun: Bool { stage != .opening }

  /// Reads on. `view` holds all bytes of the current request that have come so far. After a head
  /// or a failure, `begin` comes next.
  package mutating func parse(_ view: ByteView) -> Answer {
    do throws(HTTPFailure) {
      return try advance(view)
    } catch {
      return .failure(error)
    }
  }

  private mutating func advance(_ view: ByteView) throws(HTTPFailure) -> Answer {
    if stage == .opening {
      guard try skipLeadingLine(view) else { return .needMore }
    }
    if stage == .requestLine {
      let bound = lines.start + limits.targetBytes + HTTPLimits.requestLineFrame
      guard let end = try lines.lineEnd(view, before: bound, tooLong: .targetTooLong) else {
        return .needMore
      }
      try head.takeRequestLine(view, lines.start, end, limits)
      lines.advance(past: end)
      fieldsStart = lines.start
      stage = .fields
    }
    return try takeFields(view)
  }

  private mutating func takeFields(_ view: ByteView) throws(HTTPFailure) -> Answer {
    // The empty line that ends the head is not counted.
    let bound = fieldsStart + limits.headerBytes + 2
    while let end = try lines.lineEnd(view, before: bound, tooLong: .headersTooLarge) {
      if end == lines.start {
        try head.settle(view, fieldsStart, end)
        return .head(head)
      }
      guard fieldCount < limits.headerCount else { throw .tooManyHeaders }
      fieldCount &+= 1
      try head.take(FieldLine(view, lines.start, end), view)
      lines.advance(past: end)
    }
    return .needMore
  }

  /// Passes over one empty line before the request (RFC 9112 2.2) and looks at the first byte, so
  /// that a peer which speaks something else, TLS for instance, is told at once.
  private mutating func skipLeadingLine(_ view: ByteView) throws(HTTPFailure) -> Bool {
    var start = lines.start
    guard start < view.count else { return false }
    if view[start] == ASCII.carriageReturn {
      guard start &+ 1 < view.count else { return false }
      guard view[start &+ 1] == ASCII.lineFeed else { throw .requestLine }
      start &+= 2
      guard start < view.count else { return false }
    }
    guard ASCII.isToken(view[start]) else { throw .requestLine }
    lines = LineReader(at: start)
    stage = .requestLine
    return true
  }
}
