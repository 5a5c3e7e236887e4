internal import Codec

/// One header line, `NAME: VALUE`, as requests, responses and trailers have it (RFC 9112 5).
struct FieldLine {
  let name: ByteRange
  /// The value without the blanks around it.
  let value: ByteRange

  /// Reads the line that stands in `start..<end`, its CR LF excluded.
  init(_ view: ByteView, _ start: Int, _ end: Int) throws(HTTPFailure) {
    if ASCII.isBlank(view[start]) { throw .folded }
    var index = start
    while index < end, ASCII.isToken(view[index]) { index &+= 1 }
    guard index > start, index < end, view[index] == ASCII.colon else { throw .headerName }
    name = ByteRange(start, index)
    guard view.firstControl(from: index &+ 1, to: end) == end else { throw .headerValue }
    var low = index &+ 1
    var high = end
    while low < high, ASCII.isBlank(view[low]) { low &+= 1 }
    while high > low, ASCII.isBlank(view[high &- 1]) { high &-= 1 }
    value = ByteRange(low, high)
  }

  /// Whether the line is named so; `literal` is lower case.
  @inline(__always)
  func isNamed(_ literal: StaticString, in view: ByteView) -> Bool {
    view.equals(name.start, name.count, ignoringCase: literal)
  }
}

extension ByteView {
  /// The value of the first header named `literal` (lower case) among the lines of `fields`, which
  /// a parser has found good.
  func fieldValue(_ literal: StaticString, in fields: ByteRange) -> ByteRange? {
    var start = fields.start
    while start < fields.end {
      let end = firstIndex(of: ASCII.lineFeed, from: start, to: fields.end)
      let nameEnd = firstIndex(of: ASCII.colon, from: start, to: end)
      if equals(start, nameEnd &- start, ignoringCase: literal) {
        var low = nameEnd &+ 1
        var high = end &- 1
        while low < high, ASCII.isBlank(self[low]) { low &+= 1 }
        while high > low, ASCII.isBlank(self[high &- 1]) { high &-= 1 }
        return ByteRange(low, high)
      }
      start = end &+ 1
    }
    return nil
  }

  /// The decimal number in `range`, or nil when it holds anything but digits or overflows.
  func decimal(_ range: ByteRange) -> Int? {
    guard !range.isEmpty else { return nil }
    var total = 0
    for index in range.start..<range.end {
      guard ASCII.isDigit(self[index]) else { return nil }
      let (scaled, isWide) = total.multipliedReportingOverflow(by: 10)
      let (sum, isWider) = scaled.addingReportingOverflow(Int(self[index] &- ASCII.zero))
      if isWide || isWider { return nil }
      total = sum
    }
    return total
  }

  /// Calls `take` with each element of a comma-separated list, blanks around it removed.
  func eachElement(_ list: ByteRange, _ take: (ByteRange) -> Void) {
    var start = list.start
    while start < list.end {
      let comma = firstIndex(of: ASCII.comma, from: start, to: list.end)
      var low = start
      var high = comma
      while low < high, ASCII.isBlank(self[low]) { low &+= 1 }
      while high > low, ASCII.isBlank(self[high &- 1]) { high &-= 1 }
      if low < high { take(ByteRange(low, high)) }
      start = comma &+ 1
    }
  }
}
