extension Timestamp {
  /// Reads a written time: RFC 3339 with `T`, `t` or a blank, a fraction after `.` or `,`, and any
  /// offset or none (UTC); `2026/11/21 02:26:35`; RFC 1123; Apache; a number in a string. `now`
  /// says which year syslog's `Nov 21 02:26:35` means. Nil for anything else.
  package static func parse(_ text: ByteView, from start: Int, to end: Int, now: Int64) -> Int64? {
    var reader = TimeReader(bytes: text, index: start, end: end)
    reader.trim()
    guard reader.left >= 8 else { return numeric(text, reader.index, reader.end) }
    let first = text[reader.index]
    if first &- 0x30 < 10 {
      let fifth = text[reader.index &+ 4]
      if fifth == 0x2D || fifth == 0x2F { return reader.calendar(separator: fifth) }
      if text[reader.index &+ 2] == 0x2F { return reader.apache() }
    } else if first != 0x2D {
      return reader.named(now: now)
    }
    return numeric(text, reader.index, reader.end)
  }

  private static func numeric(_ text: ByteView, _ start: Int, _ end: Int) -> Int64? {
    var scanner = JSONScanner(text, from: start, to: end)
    do {
      let number = try scanner.number()
      return scanner.index == end ? nanoseconds(from: number) : nil
    } catch {
      return nil
    }
  }
}

/// Takes the parts of a written time one after another; every part says whether it was there.
private struct TimeReader {
  let bytes: ByteView
  var index: Int
  var end: Int

  var left: Int { end &- index }

  mutating func trim() {
    while index < end, bytes[index] == 0x20 { index &+= 1 }
    while index < end, bytes[end &- 1] == 0x20 { end &-= 1 }
  }

  /// `2026-11-21[T ]02:26:35[.,123][offset]`, also with slashes; a date alone is its first moment.
  mutating func calendar(separator: UInt8) -> Int64? {
    guard let year = digits(4), take(separator), let month = digits(2), take(separator),
      let day = digits(2)
    else { return nil }
    if index == end { return join(year, month, day, 0, 0) }
    guard take(0x54) || take(0x74) || take(0x20), let (clock, fraction) = clock() else {
      return nil
    }
    guard let offset = offset(), index == end else { return nil }
    return join(year, month, day, clock - offset, fraction)
  }

  /// `21/Nov/2026:02:26:35 +0000`
  mutating func apache() -> Int64? {
    guard let day = digits(2), take(0x2F), let month = monthName(), take(0x2F),
      let year = digits(4), take(0x3A), let (clock, fraction) = clock(), let offset = offset(),
      index == end
    else { return nil }
    return join(year, month, day, clock - offset, fraction)
  }

  /// `Sat, 21 Nov 2026 02:29:40 GMT`, or syslog's `Nov 21 02:26:35` in the year nearest to `now`.
  mutating func named(now: Int64) -> Int64? {
    if left > 5, bytes[index &+ 3] == 0x2C {
      index &+= 4
      guard take(0x20), let day = digits(2), take(0x20), let month = monthName(), take(0x20),
        let year = digits(4), take(0x20), let (clock, fraction) = clock(), take(0x20)
      else { return nil }
      guard isZoneName() else { return nil }
      return join(year, month, day, clock, fraction)
    }
    guard let month = monthName(), take(0x20) else { return nil }
    guard let day = take(0x20) ? digits(1) : digits(2), take(0x20),
      let (clock, fraction) = clock(), index == end
    else { return nil }
    let year = Int(Timestamp.civil(day: now / (86_400 * Timestamp.second)).year)
    let candidates = (year - 1...year + 1).compactMap { join($0, month, day, clock, fraction) }
    return candidates.min { abs($0 - now) < abs($1 - now) }
  }

  private mutating func isZoneName() -> Bool {
    let zone = String(decoding: bytes.copy(index, end), as: UTF8.self)
    return ["GMT", "UTC", "Z", "+0000"].contains(zone)
  }

  private mutating func clock() -> (seconds: Int, fraction: Int)? {
    guard let hour = digits(2), take(0x3A), let minute = digits(2), hour < 24, minute < 60 else {
      return nil
    }
    var second = 0
    if take(0x3A) {
      // A leap second counts as the second that follows.
      guard let read = digits(2), read <= 60 else { return nil }
      second = read
    }
    var fraction = 0
    if take(0x2E) || take(0x2C) {
      guard let read = fractionDigits() else { return nil }
      fraction = read
    }
    return (hour * 3_600 + minute * 60 + second, fraction)
  }

  private mutating func fractionDigits() -> Int? {
    let start = index
    var value = 0
    var places = 0
    while index < end, case let digit = bytes[index] &- 0x30, digit < 10 {
      if places < 9 {
        value = value * 10 + Int(digit)
        places += 1
      }
      index &+= 1
    }
    guard index > start else { return nil }
    while places < 9 {
      value *= 10
      places += 1
    }
    return value
  }

  /// `Z`, `+01:00`, `+0100`, `+01` or nothing, in seconds east of UTC.
  private mutating func offset() -> Int? {
    _ = take(0x20)
    if index == end { return 0 }
    if take(0x5A) || take(0x7A) { return 0 }
    let isWest = bytes[index] == 0x2D
    guard isWest || bytes[index] == 0x2B else { return nil }
    index &+= 1
    guard let hours = digits(2), hours < 24 else { return nil }
    var minutes = 0
    if index < end {
      _ = take(0x3A)
      guard let read = digits(2), read < 60 else { return nil }
      minutes = read
    }
    let seconds = hours * 3_600 + minutes * 60
    return isWest ? -seconds : seconds
  }

  private mutating func digits(_ count: Int) -> Int? {
    guard left >= count else { return nil }
    var value = 0
    for _ in 0..<count {
      let digit = bytes[index] &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
      index &+= 1
    }
    return value
  }

  private mutating func monthName() -> Int? {
    guard left >= 3 else { return nil }
    let name = bytes.copy(index, index &+ 3).map { $0 | 0x20 }
    index &+= 3
    let names = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    return names.firstIndex { Array($0.utf8) == name }.map { $0 + 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < end, bytes[index] == byte else { return false }
    index &+= 1
    return true
  }

  private func join(
    _ year: Int, _ month: Int, _ day: Int, _ seconds: Int, _ fraction: Int
  ) -> Int64? {
    guard (1...12).contains(month), day >= 1, day <= Self.length(of: month, in: year),
      (1678...2261).contains(year)
    else { return nil }
    let days = Timestamp.day(year: Int64(year), month: month, day: day)
    return (days * 86_400 + Int64(seconds)) * Timestamp.second + Int64(fraction)
  }

  private static func length(of month: Int, in year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
