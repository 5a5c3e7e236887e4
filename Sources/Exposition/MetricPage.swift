/// Writes metric families as a page, one after the other; all samples of a family stand together.
package struct MetricPage {
  /// How the page is written.
  package let format: MetricFormat
  /// What is written so far; whole only after `finished`.
  var bytes: [UInt8] = []
  /// The family at hand, where the format wants its length before it.
  var message = MetricMessage()

  /// An empty page.
  package init(_ format: MetricFormat) {
    self.format = format
  }

  /// The whole page of `families`, in their order.
  package static func bytes(_ families: [MetricFamily], _ format: MetricFormat = .text) -> [UInt8] {
    var page = MetricPage(format)
    for family in families { page.append(family) }
    return page.finished()
  }

  /// Appends a family; one without samples leaves nothing.
  package mutating func append(_ family: MetricFamily) {
    guard !family.samples.isEmpty else { return }
    appendHead(family.name, family.kind, family.help)
    guard format != .protobuf else { return message.append(family) }
    for sample in family.samples {
      append(family.name)
      append(sample.suffix)
      append(sample)
    }
  }

  /// The page with what ends it.
  package consuming func finished() -> [UInt8] {
    end()
    return bytes
  }

  /// Writes what ends the page.
  package mutating func end() {
    message.end(to: &bytes)
    if format == .openMetrics { append("# EOF\n") }
  }

  /// Takes what is written since last asked; a family at hand is not among it.
  package mutating func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  /// A number as Go reads it: whole numbers without a fraction.
  package static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
    return "\(value)"
  }

  /// A bound of a bucket as OpenMetrics wants it, with a fraction; the same in both formats, lest a
  /// change of format make new series.
  package static func bound(_ value: Double) -> String {
    value.isInfinite ? "+Inf" : "\(value)"
  }

  private mutating func append(_ sample: MetricFamily.Sample) {
    var separator: UInt8 = 0x7B
    for (name, value) in sample.labels where !value.isEmpty {
      bytes.append(separator)
      append(name)
      append("=\"")
      Self.appendEscaped(value.utf8, quotes: true, to: &bytes)
      bytes.append(0x22)
      separator = 0x2C
    }
    append(separator == 0x2C ? "} " : " ")
    append(Self.number(sample.value))
    bytes.append(0x0A)
  }
}

// MARK: Parts
extension MetricPage {
  /// Appends what stands before a family's samples. OpenMetrics names a counter without `_total`,
  /// and tells units that the name ends with.
  mutating func appendHead(_ name: String, _ kind: MetricFamily.Kind, _ help: String) {
    if format == .protobuf {
      message.end(to: &bytes)
      return message.begin(name, kind, help)
    }
    let isPlain = format == .text
    let shown =
      !isPlain && kind == .counter && name.hasSuffix("_total") ? String(name.dropLast(6)) : name
    if isPlain { appendHelp(shown, help) }
    append("# TYPE \(shown) \(kind.rawValue)\n")
    guard !isPlain else { return }
    if let unit = Self.units.first(where: { shown.hasSuffix("_\($0)") }) {
      append("# UNIT \(shown) \(unit)\n")
    }
    appendHelp(shown, help)
  }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  mutating func append(_ text: [UInt8]) {
    bytes.append(contentsOf: text)
  }

  /// Appends a number of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ exactly, without needless zeros.
  mutating func append(_ value: Int128, decimals: Int) {
    if value < 0 { bytes.append(0x2D) }
    let start = bytes.count
    var rest = value.magnitude
    var digits = 0
    while rest > 0 || digits <= decimals {
      let (quotient, digit): (UInt128, UInt64)
      if let small = UInt64(exactly: rest) {
        (quotient, digit) = (UInt128(small / 10), small % 10)
      } else {
        (quotient, digit) = (rest / 10, UInt64(rest % 10))
      }
      if digits == decimals, decimals > 0, bytes.count > start { bytes.append(0x2E) }
      if digits >= decimals || digit > 0 || bytes.count > start {
        bytes.append(0x30 + UInt8(digit))
      }
      rest = quotient
      digits += 1
    }
    bytes[start...].reverse()
  }

  private mutating func appendHelp(_ name: String, _ help: String) {
    append("# HELP \(name) ")
    Self.appendEscaped(help.utf8, quotes: format == .openMetrics, to: &bytes)
    bytes.append(0x0A)
  }

  static func appendEscaped(
    _ text: some Sequence<UInt8>, quotes: Bool, to bytes: inout [UInt8]
  ) {
    for byte in text {
      switch byte {
      case 0x5C: bytes += [0x5C, 0x5C]
      case 0x0A: bytes += [0x5C, 0x6E]
      case 0x22 where quotes: bytes += [0x5C, 0x22]
      default: bytes.append(byte)
      }
    }
  }

  private static let units = ["seconds", "bytes", "usd", "ratio"]
}
