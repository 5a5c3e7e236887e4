/// Points in time as Int64 nanoseconds since 1970 UTC, to and from the forms people write.
package enum Timestamp {
  /// Nanoseconds in a second.
  package static let second: Int64 = 1_000_000_000

  /// A number read as seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude;
  /// nil beyond the years that nanoseconds can say. Every digit counts.
  package static func nanoseconds(from number: DecimalNumber) -> Int64? {
    guard let whole = number.truncatedMagnitude else { return nil }
    let places: Int32 =
      switch whole {
      case ..<100_000_000_000: 9
      case ..<100_000_000_000_000: 6
      case ..<100_000_000_000_000_000: 3
      default: 0
      }
    return number.rounded(scaledBy: places)
  }

  /// The civil date of a day counted from 1970-01-01.
  package static func civil(day: Int64) -> (year: Int64, month: Int, day: Int) {
    // Counts from 0000-03-01 in eras of 400 years, so that the leap day ends a year.
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = Int(monthIndex < 10 ? monthIndex + 3 : monthIndex - 9)
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, Int(dayOfYear - (153 * monthIndex + 2) / 5 + 1))
  }

  /// The day of a civil date, counted from 1970-01-01.
  package static func day(year: Int64, month: Int, day: Int) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let monthIndex = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * monthIndex + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Appends RFC 3339 in UTC with as many fraction digits as `time` needs: 0, 3, 6 or 9.
  package static func append(_ time: Int64, to output: inout [UInt8]) {
    let seconds = floorDivide(time, second)
    let fraction = time - seconds * second
    let day = floorDivide(seconds, 86_400)
    let ofDay = Int(seconds - day * 86_400)
    let date = civil(day: day)
    append(Int(date.year), digits: 4, to: &output)
    output.append(0x2D)
    append(date.month, digits: 2, to: &output)
    output.append(0x2D)
    append(date.day, digits: 2, to: &output)
    output.append(0x54)
    append(ofDay / 3_600, digits: 2, to: &output)
    output.append(0x3A)
    append(ofDay / 60 % 60, digits: 2, to: &output)
    output.append(0x3A)
    append(ofDay % 60, digits: 2, to: &output)
    if fraction != 0 { appendFraction(Int(fraction), to: &output) }
    output.append(0x5A)
  }

  /// RFC 3339 in UTC.
  package static func text(_ time: Int64) -> String {
    var bytes: [UInt8] = []
    append(time, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func appendFraction(_ nanoseconds: Int, to output: inout [UInt8]) {
    output.append(0x2E)
    if nanoseconds % 1_000_000 == 0 {
      append(nanoseconds / 1_000_000, digits: 3, to: &output)
    } else if nanoseconds % 1_000 == 0 {
      append(nanoseconds / 1_000, digits: 6, to: &output)
    } else {
      append(nanoseconds, digits: 9, to: &output)
    }
  }

  private static func append(_ number: Int, digits: Int, to output: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      output.append(0x30 + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}

extension DecimalNumber {
  /// The whole part without sign, or nil when it does not fit 64 bits.
  package var truncatedMagnitude: UInt64? {
    if mantissa == 0 { return 0 }
    if exponent >= 20 { return nil }
    if exponent >= 0 {
      var value = mantissa
      for _ in 0..<exponent {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        if overflow { return nil }
        value = product
      }
      return value
    }
    var value = mantissa
    for _ in 0..<min(-exponent, 20) { value /= 10 }
    return value
  }
}
