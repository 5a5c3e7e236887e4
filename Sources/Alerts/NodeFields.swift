internal import Codec
internal import PromQL

/// The entries of a mapping that has to have known keys.
struct NodeFields {
  let node: ConfigNode
  private let entries: [String: ConfigNode]

  /// Nil, with a problem noted, when `node` is no mapping. Unknown keys are noted too.
  init?(_ node: ConfigNode, _ what: String, keys: [String], _ problems: inout RuleProblems) {
    guard case .mapping(let pairs) = node.value else {
      problems.add("\(what) must be a mapping", at: node)
      return nil
    }
    self.node = node
    var entries: [String: ConfigNode] = [:]
    for pair in pairs {
      let key = pair.key.text ?? ""
      if !keys.contains(key) {
        let nearest = NearestWord.of(key, in: keys)
        problems.add("unknown key '\(key)' in \(what); did you mean '\(nearest)'?", at: pair.key)
      } else if !pair.value.isNull {
        entries[key] = pair.value
      }
    }
    self.entries = entries
  }

  /// The value under `key`; nil for none, and for null.
  subscript(key: String) -> ConfigNode? { entries[key] }

  /// The text under `key`, noting a problem when it is no scalar.
  func text(_ key: String, _ problems: inout RuleProblems) -> String? {
    guard let node = self[key] else { return nil }
    guard let text = node.text else {
      problems.add("\(key) must be text", at: node)
      return nil
    }
    return text
  }

  /// The duration under `key` in milliseconds, noting a problem when it is none.
  func duration(_ key: String, _ problems: inout RuleProblems) -> Int64? {
    guard let node = self[key] else { return nil }
    guard let text = node.text, let time = DurationText.milliseconds(text.utf8) else {
      let written = node.text.map { " '\($0)'" } ?? ""
      problems.add("\(key)\(written) is no duration; expected one like 30s, 5m, 1h30m", at: node)
      return nil
    }
    return time
  }

  /// The whole number under `key`, noting a problem when it is none.
  func whole(_ key: String, _ problems: inout RuleProblems) -> Int? {
    guard let node = self[key] else { return nil }
    guard case .int(let number)? = node.scalar, number >= 0 else {
      problems.add("\(key) must be a whole number", at: node)
      return nil
    }
    return number
  }

  /// The number under `key`, noting a problem when it is none or not in `range`.
  func number(
    _ key: String, in range: ClosedRange<Double>, _ problems: inout RuleProblems
  ) -> Double? {
    guard let node = self[key] else { return nil }
    guard let number = node.number, range.contains(number) else {
      let bounds =
        range.upperBound == .infinity
        ? "of at least \(NumberText.plain(range.lowerBound))"
        : "from \(NumberText.plain(range.lowerBound)) to \(NumberText.plain(range.upperBound))"
      problems.add("\(key) must be a number \(bounds)", at: node)
      return nil
    }
    return number
  }

  /// The word under `key` that is one of those of `Word`, noting a problem when it is none.
  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ problems: inout RuleProblems
  ) -> Word? {
    guard let node = self[key] else { return nil }
    guard let word = node.text.flatMap({ Word(rawValue: $0) }) else {
      let words = Word.allCases.map { $0.rawValue }
      let list = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
      problems.add("\(key) must be \(list)", at: node)
      return nil
    }
    return word
  }

  /// `true` or `false` under `key`, noting a problem when it is neither.
  func flag(_ key: String, _ problems: inout RuleProblems) -> Bool? {
    guard let node = self[key] else { return nil }
    guard case .bool(let flag)? = node.scalar else {
      problems.add("\(key) must be true or false", at: node)
      return nil
    }
    return flag
  }

  /// The elements under `key`, noting a problem when it holds no list.
  func list(_ key: String, _ problems: inout RuleProblems) -> [ConfigNode] {
    guard let node = self[key] else { return [] }
    guard case .sequence(let items) = node.value else {
      problems.add("\(key) must be a list", at: node)
      return []
    }
    return items
  }

  /// Names and texts under `key` with the nodes they come from, in the order written.
  func texts(
    _ key: String, _ problems: inout RuleProblems
  ) -> [(name: String, text: String, key: ConfigNode, value: ConfigNode)] {
    guard let node = self[key] else { return [] }
    guard case .mapping(let pairs) = node.value else {
      problems.add("\(key) must be a mapping of names to text", at: node)
      return []
    }
    return pairs.compactMap { pair in
      guard pair.value.isNull || pair.value.text != nil else {
        problems.add("a value of \(key) must be text", at: pair.value)
        return nil
      }
      return (pair.key.text ?? "", pair.value.text ?? "", pair.key, pair.value)
    }
  }
}

extension ConfigNode {
  /// A number that is no text.
  var number: Double? {
    switch scalar {
    case .int(let number): Double(number)
    case .double(let number) where !number.isNaN: number
    default: nil
    }
  }

  /// Whether nothing stands here, or a plain null.
  fileprivate var isNull: Bool { scalar == .null }
}
