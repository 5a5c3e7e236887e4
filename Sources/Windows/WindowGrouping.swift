internal import Telemetry

/// The groups of a breakdown as one question merges them: kept from one answer to the next for as
/// long as there are the same groups.
final class WindowGrouping: Sendable {
  /// What was asked.
  struct Key: Hashable, Sendable {
    let breakdown: Int
    let by: [String]
    let filter: [[String]]
  }

  /// An order that was found, and when (ns since 1970).
  private struct Order: Sendable {
    let places: [Int]
    let time: Int64
  }

  /// What an order is by.
  struct OrderKey: Hashable, Sendable {
    let figure: WindowFigure
    let isAscending: Bool
    let span: WindowSpan
  }

  /// Rows beyond which an order is kept for a while: looking at all of them each second would cost
  /// more than everything else of an answer.
  private static let manyRows = 1_000
  private static let orderLife: Int64 = 3_000_000_000

  private let orders = Guarded<[OrderKey: Order]>([:])

  /// The places of all rows in the order of `key`, as `find` gives it; where there are very many,
  /// as it gave it within the last three seconds.
  func order(_ key: OrderKey, now: Int64, _ find: () -> [Int]) -> (places: [Int], isKept: Bool) {
    guard rows.count > Self.manyRows else { return (find(), false) }
    if let known = orders.withLock({ $0[key] }), (0..<Self.orderLife).contains(now - known.time) {
      return (known.places, true)
    }
    let places = find()
    orders.withLock { $0[key] = Order(places: places, time: now) }
    return (places, false)
  }

  /// The values of the labels asked for, in a fixed order, and the groups that have them.
  let rows: [(values: [String], members: [WindowGroup])]

  /// Merges groups with the labels `names` by what was asked.
  init(
    _ key: Key, names: [String], _ groups: [(values: [String], groups: [WindowGroup])]
  ) {
    let places = key.by.map { names.firstIndex(of: $0) ?? 0 }
    let wanted = key.filter.map { (names.firstIndex(of: $0[0]) ?? 0, $0[1]) }
    var merged: [[String]: [WindowGroup]] = [:]
    for (values, members) in groups {
      guard wanted.allSatisfy({ values[$0.0] == $0.1 }) else { continue }
      merged[places.map { values[$0] }, default: []] += members
    }
    if key.by.isEmpty, merged.isEmpty { merged[[]] = [] }
    // One order for rows that are equal otherwise, so that a table does not flicker.
    rows = merged.map { (values: $0.key, members: $0.value) }
      .sorted { $0.values.lexicographicallyPrecedes($1.values) }
  }
}

/// Figures that two sums give, which are read without the rest of a slot: what tables of thousands
/// of rows are ordered by.
struct PlainFigure: Sendable {
  let first: WindowField
  let second: WindowField

  /// The fields of a figure; nil for one that takes more to work out.
  init?(_ figure: WindowFigure) {
    switch figure {
    case .rpm: (first, second) = (.starts, .starts)
    case .repm: (first, second) = (.finished, .finished)
    case .errorsPerMinute: (first, second) = (.errors, .errors)
    case .errorRate: (first, second) = (.errors, .finished)
    case .cost, .costPerHour: (first, second) = (.cost, .cost)
    default: return nil
    }
  }

  /// The sums as those that the figure is worked out from.
  func sums(_ values: (Int64, Int64)) -> WindowSums {
    var sums = WindowSums()
    sums.values[first] = values.0
    sums.values[second] = values.1
    return sums
  }
}

extension WindowReader {
  /// The two fields of a figure over the seconds from `first` to `last`, summed over groups.
  func values(
    of figure: PlainFigure, _ groups: [WindowGroup], _ moment: WindowClock.Moment, from first: Int64
  ) -> (Int64, Int64) {
    var all: (Int64, Int64) = (0, 0)
    forEachCell(of: groups, moment) { cell, serial in
      // An idle group costs no more than this look.
      guard cell.lastSecond >= first else { return }
      var own: (Int64, Int64) = (0, 0)
      Self.steadily(cell, serial) {
        cell.forEachSlot(from: first, to: moment.second) { slot, _ in
          own.0 &+= slot.value(figure.first)
          own.1 &+= slot.value(figure.second)
        }
      } reset: {
        own = (0, 0)
      }
      all = (all.0 &+ own.0, all.1 &+ own.1)
    }
    return all
  }

  /// As `values`, for stretches of `seconds` of which the last ends now.
  func line(
    of figure: PlainFigure, _ groups: [WindowGroup], _ moment: WindowClock.Moment, points: Int,
    seconds: Int64
  ) -> [(Int64, Int64)] {
    let start = moment.second - Int64(points) * seconds + 1
    var all = [(Int64, Int64)](repeating: (0, 0), count: points)
    forEachCell(of: groups, moment) { cell, serial in
      guard cell.lastSecond >= start else { return }
      var own = [(Int64, Int64)](repeating: (0, 0), count: points)
      Self.steadily(cell, serial) {
        cell.forEachSlot(from: start, to: moment.second) { slot, single in
          let time = single ?? slot.tag * WindowReach.blockSeconds
          let place = Int((time - start) / seconds)
          guard own.indices.contains(place) else { return }
          own[place].0 &+= slot.value(figure.first)
          own[place].1 &+= slot.value(figure.second)
        }
      } reset: {
        own = [(Int64, Int64)](repeating: (0, 0), count: points)
      }
      for place in all.indices {
        all[place] = (all[place].0 &+ own[place].0, all[place].1 &+ own[place].1)
      }
    }
    return all
  }
}
