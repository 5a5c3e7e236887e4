/// A list cut to a limit.
package struct LabelAnswer<Element: Sendable>: Sendable {
  package let values: [Element]
  package let isTruncated: Bool
  package init(values: [Element], isTruncated: Bool) {
    self.values = values
    self.isTruncated = isTruncated
  }
}
/// Metadata.
package struct FamilyMetadata: Sendable {
  package let name, type, help, unit: String
  package init(name: String, type: String, help: String, unit: String) {
    self.name = name; self.type = type; self.help = help; self.unit = unit
  }
}
