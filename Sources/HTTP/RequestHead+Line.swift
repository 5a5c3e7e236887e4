internal import Codec

extension RequestHead {
  /// Reads the request line that stands in `start..<end`.
  mutating func takeRequestLine(
    _ view: ByteView, _ start: Int, _ end: Int, _ limits: HTTPLimits
  ) throws(HTTPFailure) {
    if view.equals(start, end &- start, "PRI * HTTP/2.0") { throw .http2 }
    var index = start
    while index < end, ASCII.isToken(view[index]) { index &+= 1 }
    guard index > start, index < end, view[index] == ASCII.space else { throw .requestLine }
    guard index &- start <= HTTPLimits.methodBytes else { throw .methodTooLong }
    methodText = ByteRange(start, index)
    method = Self.method(methodText, view)
    let targetStart = index &+ 1
    index = targetStart
    // RFC 3986 knows no bytes above 0x7E; what else it excludes (braces, quotes) clients do send.
    while index < end, view[index] > ASCII.space, view[index] < 0x7F { index &+= 1 }
    guard index > targetStart, index < end, view[index] == ASCII.space else { throw .requestLine }
    guard index &- targetStart <= limits.targetBytes else { throw .targetTooLong }
    version = try Self.version(view, index &+ 1, end)
    try takeTarget(view, targetStart, index)
  }

  private static func method(_ text: ByteRange, _ view: ByteView) -> HTTPMethod {
    switch text.count {
    case 3 where view.equals(text.start, 3, "GET"): .get
    case 3 where view.equals(text.start, 3, "PUT"): .put
    case 4 where view.equals(text.start, 4, "POST"): .post
    case 4 where view.equals(text.start, 4, "HEAD"): .head
    case 5 where view.equals(text.start, 5, "PATCH"): .patch
    case 5 where view.equals(text.start, 5, "TRACE"): .trace
    case 6 where view.equals(text.start, 6, "DELETE"): .delete
    case 7 where view.equals(text.start, 7, "OPTIONS"): .options
    default: .other
    }
  }

  private static func version(
    _ view: ByteView, _ start: Int, _ end: Int
  ) throws(HTTPFailure) -> HTTPVersion {
    if view.equals(start, end &- start, "HTTP/1.1") { return .http11 }
    if view.equals(start, end &- start, "HTTP/1.0") { return .http10 }
    let looksLikeOne =
      end &- start == 8 && view.equals(start, 5, "HTTP/") && ASCII.isDigit(view[start &+ 5])
      && view[start &+ 6] == ASCII.dot && ASCII.isDigit(view[start &+ 7])
    throw looksLikeOne ? .version : .requestLine
  }

  private mutating func takeTarget(
    _ view: ByteView, _ start: Int, _ end: Int
  ) throws(HTTPFailure) {
    if view.equals(methodText.start, methodText.count, "CONNECT") { throw .connect }
    if view.firstIndex(of: ASCII.hash, from: start, to: end) < end { throw .target }
    var pathStart = start
    if view[start] == ASCII.star {
      guard end == start &+ 1, method == .options else { throw .target }
    } else if view[start] != ASCII.slash {
      pathStart = try takeAuthority(view, start, end)
    }
    let pathEnd = view.firstIndex(of: ASCII.question, from: pathStart, to: end)
    // An absolute target without a path means "/": one of its scheme's slashes lends its place.
    let slash = pathStart &- (authority?.count ?? 0) &- 1
    path = pathStart < pathEnd ? ByteRange(pathStart, pathEnd) : ByteRange(slash, slash &+ 1)
    query = pathEnd < end ? ByteRange(pathEnd &+ 1, end) : nil
  }

  /// Reads `http://HOST` of an absolute target and gives the index behind it.
  private mutating func takeAuthority(
    _ view: ByteView, _ start: Int, _ end: Int
  ) throws(HTTPFailure) -> Int {
    let schemeEnd = view.firstIndex(of: ASCII.colon, from: start, to: end)
    let length = schemeEnd &- start
    guard
      view.equals(start, length, ignoringCase: "http")
        || view.equals(start, length, ignoringCase: "https"),
      end &- schemeEnd >= 3, view.equals(schemeEnd, 3, "://")
    else { throw .target }
    let low = schemeEnd &+ 3
    var high = low
    while high < end, view[high] != ASCII.slash, view[high] != ASCII.question { high &+= 1 }
    let range = ByteRange(low, high)
    guard !range.isEmpty, Self.isHost(range, view) else { throw .target }
    authority = range
    return high
  }
}
