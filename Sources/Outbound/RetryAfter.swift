import Codec

/// Reads what a `Retry-After` header asks for.
package enum RetryAfter {
  /// Seconds to wait from `now` (seconds since 1970): a whole number, or a date as HTTP writes it,
  /// of which one in the past means 0. Nothing when the text is neither.
  package static func seconds(_ text: String, now: Int64) -> Int64? {
    if text.utf8.allSatisfy(isDigit) { return Int64(text) }
    return date(Array(text.utf8)).map { max(0, $0 - now) }
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form senders may use (RFC 9110 5.6.7).
  private static func date(_ text: [UInt8]) -> Int64? {
    let shape = Array("aaa, 00 aaa 0000 00:00:00 GMT".utf8)
    guard text.count == shape.count, zip(text, shape).allSatisfy(fits) else { return nil }
    let names = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let name = String(decoding: text[8..<11], as: UTF8.self)
    guard let month = names.firstIndex(of: name) else { return nil }
    let day = number(text[5..<7])
    let (hour, minute, second) = (
      number(text[17..<19]), number(text[20..<22]), number(text[23..<25])
    )
    // A leap second is written as 60.
    guard (1...31).contains(day), hour < 24, minute < 60, second <= 60 else { return nil }
    let days = Timestamp.day(year: Int64(number(text[12..<16])), month: month + 1, day: day)
    return days * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
  }

  private static func fits(_ byte: UInt8, _ sign: UInt8) -> Bool {
    switch sign {
    case UInt8(ascii: "0"): isDigit(byte)
    case UInt8(ascii: "a"): (UInt8(ascii: "A")...UInt8(ascii: "z")).contains(byte)
    default: byte == sign
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int {
    digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }
}
