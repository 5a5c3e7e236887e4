internal import Codec
internal import History

/// Stored events as lines of CSV (RFC 4180): a column a field of the contract, objects and lists as
/// JSON, absent ones empty.
struct EventCSV: Sendable {
  // unsafe because it reads the row it is given, within the call.
  private let names: [String]
  private let places: [String: Int]

  /// Lines with a column for each of these members.
  init(_ names: [String] = EventReader.fieldNames) {
    self.names = names
    places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }

  /// The first line.
  var header: [UInt8] {
    var line: [UInt8] = []
    for (index, name) in names.enumerated() {
      if index > 0 { line.append(0x2C) }
      Self.append(cell: Array(name.utf8), to: &line)
    }
    return line + [0x0D, 0x0A]
  }

  /// Appends one row, given as a JSON object.
  func append(_ row: [UInt8], to output: inout [UInt8]) {
    var cells = Array(repeating: [UInt8](), count: places.count)
    let slab = ByteSlab(capacity: row.count)
    slab.append(row)
    do throws(JSONError) {
      var scanner = unsafe JSONScanner(ByteView(slab), from: 0, to: slab.count)
      try read(&scanner, &cells)
    } catch {
      preconditionFailure("a row is JSON of our own making: \(error)")
    }
    for (index, cell) in cells.enumerated() {
      if index > 0 { output.append(0x2C) }
      Self.append(cell: cell, to: &output)
    }
    output += [0x0D, 0x0A]
  }

  private func read(
    _ scanner: inout JSONScanner, _ cells: inout [[UInt8]]
  ) throws(JSONError) {
    guard scanner.take(0x7B) else { return }
    while scanner.next == 0x22 {
      let raw = try scanner.string()
      let name = String(decoding: scanner.bytes.copy(raw.start, raw.end), as: UTF8.self)
      scanner.skipSpace()
      guard scanner.take(0x3A) else { return }
      scanner.skipSpace()
      let start = scanner.index
      if scanner.next == 0x22 {
        let value = try scanner.string()
        if let place = places[name] { cells[place] = Self.text(value, scanner.bytes) }
      } else {
        try scanner.skipValue(depth: 1, limit: .max)
        if let place = places[name] { cells[place] = scanner.bytes.copy(start, scanner.index) }
      }
      scanner.skipSpace()
      guard scanner.take(0x2C) else { return }
      scanner.skipSpace()
    }
  }

  private static func text(_ raw: JSONScanner.RawString, _ bytes: ByteView) -> [UInt8] {
    guard raw.hasEscapes else { return bytes.copy(raw.start, raw.end) }
    let slab = ByteSlab(capacity: raw.end - raw.start + 4)
    _ = JSONText.unescape(bytes, raw, into: slab)
    return unsafe Array(slab.bytes)
  }

  /// Appends one cell, in quotes where it needs them.
  static func append(cell: [UInt8], to output: inout [UInt8]) {
    guard cell.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else {
      output += cell
      return
    }
    output.append(0x22)
    for byte in cell {
      if byte == 0x22 { output.append(0x22) }
      output.append(byte)
    }
    output.append(0x22)
  }
}
