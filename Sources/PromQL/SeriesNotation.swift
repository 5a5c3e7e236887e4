/// The notation in which rule tests write the samples of a series: `1+2x3 _ stale {{count:1}}x2`.
package enum SeriesNotation {
  /// One sample, or its absence.
  package enum Item: Equatable, Sendable {
    case missing
    case float(Double)
    case histogram(NativeHistogram)
  }

  /// Samples one text may stand for.
  package static let itemLimit = 10_000_000

  /// The samples `text` stands for, `stale` as `StaleMarker.value`; throws with the place of a
  /// mistake.
  package static func items(_ text: String) throws(QueryError) -> [Item] {
    var reader = NotationReader(Array(text.utf8))
    return try reader.items()
  }

  /// The histogram written as `{{schema:0 sum:1 …}}`.
  package static func histogram(_ text: String) throws(QueryError) -> NativeHistogram {
    var reader = NotationReader(Array(text.utf8))
    return try reader.onlyHistogram()
  }

  /// A histogram as the notation writes it.
  package static func text(_ histogram: NativeHistogram) -> String {
    var words: [String] = []
    func add(_ name: String, _ value: Double) {
      if value != 0 { words.append("\(name):\(NumberText.plain(value))") }
    }
    func add(_ name: String, _ values: [Double]) {
      guard !values.isEmpty else { return }
      words.append("\(name):[\(values.map(NumberText.plain).joined(separator: " "))]")
    }
    if histogram.schema != 0 { words.append("schema:\(histogram.schema)") }
    add("count", histogram.count)
    add("sum", histogram.sum)
    add("z_bucket", histogram.zeroCount)
    add("z_bucket_w", histogram.zeroThreshold)
    add("custom_values", histogram.customBounds)
    if histogram.resetHint != .unknown {
      words.append("counter_reset_hint:\(histogram.resetHint.rawValue)")
    }
    if histogram.positive.offset != 0 { words.append("offset:\(histogram.positive.offset)") }
    add("buckets", histogram.positive.counts)
    if histogram.negative.offset != 0 { words.append("n_offset:\(histogram.negative.offset)") }
    add("n_buckets", histogram.negative.counts)
    return "{{\(words.joined(separator: " "))}}"
  }
}

/// Reads the notation from left to right.
private struct NotationReader {
  private let text: [UInt8]
  private var position = 0
  private var result: [SeriesNotation.Item] = []

  init(_ text: [UInt8]) { self.text = text }

  mutating func items() throws(QueryError) -> [SeriesNotation.Item] {
    skipSpaces()
    while position < text.count {
      try item()
      guard position == text.count || CharacterTraits.isSpace(text[position]) else {
        throw fault("expected a space between samples")
      }
      skipSpaces()
    }
    return result
  }

  mutating func onlyHistogram() throws(QueryError) -> NativeHistogram {
    skipSpaces()
    let histogram = try self.histogram()
    skipSpaces()
    guard position == text.count else { throw fault("unexpected text after the histogram") }
    return histogram
  }

  private func fault(_ message: String) -> QueryError {
    QueryError("cannot read series: \(message)", at: position, in: text)
  }

