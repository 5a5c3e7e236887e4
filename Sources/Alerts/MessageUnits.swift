internal import Codec

/// Numbers and times as messages write them.
enum MessageUnits {
  /// Four digits, from a million on with a letter for the thousands: `0.1235`, `1.235M`.
  static func number(_ value: Double) -> String {
    guard value.isFinite, value.magnitude >= 100_000 else {
      return NumberFormat.general(value, precision: 4).replacing("e-0", with: "e-")
    }
    var (size, letter) = (value, "")
    for next in ["k", "M", "G", "T", "P"] where size.magnitude >= 1_000 {
      (size, letter) = (size / 1_000, next)
    }
    return NumberFormat.general(size, precision: 4) + letter
  }

  /// `92%`; a share that is not nothing is at least 1 %, one that is not all at most 99 %.
  static func share(_ share: Double) -> String {
    guard share.isFinite else { return "?%" }
    let percent = (share * 100).rounded()
    if share > 0, percent < 1 { return "1%" }
    if share < 1, percent > 99 { return "99%" }
    return NumberFormat.fixed(percent, precision: 0) + "%"
  }

  /// `2026-11-21 02:29:40 UTC`
  static func time(_ milliseconds: Int64) -> String {
    var text = rfc3339(milliseconds / 1_000 * 1_000)
    text = text.replacing("T", with: " ").replacing("Z", with: "")
    return text + " UTC"
  }

  /// `2026-11-21T02:29:40.689Z`
  static func rfc3339(_ milliseconds: Int64) -> String {
    let (nanoseconds, isBeyond) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    return Timestamp.text(isBeyond ? .max : nanoseconds)
  }

  /// In the two largest units: `2d 3h`, `12m 5s`.
  static func duration(_ milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds / 1_000)
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60)
    let parts =
      if days > 0 {
        [(days, "d"), (hours, "h")]
      } else if hours > 0 {
        [(hours, "h"), (minutes, "m")]
      } else {
        [(minutes, "m"), (seconds % 60, "s")]
      }
    let words = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }
    return words.isEmpty ? "0s" : words.joined(separator: " ")
  }
}
