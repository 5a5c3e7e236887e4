internal import Codec

/// Values as text, the way Go's `fmt` prints them.
enum TemplateText {
  /// `%v` of a value.
  static func plain(_ value: TemplateValue) -> String {
    switch value {
    case .none: "<no value>"
    case .bool(let flag): flag ? "true" : "false"
    case .int(let number): "\(number)"
    case .float(let number): NumberFormat.plain(number)
    case .string(let text): text
    case .labels(let labels): map(labels.mapValues { .string($0) })
    case .sample(let sample): self.sample(sample)
    case .vector(let samples): "[\(samples.map(self.sample).joined(separator: " "))]"
    case .map(let entries): map(entries)
    case .list(let values): "[\(values.map(plain).joined(separator: " "))]"
    case .time(let milliseconds): time(milliseconds)
    case .duration(let nanoseconds): duration(nanoseconds)
    case .root(let data):
      "{\(plain(.labels(data.labels))) \(plain(.labels(data.externalLabels)))"
        + " \(data.externalURL) \(plain(data.value.template))}"
    }
  }

  /// `fmt.Sprint`: a space between two values neither of which is text.
  static func joined(_ values: [TemplateValue]) -> String {
    var text = ""
    var wasText = true
    for value in values {
      let isText = if case .string = value { true } else { false }
      if !wasText, !isText { text += " " }
      text += value == .none ? "<nil>" : plain(value)
      wasText = isText
    }
    return text
  }

  /// A time in UTC: `2026-11-21 11:04:28.5 +0000 UTC`.
  static func time(_ milliseconds: Int64) -> String {
    let second = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    var text: [UInt8] = []
    guard let whole = scaled(second, by: Timestamp.second) else { return "\(milliseconds) ms" }
    Timestamp.append(whole, to: &text)
    text[10] = UInt8(ascii: " ")
    text.removeLast()
    let rest = milliseconds - second * 1000
    guard rest > 0 else { return String(decoding: text, as: UTF8.self) + " +0000 UTC" }
    var digits = "\(1000 + rest)".dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return String(decoding: text, as: UTF8.self) + ".\(digits) +0000 UTC"
  }

  /// A duration: `1h2m3.5s`, `20ms`.
  static func duration(_ nanoseconds: Int64) -> String {
    guard nanoseconds != 0 else { return "0s" }
    let sign = nanoseconds < 0 ? "-" : ""
    let size = nanoseconds.magnitude
    for (limit, unit, name) in [(UInt64(1000), UInt64(1), "ns"), (1_000_000, 1000, "µs")]
    where size < limit { return sign + decimal(size, unit) + name }
    if size < 1_000_000_000 { return sign + decimal(size, 1_000_000) + "ms" }
    let hours = size / 3_600_000_000_000
    let minutes = size / 60_000_000_000 % 60
    let seconds = decimal(size % 60_000_000_000, 1_000_000_000) + "s"
    if hours > 0 { return "\(sign)\(hours)h\(minutes)m\(seconds)" }
    return minutes > 0 ? "\(sign)\(minutes)m\(seconds)" : sign + seconds
  }

  private static func decimal(_ size: UInt64, _ unit: UInt64) -> String {
    guard size % unit != 0 else { return "\(size / unit)" }
    var digits = "\(unit + size % unit)".dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(size / unit).\(digits)"
  }

  private static func scaled(_ number: Int64, by factor: Int64) -> Int64? {
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
  }

  private static func sample(_ sample: TemplateSample) -> String {
    "{\(plain(.labels(sample.labels))) \(NumberFormat.plain(sample.value))}"
  }

  private static func map(_ entries: [String: TemplateValue]) -> String {
    let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return "map[\(sorted.map { "\($0.key):\(plain($0.value))" }.joined(separator: " "))]"
  }
}

extension TemplateData.Value {
  var template: TemplateValue {
    switch self {
    case .float(let value): .float(value)
    case .histogram(let text): .string(text)
    }
  }
}
