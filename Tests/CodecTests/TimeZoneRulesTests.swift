import Codec
import Testing

/// Zones in which clocks are set by half an hour, by a whole day, at other hours, or never.
@Suite struct TimeZoneRulesTests {
  /// Files of the zone information database from 2008 on, and the sum of all beginnings of days
  /// until the end of 2045, each times its number, modulo 2⁶¹ − 1, as another program told them.
  static let zones: [(name: String, file: String, sum: Int64)] = [
    (
      "America/New_York",
      "VFppZjIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAVFppZjIAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA6AAAAAgAAABQAAAAAR9OK8AAAAABJDUHgAAAAAEmzbPAAAAAASu0j"
        + "4AAAAABLnIlwAAAAAEzWQGAAAAAATXxrcAAAAABOtiJgAAAAAE9cTXAAAAAAUJYEYAAAAABRPC9wAAAAAFJ1"
        + "5mAAAAAAUxwRcAAAAABUVchgAAAAAFT783AAAAAAVjWqYAAAAABW5Q/wAAAAAFgexuAAAAAAWMTx8AAAAABZ"
        + "/qjgAAAAAFqk0/AAAAAAW96K4AAAAABchLXwAAAAAF2+bOAAAAAAXmSX8AAAAABfnk7gAAAAAGBNtHAAAAAA"
        + "YYdrYAAAAABiLZZwAAAAAGNnTWAAAAAAZA14cAAAAABlRy9gAAAAAGXtWnAAAAAAZycRYAAAAABnzTxwAAAA"
        + "AGkG82AAAAAAaa0ecAAAAABq5tVgAAAAAGuWOvAAAAAAbM/x4AAAAABtdhzwAAAAAG6v0+AAAAAAb1X+8AAA"
        + "AABwj7XgAAAAAHE14PAAAAAAcm+X4AAAAABzFcLwAAAAAHRPeeAAAAAAdP7fcAAAAAB2OJZgAAAAAHbewXAA"
        + "AAAAeBh4YAAAAAB4vqNwAAAAAHn4WmAAAAAAep6FcAAAAAB72DxgAAAAAHx+Z3AAAAAAfbgeYAEAAQABAAEA"
        + "AQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQD//7mwAAj//8fAAQRM"
        + "TVQARURUAEVTVABFV1QARVBUAApFU1Q1RURULE0zLjIuMCxNMTEuMS4wCg==",
      192482676351774000
    ),
    (
      "Europe/Berlin",
      "VFppZjIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAVFppZjIAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA6AAAAAgAAABIAAAAAR+7mEAAAAABJA8EQAAAAAEnOyBAAAAAASuOj"
        + "EAAAAABLrqoQAAAAAEzMv5AAAAAATY6MEAAAAABOrKGQAAAAAE9ubhAAAAAAUIyDkAAAAABRV4qQAAAAAFJs"
        + "ZZAAAAAAUzdskAAAAABUTEeQAAAAAFUXTpAAAAAAViwpkAAAAABW9zCQAAAAAFgVRhAAAAAAWNcSkAAAAABZ"
        + "9SgQAAAAAFq29JAAAAAAW9UKEAAAAABcoBEQAAAAAF207BAAAAAAXn/zEAAAAABflM4QAAAAAGBf1RAAAAAA"
        + "YX3qkAAAAABiP7cQAAAAAGNdzJAAAAAAZB+ZEAAAAABlPa6QAAAAAGYItZAAAAAAZx2QkAAAAABn6JeQAAAA"
        + "AGj9cpAAAAAAach5kAAAAABq3VSQAAAAAGuoW5AAAAAAbMZxEAAAAABtiD2QAAAAAG6mUxAAAAAAb2gfkAAA"
        + "AABwhjUQAAAAAHFRPBAAAAAAcmYXEAAAAABzMR4QAAAAAHRF+RAAAAAAdREAEAAAAAB2LxWQAAAAAHbw4hAA"
        + "AAAAeA73kAAAAAB40MQQAAAAAHnu2ZAAAAAAerCmEAAAAAB7zruQAAAAAHyZwpAAAAAAfa6dkAEAAQABAAEA"
        + "AQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQAAAA4QAAkAABwgAQRM"
        + "TVQAQ0VTVABDRVQAQ0VNVAAKQ0VULTFDRVNULE0zLjUuMCxNMTAuNS4wLzMK",
      192480618752078400
    ),
    (
      "Asia/Kolkata",
      "VFppZjIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAVFppZjIAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAHAAAABAAAABb/////JroYKP////9D5+sw/////4edvLr/////ytuM"
        + "KP/////MBXEY/////8yVMqj/////0nQSmAECAAMAAwAAAE1YAAwAAFLQAAQAAEtGAAgAAFtoARBMTVQASE1U"
        + "AE1NVABJU1QAKzA2MzAACklTVC01OjMwCg==",
      192479262094657800
    ),
    (
      "Australia/Lord_Howe",
      "VFppZjIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAVFppZjIAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA6AAAAAgAAABkAAAAAR/eT8AAAAABI54v4AAAAAEnXdfAAAAAASsdt"
        + "+AAAAABLt1fwAAAAAEynT/gAAAAATZc58AAAAABOhzH4AAAAAE93G/AAAAAAUHBOeAAAAABRYDhwAAAAAFJQ"
        + "MHgAAAAAU0AacAAAAABUMBJ4AAAAAFUf/HAAAAAAVg/0eAAAAABW/95wAAAAAFfv1ngAAAAAWN/AcAAAAABZ"
        + "z7h4AAAAAFq/onAAAAAAW7jU+AAAAABcqL7wAAAAAF2YtvgAAAAAXoig8AAAAABfeJj4AAAAAGBogvAAAAAA"
        + "YVh6+AAAAABiSGTwAAAAAGM4XPgAAAAAZChG8AAAAABlGD74AAAAAGYRY3AAAAAAZwFbeAAAAABn8UVwAAAA"
        + "AGjhPXgAAAAAadEncAAAAABqwR94AAAAAGuxCXAAAAAAbKEBeAAAAABtkOtwAAAAAG6A43gAAAAAb3DNcAAA"
        + "AABwaf/4AAAAAHFZ6fAAAAAAcknh+AAAAABzOcvwAAAAAHQpw/gAAAAAdRmt8AAAAAB2CaX4AAAAAHb5j/AA"
        + "AAAAd+mH+AAAAAB42XHwAAAAAHnJafgAAAAAerlT8AAAAAB7soZ4AAAAAHyicHAAAAAAfZJoeAEAAQABAAEA"
        + "AQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQABAAEAAQAAAJqwARUAAJOoAA9M"
        + "TVQAQUVTVAArMTEzMAArMTAzMAArMTEACjwrMTAzMD4tMTA6MzA8KzExPi0xMSxNMTAuMS4wLE00LjEuMAo=",
      192477442089337200
    ),
    (
      "Pacific/Apia",
      "VFppZjIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAVFppZjIAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXAAAABAAAABoAAAAATJ8nsAAAAABNlyvgAAAAAE594mAAAAAATv2L"
        + "oAAAAABPdw3gAAAAAFBm/uAAAAAAUWAqYAAAAABSRuDgAAAAAFNADGAAAAAAVCbC4AAAAABVH+5gAAAAAFYG"
        + "pOAAAAAAVv/QYAAAAABX5obgAAAAAFjfsmAAAAAAWcZo4AAAAABav5RgAAAAAFuvhWAAAAAAXKiw4AAAAABd"
        + "j2dgAAAAAF6IkuAAAAAAX29JYAAAAABgaHTgAQABAwIDAgMCAwIDAgMCAwIDAgMCAwL//2VQAA7//3NgAQoA"
        + "ALbQABIAAMTgARZMTVQALTExMzAALTEwAC0xMQArMTMAKzE0AAo8KzEzPi0xMwo=",
      192476731858520400
    ),
  ]

