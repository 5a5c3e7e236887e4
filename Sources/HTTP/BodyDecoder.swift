package import Codec

/// Reads the body of one message whatever its framing, as it arrives.
package struct BodyDecoder {
  private enum Source {
    case none
    case length(Int)
    case chunked(ChunkedDecoder)
    case untilClose(Int)
  }

  private var source: Source

  /// A decoder for one body, which fails with 413 once more than `bodyBytes` are announced.
  package init(
    _ framing: BodyFraming, limits: HTTPLimits = HTTPLimits(), bodyBytes: Int
  ) throws(HTTPFailure) {
    switch framing {
    case .none: source = .none
    case .length(let length):
      guard length <= bodyBytes else { throw .bodyTooLarge }
      source = .length(length)
    case .chunked: source = .chunked(ChunkedDecoder(limits: limits, bodyBytes: bodyBytes))
    case .untilClose: source = .untilClose(bodyBytes)
    }
  }

  /// Reads from `position` on and moves it past what was consumed. Consumed bytes may be dropped
  /// between calls. After `finished` or a failure the same answer comes again.
  package mutating func next(_ view: ByteView, _ position: inout Int) -> BodyStep {
    let available = view.count - position
    switch source {
    case .none: return .finished
    case .length(let left):
      if left == 0 { return .finished }
      guard available > 0 else { return .needMore }
      let taken = min(left, available)
      source = .length(left - taken)
      return .data(Self.take(taken, &position))
    case .chunked(var decoder):
      let step = decoder.next(view, &position)
      source = .chunked(decoder)
      return step
    case .untilClose(let room):
      guard available > 0 else { return .needMore }
      guard available <= room else { return .failure(.bodyTooLarge) }
      source = .untilClose(room - available)
      return .data(Self.take(available, &position))
    }
  }

  /// What it means that the peer closed the connection after all of its bytes were read: the end of
  /// the body, or a failure because it is incomplete.
  package func end() -> BodyStep {
    switch source {
    case .none, .untilClose, .length(0): return .finished
    case .chunked(let decoder) where decoder.isFinished: return .finished
    case .length, .chunked: return .failure(.truncatedBody)
    }
  }

  private static func take(_ count: Int, _ position: inout Int) -> ByteRange {
    position += count
    return ByteRange(position - count, position)
  }
}
