extension JSONScanner {
  /// Reads over one value of any kind, checking it whole. `depth` is how many containers are open
  /// around it, `limit` how many may be.
  package mutating func skipValue(depth: Int, limit: Int) throws(JSONError) {
    skipSpace()
    switch next {
    case 0x22:
      index &+= 1
      _ = try stringBody()
    case 0x2D, 0x30...0x39:
      _ = try number()
    case 0x7B, 0x5B:
      try skipContainer(depth: depth, limit: limit)
    default:
      try literal()
    }
  }

  /// Reads over an object or array with a stack of its own, so that depth costs no recursion: one
  /// bit a level, set for objects.
  private mutating func skipContainer(depth: Int, limit: Int) throws(JSONError) {
    var kinds = ContainerStack()
    try open(&kinds, depth: depth, limit: limit)
    while kinds.depth > 0 {
      skipSpace()
      if kinds.isObject {
        _ = try string()
        skipSpace()
        guard take(0x3A) else { throw JSONError(.syntax, at: index, expected: "':'") }
        skipSpace()
      }
      switch next {
      case 0x22:
        index &+= 1
        _ = try stringBody()
      case 0x2D, 0x30...0x39:
        _ = try number()
      case 0x7B, 0x5B:
        try open(&kinds, depth: depth, limit: limit)
        if kinds.justOpened { continue }
      default:
        try literal()
      }
      try close(&kinds)
    }
  }

  /// Takes an opening bracket; an empty container is closed at once.
  private mutating func open(
    _ kinds: inout ContainerStack, depth: Int, limit: Int
  ) throws(JSONError) {
    let isObject = bytes[index] == 0x7B
    guard depth &+ kinds.depth < limit else {
      throw JSONError(.depth, at: index, expected: "less nesting")
    }
    index &+= 1
    skipSpace()
    if take(isObject ? 0x7D : 0x5D) {
      kinds.justOpened = false
    } else {
      kinds.push(isObject)
    }
  }

  /// After a value: takes a comma, or closing brackets until one container goes on.
  private mutating func close(_ kinds: inout ContainerStack) throws(JSONError) {
    while kinds.depth > 0 {
      skipSpace()
      if take(0x2C) { return }
      guard take(kinds.isObject ? 0x7D : 0x5D) else {
        throw JSONError(
          .syntax, at: index, expected: kinds.isObject ? "',' or '}'" : "',' or ']'")
      }
      kinds.pop()
    }
  }
}

/// The kinds of the open containers, innermost last: 128 levels of bits.
private struct ContainerStack {
  private var bits: UInt128 = 0
  private(set) var depth = 0
  var justOpened = false

  var isObject: Bool { bits & 1 != 0 }

  mutating func push(_ isObject: Bool) {
    precondition(depth < 128, "depth limits stay below the stack's 128 levels")
    bits = bits &<< 1 | (isObject ? 1 : 0)
    depth &+= 1
    justOpened = true
  }

  mutating func pop() {
    bits = bits &>> 1
    depth &-= 1
  }
}

extension JSONScanner {
  /// Reads over a container however deep it is, minding strings and the number of brackets only.
  package mutating func skipBrackets() throws(JSONError) {
    var open = 0
    while index < end {
      let byte = bytes[index]
      index &+= 1
      switch byte {
      case 0x22: _ = try stringBody()
      case 0x7B, 0x5B: open &+= 1
      case 0x7D, 0x5D:
        open &-= 1
        if open <= 0 { return }
      default: break
      }
    }
    throw JSONError(.syntax, at: end, expected: "a closing bracket")
  }
}
