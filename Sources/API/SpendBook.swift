package import Codec
internal import History
internal import LinuxIO
internal import Money
internal import Synchronization
internal import Telemetry
internal import Windows

/// What was spent since a day, week or month began: history up to a moment not long ago, and what
/// the windows counted since.
///
/// Reading history takes the longer the more groups there are, so it is read again after ten
/// seconds at the earliest and not before a hundred times as long as it took: one percent of a
/// processor.
/// What comes late for a time before that moment shows with the next reading.
package final class SpendBook: Sendable {
  /// What was spent in a period so far.
  struct Account: Sendable {
    var sums = WindowSums()
    /// Seconds since 1970.
    let from: Int64
    let to: Int64
  }

  /// Why there is no account.
  enum Failure: Error {
    case store(StoreError)
    case timeout
    /// Nothing tells the tenant's apart.
    case notNarrowed
  }

  private struct Reading: Sendable {
    let account: Account
    /// When it is read again, as a monotonic time.
    let expiry: Int64
  }

  private static let refresh: Int64 = 10_000_000_000
  /// Windows hold single seconds for five minutes.
  private static let longest: Int64 = 240_000_000_000
  private static let hour: Int64 = 3_600

  /// By whose clocks periods begin.
  let zone: @Sendable () -> TimeZoneRules
  private let readings = Mutex<[Key: Reading]>([:])

  /// Whose spending in which period; nil for everybody's.
  private struct Key: Hashable {
    let period: CalendarPeriod
    let tenant: String?
  }

  /// Readings kept; beyond it, all begin anew.
  private static let most = 1_000

  /// A book that counts by the clocks of `zone`.
  package init(zone: @escaping @Sendable () -> TimeZoneRules) {
    self.zone = zone
  }

  /// What was spent in the period that `second` lies in, up to it; of the present, where `isPast`
  /// is false, also what windows counted since history was read. `settle` waits until all is saved
  /// that was committed. With a tenant, its alone, as the reader is to be narrowed to it.
  func account(
    _ period: CalendarPeriod, at second: Int64, isPast: Bool, _ reader: EventReader,
    _ windows: WindowReader, of tenant: String? = nil, deadline: Int64, settle: () -> Void
  ) throws(Failure) -> Account {
    let start = period.bounds(around: second * 1_000, in: zone()).start / 1_000
    guard !isPast else {
      settle()
      return try read(start, second, reader, deadline)
    }
    let key = Key(period: period, tenant: tenant)
    let known = readings.withLock { $0[key] }
    let reading: Reading
    if let known, known.account.from == start, Clock.monotonic < known.expiry {
      reading = known
    } else {
      settle()
      let before = Clock.monotonic
      // The last ten seconds may not be saved as a whole: they are the windows'.
      let account = try read(start, max(start, second - second % 10 - 10), reader, deadline)
      let took = Clock.monotonic - before
      reading = Reading(
        account: account,
        expiry: before + min(Self.longest, max(Self.refresh, 100 * took)))
      readings.withLock { readings in
        if readings.count >= Self.most { readings.removeAll() }
        readings[key] = reading
      }
    }
    let view = windows.view(
      of: try Self.groups(windows, tenant), now: second * 1_000_000_000)
    var sums = reading.account.sums
    sums.add(view.sums(from: reading.account.to, to: second, withHistograms: false))
    return Account(sums: sums, from: start, to: second)
  }

  /// The groups of all that is counted, or of all that is counted for a tenant.
  private static func groups(
    _ windows: WindowReader, _ tenant: String?
  ) throws(Failure) -> [WindowGroup] {
    guard let tenant else { return windows.groups(of: 0).flatMap(\.groups) }
    for (index, breakdown) in windows.breakdowns.enumerated() {
      let names = breakdown.labels.map(\.name)
      guard let place = names.firstIndex(of: Dimension.tenant.name) else { continue }
      return windows.groups(of: index).filter { $0.values[place] == tenant }.flatMap(\.groups)
    }
    throw .notNarrowed
  }

  private func read(
    _ from: Int64, _ to: Int64, _ reader: EventReader, _ deadline: Int64
  ) throws(Failure) -> Account {
    var account = Account(from: from, to: to)
    guard from < to else { return account }
    do throws(RollupRefusal) {
      let query = RollupQuery(
        type: "llm", by: [], from: from, to: to, step: to - from,
        tier: from % Self.hour == 0 ? .hours : .fine)
      for series in try reader.rollups(query, deadline: deadline) {
        for rollup in series.points.values { account.sums.add(rollup, withHistograms: false) }
      }
      return account
    } catch {
      switch error {
      case .store(let error): throw .store(error)
      case .unknownBreakdown: throw .notNarrowed
      case .timeout: throw .timeout
      }
    }
  }
}
