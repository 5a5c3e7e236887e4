internal import Codec

/// Dates as HTTP headers have them: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
  private static let days: StaticString = "ThuFriSatSunMonTueWed"
  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

  /// The text of a time in seconds since 1970, which lies in the years 1970 to 9999. Made once a
  /// second and kept by whoever answers requests.
  package static func text(_ seconds: Int64) -> [UInt8] {
    precondition((0...253_402_300_799).contains(seconds), "a date's year has four digits")
    let (day, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let civil = Timestamp.civil(day: day)
    let time = Int(rest)
    var text: [UInt8] = []
    text.reserveCapacity(29)
    append(days, Int(day % 7), to: &text)
    text.append(text: ", ")
    text.append(decimal: civil.day, digits: 2)
    text.append(ASCII.space)
    append(months, civil.month - 1, to: &text)
    text.append(ASCII.space)
    text.append(decimal: Int(civil.year), digits: 4)
    text.append(ASCII.space)
    text.append(decimal: time / 3600, digits: 2)
    text.append(ASCII.colon)
    text.append(decimal: time / 60 % 60, digits: 2)
    text.append(ASCII.colon)
    text.append(decimal: time % 60, digits: 2)
    text.append(text: " GMT")
    return text
  }

  private static func append(_ names: StaticString, _ index: Int, to text: inout [UInt8]) {
    text.append(contentsOf: [UInt8](text: names)[index * 3..<index * 3 + 3])
  }
}
