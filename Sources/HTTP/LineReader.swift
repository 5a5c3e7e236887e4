internal import Codec

/// Finds the lines of a head as it arrives. Each byte is searched once, however it is split.
struct LineReader {
  /// Where the current line starts.
  private(set) var start: Int
  private var searched: Int

  init(at offset: Int) {
    start = offset
    searched = offset
  }

  /// The end of the current line, its CR LF excluded, or nil while it is incomplete. A line whose
  /// end does not stand below `bound` is `tooLong`, as soon as so many bytes are there.
  @inline(__always)
  mutating func lineEnd(
    _ view: ByteView, before bound: Int, tooLong: HTTPFailure
  ) throws(HTTPFailure) -> Int? {
    let stop = min(view.count, bound)
    if searched < stop {
      searched = view.firstIndex(of: ASCII.lineFeed, from: searched, to: stop)
    }
    guard searched < stop else {
      if bound <= view.count { throw tooLong }
      return nil
    }
    guard searched > start, view[searched &- 1] == ASCII.carriageReturn else { throw .bareLineEnd }
    return searched &- 1
  }

  /// Goes on behind the line that ends at `end`.
  @inline(__always)
  mutating func advance(past end: Int) {
    start = end &+ 2
    searched = start
  }
}
