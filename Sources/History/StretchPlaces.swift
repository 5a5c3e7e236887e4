internal import Telemetry
internal import Windows

/// Where a group counts.
package enum StretchPlace: Equatable, Sendable {
  case at(Int)
  /// Nowhere, whatever else comes to be known.
  case never
  /// It is newer than what its visitor knows of.
  case notYet
}

/// Where the groups of one type of records count for one kind of visitor, from one question to the
/// next: to read the name of a group takes microseconds, to look its place up nanoseconds. Groups
/// keep their numbers and names as long as the process runs.
package struct StretchPlaces: Sendable {
  /// Groups of hours have numbers of their own.
  package enum Numbering: Sendable { case fine, hours }

  private var fine: [UInt32: Int32] = [:]
  private var hours: [UInt32: Int32] = [:]
  private static let never: Int32 = -1

  /// No group was met.
  package init() {}

  /// How many groups are remembered.
  package var count: Int { fine.count + hours.count }

  /// The place of a group if it counts, is in scope and wanted. `name` is asked for when it is met
  /// first.
  package mutating func place<Visitor: StretchVisitor, Failure: Error>(
    of group: UInt32, _ numbering: Numbering, _ type: String, _ scope: TenantScope,
    _ visitor: inout Visitor, name: () throws(Failure) -> [UInt8]?
  ) throws(Failure) -> Int? {
    let known = numbering == .fine ? fine[group] : hours[group]
    if let known {
      return known != Self.never && visitor.isWanted(Int(known)) ? Int(known) : nil
    }
    guard let name = try name() else { return nil }
    switch Self.isVisible(name, numbering, type, scope) ? visitor.place(of: name) : .never {
    case .notYet: return nil
    case .never:
      remember(Self.never, group, numbering)
      return nil
    case .at(let place):
      remember(Int32(place), group, numbering)
      return visitor.isWanted(place) ? place : nil
    }
  }

  private mutating func remember(_ place: Int32, _ group: UInt32, _ numbering: Numbering) {
    if numbering == .fine { fine[group] = place } else { hours[group] = place }
  }

  /// Groups of hours are read by type.
  private static func isVisible(
    _ name: [UInt8], _ numbering: Numbering, _ type: String, _ scope: TenantScope
  ) -> Bool {
    let told = AttributeValues.read([RollupNaming.typeLabel, Dimension.tenant.name], in: name)
    return scope.includes(told[1]) && (numbering == .hours || told[0] == type)
  }
}
