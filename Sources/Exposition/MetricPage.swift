/// Writes metric families as a Prometheus text page, format 0.0.4.
package enum MetricPage {
  /// The content type of the page.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The page of `families`, in their order.
  package static func text(_ families: [MetricFamily]) -> [UInt8] {
    var page: [UInt8] = []
    for family in families where !family.samples.isEmpty {
      append("# HELP \(family.name) \(escaped(help: family.help))\n", to: &page)
      append("# TYPE \(family.name) \(family.kind.rawValue)\n", to: &page)
      for sample in family.samples { append(sample, of: family, to: &page) }
    }
    return page
  }

  private static func append(
    _ sample: MetricFamily.Sample, of family: MetricFamily, to page: inout [UInt8]
  ) {
    append(family.name + sample.suffix, to: &page)
    let labels = sample.labels.filter { !$0.value.isEmpty }
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(escaped(label: $0.value))\"" }
      append("{\(pairs.joined(separator: ","))}", to: &page)
    }
    append(" \(number(sample.value))\n", to: &page)
  }

  /// A number as Go reads it: whole numbers without a fraction.
  package static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
    return "\(value)"
  }

  private static func append(_ text: String, to page: inout [UInt8]) {
    page.append(contentsOf: text.utf8)
  }

  private static func escaped(help: String) -> String {
    escape(help, quotes: false)
  }

  private static func escaped(label: String) -> String {
    escape(label, quotes: true)
  }

  private static func escape(_ text: String, quotes: Bool) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\"" where quotes: output += "\\\""
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}
