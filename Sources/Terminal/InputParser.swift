/// Turns the bytes of a terminal into keys, wherever the bytes are cut.
///
/// A lone Esc and the start of a sequence look the same: Esc is a key once `patience` has passed
/// without more.
package struct InputParser: Sendable {
  /// Nanoseconds after which a started sequence is taken for the keys it spells.
  package static let patience: Int64 = 50_000_000
  private static let longestSequence = 64
  private static let longestPaste = 1 << 16
  private static let escape: UInt8 = 0x1B

  private var bytes: [UInt8] = []
  private var since: Int64 = 0
  /// What was pasted so far, while it goes on.
  private var pasted: [UInt8]?

  /// A parser that has read nothing.
  package init() {}

  /// Whether it waits to see if a sequence goes on: ask `flush` when `patience` has passed.
  package var isWaiting: Bool { !bytes.isEmpty && pasted == nil }

  /// The keys that `input`, read at `now` (ns), completes.
  package mutating func take(_ input: some Sequence<UInt8>, at now: Int64) -> [Key] {
    var keys: [Key] = []
    for byte in input {
      bytes.append(byte)
      since = now
      step(&keys)
    }
    return keys
  }

  /// The keys that what was started means if nothing followed until `now`.
  package mutating func flush(at now: Int64) -> [Key] {
    guard isWaiting, now - since >= Self.patience else { return [] }
    var keys: [Key] = []
    let rest = bytes
    bytes = []
    guard rest.first == Self.escape else { return [] }
    keys.append(.escape)
    // A sequence that broke off: what follows its Esc is dropped, it was no typing.
    return keys
  }

  private mutating func step(_ keys: inout [Key]) {
    guard pasted == nil else { return stepPaste(&keys) }
    guard bytes[0] == Self.escape else {
      if let key = plain() { keys.append(key) }
      return
    }
    guard bytes.count > 1 else { return }
    switch bytes[1] {
    case UInt8(ascii: "["), UInt8(ascii: "O"): stepSequence(&keys)
    case Self.escape:
      keys.append(.escape)
      bytes.removeFirst()
    default:
      // Alt with a key: the key alone.
      bytes.removeFirst()
      if let key = plain() { keys.append(key) }
    }
  }

  /// A key that is no sequence; nil while a character is not complete.
  private mutating func plain() -> Key? {
    let first = bytes[0]
    guard first >= 0x80 else {
      bytes.removeAll(keepingCapacity: true)
      return Self.single(first)
    }
    let length =
      switch first {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 1
      }
    let isBroken = bytes.dropFirst().contains { $0 & 0xC0 != 0x80 }
    if length == 1 || isBroken {
      let last = bytes.last
      bytes.removeAll(keepingCapacity: true)
      // What broke a character off begins anew.
      if isBroken, let last, last < 0x80, last != Self.escape { return Self.single(last) }
      if isBroken, let last, last == Self.escape || last >= 0xC2 { bytes = [last] }
      return nil
    }
    guard bytes.count == length else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    bytes.removeAll(keepingCapacity: true)
    guard let character = text.first, character != "\u{FFFD}" else { return nil }
    return .character(character)
  }

  private static func single(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x0D, 0x0A: .enter
    case 0x09: .tab
    case 0x7F, 0x08: .backspace
    case 0x00: nil
    case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
    case 0x20..<0x7F: .character(Character(Unicode.Scalar(byte)))
    default: nil
    }
  }

  private mutating func stepSequence(_ keys: inout [Key]) {
    guard bytes.count > 2, let last = bytes.last else { return }
    if last == Self.escape {
      // Another sequence begins in the middle of one.
      bytes = [Self.escape]
      return
    }
    // SS3 is one letter behind the O; CSI ends with a byte from @ on. `[[A` are F keys of the
    // Linux console.
    let isConsole = bytes.count >= 3 && bytes[2] == UInt8(ascii: "[")
    if isConsole, bytes.count == 3, bytes[1] == UInt8(ascii: "[") { return }
    guard last >= 0x40 || bytes.count > Self.longestSequence else {
      if last < 0x20 { bytes.removeAll(keepingCapacity: true) }
      return
    }
    let sequence = bytes
    bytes.removeAll(keepingCapacity: true)
    if sequence == Array("\u{1B}[200~".utf8) {
      pasted = []
    } else if let key = Self.key(of: sequence, isConsole: isConsole) {
      keys.append(key)
    }
  }

  private static func key(of sequence: [UInt8], isConsole: Bool) -> Key? {
    guard let final = sequence.last else { return nil }
    if isConsole {
      return (UInt8(ascii: "A")...UInt8(ascii: "E")).contains(final)
        ? .function(Int(final - UInt8(ascii: "A")) + 1) : nil
    }
    let parameters = String(decoding: sequence.dropFirst(2).dropLast(), as: UTF8.self)
    if parameters.hasPrefix("<") { return mouse(parameters.dropFirst(), final) }
    switch final {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return .right
    case UInt8(ascii: "D"): return .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "Z"): return .backTab
    case UInt8(ascii: "M") where sequence[1] == UInt8(ascii: "O"): return .enter
    case UInt8(ascii: "P")...UInt8(ascii: "S"):
      return .function(Int(final - UInt8(ascii: "P")) + 1)
    case UInt8(ascii: "~"): return numbered(parameters.prefix { $0.isNumber })
    default: return nil
    }
  }

  private static func numbered(_ number: Substring) -> Key? {
    switch Int(number) {
    case 1, 7: .home
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case .some(let number) where (11...15).contains(number): .function(number - 10)
    case .some(let number) where (17...21).contains(number): .function(number - 11)
    case .some(let number) where (23...24).contains(number): .function(number - 12)
    default: nil
    }
  }

  /// `button;column;row`, pressed with `M` and released with `m` (SGR).
  private static func mouse(_ parameters: Substring, _ final: UInt8) -> Key? {
    let numbers = parameters.split(separator: ";").map { Int($0) ?? -1 }
    guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0, final == UInt8(ascii: "M") else {
      return nil
    }
    let (row, column) = (numbers[2] - 1, numbers[1] - 1)
    switch numbers[0] {
    case 0: return .click(row: row, column: column)
    case 64: return .wheelUp(row: row, column: column)
    case 65: return .wheelDown(row: row, column: column)
    default: return nil
    }
  }

  private mutating func stepPaste(_ keys: inout [Key]) {
    let end = Array("\u{1B}[201~".utf8)
    if bytes.count < end.count, end.starts(with: bytes) { return }
    if bytes == end {
      let text = String(decoding: pasted ?? [], as: UTF8.self)
      pasted = nil
      bytes.removeAll(keepingCapacity: true)
      keys.append(.paste(text))
      return
    }
    // The last byte may begin the end anew.
    let isStart = bytes.count > 1 && bytes.last == Self.escape
    let taken = isStart ? bytes.dropLast() : bytes[...]
    if (pasted?.count ?? 0) < Self.longestPaste { pasted?.append(contentsOf: taken) }
    bytes = isStart ? [Self.escape] : []
  }
}
