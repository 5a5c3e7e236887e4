/// One name and value of a series' identity.
package struct Label: Equatable, Sendable {
  /// The name, any UTF-8 text.
  package let name: String
  /// The value; never empty inside a `Labels`.
  package let value: String

  /// A pair of name and value.
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What identifies a series: labels sorted by the bytes of their names, hashed once.
///
/// A label with an empty value is no label and is left out.
package struct Labels: Hashable, Sendable {
  /// The labels in order of name.
  package let entries: [Label]
  /// A hash of all bytes of all names and values.
  package let fingerprint: UInt64

  /// The set of `labels` in any order; of a name given twice the last counts.
  package init(_ labels: [Label]) {
    var sorted = labels
    sorted.sort { ByteOrder.precedes($0.name, $1.name) }
    var kept: [Label] = []
    kept.reserveCapacity(sorted.count)
    for label in sorted {
      if kept.last?.name == label.name { kept.removeLast() }
      kept.append(label)
    }
    kept.removeAll { $0.value.isEmpty }
    self.init(sorted: kept)
  }

  /// No labels at all.
  package static let none = Self(sorted: [])

  init(sorted: [Label]) {
    entries = sorted
    var digest = Digest()
    for label in sorted {
      digest.add(label.name)
      digest.add(label.value)
    }
    fingerprint = digest.value
  }

  /// The value under `name`, or the empty string.
  package subscript(name: String) -> String {
    for label in entries where label.name == name { return label.value }
    return ""
  }

  /// The metric's name, or the empty string.
  package var metricName: String { self[LabelName.metric] }

  package static func == (left: Self, right: Self) -> Bool {
    left.fingerprint == right.fingerprint && left.entries == right.entries
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

extension Labels {
  /// Without the name, type and unit, which no computed value keeps.
  var withoutMetadata: Self {
    guard entries.contains(where: { LabelName.isMetadata($0.name) }) else { return self }
    return Self(sorted: entries.filter { !LabelName.isMetadata($0.name) })
  }

  func keeping(_ names: [String]) -> Self {
    Self(sorted: entries.filter { names.contains($0.name) })
  }

  func dropping(_ names: [String]) -> Self {
    Self(sorted: entries.filter { !names.contains($0.name) })
  }

  /// With `name` set to `value`, or removed when that is empty.
  package func setting(_ name: String, to value: String) -> Self {
    var labels = entries.filter { $0.name != name }
    guard !value.isEmpty else { return Self(sorted: labels) }
    let place = labels.firstIndex { ByteOrder.precedes(name, $0.name) } ?? labels.count
    labels.insert(Label(name, value), at: place)
    return Self(sorted: labels)
  }

  /// Order by names, then values, as Prometheus sorts label sets.
  package func precedes(_ other: Self) -> Bool {
    for (mine, its) in zip(entries, other.entries) {
      if mine.name != its.name { return ByteOrder.precedes(mine.name, its.name) }
      if mine.value != its.value { return ByteOrder.precedes(mine.value, its.value) }
    }
    return entries.count < other.entries.count
  }
}

/// Label names the language itself knows.
package enum LabelName {
  /// Carries the metric's name.
  package static let metric = "__name__"
  /// Carries the upper bound of a classic histogram's bucket.
  package static let bucket = "le"
  /// Carry what is known of a metric beside its name.
  package static let type = "__type__"
  package static let unit = "__unit__"

  static func isMetadata(_ name: String) -> Bool {
    name == metric || name == type || name == unit
  }

  /// Whether `name` can be written without quotes.
  package static func isPlain(_ name: String) -> Bool {
    guard let first = name.utf8.first, CharacterTraits.isNameStart(first) else { return false }
    return name.utf8.allSatisfy(CharacterTraits.isNamePart)
  }
}

/// Order and identity by bytes, where Swift's strings compare by Unicode equivalence.
enum ByteOrder {
  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

/// A 64-bit hash over UTF-8, the same on each run.
struct Digest {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ text: String) {
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    value = (value ^ 0xFF) &* 0x9E37_79B9_7F4A_7C15
    value ^= value >> 29
  }
}
