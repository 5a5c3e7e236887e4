internal import Codec

extension RequestHead {
  /// Takes one header line. Names are told apart by length first, so most lines cost one compare.
  mutating func take(_ line: FieldLine, _ view: ByteView) throws(HTTPFailure) {
    let value = line.value
    switch line.name.count {
    case 4 where line.isNamed("host", in: view):
      guard host == nil else { throw .host }
      guard Self.isHost(value, view) else { throw .host }
      host = value
    case 6: try takeSix(line, view)
    case 10 where line.isNamed("connection", in: view): framing.takeConnection(view, value)
    case 10 where line.isNamed("user-agent", in: view): Self.takeFirst(value, &userAgent)
    case 11 where line.isNamed("traceparent", in: view):
      traceparent = hasTraceparent ? nil : value
      hasTraceparent = true
    case 12 where line.isNamed("content-type", in: view): try Self.takeOnce(value, &contentType)
    case 12 where line.isNamed("x-request-id", in: view): Self.takeFirst(value, &requestID)
    case 13 where line.isNamed("authorization", in: view):
      try Self.takeOnce(value, &authorization)
    case 14 where line.isNamed("content-length", in: view):
      try framing.takeContentLength(view, value)
    case 14 where line.isNamed("sec-fetch-site", in: view): Self.takeFirst(value, &fetchSite)
    case 15 where line.isNamed("accept-encoding", in: view):
      Self.takeFirst(value, &acceptEncoding)
    case 15 where line.isNamed("idempotency-key", in: view):
      try Self.takeOnce(value, &idempotencyKey)
    case 16 where line.isNamed("content-encoding", in: view):
      try Self.takeOnce(value, &contentEncoding)
    case 17 where line.isNamed("transfer-encoding", in: view):
      try framing.takeTransferEncoding(view, value)
    case 35 where line.isNamed("x-prometheus-scrape-timeout-seconds", in: view):
      Self.takeFirst(value, &scrapeTimeout)
    default: break
    }
  }

  private mutating func takeSix(_ line: FieldLine, _ view: ByteView) throws(HTTPFailure) {
    if line.isNamed("accept", in: view) {
      Self.takeFirst(line.value, &accept)
    } else if line.isNamed("origin", in: view) {
      try Self.takeOnce(line.value, &origin)
    } else if line.isNamed("expect", in: view) {
      guard view.equals(line.value.start, line.value.count, ignoringCase: "100-continue") else {
        throw .expectation
      }
      hasExpectation = true
    }
  }

  private static func takeFirst(_ value: ByteRange, _ slot: inout ByteRange?) {
    if slot == nil { slot = value }
  }

  private static func takeOnce(
    _ value: ByteRange, _ slot: inout ByteRange?
  ) throws(HTTPFailure) {
    guard slot == nil else { throw .repeatedHeader }
    slot = value
  }

  /// Checks what only the whole head shows; `fieldsStart..<fieldsEnd` are its header lines.
  mutating func settle(
    _ view: ByteView, _ fieldsStart: Int, _ fieldsEnd: Int
  ) throws(HTTPFailure) {
    fields = ByteRange(fieldsStart, fieldsEnd)
    end = fieldsEnd &+ 2
    if version == .http10 {
      if framing.isChunked { throw .oldTransferEncoding }
      host = host ?? authority
    }
    guard let host else {
      if version == .http11 { throw .noHost }
      return
    }
    if let authority, !view.equals(authority, ignoringCase: host) { throw .otherHost }
  }

  /// Whether `range` can be a host and port.
  static func isHost(_ range: ByteRange, _ view: ByteView) -> Bool {
    for index in range.start..<range.end {
      guard ASCII.isHostByte(view[index]) else { return false }
    }
    return true
  }
}
