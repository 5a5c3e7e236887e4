internal import Alerts
internal import Codec

extension ConfigurationKind<MuteTime> {
  private static let expected =
    "{name: NAME, weekdays: [mon-fri], times: [\"22:00-06:00\"], days: [1-7, -1], months: [12]}"
  private static let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  static let muteTime = ConfigurationKind(
    name: "{name, weekdays, times, days, months}", expected: expected,
    read: { node throws(ConfigurationMismatch) in
      let record = try ConfigurationRecord(
        node, expected, keys: ["name", "weekdays", "times", "days", "months"])
      var time = MuteTime(name: try record.required("name", .word), zone: .utc)
      time.weekdays = try numbers("weekdays", record, weekdays, 1...7)
      time.months = try numbers("months", record, months, 1...12)
      time.days = try numbers("days", record, [], -31...31)
      time.hours = try hours(record)
      return time
    },
    show: show)

  /// Numbers, names and ranges of them under a key.
  private static func numbers(
    _ key: String, _ record: ConfigurationRecord, _ names: [String], _ range: ClosedRange<Int>
  ) throws(ConfigurationMismatch) -> Set<Int> {
    guard let node = record[key] else { return [] }
    let expected = "a list of \(key), each a number, a name or a range such as 1-5 or mon-fri"
    guard case .sequence(let nodes) = node.value else {
      throw ConfigurationMismatch(node: node, expected: expected)
    }
    var found: Set<Int> = []
    for node in nodes {
      guard let text = node.text?.lowercased(), let numbers = span(text, names), !numbers.isEmpty,
        numbers.allSatisfy({ range.contains($0) && $0 != 0 })
      else { throw ConfigurationMismatch(node: node, expected: expected) }
      found.formUnion(numbers)
    }
    return found
  }

  private static func span(_ text: String, _ names: [String]) -> [Int]? {
    func number(_ word: Substring) -> Int? {
      Int(word) ?? names.firstIndex { word.hasPrefix($0) }.map { $0 + 1 }
    }
    if let one = number(text[...]), !text.dropFirst().contains("-") { return [one] }
    guard let dash = text.dropFirst().firstIndex(of: "-"), let first = number(text[..<dash]),
      let last = number(text[text.index(after: dash)...]), (first < 0) == (last < 0)
    else { return nil }
    if first <= last { return Array(first...last) }
    // Past the end of the week or year.
    return names.isEmpty ? nil : Array(first...names.count) + Array(1...last)
  }

  private static func hours(
    _ record: ConfigurationRecord
  ) throws(ConfigurationMismatch) -> [MuteTime.Hours] {
    guard let node = record["times"] else { return [] }
    let expected = "a list of times such as \"22:00-06:00\""
    guard case .sequence(let nodes) = node.value else {
      throw ConfigurationMismatch(node: node, expected: expected)
    }
    return try nodes.map { node throws(ConfigurationMismatch) in
      let ends = (node.text ?? "").split(separator: "-").map { minute($0) }
      guard ends.count == 2, let from = ends[0], let to = ends[1], from < 1440, from != to else {
        throw ConfigurationMismatch(node: node, expected: expected)
      }
      return MuteTime.Hours(from: from, to: to)
    }
  }

  private static func minute(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":").map { Int($0) }
    guard parts.count == 2, let hour = parts[0], let minute = parts[1],
      (0...24).contains(hour), (0...59).contains(minute), hour < 24 || minute == 0
    else { return nil }
    return hour * 60 + minute
  }

  @Sendable
  private static func show(_ time: MuteTime) -> ConfigurationValue {
    var members: [(key: String, value: ConfigurationValue)] = [("name", .text(time.name))]
    for (key, numbers) in [
      ("weekdays", time.weekdays), ("days", time.days), ("months", time.months),
    ] where !numbers.isEmpty {
      members.append((key, .list(numbers.sorted().map { .number($0) })))
    }
    if !time.hours.isEmpty {
      let texts = time.hours.map { "\(clock($0.from))-\(clock($0.to))" }
      members.append(("times", .list(texts.map { .text($0) })))
    }
    return .record(members)
  }

  private static func clock(_ minute: Int) -> String {
    let (hours, minutes) = (minute / 60, minute % 60)
    return (hours < 10 ? "0\(hours)" : "\(hours)") + (minutes < 10 ? ":0\(minutes)" : ":\(minutes)")
  }
}
