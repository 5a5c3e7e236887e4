internal import Codec

/// Numbers as people read them, in a few columns. What is not known is a dash.
package enum FigureText {
  static let unknown = "–"

  /// 7.3, 312, 1,204, 12.4k, 1.42M.
  package static func count(_ value: Double?) -> String {
    guard let value, value.isFinite else { return unknown }
    let size = abs(value)
    if size < 9.95 { return trimmed(value, places: 1) }
    if size < 9_999.5 { return grouped(value) }
    for (limit, unit, divisor) in [(999_500.0, "k", 1e3), (999_500_000.0, "M", 1e6)]
    where size < limit {
      return significant(value / divisor) + unit
    }
    return significant(value / 1e9) + "G"
  }

  /// A score or a mean of scores: to hundredths where it is small.
  package static func score(_ value: Double) -> String {
    abs(value) < 9.995 ? "\((value * 100).rounded() / 100)" : count(value)
  }

  /// 0.84 as `84 %`, 0.0123 as `1.2 %`.
  package static func percent(_ share: Double?) -> String {
    guard let share, share.isFinite else { return unknown }
    let percent = share * 100
    return abs(percent) < 9.95 ? "\(trimmed(percent, places: 1)) %" : "\(Int(percent.rounded())) %"
  }

  /// As `percent`; never rounded up to 100.
  package static func coverage(_ share: Double?) -> String {
    guard let share, share.isFinite else { return unknown }
    if share >= 1 { return "100 %" }
    return "\(fixed((share * 1_000).rounded(.down) / 10, places: 1)) %"
  }

  /// Milliseconds: 0.4 ms, 812 ms, 1.84 s, 12.3 s, 2.1 m.
  package static func duration(_ milliseconds: Double?) -> String {
    guard let value = milliseconds, value.isFinite else { return unknown }
    if value < 9.95 { return "\(trimmed(value, places: 1)) ms" }
    if value < 999.5 { return "\(Int(value.rounded())) ms" }
    if value < 9_995 { return "\(fixed(value / 1e3, places: 2)) s" }
    if value < 119_950 { return "\(fixed(value / 1e3, places: 1)) s" }
    return "\(fixed(value / 60e3, places: 1)) m"
  }

  /// US dollars: $0.00042, $0.13, $21.24, $1,204, $12.4k.
  package static func money(_ value: Double?) -> String {
    guard let value, value.isFinite else { return unknown }
    let size = abs(value)
    if size == 0 { return "$0" }
    if size < 0.000_01 { return "<$0.00001" }
    if size < 0.001 { return "$" + fixed(value, places: 5) }
    if size < 0.1 { return "$" + fixed(value, places: 4) }
    if size < 999.5 { return "$" + fixed(value, places: 2) }
    if size < 9_999.5 { return "$" + grouped(value) }
    return "$" + count(value)
  }

  /// How long ago, in ns: 0.4 s, 12 s, 3 m, 2 h, 4 d.
  package static func age(_ nanoseconds: Int64) -> String {
    let seconds = max(0, Double(nanoseconds) / 1e9)
    if seconds < 9.95 { return "\(fixed(seconds, places: 1)) s" }
    if seconds < 120 { return "\(Int(seconds)) s" }
    if seconds < 7_200 { return "\(Int(seconds / 60)) m" }
    if seconds < 172_800 { return "\(Int(seconds / 3_600)) h" }
    return "\(Int(seconds / 86_400)) d"
  }

  /// `14:02:07` of a moment in ns, in UTC.
  package static func clock(_ time: Int64) -> String {
    String(Timestamp.text(time - time % 1_000_000_000).dropFirst(11).prefix(8))
  }

  /// `2026-11-21 14:02:07` in UTC.
  package static func dateTime(_ time: Int64) -> String {
    let text = Timestamp.text(time - time % 1_000_000_000)
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
  }

  private static func significant(_ value: Double) -> String {
    fixed(value, places: abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0)
  }

  private static func trimmed(_ value: Double, places: Int) -> String {
    let text = fixed(value, places: places)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func grouped(_ value: Double) -> String {
    let whole = Int(value.rounded())
    guard abs(whole) >= 1_000 else { return "\(whole)" }
    let rest = String(abs(whole) % 1_000 + 1_000).dropFirst()
    return "\(whole / 1_000),\(rest)"
  }

  static func fixed(_ value: Double, places: Int) -> String {
    let scale = [1.0, 10, 100, 1_000, 10_000, 100_000][places]
    let scaled = Int64((abs(value) * scale).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let digits = String(scaled % Int64(scale) + Int64(scale)).dropFirst()
    return "\(sign)\(scaled / Int64(scale)).\(digits)"
  }
}
