internal import PromQL

/// Writes what has to be remembered: a version, then values one after the other, whole numbers and
/// the bits of floats in little-endian order of bytes.
struct MemoryWriter {
  private(set) var bytes: [UInt8]

  init(version: UInt8) { bytes = [version] }

  mutating func add(_ number: Int64) {
    let bits = UInt64(bitPattern: number)
    for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(place * 8))) }
  }

  mutating func add(_ number: UInt32) {
    for place in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(place * 8))) }
  }

  mutating func add(_ number: Double) { add(Int64(bitPattern: number.bitPattern)) }

  mutating func add(_ number: Float) { add(number.bitPattern) }

  mutating func add(_ text: String) {
    add(UInt32(text.utf8.count))
    bytes += text.utf8
  }

  mutating func add(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  /// One that may be missing.
  mutating func add(_ number: Int64?) {
    add(number != nil)
    if let number { add(number) }
  }

  mutating func add(_ number: Double?) { add(number.map { Int64(bitPattern: $0.bitPattern) }) }

  mutating func add(_ labels: [Label]) {
    add(UInt32(labels.count))
    for label in labels {
      add(label.name)
      add(label.value)
    }
  }
}

/// Reads what a `MemoryWriter` wrote. Once something does not fit, all that follows is nil.
struct MemoryReader {
  private let bytes: [UInt8]
  private var place = 1

  /// Nil when the record is of another version.
  init?(_ bytes: [UInt8], version: UInt8) {
    guard bytes.first == version else { return nil }
    self.bytes = bytes
  }

  /// Whether all was read.
  var isAtEnd: Bool { place == bytes.count }

  private mutating func bits(_ count: Int) -> UInt64? {
    guard place <= bytes.count - count else { return nil }
    defer { place += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64($1 * 8) }
  }

  mutating func whole() -> Int64? { bits(8).map { Int64(bitPattern: $0) } }

  mutating func count() -> Int? { bits(4).map { Int($0) } }

  mutating func float() -> Double? { bits(8).map { Double(bitPattern: $0) } }

  mutating func single() -> Float? { bits(4).map { Float(bitPattern: UInt32($0)) } }

  mutating func flag() -> Bool? { bits(1).map { $0 != 0 } }

  mutating func text() -> String? {
    guard let count = count(), place <= bytes.count - count else { return nil }
    defer { place += count }
    return String(decoding: bytes[place..<place + count], as: UTF8.self)
  }

  /// A number that may be missing: nil inside when it is, nil when it cannot be read.
  mutating func optionalWhole() -> Int64?? {
    guard let isThere = flag() else { return nil }
    guard isThere else { return .some(nil) }
    return whole().map { .some($0) }
  }

  mutating func labels() -> [Label]? {
    guard let count = count(), count <= bytes.count else { return nil }
    var labels: [Label] = []
    for _ in 0..<count {
      guard let name = text(), let value = text() else { return nil }
      labels.append(Label(name, value))
    }
    return labels
  }
}

extension Labels {
  /// The labels' hash as 16 hexadecimal digits.
  package var fingerprintText: String { Fingerprint.text(fingerprint) }
}
