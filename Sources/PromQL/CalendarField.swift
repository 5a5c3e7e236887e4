/// Parts of a time in UTC, by the functions that give them.
enum CalendarField: String {
  case minute
  case hour
  case dayOfWeek = "day_of_week"
  case dayOfMonth = "day_of_month"
  case dayOfYear = "day_of_year"
  case daysInMonth = "days_in_month"
  case month
  case year

  /// The part of a time in seconds since 1970; NaN for what is no time.
  func value(_ seconds: Double) -> Double {
    // Beyond this the year passes what anyone means, and Int64 sums stay safe.
    guard seconds.magnitude < 1e15 else { return .nan }
    let whole = Int(seconds.rounded(.towardZero))
    let day = Int((Double(whole) / 86_400).rounded(.down))
    let second = whole - day * 86_400
    switch self {
    case .minute: return Double(second % 3600 / 60)
    case .hour: return Double(second / 3600)
    case .dayOfWeek: return Double(((day + 4) % 7 + 7) % 7)
    default: break
    }
    let date = Self.date(day)
    switch self {
    case .dayOfMonth: return Double(date.day)
    case .month: return Double(date.month)
    case .year: return Double(date.year)
    case .dayOfYear: return Double(day - Self.day(date.year, 1, 1) + 1)
    default:
      let next =
        date.month == 12 ? Self.day(date.year + 1, 1, 1) : Self.day(date.year, date.month + 1, 1)
      return Double(next - Self.day(date.year, date.month, 1))
    }
  }

  /// Days since 1970 to a date; the year is counted from March, so that leap days come last.
  private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * march + 2) / 5 + 1)
  }

  private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension Evaluator {
  mutating func calendar(
    _ field: CalendarField, _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    guard let argument = arguments.first else {
      let values = (0..<grid.count).map { field.value(Double(grid.time($0)) / 1000) }
      return [Row(.none, values: values)]
    }
    var rows = try evaluate(argument, grid).rows
    for number in rows.indices {
      rows[number].labels = rows[number].labels.withoutMetadata
      rows[number].histograms = []
      for index in 0..<grid.count where rows[number].hasFloat(index) {
        rows[number].values[index] = field.value(rows[number].values[index])
      }
    }
    return try merged(rows.filter { !$0.isEmpty })
  }
}
