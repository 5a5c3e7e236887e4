/// The five sliding windows.
package enum WindowSpan: Int, CaseIterable, Comparable, Sendable {
  case tenSeconds = 10
  case minute = 60
  case fiveMinutes = 300
  case quarterHour = 900
  case hour = 3_600

  /// The name that users write: `10s`, `1m`, `5m`, `15m`, `1h`.
  package var name: String {
    switch self {
    case .tenSeconds: "10s"
    case .minute: "1m"
    case .fiveMinutes: "5m"
    case .quarterHour: "15m"
    case .hour: "1h"
    }
  }

  /// The window of this name, or nil.
  package init?(name: some StringProtocol) {
    guard let span = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = span
  }

  /// How many seconds it is long.
  package var seconds: Int64 { Int64(rawValue) }

  /// The first second the window covers at the second `now`. Up to five minutes it moves every
  /// second; beyond, it lies on the multiple of ten at or before that second.
  package func firstSecond(at now: Int64) -> Int64 {
    let first = now - seconds + 1
    return self <= .fiveMinutes ? first : WindowReach.block(of: first) * WindowReach.blockSeconds
  }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How far back what is held where. Seconds are held singly for a while and then by blocks of ten.
enum WindowReach {
  static let blockSeconds: Int64 = 10
  /// Seconds held singly: five minutes, and as much as the clock may step back unnoticed.
  static let singleSeconds: Int64 = 330
  /// Places for single seconds: a block is folded when all its seconds are too old to be single.
  static let singlePlaces = 350
  /// Blocks held: an hour, both partly covered ones, and as much as the clock may step back.
  static let blocks: Int64 = 365
  static let blockPlaces = 372
  /// How far the clock may step back without windows starting afresh.
  static let backwardSeconds: Int64 = 30

  /// The block that a second lies in.
  static func block(of second: Int64) -> Int64 { floor(second, to: blockSeconds) / blockSeconds }

  /// The multiple of `step` at or before `number`.
  @inline(__always)
  static func floor(_ number: Int64, to step: Int64) -> Int64 {
    let rest = number % step
    return number - rest - (rest < 0 ? step : 0)
  }
}
