/// Durations and sizes as text.
package enum ConfigurationUnits {
  /// Units of time with their milliseconds; a year has 365 days.
  private static let times: [(unit: String, milliseconds: Int)] = [
    ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000),
    ("s", 1_000), ("ms", 1),
  ]
  private static let sizes: [(unit: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
    ("KB", 1_000), ("B", 1), ("", 1),
  ]

  /// The duration of a text such as `20ms`, `5m` or `1h30m`: whole numbers with units, each unit
  /// once, from the longest to the shortest.
  package static func duration(_ text: String) -> Duration? {
    var rest = text[...]
    var total = 0
    var next = 0
    while !rest.isEmpty {
      guard let number = takeNumber(&rest) else { return nil }
      let unit = rest.prefix { $0.isLetter }
      guard let index = times[next...].firstIndex(where: { $0.unit == unit }) else { return nil }
      rest = rest.dropFirst(unit.count)
      next = index + 1
      let (product, hasOverflow) = number.multipliedReportingOverflow(by: times[index].milliseconds)
      let (sum, isTooLong) = total.addingReportingOverflow(product)
      if hasOverflow || isTooLong { return nil }
      total = sum
    }
    return next == 0 ? nil : .milliseconds(total)
  }

  /// The shortest text in one unit that gives `duration` again; it must be whole milliseconds, as
  /// those read from text are. Never in weeks or years, which people count differently.
  package static func text(of duration: Duration) -> String {
    let milliseconds =
      duration.components.seconds * 1_000 + duration.components.attoseconds
      / 1_000_000_000_000_000
    for (unit, length) in times[2...] where milliseconds.isMultiple(of: Int64(length)) {
      if milliseconds == 0 { return "0s" }
      return "\(milliseconds / Int64(length))\(unit)"
    }
    return "\(milliseconds)ms"
  }

  /// The bytes of a text such as `512MiB`, `10MB` or `4096`.
  package static func size(_ text: String) -> Int? {
    var rest = text[...]
    guard let number = takeNumber(&rest),
      let unit = sizes.first(where: { $0.unit == rest })
    else { return nil }
    let (bytes, hasOverflow) = number.multipliedReportingOverflow(by: unit.bytes)
    return hasOverflow ? nil : bytes
  }

  /// The shortest text in one binary unit that gives `bytes` again.
  package static func text(ofSize bytes: Int) -> String {
    for (unit, length) in sizes[..<4] where bytes > 0 && bytes.isMultiple(of: length) {
      return "\(bytes / length)\(unit)"
    }
    return String(bytes)
  }

  private static func takeNumber(_ rest: inout Substring) -> Int? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    return Int(digits)
  }
}
