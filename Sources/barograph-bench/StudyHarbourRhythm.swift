internal import Glibc

/// How many calls a minute each lane is asked for, before anything goes wrong.
struct HarbourRhythm {
  static let day = 2_880
  static let steps = 30 * day
  /// 2025-09-01, a Monday.
  private static let monday: Int64 = 20_332 * 86_400_000

  let start: Int64
  /// The weekday of the first day; Monday is 0.
  let weekday: Int
  /// A working day on which most customers' offices are closed.
  let holiday: Int?
  /// When the support chat's answers move to another model, and how much of them from then on.
  let migration: [(step: Int, share: Double)]
  /// Calls a minute, by lane and step.
  var rates: [[Double]] = []

  init(_ dice: inout HarbourDice) {
    let shift = dice.whole(0...179)
    start = Self.monday + Int64(shift) * 86_400_000
    weekday = shift % 7
    let first = weekday
    let working = (0..<30).filter { ($0 + first) % 7 < 5 }
    holiday = dice.chance(0.4) ? dice.pick(Array(working.dropFirst(4))) : nil
    if dice.chance(0.6) {
      let begin = dice.whole(6...12)
      let hour = Int(dice.between(8.5, 14) * 120)
      migration = zip(working[begin...], [0.1, 0.28, 0.6, 0.96]).map { day, share in
        (day * Self.day + hour + dice.whole(-60...60), share)
      }
    } else {
      migration = []
    }
    for index in HarbourFleet.lanes.indices { rates.append(lane(index, &dice)) }
  }

  /// Monday is 0.
  func weekday(ofDay day: Int) -> Int { (day + weekday) % 7 }

  func time(_ step: Int) -> Int64 { start + Int64(step) * 30_000 }

  private func lane(_ index: Int, _ dice: inout HarbourDice) -> [Double] {
    let lane = HarbourFleet.lanes[index]
    let curve = Self.curve(lane.service)
    let quiet = Self.weekend(lane.service)
    let wander = dice.wander(Self.steps, sigma: lane.isLumpy ? 0.16 : 0.06, memory: 150)
    let growth = dice.between(-0.002, 0.006)
    var rates: [Double] = []
    rates.reserveCapacity(Self.steps)
    for day in 0..<30 {
      var level = lane.peak * exp(0.05 * dice.normal()) * (1 + growth * Double(day))
      let weekday = weekday(ofDay: day)
      level *= [0.97, 1, 1.02, 1, 0.9, quiet, quiet * 0.9][weekday]
      if day == holiday { level *= (1 + quiet) / 2 }
      for step in 0..<Self.day {
        rates.append(level * curve[step] * wander[rates.count])
      }
      if index == 7 { batch(day, &rates, &dice) }
    }
    if index == HarbourFleet.migration.from || index == HarbourFleet.migration.to {
      let arrives = index == HarbourFleet.migration.to
      for step in rates.indices {
        let moved = migration.last { $0.step <= step }?.share ?? 0
        rates[step] *= arrives ? moved : 1 - moved
      }
    }
    if index == 10 { everyHour(&rates) }
    return rates
  }

  /// The papers that customers sent in the evening are read at night, until the queue is empty.
  private func batch(_ day: Int, _ rates: inout [Double], _ dice: inout HarbourDice) {
    let begin = day * Self.day + 2 * 120 + dice.whole(0...8)
    let queue = dice.between(4_200, 7_000) * (weekday(ofDay: day) >= 5 ? 0.6 : 1)
    let pace = dice.between(58, 70)
    let end = min(rates.count, begin + Int(queue / pace * 2))
    for step in begin..<end { rates[step] += pace }
  }

  /// Reports are due on the hour.
  private func everyHour(_ rates: inout [Double]) {
    for step in rates.indices {
      rates[step] *= step % 120 < 16 ? 2.4 : 0.8
    }
  }

  private static func weekend(_ service: String) -> Double {
    switch service {
    case "support-chat": 0.7
    case "search": 0.62
    case "dispatch-copilot": 0.5
    default: 0.3
    }
  }

  /// A day's rhythm, 1 at its highest: mornings and afternoons, a dip at lunch, quiet nights.
  private static func curve(_ service: String) -> [Double] {
    let bumps: [(hour: Double, width: Double, height: Double)]
    let floor: Double
    switch service {
    case "support-chat", "search":
      (bumps, floor) = ([(10.4, 2.2, 0.75), (15.2, 2.6, 0.8), (19.8, 1.8, 0.45)], 0.24)
    case "dispatch-copilot":
      (bumps, floor) = ([(8.6, 1.9, 0.8), (13.9, 2.3, 0.75), (19, 3, 0.15)], 0.2)
    default:
      (bumps, floor) = ([(9.7, 1.5, 0.85), (14.4, 1.9, 0.8)], 0.13)
    }
    var curve = (0..<day).map { step -> Double in
      let hour = Double(step) / 120
      return bumps.reduce(floor) { level, bump in
        let away = abs(hour - bump.hour)
        let distance = min(away, 24 - away) / bump.width
        return level + bump.height * exp(-distance * distance / 2)
      }
    }
    let highest = curve.max() ?? 1
    for step in curve.indices { curve[step] /= highest }
    return curve
  }
}
