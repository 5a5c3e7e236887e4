internal import Codec
internal import Telemetry

/// Names as Prometheus writes what OpenTelemetry calls otherwise.
enum MetricName {
  /// A metric's name with its unit and what its kind asks for; empty where no letter or digit is
  /// left of it.
  static func metric(_ name: [UInt8], unit: [UInt8], _ kind: MetricKind) -> [UInt8] {
    var words = words(of: name)
    guard !words.isEmpty else { return [] }
    let (unitWord, per) = units(unit)
    if !unitWord.isEmpty, !words.contains(unitWord) { words.append(unitWord) }
    if !per.isEmpty, !words.contains(per) { words.append(per) }
    if kind == .counter { words = words.filter { $0 != total } + [total] }
    if kind == .gauge, unit == [0x31] { words = words.filter { $0 != ratio } + [ratio] }
    let joined = Array(words.joined(separator: [0x5F]))
    return isDigit(joined[0]) ? [0x5F] + joined : joined
  }

  /// The unit in words, as metadata have it: `seconds`, `bytes_per_second`.
  static func unit(_ unit: [UInt8]) -> [UInt8] {
    let (word, per) = units(unit)
    return Array([word, per].filter { !$0.isEmpty }.joined(separator: [0x5F]))
  }

  /// A label's name. Runs of other characters are one underscore; names that begin with a digit or
  /// an underscore, which are reserved, get a word before.
  static func label(_ name: [UInt8]) -> [UInt8] {
    var plain: [UInt8] = []
    for byte in name {
      let isPlain = isDigit(byte) || (byte | 0x20) &- 0x61 < 26
      if isPlain {
        plain.append(byte)
      } else if plain.last != 0x5F {
        plain.append(0x5F)
      }
    }
    guard let first = plain.first else { return Array("key_".utf8) }
    if isDigit(first) { return Array("key_".utf8) + plain }
    return first == 0x5F ? Array("key".utf8) + plain : plain
  }

  /// A bound or quantile in plain decimals, the same text for the same number.
  static func text(_ number: Double) -> String {
    if number == .infinity { return "+Inf" }
    if number == -.infinity { return "-Inf" }
    if number.isNaN { return "NaN" }
    let text = "\(number)"
    guard let mark = text.firstIndex(of: "e") else {
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    let exponent = Int(text[text.index(after: mark)...]) ?? 0
    let sign = text.hasPrefix("-") ? "-" : ""
    let parts = text[..<mark].drop { $0 == "-" }.split(separator: ".")
    let whole = String(parts.first ?? "")
    let fraction = parts.count > 1 && parts[1] != "0" ? String(parts[1]) : ""
    if exponent < 0 {
      return "\(sign)0.\(String(repeating: "0", count: -exponent - 1))\(whole)\(fraction)"
    }
    // Swift writes an exponent only where the number is whole.
    let zeros = String(repeating: "0", count: max(0, exponent - fraction.count))
    return "\(sign)\(whole)\(fraction)\(zeros)"
  }

  private static let total = Array("total".utf8)
  private static let ratio = Array("ratio".utf8)

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// The pieces of a name that Prometheus allows.
  private static func words(of name: [UInt8]) -> [[UInt8]] {
    name.split { byte in
      !(isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x3A)
    }.map(Array.init)
  }

  /// The words for a unit: the one above the stroke and, with `per`, the one below. What stands in
  /// braces is an annotation.
  private static func units(_ unit: [UInt8]) -> (word: [UInt8], per: [UInt8]) {
    let parts = String(decoding: unit, as: UTF8.self).split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false
    ).map { part in
      String(part).trimmed
    }
    func word(_ part: String, _ table: [String: String]) -> [UInt8] {
      guard !part.contains(where: { $0 == "{" || $0 == "}" }) else { return [] }
      let text = table[part] ?? part
      return Array(words(of: Array(text.utf8)).joined(separator: [0x5F]))
    }
    let main = word(parts[0], names)
    guard parts.count > 1 else { return (main, []) }
    let below = word(parts[1], perNames)
    return (main, below.isEmpty ? [] : Array("per_".utf8) + below)
  }

  private static let names = [
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds",
    "us": "microseconds", "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes",
    "MiBy": "mebibytes", "GiBy": "gibibytes", "TiBy": "tibibytes", "KBy": "kilobytes",
    "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes", "m": "meters", "V": "volts",
    "A": "amperes", "J": "joules", "W": "watts", "g": "grams", "Cel": "celsius", "Hz": "hertz",
    "1": "", "%": "percent",
  ]

  private static let perNames = [
    "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month",
    "y": "year",
  ]
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
