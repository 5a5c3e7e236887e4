package import Codec

/// Times of the week, month or year at which routes that name them tell nothing. A part that is
/// empty allows everything; several of one name add up.
package struct MuteTime: Equatable, Sendable {
  /// Minutes of the day, from the first up to the second; past midnight when that comes before.
  package struct Hours: Equatable, Sendable {
    package let from: Int
    package let to: Int

    /// From one minute of the day up to another, `22:00` being 1320.
    package init(from: Int, to: Int) { (self.from, self.to) = (from, to) }
  }

  /// What routes call it.
  package let name: String
  /// Days of the week, Monday being 1 and Sunday 7.
  package var weekdays: Set<Int> = []
  /// Days of the month; negative ones count from its end, -1 being the last.
  package var days: Set<Int> = []
  /// Months, January being 1.
  package var months: Set<Int> = []
  package var hours: [Hours] = []
  /// Whose clocks are meant.
  package var zone: TimeZoneRules

  /// All of the time.
  package init(name: String, zone: TimeZoneRules) { (self.name, self.zone) = (name, zone) }

  /// Whether `time`, in milliseconds since 1970, is one of them.
  package func contains(_ time: Int64) -> Bool {
    let local = zone.local(time.quotient(1_000))
    let day = local.quotient(86_400)
    let minute = Int((local - day * 86_400) / 60)
    let date = Timestamp.civil(day: day)
    let next = Timestamp.day(
      year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1)
    // 1970-01-01 was a Thursday.
    let weekday = Int((day + 3) - (day + 3).quotient(7) * 7) + 1
    return (weekdays.isEmpty || weekdays.contains(weekday))
      && (months.isEmpty || months.contains(date.month))
      && (days.isEmpty || days.contains(date.day) || days.contains(Int(day - next)))
      && (hours.isEmpty || hours.contains { $0.contains(minute) })
  }
}

extension MuteTime.Hours {
  fileprivate func contains(_ minute: Int) -> Bool {
    from <= to ? (from..<to).contains(minute) : minute >= from || minute < to
  }
}

extension Int64 {
  /// The quotient rounded down.
  fileprivate func quotient(_ divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
  }
}
