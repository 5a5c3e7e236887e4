internal import Codec
internal import Pattern

/// Walks a price file token by token and keeps the path to say where something is wrong.
struct PriceReader {
  // unsafe because the view is of a slab that the caller of `init` keeps for the reader's life.
  private var json: JSONScanner
  private let file: String
  private var path: [Step] = []

  private static let depthLimit = 128

  private enum Step {
    case member(String)
    case element(Int)
  }

  @unsafe init(_ view: ByteView, file: String) {
    json = JSONScanner(view, from: 0, to: view.count)
    self.file = file
  }

  /// What kind of value is next.
  var isObject: Bool { json.next == 0x7B }
  var isArray: Bool { json.next == 0x5B }
  var isString: Bool { json.next == 0x22 }
  var isTrue: Bool { json.next == 0x74 }
  var isNull: Bool { json.next == 0x6E }

  mutating func skipSpace() { json.skipSpace() }

  /// The error that `cause` stands where the reader is.
  func fault(_ cause: String) -> PriceFileError {
    let index = min(json.index, json.end)
    var text = ""
    for step in path {
      switch step {
      case .member(let name): text += text.isEmpty ? name : "." + name
      case .element(let number): text += "[\(number)]"
      }
    }
    return PriceFileError(
      file: file, line: json.bytes.count(of: 0x0A, from: 0, to: index) + 1, path: text,
      cause: cause)
  }

  /// Reads an object; `body` reads the value of the member whose name it is given.
  mutating func object(
    _ body: (inout PriceReader, String) throws(PriceFileError) -> Void
  ) throws(PriceFileError) {
    json.skipSpace()
    guard path.count < Self.depthLimit else { throw fault("expected less nesting") }
    guard json.take(0x7B) else { throw fault("expected an object") }
    json.skipSpace()
    if json.take(0x7D) { return }
    repeat {
      json.skipSpace()
      let name = try text()
      json.skipSpace()
      guard json.take(0x3A) else { throw fault("expected ':'") }
      json.skipSpace()
      path.append(.member(name))
      try body(&self, name)
      path.removeLast()
      json.skipSpace()
    } while json.take(0x2C)
    guard json.take(0x7D) else { throw fault("expected ',' or '}'") }
  }

  /// Reads an array; `body` reads each element.
  mutating func array(
    _ body: (inout PriceReader) throws(PriceFileError) -> Void
  ) throws(PriceFileError) {
    json.skipSpace()
    guard json.take(0x5B) else { throw fault("expected an array") }
    json.skipSpace()
    if json.take(0x5D) { return }
    var number = 0
    repeat {
      json.skipSpace()
      path.append(.element(number))
      try body(&self)
      path.removeLast()
      number += 1
      json.skipSpace()
    } while json.take(0x2C)
    guard json.take(0x5D) else { throw fault("expected ',' or ']'") }
  }

  /// Reads a string's bytes.
  mutating func bytes() throws(PriceFileError) -> [UInt8] {
    let raw: JSONScanner.RawString
    do {
      raw = try json.string()
    } catch {
      throw fault("expected \(error.expected)")
    }
    guard raw.hasEscapes else { return json.bytes.copy(raw.start, raw.end) }
    let plain = ByteSlab(capacity: raw.end - raw.start)
    _ = JSONText.unescape(json.bytes, raw, into: plain)
    return unsafe Array(plain.bytes)
  }

  /// Reads a string.
  mutating func text() throws(PriceFileError) -> String {
    String(decoding: try bytes(), as: UTF8.self)
  }

  /// Reads a number, exact; `mayBeText` also takes its digits as a string.
  mutating func number(mayBeText: Bool = false) throws(PriceFileError) -> DecimalNumber {
    do {
      if mayBeText, isString {
        let raw = try json.string()
        var inner = JSONScanner(json.bytes, from: raw.start, to: raw.end)
        let number = try inner.number()
        guard inner.index == raw.end else { throw fault("expected a decimal number") }
        return number
      }
      return try json.number()
    } catch let error as PriceFileError {
      throw error
    } catch {
      throw fault("expected a number")
    }
  }

  /// Reads a whole number that is not negative.
  mutating func count() throws(PriceFileError) -> Int64 {
    guard let count = try number().integer(), count >= 0 else {
      throw fault("expected a whole number of 0 or more")
    }
    return count
  }

  /// Reads what is of no interest.
  mutating func skip() throws(PriceFileError) {
    do {
      try json.skipValue(depth: 0, limit: 64)
    } catch {
      throw fault("expected \(error.expected)")
    }
  }

  /// Holds the reader to the end of the file.
  mutating func finish() throws(PriceFileError) {
    json.skipSpace()
    guard json.index >= json.end else { throw fault("expected the end of the file") }
  }
}
