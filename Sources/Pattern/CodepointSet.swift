/// An inclusive range of code points.
struct CodepointRange: Hashable, Sendable {
  var low: UInt32
  var high: UInt32
}

/// A set of code points as sorted, disjoint, non-adjacent ranges.
struct CodepointSet: Hashable, Sendable {
  static let maximum: UInt32 = 0x10FFFF

  let ranges: [CodepointRange]

  init(_ unordered: [CodepointRange]) {
    guard unordered.count > 1 else {
      ranges = unordered
      return
    }
    var merged: [CodepointRange] = []
    for range in unordered.sorted(by: { $0.low < $1.low }) {
      if let last = merged.last, range.low <= last.high &+ 1 {
        merged[merged.count - 1].high = max(last.high, range.high)
      } else {
        merged.append(range)
      }
    }
    ranges = merged
  }

  init(_ low: UInt32, _ high: UInt32) {
    ranges = [CodepointRange(low: low, high: high)]
  }

  /// The only member, when there is exactly one.
  var single: UInt32? {
    guard ranges.count == 1, ranges[0].low == ranges[0].high else { return nil }
    return ranges[0].low
  }

  var inverted: CodepointSet {
    var gaps: [CodepointRange] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.low > next { gaps.append(CodepointRange(low: next, high: range.low - 1)) }
      next = range.high + 1
    }
    if next <= Self.maximum { gaps.append(CodepointRange(low: next, high: Self.maximum)) }
    return CodepointSet(gaps)
  }

  /// This set and every code point that differs from a member only by case.
  var caseFolded: CodepointSet {
    var all = ranges
    for range in ranges {
      Self.appendASCIIVariants(of: range, to: &all)
      if range.high >= 0x80 { UnicodeFolding.appendVariants(of: range, to: &all) }
    }
    return CodepointSet(all)
  }

  private static func appendASCIIVariants(
    of range: CodepointRange, to all: inout [CodepointRange]
  ) {
    appendShifted(range, from: 0x41, through: 0x5A, by: 32, to: &all)
    appendShifted(range, from: 0x61, through: 0x7A, by: -32, to: &all)
    // The two letters outside ASCII that fold into it: the Kelvin sign and the long s.
    for (letter, other) in [(UInt32(0x4B), UInt32(0x212A)), (0x53, 0x17F)] {
      let isMember =
        (range.low...range.high).contains(letter) || (range.low...range.high).contains(letter + 32)
      if isMember { all.append(CodepointRange(low: other, high: other)) }
    }
  }

  private static func appendShifted(
    _ range: CodepointRange, from first: UInt32, through last: UInt32, by distance: Int32,
    to all: inout [CodepointRange]
  ) {
    let low = max(range.low, first)
    let high = min(range.high, last)
    guard low <= high else { return }
    all.append(
      CodepointRange(
        low: UInt32(Int32(low) + distance), high: UInt32(Int32(high) + distance)))
  }
}

extension CodepointSet {
  static let any = CodepointSet(0, maximum)
  static let anyButNewline = CodepointSet(0x0A, 0x0A).inverted
  static let digit = CodepointSet(0x30, 0x39)
  static let space = CodepointSet([
    CodepointRange(low: 0x09, high: 0x0A), CodepointRange(low: 0x0C, high: 0x0D),
    CodepointRange(low: 0x20, high: 0x20),
  ])
  static let word = CodepointSet([
    CodepointRange(low: 0x30, high: 0x39), CodepointRange(low: 0x41, high: 0x5A),
    CodepointRange(low: 0x5F, high: 0x5F), CodepointRange(low: 0x61, high: 0x7A),
  ])

  /// The POSIX class called `name`, as in `[[:name:]]`.
  static func posix(_ name: String) -> CodepointSet? {
    let letters = [CodepointRange(low: 0x41, high: 0x5A), CodepointRange(low: 0x61, high: 0x7A)]
    let digits = CodepointRange(low: 0x30, high: 0x39)
    switch name {
    case "alnum": return CodepointSet(letters + [digits])
    case "alpha": return CodepointSet(letters)
    case "ascii": return CodepointSet(0, 0x7F)
    case "blank":
      return CodepointSet([
        CodepointRange(low: 0x09, high: 0x09), CodepointRange(low: 0x20, high: 0x20),
      ])
    case "cntrl":
      return CodepointSet([
        CodepointRange(low: 0, high: 0x1F), CodepointRange(low: 0x7F, high: 0x7F),
      ])
    case "digit": return digit
    case "graph": return CodepointSet(0x21, 0x7E)
    case "lower": return CodepointSet(0x61, 0x7A)
    case "print": return CodepointSet(0x20, 0x7E)
    case "punct":
      return CodepointSet([
        CodepointRange(low: 0x21, high: 0x2F), CodepointRange(low: 0x3A, high: 0x40),
        CodepointRange(low: 0x5B, high: 0x60), CodepointRange(low: 0x7B, high: 0x7E),
      ])
    case "space":
      return CodepointSet([
        CodepointRange(low: 0x09, high: 0x0D), CodepointRange(low: 0x20, high: 0x20),
      ])
    case "upper": return CodepointSet(0x41, 0x5A)
    case "word": return word
    case "xdigit":
      return CodepointSet([
        digits, CodepointRange(low: 0x41, high: 0x46), CodepointRange(low: 0x61, high: 0x66),
      ])
    default: return nil
    }
  }
}
