internal import Codec

/// What the header lines of a message say about its body and its connection, kept strict enough
/// that no two readers can disagree about where the message ends (RFC 9112 6.3, 11.2).
struct Framing: Equatable {
  private(set) var contentLength: Int?
  private(set) var isChunked = false
  private(set) var asksToClose = false
  private(set) var asksToKeepAlive = false

  mutating func takeContentLength(_ view: ByteView, _ value: ByteRange) throws(HTTPFailure) {
    guard contentLength == nil else { throw .contentLength }
    guard let length = view.decimal(value) else { throw .contentLength }
    if isChunked { throw .twoLengths }
    contentLength = length
  }

  mutating func takeTransferEncoding(_ view: ByteView, _ value: ByteRange) throws(HTTPFailure) {
    guard !isChunked, view.equals(value.start, value.count, ignoringCase: "chunked") else {
      throw .transferEncoding
    }
    if contentLength != nil { throw .twoLengths }
    isChunked = true
  }

  mutating func takeConnection(_ view: ByteView, _ value: ByteRange) {
    var (closes, keeps) = (false, false)
    view.eachElement(value) { option in
      closes = closes || view.equals(option.start, option.count, ignoringCase: "close")
      keeps = keeps || view.equals(option.start, option.count, ignoringCase: "keep-alive")
    }
    asksToClose = asksToClose || closes
    asksToKeepAlive = asksToKeepAlive || keeps
  }

  func keepsAlive(_ version: HTTPVersion) -> Bool {
    !asksToClose && (version == .http11 || asksToKeepAlive)
  }
}