  static func zone(_ name: String) throws -> TimeZoneRules {
    let found = try #require(zones.first { $0.name == name })
    let bytes = try #require(Base64.decode(Array(found.file.utf8)))
    return try TimeZoneRules(bytes, name: name)
  }

  @Test(arguments: zones.map(\.name))
  func `days begin where another program says`(name: String) throws {
    let zone = try Self.zone(name)
    var sum: Int64 = 0
    var wrong = 0
    let first = Timestamp.day(year: 2008, month: 1, day: 3)
    for day in first..<Timestamp.day(year: 2046, month: 1, day: 1) {
      let begin = zone.time(ofLocal: day * 86_400)
      sum = (sum + begin * (day - first + 1)) % ((1 << 61) - 1)
      // Some days begin late, and on Samoa there was no December 30 in 2011.
      if zone.local(begin) < day * 86_400 || zone.local(begin - 1) >= day * 86_400 { wrong += 1 }
    }
    #expect(wrong == 0)
    let expected = Self.zones.first { $0.name == name }?.sum
    #expect(sum == expected)
  }

  static let periods: [(String, CalendarPeriod, String, String, String)] = [
    ("America/New_York", .day, "2026-03-08T12:00:00Z", "03-08T05:00:00Z", "03-09T04:00:00Z"),
    ("America/New_York", .day, "2026-11-01T05:30:00Z", "11-01T04:00:00Z", "11-02T05:00:00Z"),
    ("America/New_York", .month, "2026-03-31T23:59:59Z", "03-01T05:00:00Z", "04-01T04:00:00Z"),
    ("Europe/Berlin", .week, "2026-03-29T21:59:59Z", "03-22T23:00:00Z", "03-29T22:00:00Z"),
    ("Europe/Berlin", .month, "2026-02-28T23:00:00Z", "02-28T23:00:00Z", "03-31T22:00:00Z"),
    ("Asia/Kolkata", .month, "2026-02-28T18:29:59Z", "01-31T18:30:00Z", "02-28T18:30:00Z"),
    ("Australia/Lord_Howe", .day, "2026-04-04T14:00:00Z", "04-04T13:00:00Z", "04-05T13:30:00Z"),
    ("Australia/Lord_Howe", .day, "2026-10-04T00:00:00Z", "10-03T13:30:00Z", "10-04T13:00:00Z"),
    ("Pacific/Apia", .week, "2026-06-07T10:59:59Z", "05-31T11:00:00Z", "06-07T11:00:00Z"),
  ]

