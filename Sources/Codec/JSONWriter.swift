/// Writes JSON text into an array of bytes, placing the commas. What is opened must be closed; the
/// writer does not check nesting, its callers' tests read the whole output.
package struct JSONWriter {
  /// The text so far.
  package private(set) var bytes: [UInt8]
  private var needsComma = false

  /// A writer that adds to `bytes`.
  package init(_ bytes: [UInt8] = []) {
    self.bytes = bytes
  }

  /// Opens an object.
  package mutating func beginObject() { open(0x7B) }
  /// Closes an object.
  package mutating func endObject() { close(0x7D) }
  /// Opens an array.
  package mutating func beginArray() { open(0x5B) }
  /// Closes an array.
  package mutating func endArray() { close(0x5D) }

  /// Writes a member's name; its value comes next.
  package mutating func key(_ name: StaticString) {
    separate()
    bytes.append(0x22)
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(0x22)
    bytes.append(0x3A)
    needsComma = false
  }

  /// Writes a member's name that is not known beforehand.
  package mutating func key(_ name: String) {
    value(name)
    bytes.append(0x3A)
    needsComma = false
  }

  /// Writes a string.
  package mutating func value(_ text: String) {
    value(utf8: Array(text.utf8))
  }

  /// Writes a string given as UTF-8.
  package mutating func value(utf8 text: [UInt8]) {
    unsafe text.withUnsafeBytes { raw in unsafe value(raw: raw) }
  }

  /// Writes a string given as UTF-8.
  package mutating func value(raw text: UnsafeRawBufferPointer) {
    separate()
    unsafe JSONText.append(text, to: &bytes)
    needsComma = true
  }

  /// Writes a whole number.
  package mutating func value(_ number: some BinaryInteger) {
    literal(String(number))
  }

  /// Writes a number in its shortest form; null for what JSON cannot say.
  package mutating func value(_ number: Double) {
    guard number.isFinite else { return null() }
    if let whole = Int64(exactly: number), abs(whole) < 1 << 53 {
      literal(String(whole))
    } else {
      literal("\(number)")
    }
  }

  /// Writes `true` or `false`.
  package mutating func value(_ flag: Bool) {
    literal(flag ? "true" : "false")
  }

  /// Writes `null`.
  package mutating func null() {
    literal("null")
  }

  /// Writes JSON text as it is.
  package mutating func value(json text: [UInt8]) {
    separate()
    bytes.append(contentsOf: text)
    needsComma = true
  }

  /// Writes members of an object as they are, without its braces.
  package mutating func members(json text: [UInt8]) {
    separate()
    bytes.append(contentsOf: text)
    needsComma = true
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(0x2C) }
  }
}
