package import Codec

/// Takes chunked bodies apart as they arrive (RFC 9112 7.1). It remembers no place in the view, so
/// consumed bytes may be dropped between calls. Strict: sizes of 1 to 16 digits, every line ended
/// by CR LF, trailers formed like headers and passed over.
package struct ChunkedDecoder {
  private enum State {
    case size, extensions, sizeEnd, data, dataEnd, dataLineEnd
    case trailerStart, trailerName, trailerValue, trailerEnd, lastLineEnd, finished
  }

  private let limits: HTTPLimits
  private let bodyBytes: Int
  private var state = State.size
  private var digits = 0
  private var size: UInt64 = 0
  private var extensionBytes = 0
  private var trailerBytes = 0
  private var trailerCount = 0
  /// Bytes of body that the sizes read so far have promised.
  package private(set) var declaredBytes = 0

  /// A decoder for one body, which fails with 413 once more than `bodyBytes` are promised.
  package init(limits: HTTPLimits = HTTPLimits(), bodyBytes: Int) {
    self.limits = limits
    self.bodyBytes = bodyBytes
  }

  /// Reads from `position` on and moves it past what was consumed. After `finished` or a failure
  /// the same answer comes again.
  package mutating func next(_ view: ByteView, _ position: inout Int) -> BodyStep {
    do throws(HTTPFailure) {
      while position < view.count {
        if state == .data {
          let taken = Int(min(size, UInt64(view.count &- position)))
          let range = ByteRange(position, position &+ taken)
          position &+= taken
          size &-= UInt64(taken)
          if size == 0 { state = .dataEnd }
          return .data(range)
        }
        if state == .finished { return .finished }
        try take(view[position])
        position &+= 1
      }
    } catch {
      return .failure(error)
    }
    return state == .finished ? .finished : .needMore
  }

  /// Whether the last chunk and the trailers have been read.
  package var isFinished: Bool { state == .finished }

  private mutating func take(_ byte: UInt8) throws(HTTPFailure) {
    switch state {
    case .size: try takeSize(byte)
    case .extensions: try takeExtension(byte)
    case .sizeEnd:
      guard byte == ASCII.lineFeed else { throw .chunkSize }
      try beginChunk()
    case .dataEnd:
      guard byte == ASCII.carriageReturn else { throw .chunkEnd }
      state = .dataLineEnd
    case .dataLineEnd:
      guard byte == ASCII.lineFeed else { throw .chunkEnd }
      state = .size
    case .trailerStart, .trailerName, .trailerValue, .trailerEnd: try takeTrailer(byte)
    case .lastLineEnd:
      guard byte == ASCII.lineFeed else { throw .bareLineEnd }
      state = .finished
    case .data, .finished: preconditionFailure("data is taken whole, and nothing after the end")
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(HTTPFailure) {
    if let digit = ASCII.hexValue(byte) {
      digits &+= 1
      guard digits <= 16 else { throw .chunkSize }
      size = size &<< 4 | UInt64(digit)
      return
    }
    guard digits > 0 else { throw .chunkSize }
    switch byte {
    case ASCII.carriageReturn: state = .sizeEnd
    case ASCII.semicolon: state = .extensions
    default: throw .chunkSize
    }
  }

  private mutating func takeExtension(_ byte: UInt8) throws(HTTPFailure) {
    if byte == ASCII.carriageReturn {
      state = .sizeEnd
      return
    }
    extensionBytes &+= 1
    guard !ASCII.isControl(byte), extensionBytes <= limits.extensionBytes else {
      throw .chunkExtension
    }
  }

  private mutating func beginChunk() throws(HTTPFailure) {
    digits = 0
    guard size > 0 else {
      state = .trailerStart
      return
    }
    guard size <= UInt64(max(0, bodyBytes &- declaredBytes)) else { throw .bodyTooLarge }
    declaredBytes &+= Int(size)
    state = .data
  }
}

// MARK: Trailers
extension ChunkedDecoder {
  private mutating func takeTrailer(_ byte: UInt8) throws(HTTPFailure) {
    if state == .trailerStart, byte == ASCII.carriageReturn {
      state = .lastLineEnd
      return
    }
    trailerBytes &+= 1
    guard trailerBytes <= limits.headerBytes else { throw .headersTooLarge }
    switch state {
    case .trailerStart:
      if ASCII.isBlank(byte) { throw .folded }
      guard ASCII.isToken(byte) else { throw .headerName }
      trailerCount &+= 1
      guard trailerCount <= limits.headerCount else { throw .tooManyHeaders }
      state = .trailerName
    case .trailerName:
      if byte == ASCII.colon {
        state = .trailerValue
      } else if !ASCII.isToken(byte) {
        throw .headerName
      }
    case .trailerValue:
      if byte == ASCII.carriageReturn {
        state = .trailerEnd
      } else if ASCII.isControl(byte) {
        throw .headerValue
      }
    default:
      guard byte == ASCII.lineFeed else { throw .bareLineEnd }
      state = .trailerStart
    }
  }
}
