internal import PromQL

/// Numbers and times for people.
extension TemplateCall {
  func humanized(_ function: TemplateFunction) throws(TemplateFunction.Failure) -> String {
    let value = try number(0)
    switch function {
    case .humanize: return Self.humanize(value)
    case .humanize1024: return Self.humanize1024(value)
    case .humanizeDuration: return Self.humanizeDuration(value)
    case .humanizePercentage: return NumberFormat.general(value * 100, precision: 4) + "%"
    default:
      guard value.isFinite else { return NumberFormat.general(value, precision: 4) }
      return TemplateText.time(try milliseconds(value))
    }
  }

  func timed(_ function: TemplateFunction) throws(TemplateFunction.Failure) -> TemplateValue {
    switch function {
    case .now: return .float(Double(context.time) / 1000)
    case .parseDuration:
      guard let duration = DurationText.milliseconds(try text(0).utf8) else {
        throw TemplateFunction.Failure("not a valid duration string: \(arguments[0])")
      }
      return .float(Double(duration) / 1000)
    case .toTime: return .time(try milliseconds(try number(0)))
    default:
      let nanoseconds = try number(0) * 1e9
      guard let whole = Int64(exactly: nanoseconds.rounded(.towardZero)) else {
        throw TemplateFunction.Failure("\(NumberFormat.plain(nanoseconds)) is no duration")
      }
      return .duration(whole)
    }
  }

  private func milliseconds(_ seconds: Double) throws(TemplateFunction.Failure) -> Int64 {
    guard seconds.isFinite, (seconds * 1e9).magnitude < 0x1p63 else {
      throw TemplateFunction.Failure(
        "\(NumberFormat.plain(seconds)) cannot be represented as a nanoseconds timestamp")
    }
    return Int64(seconds * 1e9) / 1_000_000
  }

  private static let large = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"]
  private static let small = ["", "m", "u", "n", "p", "f", "a", "z", "y"]

  private static func humanize(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return NumberFormat.general(value, precision: 4) }
    return value.magnitude >= 1
      ? scaled(value, large, while: { $0 >= 1000 }, by: 1 / 1000)
      : scaled(value, small, while: { $0 < 1 }, by: 1000)
  }

  private static func humanize1024(_ value: Double) -> String {
    guard value.magnitude > 1, value.isFinite else {
      return NumberFormat.general(value, precision: 4)
    }
    let names = [""] + large.dropFirst().map { ($0 == "k" ? "k" : $0) + "i" }
    var (value, index) = (value, 0)
    while value.magnitude >= 1024, index + 1 < names.count {
      value /= 1024
      index += 1
    }
    return NumberFormat.general(value, precision: 4) + names[index]
  }

  private static func scaled(
    _ value: Double, _ names: [String], while goesOn: (Double) -> Bool, by factor: Double
  ) -> String {
    var (value, index) = (value, 0)
    while goesOn(value.magnitude), index + 1 < names.count {
      // Division, not multiplication by the inverse: the last digit can differ.
      value = factor < 1 ? value / 1000 : value * factor
      index += 1
    }
    return NumberFormat.general(value, precision: 4) + names[index]
  }

  private static func humanizeDuration(_ value: Double) -> String {
    guard value.isFinite else { return NumberFormat.general(value, precision: 4) }
    guard value != 0 else { return "0s" }
    guard value.magnitude >= 1 else {
      return scaled(value, small, while: { $0 < 1 }, by: 1000) + "s"
    }
    let sign = value < 0 ? "-" : ""
    let whole = Int64(min(value.magnitude, 9e18))
    let (seconds, minutes, hours) = (whole % 60, whole / 60 % 60, whole / 3600 % 24)
    if whole >= 86_400 {
      return "\(sign)\(whole / 86_400)d \(hours)h \(minutes)m \(seconds)s"
    }
    if hours > 0 { return "\(sign)\(hours)h \(minutes)m \(seconds)s" }
    if minutes > 0 { return "\(sign)\(minutes)m \(seconds)s" }
    return sign + NumberFormat.general(value.magnitude, precision: 4) + "s"
  }
}
