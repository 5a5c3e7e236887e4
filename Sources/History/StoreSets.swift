internal import Telemetry
internal import Windows

/// Dimension sets by their ids, from the table or, where that has forgotten them, from the file.
final class StoreSets {
  private let dimensions: DimensionTable
  private let finds: [Statement]
  /// Why a set could not be read from the file.
  private(set) var failure: StoreError?

  init(_ database: Database, _ dimensions: DimensionTable) throws(StoreError) {
    var prepared: [Statement] = []
    for family in DimensionFamily.allCases {
      let names = family.dimensions.map(\.name).joined(separator: ", ")
      prepared.append(
        try database.prepare(
          "SELECT \(names) FROM \(StoreDimensions.table(family)) WHERE id = ?1"))
    }
    finds = prepared
    self.dimensions = dimensions
  }

  /// The set with this id, or nil for 0 and where there is none.
  func set(_ family: DimensionFamily, _ id: UInt32) -> DimensionSet? {
    if id == 0 { return nil }
    if let known = dimensions.set(family, id) { return known }
    let find = finds[Int(family.rawValue)]
    find.bind(1, Int64(id))
    defer { find.reset() }
    do throws(StoreError) {
      guard try find.step() else { return nil }
      let values = (0..<Int32(family.dimensions.count)).map { find.bytes($0) }
      return DimensionSet(family: family, id: id, values: values)
    } catch {
      failure = error
      return nil
    }
  }
}

/// The labels of a series as bytes: for each its length plus one, 0 where it is absent, and text.
enum StoreLabels {
  static func bytes(_ labels: [[UInt8]?]) -> [UInt8] {
    var bytes: [UInt8] = []
    for label in labels {
      SavedNumber.append(label.map { $0.count + 1 } ?? 0, to: &bytes)
      bytes += label ?? []
    }
    return bytes
  }

  /// Reads what `bytes` gave, or nil for anything else.
  static func read(_ bytes: [UInt8], count: Int) -> [[UInt8]?]? {
    guard let labels = read(bytes), labels.count == count else { return nil }
    return labels
  }

  /// The same for any number of labels.
  static func read(_ bytes: [UInt8]) -> [[UInt8]?]? {
    var rest = bytes[...]
    var labels: [[UInt8]?] = []
    while !rest.isEmpty {
      guard let mark = SavedNumber.read(Int.self, &rest), (0...rest.count + 1).contains(mark) else {
        return nil
      }
      labels.append(mark == 0 ? nil : Array(rest.prefix(mark - 1)))
      rest = rest.dropFirst(max(0, mark - 1))
    }
    return labels
  }
}
