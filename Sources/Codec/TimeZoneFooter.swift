/// What a zone does from its last listed change on, in the words of POSIX's `TZ`:
/// `EST5EDT,M3.2.0,M11.1.0`.
struct TimeZoneFooter: Equatable, Sendable {
  /// A day of each year.
  private enum Day: Equatable, Sendable {
    /// 1 to 365, February 29 never counted.
    case julian(Int)
    /// 0 to 365, February 29 counted.
    case ordinal(Int)
    /// The `week`th (5: last) `day` of the week (0: Sunday) of a month.
    case weekday(month: Int, week: Int, day: Int)
  }

  /// A day, and the seconds of it on the clock.
  private struct Moment: Equatable, Sendable {
    let day: Day
    let seconds: Int64
  }

  private let standard: Int64
  /// What summer has, where there is one.
  private var summer: (offset: Int64, from: Moment, to: Moment)?

  static func == (left: Self, right: Self) -> Bool {
    left.standard == right.standard && left.summer?.offset == right.summer?.offset
      && left.summer?.from == right.summer?.from && left.summer?.to == right.summer?.to
  }

  /// Nil when `text` is no such rule.
  init?(_ text: [UInt8]) {
    var reader = FooterReader(text)
    guard reader.name(), let standard = reader.time() else { return nil }
    self.standard = -standard
    if reader.isAtEnd { return }
    guard reader.name() else { return nil }
    var offset = -standard + 3_600
    if !reader.isNext(",") {
      guard let time = reader.time() else { return nil }
      offset = -time
    }
    guard let from = Self.moment(&reader), let to = Self.moment(&reader), reader.isAtEnd else {
      return nil
    }
    summer = (offset, from, to)
  }

  private static func moment(_ reader: inout FooterReader) -> Moment? {
    guard reader.skip(",") else { return nil }
    let day: Day
    if reader.skip("M") {
      guard let month = reader.number(1...12), reader.skip("."), let week = reader.number(1...5),
        reader.skip("."), let weekday = reader.number(0...6)
      else { return nil }
      day = .weekday(month: month, week: week, day: weekday)
    } else if reader.skip("J") {
      guard let number = reader.number(1...365) else { return nil }
      day = .julian(number)
    } else {
      guard let number = reader.number(0...365) else { return nil }
      day = .ordinal(number)
    }
    guard reader.skip("/") else { return Moment(day: day, seconds: 7_200) }
    return reader.time().map { Moment(day: day, seconds: $0) }
  }

  /// Seconds east of UTC at a time in seconds since 1970.
  func offset(at time: Int64) -> Int64 {
    guard let summer else { return standard }
    let local = time + standard
    let day = (local - (local % 86_400 + 86_400) % 86_400) / 86_400
    let year = Timestamp.civil(day: day).year
    let from = Self.local(summer.from, year) - standard
    let to = Self.local(summer.to, year) - summer.offset
    let isSummer = from < to ? time >= from && time < to : time >= from || time < to
    return isSummer ? summer.offset : standard
  }

  /// What the clock shows at a moment of a year.
  private static func local(_ moment: Moment, _ year: Int64) -> Int64 {
    let first = Timestamp.day(year: year, month: 1, day: 1)
    let day: Int64
    switch moment.day {
    case .ordinal(let number): day = first + Int64(number)
    case .julian(let number):
      let march = Timestamp.day(year: year, month: 3, day: 1)
      day = number < 60 ? first + Int64(number) - 1 : march + Int64(number) - 60
    case .weekday(let month, let week, let weekday):
      let begin = Timestamp.day(year: year, month: month, day: 1)
      let next =
        month == 12
        ? Timestamp.day(year: year + 1, month: 1, day: 1)
        : Timestamp.day(year: year, month: month + 1, day: 1)
      // 1970-01-01 was a Thursday.
      let ahead = (Int64(weekday) - (begin + 4) % 7 + 14) % 7
      var found = begin + ahead + Int64(week - 1) * 7
      if found >= next { found -= 7 }
      day = found
    }
    return day * 86_400 + moment.seconds
  }
}

/// Reads such a rule piece by piece.
private struct FooterReader {
  private let text: [UInt8]
  private var place = 0

  init(_ text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { place == text.count }

  func isNext(_ character: Unicode.Scalar) -> Bool {
    place < text.count && text[place] == UInt8(ascii: character)
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard isNext(character) else { return false }
    place += 1
    return true
  }

  /// A name, plain or in angle brackets.
  mutating func name() -> Bool {
    let start = place
    if skip("<") {
      while place < text.count, !isNext(">") { place += 1 }
      return skip(">")
    }
    while place < text.count, (0x41...0x5A).contains(text[place] & 0xDF) { place += 1 }
    return place - start >= 3
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int? {
    let start = place
    var value = 0
    while place < text.count, (0x30...0x39).contains(text[place]), place - start < 4 {
      value = value * 10 + Int(text[place] - 0x30)
      place += 1
    }
    return place > start && range.contains(value) ? value : nil
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func time() -> Int64? {
    let isNegative = skip("-")
    if !isNegative { _ = skip("+") }
    guard let hours = number(0...167) else { return nil }
    var seconds = hours * 3_600
    for unit in [60, 1] where skip(":") {
      guard let part = number(0...59) else { return nil }
      seconds += part * unit
    }
    return Int64(isNegative ? -seconds : seconds)
  }
}
