internal import History
internal import PromQL
internal import Telemetry
internal import Windows

/// What was found out about the families asked for lately, for the queries to come.
final class FamilyMemory: Sendable {
  private struct Places {
    var places: StretchPlaces
    /// How many series the table had; it only ever gets more.
    let series: Int
  }

  private let known = Guarded<[String: FamilyRows]>([:])
  private let met = Guarded<[String: Places]>([:])
  /// Label sets held of all names, and groups of all families.
  private static let limit = 200_000
  private static let placeLimit = 500_000

  /// The rows of a metric name as of `table`: to make a label set costs some 2 µs.
  func rows(of part: FamilyPart, _ table: SeriesTable) -> FamilyRows {
    var found = known.withLock { $0[part.name] } ?? FamilyRows(part)
    if found.isStale(table) { found = FamilyRows(part) }
    guard found.sets.count < table.count else { return found }
    found.follow(table)
    let grown = found
    known.withLock { rows in
      rows[part.name] = grown
      if rows.values.reduce(0, { $0 + $1.labels.count }) > Self.limit { rows = [part.name: grown] }
    }
    return found
  }

  /// Forgets all label sets, as their texts have changed.
  func forget() {
    known.withLock { $0 = [:] }
    met.withLock { $0 = [:] }
  }

  /// Where groups count in a family's series, for who sees everybody's.
  func places(of family: SeriesFamily, _ table: SeriesTable) -> StretchPlaces {
    guard let found = met.withLock({ $0[family.name] }), found.series <= table.count else {
      return StretchPlaces()
    }
    return found.places
  }

  /// Keeps where groups count in a family's series.
  func remember(_ found: StretchPlaces, of family: SeriesFamily, _ table: SeriesTable) {
    met.withLock { places in
      guard places[family.name].map({ $0.places.count != found.count }) ?? true else { return }
      places[family.name] = Places(places: found, series: table.count)
      if places.values.reduce(0, { $0 + $1.places.count }) > Self.placeLimit { places = [:] }
    }
  }
}
