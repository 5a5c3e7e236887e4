/// A stretch of the calendar as people in one place count it. Weeks begin on Monday.
package enum CalendarPeriod: String, CaseIterable, Sendable {
  case day, week, month

  /// The period that a time lies in, its end left out; milliseconds since 1970, as is the time.
  package func bounds(around time: Int64, in zone: TimeZoneRules) -> (start: Int64, end: Int64) {
    let local = zone.local(Self.floorDivide(time, 1_000))
    let today = Self.floorDivide(local, 86_400)
    let (first, next): (Int64, Int64)
    switch self {
    case .day: (first, next) = (today, today + 1)
    case .week:
      // 1970-01-01 was a Thursday.
      first = today - ((today + 3) % 7 + 7) % 7
      next = first + 7
    case .month:
      let date = Timestamp.civil(day: today)
      let isLast = date.month == 12
      first = Timestamp.day(year: date.year, month: date.month, day: 1)
      next = Timestamp.day(
        year: date.year + (isLast ? 1 : 0), month: isLast ? 1 : date.month + 1, day: 1)
    }
    return (
      zone.time(ofLocal: first * 86_400) * 1_000, zone.time(ofLocal: next * 86_400) * 1_000
    )
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