  @Test(arguments: periods)
  func `periods end where clocks say`(
    name: String, period: CalendarPeriod, time: String, start: String, end: String
  ) throws {
    let zone = try Self.zone(name)
    let at = try Self.milliseconds(time)
    let bounds = period.bounds(around: at, in: zone)
    let texts = [bounds.start, bounds.end].map { Timestamp.text($0 * 1_000_000) }
    #expect(texts == ["2026-" + start, "2026-" + end])
    let again = [bounds.start, bounds.end - 1].map { period.bounds(around: $0, in: zone) }
    #expect(again.allSatisfy { $0 == bounds })
  }

  static func milliseconds(_ text: String) throws -> Int64 {
    let parts = try text.dropLast().split { "-T:".contains($0) }.map { try #require(Int64($0)) }
    let day = Timestamp.day(year: parts[0], month: Int(parts[1]), day: Int(parts[2]))
    return (((day * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]) * 1_000
  }

  @Test func `a day that clocks skip is no period`() throws {
    let zone = try Self.zone("Pacific/Apia")
    let last = Timestamp.day(year: 2011, month: 12, day: 29)
    let bounds = CalendarPeriod.day.bounds(
      around: zone.time(ofLocal: last * 86_400) * 1_000, in: zone)
    let next = CalendarPeriod.day.bounds(around: bounds.end, in: zone)
    #expect(bounds.end - bounds.start == 86_400_000)
    #expect(zone.local(next.start / 1_000) == (last + 2) * 86_400)
  }

  @Test func `a file that is cut is refused or read, and bytes that are no file are refused`()
    throws
  {
    let bytes = try #require(Base64.decode(Array(Self.zones[0].file.utf8)))
    let footer = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")))
    for length in 0..<footer {
      #expect(throws: TimeZoneError.self) {
        try TimeZoneRules(Array(bytes.prefix(length)), name: "x")
      }
    }
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 0xFF
      let outcome = Result { try TimeZoneRules(changed, name: "x") }
      if case .success(let zone) = outcome { _ = zone.local(1_800_000_000) }
    }
  }

  @Test(arguments: [
    ("Europe/Berlin", true), ("UTC", true), ("America/Argentina/Buenos_Aires", true),
    ("Etc/GMT+5", true), ("", false), ("../passwd", false), ("/etc/passwd", false), ("a//b", false),
    ("a.b", false), ("Europe/", false),
  ])
  func `only words between slashes are names`(name: String, isName: Bool) {
    #expect(TimeZoneRules.isName(name) == isName)
  }
}
