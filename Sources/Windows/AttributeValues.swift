internal import Codec

/// Reads single members of a JSON object: of an event's attributes, or of a group's name.
package enum AttributeValues {
  // unsafe because it reads the text it is given, within the call.
  /// The values at `paths` in the JSON object that `slab` holds at `start..<end`; "" where there is
  /// none. A member whose name is the whole path goes before one that is nested.
  static func read(
    _ paths: [String], in slab: ByteSlab, from start: Int, to end: Int
  ) -> [String] {
    var values = Array(repeating: "", count: paths.count)
    do throws(JSONError) {
      var scanner = unsafe JSONScanner(ByteView(slab), from: start, to: end)
      try readObject(&scanner, prefix: "", paths, &values)
    } catch {
      // Attributes are JSON that we wrote; where somebody edited the file, what was read counts.
    }
    return values
  }

  /// The values at `paths` in the JSON object `json`; "" where there is none.
  package static func read(_ paths: [String], in json: [UInt8]) -> [String] {
    let slab = ByteSlab(capacity: json.count)
    slab.append(json)
    return read(paths, in: slab, from: 0, to: json.count)
  }

  private static func readObject(
    _ scanner: inout JSONScanner, prefix: String, _ paths: [String], _ values: inout [String]
  ) throws(JSONError) {
    guard scanner.take(0x7B) else { return }
    scanner.skipSpace()
    while scanner.next == 0x22 {
      let name = prefix + text(try scanner.string(), in: scanner.bytes)
      scanner.skipSpace()
      guard scanner.take(0x3A) else { return }
      scanner.skipSpace()
      try readMember(&scanner, name, paths, &values)
      scanner.skipSpace()
      guard scanner.take(0x2C) else { break }
      scanner.skipSpace()
    }
    _ = scanner.take(0x7D)
  }

  private static func readMember(
    _ scanner: inout JSONScanner, _ name: String, _ paths: [String], _ values: inout [String]
  ) throws(JSONError) {
    let isInner = scanner.next == 0x7B && paths.contains { $0.hasPrefix(name + ".") }
    if isInner { return try readObject(&scanner, prefix: name + ".", paths, &values) }
    let start = scanner.index
    guard let place = paths.firstIndex(of: name) else {
      return try scanner.skipValue(depth: 1, limit: .max)
    }
    if scanner.next == 0x22 {
      values[place] = text(try scanner.string(), in: scanner.bytes)
    } else {
      try scanner.skipValue(depth: 1, limit: .max)
      let raw = scanner.bytes.copy(start, scanner.index)
      if raw.first != 0x5B, raw.first != 0x7B, raw != Array("null".utf8) {
        values[place] = String(decoding: raw, as: UTF8.self)
      }
    }
  }

  private static func text(_ raw: JSONScanner.RawString, in bytes: ByteView) -> String {
    guard raw.hasEscapes else {
      return String(decoding: bytes.copy(raw.start, raw.end), as: UTF8.self)
    }
    let slab = ByteSlab(capacity: raw.end - raw.start)
    _ = JSONText.unescape(bytes, raw, into: slab)
    return unsafe String(decoding: slab.bytes, as: UTF8.self)
  }
}
