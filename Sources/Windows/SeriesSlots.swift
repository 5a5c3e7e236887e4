package import Telemetry

/// Which series the events of one combination of dimension sets add to.
package struct SeriesSlots: Equatable, Sendable {
  package let call: Int
  package let service: Int
  package let tenant: Int
  package let prompt: Int
  package let span: Int
}

/// One thread's memory of `SeriesSlots`: about 5 ns a hit. A key has one place, so a newer one
/// drives out an older one. Belongs to one `SeriesTotals`.
package struct SeriesSlotCache {
  private var entries: [Entry]
  private let mask: Int

  private struct Entry {
    var source: UInt32
    var operation: UInt32
    var tenant: UInt32
    /// The kind of event: only the series that it adds to are made.
    var kind: UInt8
    var slots: SeriesSlots
  }

  /// An empty cache of `places`, a power of two.
  package init(places: Int = 4_096) {
    precondition(places > 0 && places & (places - 1) == 0, "a power of two")
    let none = SeriesSlots(call: -1, service: -1, tenant: -1, prompt: -1, span: -1)
    entries = Array(
      repeating: Entry(source: 0, operation: 0, tenant: 0, kind: .max, slots: none),
      count: places)
    mask = places - 1
  }

  /// The series that `count` adds to; those that are new are made in `totals`. `sets` gives the
  /// dimension sets of ids that are not 0.
  @inline(__always)
  package mutating func slots(
    _ count: SeriesCount, in totals: inout SeriesTotals,
    sets: (DimensionFamily, UInt32) -> DimensionSet?
  ) -> SeriesSlots {
    let (source, operation, tenant) = (count.source, count.operation, count.tenant)
    let kind = count.kind == .call && count.cache != nil ? .max - 1 : count.kind.rawValue
    var hash = UInt64(source) &* 0x9E37_79B9_7F4A_7C15
    hash ^= UInt64(operation) &* 0xC2B2_AE3D_27D4_EB4F
    hash ^= UInt64(tenant) &* 0x1656_67B1_9E37_79F9 ^ UInt64(kind) << 32
    let place = Int(truncatingIfNeeded: hash >> 40 ^ hash) & mask
    let entry = entries[place]
    if entry.source == source, entry.operation == operation, entry.tenant == tenant,
      entry.kind == kind
    {
      return entry.slots
    }
    let slots = Self.find(count, in: &totals, sets: sets)
    entries[place] = Entry(
      source: source, operation: operation, tenant: tenant, kind: kind, slots: slots)
    return slots
  }

  private static func find(
    _ count: SeriesCount, in totals: inout SeriesTotals,
    sets: (DimensionFamily, UInt32) -> DimensionSet?
  ) -> SeriesSlots {
    let ids = [count.source, count.operation, count.tenant]
    let found = DimensionFamily.allCases.map { family in
      ids[Int(family.rawValue)] == 0 ? nil : sets(family, ids[Int(family.rawValue)])
    }
    func series(_ group: SeriesGroup) -> Int {
      totals[group].series(
        group.dimensions.map { dimension in found[Int(dimension.family.rawValue)]?[dimension] })
    }
    let isCall = count.kind == .call || count.kind == .usage
    let hasService = count.kind == .log || count.cache != nil
    return SeriesSlots(
      call: isCall ? series(.call) : -1, service: hasService ? series(.service) : -1,
      tenant: isCall ? series(.tenant) : -1, prompt: isCall ? series(.prompt) : -1,
      span: count.kind == .span ? series(.span) : -1)
  }
}
