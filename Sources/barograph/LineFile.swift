internal import LinuxIO

/// A file of lines, read one at a time. Belongs to one thread.
final class LineFile {
  /// A line without its end.
  struct Line {
    /// From 1.
    let number: Int
    let bytes: [UInt8]
    /// Where the next one begins.
    let end: Int64
    /// Whether its end was there; the last line of a file may lack it.
    let isEnded: Bool
  }

  private static let readSize = 256 << 10
  private let file: FollowedFile
  /// How long the file was when it was opened.
  let size: Int64
  private var waiting: [UInt8] = []
  private var position = 0
  private var readTo: Int64 = 0
  private var consumed: Int64 = 0
  private var number = 0

  /// The file at `path`, from its beginning.
  init(_ path: String) throws(Errno) {
    file = try FollowedFile(path)
    size = try file.size()
  }

  /// The next line; nil at the end of the file.
  func next() throws(Errno) -> Line? {
    var searched = position
    while true {
      if let end = waiting[searched...].firstIndex(of: 0x0A) {
        return take(to: end, isEnded: true)
      }
      searched = waiting.count - position
      waiting.removeFirst(position)
      position = 0
      let more = try file.read(at: readTo, limit: Self.readSize)
      if more.isEmpty { return waiting.isEmpty ? nil : take(to: waiting.count, isEnded: false) }
      readTo += Int64(more.count)
      waiting += more
    }
  }

  private func take(to end: Int, isEnded: Bool) -> Line {
    let bytes = Array(waiting[position..<end])
    position = isEnded ? end + 1 : end
    consumed += Int64(bytes.count + (isEnded ? 1 : 0))
    number += 1
    return Line(number: number, bytes: bytes, end: consumed, isEnded: isEnded)
  }
}
