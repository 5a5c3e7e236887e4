internal import PromQL
internal import Windows

/// The series of one metric name: row `set * columns + column` is one, where a set is a label set
/// of the totals, or several that differ only in labels that the family does not keep.
struct FamilyRows: Sendable {
  /// The labels of each row, with the name.
  private(set) var labels: [Labels] = []
  /// The set that each series of the table counts in.
  private(set) var sets: [Int] = []
  /// The series of the table that each set is made of.
  private(set) var members: [[Int]] = []
  let part: FamilyPart
  private let columns: [Label?]
  /// Sets by the labels kept; only where the family keeps fewer than the group has.
  private var merged: [[[UInt8]?]: Int] = [:]

  init(_ part: FamilyPart) {
    self.part = part
    columns = part.columns
  }

  var columnCount: Int { columns.count }
  var setCount: Int { members.count }

  /// Adds what is new in the table, whose series only ever become more.
  mutating func follow(_ table: SeriesTable) {
    let family = part.family
    let isMerged = family.keptLabels < family.group.labels.count
    for series in sets.count..<max(sets.count, table.count) {
      let values = Array(table.labels[series].prefix(family.keptLabels))
      if isMerged, let known = merged[values] {
        sets.append(known)
        members[known].append(series)
        continue
      }
      let set = members.count
      if isMerged { merged[values] = set }
      sets.append(set)
      members.append([series])
      append(values, family.group.labels)
    }
  }

  private mutating func append(_ values: [[UInt8]?], _ names: [String]) {
    var own = [Label(LabelName.metric, part.name)]
    for (name, value) in zip(names, values) {
      if let value { own.append(Label(name, String(decoding: value, as: UTF8.self))) }
    }
    for column in columns { labels.append(Labels(own + (column.map { [$0] } ?? []))) }
  }

  /// Whether it is about another table than it followed so far.
  func isStale(_ table: SeriesTable) -> Bool { table.count < sets.count }
}
