internal import Codec

/// What is wrong in a configuration of this room, and where.
package struct SettingsProblem: Error, Equatable, Sendable, CustomStringConvertible {
  /// The place in the file, from 1.
  package let line: Int
  package let column: Int
  /// What is wrong there, and what would be right.
  package let message: String

  package var description: String { "line \(line), column \(column): \(message)" }
}

/// Everything wrong with a list of evaluators or judges.
package struct SettingsReadingError: Error, Equatable, Sendable {
  package let problems: [SettingsProblem]
}

/// The problems found while reading; reading goes on after each, so that all are told at once.
struct SettingsProblems {
  private(set) var found: [SettingsProblem] = []

  mutating func add(_ message: String, at node: ConfigNode) {
    found.append(SettingsProblem(line: node.line, column: node.column, message: message))
  }

  /// Reads a list whose entries have different names.
  static func list<Settings>(
    _ node: ConfigNode, of what: String, name: (Settings) -> String,
    read: (ConfigNode, inout SettingsProblems) -> Settings?
  ) throws(SettingsReadingError) -> [Settings] {
    var problems = SettingsProblems()
    var settings: [Settings] = []
    if case .sequence(let nodes) = node.value {
      for node in nodes {
        guard let one = read(node, &problems) else { continue }
        if settings.contains(where: { name($0) == name(one) }) {
          problems.add("another \(what) is called '\(name(one))' already", at: node)
        }
        settings.append(one)
      }
    } else {
      problems.add("\(what)s must be a list", at: node)
    }
    guard problems.found.isEmpty else {
      throw SettingsReadingError(problems: problems.found)
    }
    return settings
  }
}

/// The entries of a mapping that has to have known keys.
struct SettingsFields {
  let node: ConfigNode
  private let what: String
  private var entries: [String: ConfigNode] = [:]

  /// Nil, with a problem noted, when `node` is no mapping. Unknown keys are noted too.
  init?(_ node: ConfigNode, _ what: String, keys: [String], _ problems: inout SettingsProblems) {
    guard case .mapping(let pairs) = node.value else {
      problems.add("\(what) must be an object", at: node)
      return nil
    }
    self.node = node
    self.what = what
    for pair in pairs {
      let key = pair.key.text ?? ""
      guard keys.contains(key) else {
        let nearest = NearestWord.of(key, in: keys)
        problems.add("unknown key '\(key)' in \(what); did you mean '\(nearest)'?", at: pair.key)
        continue
      }
      entries[key] = pair.value
    }
  }

  subscript(key: String) -> ConfigNode? {
    entries[key].flatMap { $0.scalar == .null ? nil : $0 }
  }

  func text(_ key: String, _ problems: inout SettingsProblems) -> String? {
    guard let node = self[key] else { return nil }
    guard let text = node.text else {
      problems.add("\(key) must be text", at: node)
      return nil
    }
    return text
  }

  /// The text under a key that must be there.
  func needed(_ key: String, _ problems: inout SettingsProblems) -> String? {
    if self[key] == nil { problems.add("\(what) needs \(key)", at: node) }
    return text(key, &problems)
  }

  func flag(_ key: String, _ problems: inout SettingsProblems) -> Bool? {
    guard let node = self[key] else { return nil }
    guard case .bool(let flag)? = node.scalar else {
      problems.add("\(key) must be true or false", at: node)
      return nil
    }
    return flag
  }

  func number(
    _ key: String, in range: ClosedRange<Double> = -.infinity ... .infinity,
    _ problems: inout SettingsProblems
  ) -> Double? {
    guard let node = self[key] else { return nil }
    let number: Double? =
      switch node.scalar {
      case .int(let whole)?: Double(whole)
      case .double(let double)?: double
      default: nil
      }
    guard let number, range.contains(number) else {
      let bounds = range.lowerBound.isFinite ? " from \(Self.plain(range))" : ""
      problems.add("\(key) must be a number\(bounds)", at: node)
      return nil
    }
    return number
  }

  private static func plain(_ range: ClosedRange<Double>) -> String {
    let upper = range.upperBound.isFinite ? " to \(JSONNumber.text(range.upperBound))" : " up"
    return JSONNumber.text(range.lowerBound) + upper
  }

  /// Milliseconds: a number of them, or one with `ms`, `s`, `m`, `h` or `d` behind it.
  func milliseconds(_ key: String, _ problems: inout SettingsProblems) -> Double? {
    guard let node = self[key] else { return nil }
    let text = node.text ?? ""
    for (unit, factor) in [
      ("ms", 1.0), ("s", 1e3), ("m", 6e4), ("h", 3.6e6), ("d", 8.64e7), ("", 1.0),
    ]
    where text.hasSuffix(unit) {
      if let number = Double(text.dropLast(unit.count)), number >= 0, number.isFinite {
        return number * factor
      }
    }
    problems.add("\(key) must be a duration such as 800ms or 2s", at: node)
    return nil
  }

  /// One of the words of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _: Word.Type, _ problems: inout SettingsProblems
  ) -> Word? where Word.RawValue == String {
    guard let node = self[key] else { return nil }
    guard let text = node.text, let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue)
      let nearest = NearestWord.of(node.text ?? "", in: known)
      problems.add(
        "\(key) must be one of \(known.joined(separator: " ")); did you mean '\(nearest)'?",
        at: node)
      return nil
    }
    return word
  }

  /// A text or a list of texts.
  func texts(_ key: String, _ problems: inout SettingsProblems) -> [String] {
    guard let node = self[key] else { return [] }
    let nodes: [ConfigNode] = if case .sequence(let nodes) = node.value { nodes } else { [node] }
    return nodes.compactMap { item in
      if item.text == nil { problems.add("\(key) must be text or a list of texts", at: item) }
      return item.text
    }
  }

  func bounds(_ problems: inout SettingsProblems) -> NumberBounds {
    NumberBounds(least: number("min", &problems), most: number("max", &problems))
  }
}

extension JSONNumber {
  /// A double as people write it.
  static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }
}
