/// How the main table begins, where it is not by the settings.
package struct TopStart: Equatable, Sendable {
  /// The figure or label it is sorted by; nil for the usual one.
  package var sort: String?
  package var isInverted = false
  /// The filter, as a person would type it.
  package var condition = ""

  /// As usual.
  package init() {}

  /// The moment that `-15m` before `now`, or a moment's text, means; nil for another text, or one
  /// that lies ahead.
  package static func time(_ text: String, before now: Int64) -> Int64? {
    if text.hasPrefix("-"), let unit = text.last, let count = Int64(text.dropFirst().dropLast()),
      (0...10_000_000).contains(count)
    {
      let seconds: Int64? = ["s": 1, "m": 60, "h": 3_600, "d": 86_400][unit]
      return seconds.map { now - count * $0 * 1_000_000_000 }
    }
    guard let time = Answer.time(text.replacing(" ", with: "T")), time <= now else { return nil }
    return time
  }
}
