/// General categories, read once from the standard library's tables when an expression asks.
enum UnicodeCategories {
  /// The members of the category or group of categories called `name` (`L`, `Lu`, `Nd`, `Any` …).
  static func set(named name: String) -> CodepointSet? {
    if name == "Any" { return .any }
    if let set = byName[name] { return set }
    let members = byName.filter { name.count == 1 && $0.key.hasPrefix(name) }
    guard !members.isEmpty else { return nil }
    return CodepointSet(members.flatMap(\.value.ranges))
  }

  private static let byName: [String: CodepointSet] = {
    var ranges: [String: [CodepointRange]] = [:]
    for (first, last) in assignedPlanes {
      var runName = name(of: first)
      var runStart = first
      for value in first...last {
        let name = name(of: value)
        guard name != runName else { continue }
        if let runName {
          ranges[runName, default: []].append(CodepointRange(low: runStart, high: value - 1))
        }
        runName = name
        runStart = value
      }
      if let runName {
        ranges[runName, default: []].append(CodepointRange(low: runStart, high: last))
      }
    }
    return ranges.mapValues { CodepointSet($0) }
  }()

  /// Planes 4 to 13 hold no assigned characters, and walking them would double the cost.
  private static let assignedPlanes: [(UInt32, UInt32)] = [
    (0, 0xD7FF), (0xE000, 0x3FFFF), (0xE0000, 0x10FFFF),
  ]

  private static func name(of value: UInt32) -> String? {
    guard let scalar = Unicode.Scalar(value) else { return nil }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter: return "Lu"
    case .lowercaseLetter: return "Ll"
    case .titlecaseLetter: return "Lt"
    case .modifierLetter: return "Lm"
    case .otherLetter: return "Lo"
    case .nonspacingMark: return "Mn"
    case .spacingMark: return "Mc"
    case .enclosingMark: return "Me"
    case .decimalNumber: return "Nd"
    case .letterNumber: return "Nl"
    case .otherNumber: return "No"
    case .connectorPunctuation: return "Pc"
    case .dashPunctuation: return "Pd"
    case .openPunctuation: return "Ps"
    case .closePunctuation: return "Pe"
    case .initialPunctuation: return "Pi"
    case .finalPunctuation: return "Pf"
    case .otherPunctuation: return "Po"
    case .mathSymbol: return "Sm"
    case .currencySymbol: return "Sc"
    case .modifierSymbol: return "Sk"
    case .otherSymbol: return "So"
    case .spaceSeparator: return "Zs"
    case .lineSeparator: return "Zl"
    case .paragraphSeparator: return "Zp"
    case .control: return "Cc"
    case .format: return "Cf"
    case .privateUse: return "Co"
    case .surrogate, .unassigned: return nil
    @unknown default: return nil
    }
  }
}

/// Code points that differ only by case, outside ASCII; built once when an expression asks.
enum UnicodeFolding {
  static func appendVariants(of range: CodepointRange, to all: inout [CodepointRange]) {
    var index = firstCased(from: range.low)
    while index < cased.count, cased[index].member <= range.high {
      for other in orbits[cased[index].orbit] {
        all.append(CodepointRange(low: other, high: other))
      }
      index += 1
    }
  }

  private static let table: (cased: [(member: UInt32, orbit: Int)], orbits: [[UInt32]]) = {
    var members: [UInt32: [UInt32]] = [:]
    for value in UInt32(0x41)...0x1E943 {
      guard let scalar = Unicode.Scalar(value), let key = key(of: scalar) else { continue }
      members[key, default: []].append(value)
    }
    let orbits = members.sorted { $0.key < $1.key }.map(\.value).filter { $0.count > 1 }
    let cased = orbits.enumerated().flatMap { index, orbit in
      orbit.map { (member: $0, orbit: index) }
    }
    return (cased.sorted { $0.member < $1.member }, orbits)
  }()

  private static var cased: [(member: UInt32, orbit: Int)] { table.cased }
  private static var orbits: [[UInt32]] { table.orbits }

  /// What all members of one orbit share: the lower case of the upper case, one scalar each.
  private static func key(of scalar: Unicode.Scalar) -> UInt32? {
    // Turkish dotless and dotted i fold to nothing without a locale.
    guard scalar.value != 0x130, scalar.value != 0x131 else { return nil }
    let properties = scalar.properties
    guard properties.isCased || properties.changesWhenCaseMapped else { return nil }
    let upper = only(properties.uppercaseMapping) ?? scalar
    return (only(upper.properties.lowercaseMapping) ?? upper).value
  }

  private static func only(_ mapping: String) -> Unicode.Scalar? {
    let scalars = mapping.unicodeScalars
    guard let first = scalars.first, scalars.count == 1 else { return nil }
    return first
  }

  private static func firstCased(from low: UInt32) -> Int {
    var lower = 0
    var upper = cased.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if cased[middle].member < low { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }
}