  private mutating func skipSpaces() {
    while position < text.count, CharacterTraits.isSpace(text[position]) { position += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func takeAnyCase(_ word: String) -> Bool {
    let here = text[position...].prefix(word.utf8.count).map { $0 | 0x20 }
    guard here.elementsEqual(word.utf8) else { return false }
    position += here.count
    return true
  }

  private mutating func item() throws(QueryError) {
    if take("_") {
      let count = try repetitions()
      try append(.missing, times: count ?? 1)
    } else if take("stale") {
      let count = try repetitions()
      try append(.float(StaleMarker.value), times: count.map { $0 + 1 } ?? 1)
    } else if text[position...].starts(with: "{{".utf8) {
      try histogramItem()
    } else {
      try floatItem()
    }
  }

  private mutating func append(_ item: SeriesNotation.Item, times count: Int) throws(QueryError) {
    guard result.count + count <= SeriesNotation.itemLimit else {
      throw fault("more than \(SeriesNotation.itemLimit) samples")
    }
    result.append(contentsOf: repeatElement(item, count: count))
  }

  /// The number behind an `x`.
  private mutating func repetitions() throws(QueryError) -> Int? {
    guard take("x") else { return nil }
    let digits = text[position...].prefix(while: CharacterTraits.isDigit)
    position += digits.count
    guard let count = Int(String(decoding: digits, as: UTF8.self)),
      count <= SeriesNotation.itemLimit
    else { throw fault("expected a number of repetitions") }
    return count
  }

  private mutating func floatItem() throws(QueryError) {
    let start = try number()
    var step = 0.0
    var hasStep = false
    if position < text.count,
      text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-")
    {
      step = try number()
      hasStep = true
    }
    guard let count = try repetitions() else {
      if hasStep { throw fault("expected repetitions after a step") }
      return try append(.float(start), times: 1)
    }
    guard hasStep else { return try append(.float(start), times: count + 1) }
    var value = start
    for _ in 0...count {
      try append(.float(value), times: 1)
      value += step
    }
  }

  private mutating func number() throws(QueryError) -> Double {
    let start = position
    if position < text.count, text[position] == 0x2B || text[position] == 0x2D { position += 1 }
    for (word, value) in [("inf", Double.infinity), ("nan", .nan)] where takeAnyCase(word) {
      return text[start] == UInt8(ascii: "-") ? -value : value
    }
    while position < text.count {
      let byte = text[position]
      let isExponentSign =
        (byte == 0x2B || byte == 0x2D) && position > start && text[position - 1] | 0x20 == 0x65
      guard
        CharacterTraits.isDigit(byte) || byte == UInt8(ascii: ".") || byte | 0x20 == 0x65
          || isExponentSign
      else { break }
      position += 1
    }
    guard let value = Double(String(decoding: text[start..<position], as: UTF8.self)) else {
      throw fault("expected a number")
    }
    return value
  }
}

extension NotationReader {
  private mutating func histogramItem() throws(QueryError) {
    let start = try histogram()
    var step: NativeHistogram?
    var isSubtracted = false
    if take("+") {
      step = try histogram()
    } else if take("-") {
      step = try histogram()
      isSubtracted = true
    }
    guard let count = try repetitions() else {
      guard step == nil else { throw fault("expected repetitions after a step") }
      return try append(.histogram(start), times: 1)
    }
    guard let step else { return try append(.histogram(start), times: count + 1) }
    var value = start
    try append(.histogram(value), times: 1)
    for _ in 0..<count {
      guard value.merge(step, times: isSubtracted ? -1 : 1) != nil else {
        throw fault("cannot add exponential and custom buckets")
      }
      try append(.histogram(value), times: 1)
    }
  }

  private mutating func histogram() throws(QueryError) -> NativeHistogram {
    guard take("{{") else { throw fault("expected a histogram") }
    var histogram = NativeHistogram()
    skipSpaces()
    while !take("}}") {
      guard position < text.count else { throw fault("unterminated histogram") }
      let name = text[position...].prefix(while: CharacterTraits.isNamePart)
      position += name.count
      guard take(":") else { throw fault("expected a colon") }
      try field(String(decoding: name, as: UTF8.self), of: &histogram)
      skipSpaces()
    }
    return histogram
  }

  private mutating func field(
    _ name: String, of histogram: inout NativeHistogram
  ) throws(QueryError) {
    switch name {
    case "schema": histogram.schema = try whole()
    case "sum": histogram.sum = try number()
    case "count": histogram.count = try number()
    case "z_bucket": histogram.zeroCount = try number()
    case "z_bucket_w": histogram.zeroThreshold = try number()
    case "offset": histogram.positive.offset = try whole()
    case "n_offset": histogram.negative.offset = try whole()
    case "buckets": histogram.positive.counts = try numbers()
    case "n_buckets": histogram.negative.counts = try numbers()
    case "custom_values": histogram.customBounds = try numbers()
    case "counter_reset_hint":
      let word = text[position...].prefix(while: CharacterTraits.isNamePart)
      position += word.count
      let hint = NativeHistogram.ResetHint(rawValue: String(decoding: word, as: UTF8.self))
      guard let hint else { throw fault("unknown counter reset hint") }
      histogram.resetHint = hint
    default: throw fault("unknown histogram field")
    }
  }

  private mutating func whole() throws(QueryError) -> Int {
    guard let value = Int(exactly: try number()), value.magnitude < 1 << 20 else {
      throw fault("expected a whole number")
    }
    return value
  }

  private mutating func numbers() throws(QueryError) -> [Double] {
    guard take("[") else { throw fault("expected a list") }
    var values: [Double] = []
    skipSpaces()
    while !take("]") {
      values.append(try number())
      skipSpaces()
    }
    return values
  }
}
